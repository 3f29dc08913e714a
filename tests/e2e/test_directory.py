"""Who somebody is to the directory: claims of the configuration's choice, and what they lead to."""
import pytest

from gateway import Gateway, app, change_claims

ADDRESS = 116
KINDS = {
    "upn": {"claim": "email", "as": "upn"},
    "name": {"claim": "staff", "as": "username"},
    "sam": {"claim": "account", "as": "sam_account_name"},
    "sid": {"claim": "sid", "as": "sid"},
}


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory, directory):
    apps = [app(name, lab.web.url, spn=lab.web.spn, sso={"login_identity": how})
            for name, how in KINDS.items()]
    apps.append(app("elsewhere", lab.web.url, spn="HTTP/elsewhere.corp.example",
                    sso={"login_identity": KINDS["sid"]}))
    with Gateway(lab, tmp_path_factory.mktemp("directory"), apps, address=ADDRESS,
                 connector__directory__servers=directory,
                 connector__kerberos__deny_users=["PARTNR\\user07"]) as running:
        yield running


@pytest.fixture
def rename(lab):
    """Gives an account other names in the directory, for the length of a test."""
    before = {}

    def give(account, **names):
        before.setdefault(account, lab.account(account, *names))
        lab.modify(account, **names)
    yield give
    for account, names in before.items():
        lab.modify(account, **names)


def as_if(gateway, app_name, **claims):
    """The answer to alice, who signed in with these claims alone."""
    alice = gateway.browser(f"{app_name}.example.com").sign_in("alice")
    change_claims(gateway, lambda _: claims)
    return alice.get("/")


def test_a_claim_names_an_account_by_an_alternate_suffix(gateway, rename):
    rename("bob", userPrincipalName="robert@mail.example")
    answer = as_if(gateway, "upn", email="robert@mail.example")
    assert answer.status == 200, answer.text
    name = answer.json["remote_user"].split("@")[0].rstrip("\\")
    assert name in ("robert", "bob")    # Samba leaves in the ticket what was asked for


def test_a_claim_names_an_account_of_the_connectors_realm(gateway):
    answer = as_if(gateway, "name", staff="user03")
    assert answer.json["remote_user"] == "user03"


@pytest.mark.parametrize("claims", [{}, {"email": ""}, {"email": ["bob@corp.example"]},
                                    {"email": "bob"}, {"user_principal_name": "bob@corp.example"}])
def test_without_the_claim_there_is_no_ticket_and_nothing_else_is_tried(gateway, claims):
    answer = as_if(gateway, "upn", **claims)
    assert answer.status == 403
    event = gateway.event(answer.activity)
    assert event["event"] == 13016 and event["error"] == "claim-missing"
    assert event["claim"] == "email" and not event["principal"]


@pytest.mark.parametrize("name, claim, value, principal",
                         [("upn", "email", "nobody@mail.example", "nobody@mail.example"),
                          ("name", "staff", "nobody", "nobody@CORP.EXAMPLE")])
def test_what_was_tried_is_in_the_event(gateway, name, claim, value, principal):
    answer = as_if(gateway, name, **{claim: value})
    assert answer.status != 200
    event = gateway.event(answer.activity)
    assert event["event"] == 13019 and event["error"] == "krb-user-unknown"
    assert (event["claim"], event["claim_value"]) == (claim, value)
    assert (event["principal"], event["realm"]) == (principal, "CORP.EXAMPLE")


def sid_of(lab, account):
    return lab.account(account, "objectSid")["objectSid"][0]


def test_an_account_name_is_looked_up_alone_or_with_its_domain(gateway):
    for account in ("user07", "CORP\\user07", "corp\\USER07"):
        answer = as_if(gateway, "sam", account=account)
        assert answer.status == 200, answer.text
        assert answer.json["remote_user"] == "user07"


def test_a_denied_name_is_denied_before_the_directory_is_asked_for_it(gateway):
    answer = as_if(gateway, "sam", account="partnr\\USER07")
    assert answer.status == 403, answer.text
    event = gateway.event(answer.activity)
    assert event["error"] == "krb-user-denied" and "PARTNR" in event["detail"]


def test_a_sid_is_looked_up(lab, gateway):
    answer = as_if(gateway, "sid", sid=sid_of(lab, "user08"))
    assert answer.status == 200, answer.text
    assert answer.json["remote_user"] == "user08"


@pytest.mark.parametrize("app_name, claims", [
    ("sam", {"account": "nobody"}),
    ("sam", {"account": "ELSEWHERE\\user07"}),
    ("sam", {"account": "*"}),
    ("sam", {"account": "user0*"}),
    ("sam", {"account": "x)(objectClass=*"}),
    ("sam", {"account": "dc1$"}),
    ("sid", {"sid": "S-1-5-21-1-2-3-4"}),
])
def test_what_the_directory_does_not_know_is_named(gateway, app_name, claims):
    answer = as_if(gateway, app_name, **claims)
    assert answer.status == 403, answer.text
    event = gateway.event(answer.activity)
    assert event["event"] == 13019 and event["error"] == "krb-user-unknown"
    value, = claims.values()
    assert value in event["detail"] and event["claim_value"] == value


