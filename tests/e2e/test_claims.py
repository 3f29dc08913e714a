"""Invariant 3: a missing claim is event 13016, and no other attribute takes its place."""
import pytest

from gateway import Gateway, app, change_claims

NEEDS = {
    "upn": ("user_principal_name", "user_principal_name"),
    "onupn": ("on_premises_user_principal_name", "on_premises_user_principal_name"),
    "name": ("user_principal_username", "user_principal_name"),
    "onname": ("on_premises_user_principal_username", "on_premises_user_principal_name"),
    "sam": ("on_premises_sam_account_name", "on_premises_sam_account_name"),
}


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    apps = [app(name, lab.web.url, spn=lab.web.spn, sso={"login_identity": identity})
            for name, (identity, _) in NEEDS.items()]
    with Gateway(lab, tmp_path_factory.mktemp("claims"), apps, address=111) as running:
        yield running


@pytest.mark.parametrize("name", NEEDS)
def test_each_login_identity_leads_to_the_same_person(gateway, name):
    seen = gateway.browser(f"{name}.example.com").sign_in("alice").get("/").json
    assert seen["remote_user"].split("@")[0].split("\\")[0] == "alice"


@pytest.mark.parametrize("what", ["missing", "empty", "a list", "a number"])
def test_a_claim_that_is_missing_is_an_error_and_nothing_else_is_tried(gateway, what):
    browsers = {name: gateway.browser(f"{name}.example.com").sign_in("alice") for name in NEEDS}
    values = {"empty": "", "a list": ["alice@CORP.EXAMPLE"], "a number": 7}
    for name, (identity, claim) in NEEDS.items():
        before = {}

        def change(claims, claim=claim):
            before.update(claims)
            kept = {k: v for k, v in claims.items() if k != claim}
            return kept if what == "missing" else {**kept, claim: values[what]}
        change_claims(gateway, change)
        answer = browsers[name].get("/")
        assert answer.status == 403
        event = gateway.event(answer.activity)
        assert event["event"] == 13016 and event["error"] == "claim-missing"
        assert identity in event["detail"] and claim in event["detail"]
        assert not event["principal"]
        change_claims(gateway, lambda _, before=before: before)
