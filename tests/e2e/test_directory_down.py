"""What passes between kerbgate and the directory, and what becomes of people when nothing does."""
import time

import pytest

from gateway import Gateway, app, change_claims
from ldap_relay import LdapRelay

ADDRESS = 116
TIMEOUT = 2     # seconds


@pytest.fixture(scope="module")
def relay(lab):
    """A way to the domain controller that is called dc2 there."""
    address = f"{lab.net}.{ADDRESS}"
    lab.set_dns("dc2.corp.example", ("A", address))
    lab.samba_tool("spn", "add", "ldap/dc2.corp.example", "DC1$")
    running = LdapRelay(address, lab.dns)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def gateway(lab, relay, tmp_path_factory):
    apps = [app(name, lab.web.url, spn=lab.web.spn, sso={"login_identity": how})
            for name, how in {"sam": {"claim": "account", "as": "sam_account_name"},
                              "upn": {"claim": "account", "as": "upn"}}.items()]
    with Gateway(lab, tmp_path_factory.mktemp("directory"), apps, address=ADDRESS,
                 connector__directory__servers=["dc2.corp.example:389"],
                 connector__kerberos__timeout=f"{TIMEOUT}s") as running:
        yield running


@pytest.fixture(autouse=True)
def the_directory_is_well(relay):
    relay.set_mode("pass")


def people(gateway, *accounts):
    """Browsers of people who are these accounts by their claims."""
    browsers = {name: gateway.browser("sam.example.com").sign_in(name) for name in accounts}
    change_claims(gateway, lambda claims: {
        "account": claims["user_principal_name"].split("@")[0]
        if "user_principal_name" in claims else claims["account"]})
    return browsers


def refusal(gateway, browser):
    begun = time.monotonic()
    answer = browser.get("/")
    took = time.monotonic() - begun
    assert answer.status == 502, answer.text
    return gateway.event(answer.activity), took


def test_what_is_asked_and_answered_is_sealed(gateway, relay):
    browser, = people(gateway, "user11").values()
    relay.seen.clear()
    assert browser.get("/").json["remote_user"] == "user11"
    passed = b"".join(relay.seen)
    assert b"GSSAPI" in passed
    for word in (b"user11", b"samaccountname", b"dc=corp", b"namingcontext"):
        assert word not in passed.lower()


def test_an_account_is_asked_for_once(gateway, relay):
    browser, = people(gateway, "user12").values()
    assert browser.get("/").status == 200
    before = relay.connections
    gateway.run("tickets", "purge")
    assert browser.get("/").json["remote_user"] == "user12"
    assert relay.connections == before


def test_an_answer_that_was_changed_on_its_way_is_none(gateway, relay):
    browser, = people(gateway, "user13").values()
    relay.set_mode("spoil")
    event, _ = refusal(gateway, browser)
    assert event["event"] == 13019 and event["error"] == "directory"


@pytest.mark.parametrize("mode", ["silent", "refuse"])
def test_without_the_directory_who_is_known_notices_nothing(gateway, relay, mode):
    browsers = people(gateway, "user14", "user15")
    assert browsers["user14"].get("/").status == 200
    relay.set_mode(mode)
    event, took = refusal(gateway, browsers["user15"])
    assert event["event"] == 13019 and event["error"] == "directory"
    assert "dc2.corp.example" in event["detail"] and event["claim_value"] == "user15"
    assert took < TIMEOUT
    gateway.run("tickets", "purge")
    begun = time.monotonic()
    assert browsers["user14"].get("/").json["remote_user"] == "user14"
    assert time.monotonic() - begun < TIMEOUT / 2
