"""sso.mode headers: an app is told who somebody is, by kerbgate and by nobody else."""
import pytest

from gateway import Gateway, app, change_claims
from http2 import Http2

USER = {"name": "X-User", "claim": "user_principal_name"}
ACCOUNT = {"name": "SM_USER", "claim": "on_premises_sam_account_name"}
GROUPS = {"name": "X-Groups", "claim": "groups", "separator": "; "}


def told(name, url, *headers, **sso):
    return app(name, url, sso={"mode": "headers", "headers": list(headers), **sso})


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    inside = lab.web.url + "public/"
    apps = [
        told("told", inside, USER, ACCOUNT),
        told("groups", inside, GROUPS),
        told("made", inside, {**USER, "transform": ["extract_mail_prefix", "to_uppercase",
                                                    'join("-", on_premises_sam_account_name)']}),
        app("open", inside, pre_authentication="passthrough"),
        app("both", lab.web.url, spn=lab.web.spn, sso={"headers": [USER]}),
    ]
    with Gateway(lab, tmp_path_factory.mktemp("headers"), apps, address=111) as running:
        yield running


def named(seen, *names):
    """What the back end saw of these headers, by their names as it spelled them."""
    return [(name, value) for name, value in seen["headers"]
            if name.lower().replace("_", "-") in names]


def test_an_app_is_told_who_somebody_is(gateway):
    for user in ("alice", "bob"):
        seen = gateway.browser("told.example.com").sign_in(user).get("/").json
        assert named(seen, "x-user", "sm-user") == [("X-User", f"{user}@CORP.EXAMPLE"),
                                                    ("SM_USER", user)]
        assert seen["remote_user"] is None


def test_a_value_is_transformed(gateway):
    seen = gateway.browser("made.example.com").sign_in("alice").get("/").json
    assert named(seen, "x-user") == [("X-User", "ALICE-alice")]


def test_a_header_goes_beside_the_ticket(gateway):
    seen = gateway.browser("both.example.com").sign_in("alice").get("/").json
    assert seen["remote_user"] == "alice"
    assert named(seen, "x-user") == [("X-User", "alice@CORP.EXAMPLE")]


SPELLINGS = ["X-User", "x-user", "X_User", "x.user", "X~USER", "SM_USER", "Sm-User", "X_Groups"]


@pytest.mark.parametrize("name", SPELLINGS)
@pytest.mark.parametrize("host", ["told", "open"])
def test_nobody_else_tells_it(gateway, host, name):
    """Invariant 6, also by way of an app that has no such headers and the same back end."""
    browser = gateway.browser(f"{host}.example.com")
    if host != "open":
        browser.sign_in("alice")
    seen = browser.get("/", headers={name: "administrator"}).json
    assert "administrator" not in str(seen)
    assert len(named(seen, "x-user")) == (host != "open")


def test_nor_in_trailers_or_over_http2(gateway):
    browser = gateway.browser("told.example.com").sign_in("alice")
    cookie = "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
    tls = gateway.tls("told.example.com")
    tls.sendall((f"POST / HTTP/1.1\r\nHost: told.example.com\r\nCookie: {cookie}\r\n"
                 "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\nx\r\n0\r\n"
                 "X-User: administrator\r\nx_user: administrator\r\n\r\n").encode())
    answer = b""
    while piece := tls.recv(65536):
        answer += piece
    tls.close()
    assert b'"X-User", "alice@CORP.EXAMPLE"' in answer and b"administrator" not in answer
    http2 = Http2(gateway, "told.example.com")
    stream = http2.begin("GET", "/", headers=[("cookie", cookie), ("x-user", "administrator"),
                                              ("x_user", "administrator")])
    http2.finish(stream)
    http2.close()
    assert b'"X-User", "alice@CORP.EXAMPLE"' in stream.body and b"administrator" not in stream.body


def with_claims(gateway, host, **changed):
    browser = gateway.browser(host).sign_in("alice")
    before = {}

    def change(claims):
        before.update(claims)
        return {k: v for k, v in {**claims, **changed}.items() if v is not None}
    change_claims(gateway, change)
    return browser


@pytest.mark.parametrize("value, error", [
    (None, "claim-missing"), ("", "claim-missing"), (7, "claim-missing"),
    ("alice\r\nX-Admin: yes", "claim-unfit"), ("alice\nx", "claim-unfit"),
    ("administrator ", "claim-unfit"), (["alice", "bob"], "claim-unfit"),
    ("a" * 8001, "claim-unfit"),
])
def test_a_claim_that_is_missing_or_unfit_is_an_error_and_not_sent(gateway, value, error):
    answer = with_claims(gateway, "told.example.com", user_principal_name=value).get("/")
    assert answer.status == 403
    event = gateway.event(answer.activity)
    assert event["event"] == 13016 and event["error"] == error
    assert "user_principal_name" in event["detail"] and "X-User" in event["detail"]


@pytest.mark.parametrize("groups, expected", [
    (["HR"], "HR"), (["HR", "IT & more"], "HR; IT & more"), (["HR", "x;Domain Admins"], None),
    ([], None),
])
def test_groups_are_joined_by_what_no_group_has_in_it(gateway, groups, expected):
    answer = with_claims(gateway, "groups.example.com", groups=groups).get("/")
    if expected is None:
        assert answer.status == 403
    else:
        assert named(answer.json, "x-groups") == [("X-Groups", expected)]
