"""Accounts of the connector's in two realms that know nothing of each other: Samba's and MIT's."""
import re
import shutil

import pytest

from gateway import Gateway, app, wait_until
from lab import Lab

SOON_S = 40  # two looks at the files, and the start of two processes


@pytest.fixture(scope="module")
def lab():
    with Lab(mit=True) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    mit, folder = lab.mit, tmp_path_factory.mktemp("accounts")
    keytab = shutil.copy(mit.connector.keytab, folder / "mit.keytab")
    at = f"http://{mit.web.address}:{mit.web.port}/"
    apps = [app("hr", lab.web.url, spn=lab.web.spn),
            app("lab", at, spn=mit.web.spn, pre_authentication="scientists",
                sso={"account": "mit"}),
            app("wrong", at, spn=mit.web.spn, pre_authentication="scientists")]
    with Gateway(lab, folder, apps, address=120,
                 identity_providers=[
                     {"name": "staff", "type": "form", "realm": lab.realm},
                     {"name": "scientists", "type": "form", "realm": mit.realm}],
                 connector__kerberos__krb5_conf=str(lab.apache.dir / "krb5.conf"),
                 connector__kerberos__timeout="3s",
                 connector__kerberos__accounts=[
                     {"name": "mit", "principal": mit.connector.principal,
                      "keytab": str(keytab)}]) as running:
        running.keytab = keytab
        yield running


def signed_in(gateway, user, host):
    realm = gateway.lab if host == "hr" else gateway.lab.mit
    browser = gateway.browser(f"{host}.example.com")
    answer = browser.try_sign_in(user, realm.password(user))
    assert answer.status == 303, answer.text
    return browser


@pytest.mark.parametrize("host, realm", [("hr", "CORP.EXAMPLE"), ("lab", "MIT.EXAMPLE")])
def test_each_realm_has_its_own_account_people_and_applications(gateway, host, realm):
    seen = signed_in(gateway, "alice", host).get("/").json
    assert seen["gss_name"] == f"alice@{realm}"


def test_people_of_one_name_in_two_realms_are_two(gateway):
    """Tickets, connections and sign-outs."""
    here, there = signed_in(gateway, "bob", "hr"), signed_in(gateway, "bob", "lab")
    for _ in range(2):
        assert here.get("/").json["gss_name"] == "bob@CORP.EXAMPLE"
        assert there.get("/").json["gss_name"] == "bob@MIT.EXAMPLE"
    listed = gateway.run("tickets", "list").stdout
    assert "bob@CORP.EXAMPLE" in listed and "bob@MIT.EXAMPLE" in listed


def test_without_the_account_of_its_realm_an_application_has_no_tickets(gateway):
    answer = signed_in(gateway, "alice", "wrong").get("/")
    assert answer.status in (403, 502)
    event = gateway.event(answer.activity)
    assert event["event"] in (13019, 13020) and event["realm"] == "CORP.EXAMPLE", event


def test_a_realm_that_is_silent_holds_up_nobody_of_another(gateway, lab):
    people = [signed_in(gateway, name, "lab") for name in ("carol", "user01")]
    with lab.paused("mit"):
        for browser in people:      # the first one's ticket is not forwardable, and it is not asked
            assert browser.get("/").status == 502
        assert signed_in(gateway, "user02", "hr").get("/").json["remote_user"] == "user02"
    wait_until(lambda: people[1].get("/").status == 200, 5, "the KDC is asked again")


@pytest.mark.parametrize("user, host", [("svc-kerbgate", "hr"), ("svc-kerbgate", "lab")])
def test_none_of_the_accounts_is_ever_anybodys_ticket(gateway, user, host):
    """Invariant 2; here it is already the sign-in that refuses."""
    browser = gateway.browser(f"{host}.example.com")
    assert browser.try_sign_in(user, "any").status == 401


def test_each_keytab_is_watched(gateway):
    def put(content):
        beside = gateway.keytab.with_suffix(".new")
        beside.write_bytes(content)
        beside.chmod(0o600)
        beside.rename(gateway.keytab)

    def details(number):
        return [event["detail"] for event in gateway.events() if event["event"] == number]
    good = gateway.keytab.read_bytes()
    put(b"\5\2")
    refused = wait_until(lambda: details(20006), SOON_S, "a keytab without keys")
    assert str(gateway.keytab) in refused[0]
    put(good)
    wait_until(lambda: details(20005), SOON_S, "the keytab is taken into use")
    assert signed_in(gateway, "alice", "lab").get("/").status == 200


def test_a_configuration_that_names_what_is_not_there_is_told_so(gateway, tmp_path):
    wrong = tmp_path / "wrong.yaml"
    text = gateway.file.read_text()
    wrong.write_text(text.replace('"account": "mit"', '"account": "mti"'))
    done = gateway.run("check", check=False)
    assert done.returncode == 0, done.stderr
    file, gateway.file = gateway.file, wrong
    try:
        done = gateway.run("check", check=False)
    finally:
        gateway.file = file
    assert done.returncode == 1
    assert re.search(r'apps.sso.account: "mti" is not one of connector.kerberos.accounts, .*'
                     r'did you mean "mit"\?', done.stderr + done.stdout)