@pytest.mark.parametrize("app_name, claims", [
    ("sam", {"account": "CORP\\"}), ("sam", {"account": "a\\b\\c"}),
    ("sam", {"account": "user07@corp.example"}), ("sam", {"account": "user07 "}),
    ("sid", {"sid": "user08"}), ("sid", {"sid": "S-1-5-21-x"}), ("sid", {}),
])
def test_what_can_be_no_such_name_is_never_looked_up(gateway, app_name, claims):
    answer = as_if(gateway, app_name, **claims)
    assert answer.status == 403
    assert gateway.event(answer.activity)["event"] == 13016


def test_the_global_catalogue_is_searched_likewise(lab, tmp_path, gateway, directory):
    apps = [app("sam", lab.web.url, spn=lab.web.spn, sso={"login_identity": KINDS["sam"]})]
    catalogue = [server.replace(":389", ":3268") for server in directory]
    gateway.stop()
    try:
        with Gateway(lab, tmp_path, apps, address=ADDRESS,
                     connector__directory__servers=catalogue) as other:
            answer = as_if(other, "sam", account="CORP\\user09")
            assert answer.status == 200, answer.text
            assert answer.json["remote_user"] == "user09"
    finally:
        gateway.start()


def test_who_was_renamed_is_not_whoever_has_the_name_now(lab, gateway):
    lab.add_users("jsmith", "joan")
    sid = sid_of(lab, "jsmith")
    before, after = (gateway.browser(f"{name}.example.com").sign_in("alice")
                     for name in ("elsewhere", "sid"))
    change_claims(gateway, lambda _: {"sid": sid})
    assert gateway.event(before.get("/").activity)["error"] == "krb-spn-unknown"
    lab.modify("jsmith", sAMAccountName="jsmith2", userPrincipalName="jsmith2@corp.example")
    lab.modify("joan", sAMAccountName="jsmith", userPrincipalName="jsmith@corp.example")
    answer = after.get("/")
    assert answer.status == 200, answer.text
    assert answer.json["remote_user"] == "jsmith2"


def test_who_was_renamed_is_found_when_nobody_has_the_name_now(lab, gateway):
    lab.add_users("walter")
    sid = sid_of(lab, "walter")
    before, after = (gateway.browser(f"{name}.example.com").sign_in("alice")
                     for name in ("elsewhere", "sid"))
    change_claims(gateway, lambda _: {"sid": sid})
    assert gateway.event(before.get("/").activity)["error"] == "krb-spn-unknown"
    lab.modify("walter", sAMAccountName="wanda", userPrincipalName="wanda@corp.example")
    answer = after.get("/")
    assert answer.status == 200, answer.text
    assert answer.json["remote_user"] == "wanda"


def test_another_accounts_upn_is_not_the_account_of_that_name(lab, gateway):
    lab.add_users("first", "second")
    lab.modify("first", userPrincipalName="somebody@corp.example")
    lab.force("second", "userPrincipalName", "first@corp.example")
    answer = as_if(gateway, "sam", account="first")
    assert answer.status == 502, answer.text
    event = gateway.event(answer.activity)
    assert event["event"] == 13019 and event["error"] == "krb-wrong-client"
    assert sid_of(lab, "first") in event["detail"] and sid_of(lab, "second") in event["detail"]
    assert "userPrincipalName" in event["hint"]


def test_a_server_that_is_down_is_passed_over(lab, tmp_path, gateway, directory):
    lab.samba_tool("group", "add", "Passed over")
    apps = [app("sam", lab.web.url, spn=lab.web.spn, sso={"login_identity": KINDS["sam"]})]
    gateway.stop()
    try:
        for number, groups in enumerate([[], ["Passed over"]]):
            folder = tmp_path / str(number)
            folder.mkdir()
            with Gateway(lab, folder, apps, address=ADDRESS,
                         connector__directory__servers=["dc1.corp.example:390", *directory],
                         connector__kerberos__deny_groups=groups) as other:
                answer = as_if(other, "sam", account="user09")
                assert answer.status == 200, (groups, answer.text)
    finally:
        gateway.start()


def test_a_computer_that_is_no_domain_controller_is_not_believed(lab, tmp_path, gateway):
    """As any computer of the domain, it has a name and keys, and somebody may lead us to it."""
    lab.set_dns("pc7.corp.example", ("A", lab.dns))
    lab.samba_tool("spn", "add", "HOST/pc7.corp.example", "DC1$")
    apps = [app("sam", lab.web.url, spn=lab.web.spn, sso={"login_identity": KINDS["sam"]})]
    gateway.stop()
    try:
        with Gateway(lab, tmp_path, apps, address=ADDRESS,
                     connector__directory__servers=["pc7.corp.example:389"]) as other:
            answer = as_if(other, "sam", account="user09")
            assert answer.status == 502, answer.text
            assert "no ticket to ldap/pc7.corp.example" in other.event(answer.activity)["detail"]
    finally:
        gateway.start()
