"""People who are known by their certificate: S4U2Self with it, and the KDC finds the account."""
import base64
import json
import ssl

import pytest

from gateway import Gateway, app, change_claims
from lab import Lab


@pytest.fixture(scope="module")
def lab():
    with Lab(mit=True) as running:
        yield running


@pytest.fixture(scope="module")
def certificates(lab):
    """{name: base64 of the DER}, of which the KDC knows those of alice and of the connector."""
    found = {}
    for name in ("alice", "stranger", "connector", "carol"):
        pem, _ = lab.ca.issue(f"{name}.example")
        der = ssl.PEM_cert_to_DER_cert(pem.read_text().split("-----END CERTIFICATE-----")[0]
                                       + "-----END CERTIFICATE-----\n")
        found[name] = base64.b64encode(der).decode()
        if name != "stranger":
            lab.mit.know_certificate(der, "svc-kerbgate" if name == "connector" else name)
    return found


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    mit = lab.mit
    apps = [app("web", f"http://{mit.web.address}:{mit.web.port}/", spn=mit.web.spn,
                sso={"login_identity": {"claim": "x5c", "as": "certificate"}})]
    with Gateway(lab, tmp_path_factory.mktemp("certificate"), apps, address=127,
                 identity_providers__0__realm=mit.realm,
                 connector__kerberos__keytab=str(mit.connector.keytab),
                 connector__kerberos__principal=mit.connector.principal,
                 connector__kerberos__krb5_conf=str(mit.krb5_conf)) as running:
        yield running


def with_claim(gateway, value):
    """bob's session, with this certificate in it."""
    browser = gateway.browser()
    answer = browser.try_sign_in("bob", gateway.lab.mit.password("bob"))
    assert answer.status == 303, answer.text
    change_claims(gateway, lambda claims: claims | {"x5c": value})
    browser.close()
    return browser


def test_whose_certificate_it_is_the_kdc_knows(gateway, certificates):
    browser = with_claim(gateway, certificates["alice"])
    for _ in range(2):
        assert browser.get("/").json["gss_name"] == "alice@MIT.EXAMPLE"
    listed = json.loads(gateway.run("tickets", "list", "--user", "alice", "--json").stdout
                        .splitlines()[0])
    assert listed["asked_for"].startswith("certificate sha256:")


@pytest.mark.parametrize("name, status, event, error", [
    ("stranger", 403, 13019, "krb-user-unknown"),
    ("connector", 502, 13019, "krb-wrong-client"),
    ("carol", 502, 13019, "krb-not-forwardable"),
])
def test_no_certificate_is_anybody_elses(gateway, certificates, name, status, event, error):
    answer = with_claim(gateway, certificates[name]).get("/")
    assert answer.status == status, answer.text
    found = gateway.event(answer.activity)
    assert (found["event"], found["error"]) == (event, error), found


@pytest.mark.parametrize("value", ["", "bob", "MIIB=", "QUJDRA=="])
def test_what_is_no_certificate_asks_for_nothing(gateway, value):
    answer = with_claim(gateway, value).get("/")
    assert answer.status == 403
    assert gateway.event(answer.activity)["event"] == 13016


def test_who_is_denied_is_so_by_the_name_that_the_kdc_finds(gateway, certificates):
    gateway.write(identity_providers__0__realm=gateway.lab.mit.realm,
                  connector__kerberos__keytab=str(gateway.lab.mit.connector.keytab),
                  connector__kerberos__principal=gateway.lab.mit.connector.principal,
                  connector__kerberos__krb5_conf=str(gateway.lab.mit.krb5_conf),
                  connector__kerberos__deny_users=["alice"])
    answer = with_claim(gateway, certificates["alice"]).get("/")
    assert answer.status == 403
    assert gateway.event(answer.activity)["error"] == "krb-user-denied"
