"""Delegation in a realm of MIT Kerberos, whose KDC makes no PAC with an account: the classic way,
and the resource-based one, which Samba's KDC does not honour."""
import pytest

from gateway import Gateway, app
from lab import Lab


@pytest.fixture(scope="module")
def lab():
    with Lab(mit=True) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    mit = lab.mit
    apps = [app("web", f"http://{mit.web.address}:{mit.web.port}/", spn=mit.web.spn),
            app("rbcd", f"http://{mit.rbcd.address}:{mit.rbcd.port}/", spn=mit.rbcd.spn)]
    with Gateway(lab, tmp_path_factory.mktemp("mit"), apps,
                 identity_providers__0__realm=mit.realm,
                 connector__kerberos__keytab=str(mit.connector.keytab),
                 connector__kerberos__principal=mit.connector.principal,
                 connector__kerberos__krb5_conf=str(mit.krb5_conf)) as running:
        yield running


def signed_in(gateway, user, host):
    browser = gateway.browser(host)
    answer = browser.try_sign_in(user, gateway.lab.mit.password(user))
    assert answer.status == 303, answer.text
    return browser


@pytest.mark.parametrize("name", ["web", "rbcd"])
def test_both_ways_to_delegate_lead_to_the_application(gateway, name):
    seen = signed_in(gateway, "alice", f"{name}.example.com").get("/").json
    assert seen["gss_name"] == "alice@MIT.EXAMPLE"


def test_a_delegation_that_is_taken_away_is_named(gateway):
    mit = gateway.lab.mit
    mit.allow(classic=[mit.web.spn])
    try:
        answer = signed_in(gateway, "bob", "rbcd.example.com").get("/")
    finally:
        mit.allow(classic=[mit.web.spn], resource_based=[mit.rbcd.spn])
    assert answer.status == 502
    event = gateway.event(answer.activity)
    assert event["event"] == 13019 and mit.rbcd.spn in event["detail"]


def test_somebody_who_may_not_be_delegated_is_not(gateway):
    answer = signed_in(gateway, "carol", "web.example.com").get("/")
    assert answer.status == 502
    assert gateway.event(answer.activity)["error"] == "krb-not-forwardable"
