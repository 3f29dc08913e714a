"""A certificate that names nobody in the directory: the KDC knows whose it is (S4U2Self by
certificate), and the browser that shows it needs nothing else."""
import ssl

import pytest

from cards import HOST, refused, show
from gateway import Gateway, app
from lab import Lab
from lab.people import People

ADDRESS = 153


@pytest.fixture(scope="module")
def lab():
    with Lab(mit=True) as running:
        yield running


@pytest.fixture(scope="module")
def people(lab):
    return People(lab.dir / "mapped-people")


@pytest.fixture(scope="module")
def gateway(lab, people, tmp_path_factory):
    mit = lab.mit
    apps = [app("cards", f"http://{mit.web.address}:{mit.web.port}/", host=HOST, spn=mit.web.spn,
                pre_authentication="cards",
                sso={"login_identity": {"claim": "certificate", "as": "certificate"}})]
    provider = {"name": "cards", "type": "certificate",
                "certificates": {"ca": str(people.pem), "names": [{"from": "subject"}]}}
    with Gateway(lab, tmp_path_factory.mktemp("mapped"), apps, address=ADDRESS,
                 identity_providers=[provider],
                 connector__kerberos__keytab=str(mit.connector.keytab),
                 connector__kerberos__principal=mit.connector.principal,
                 connector__kerberos__krb5_conf=str(mit.krb5_conf)) as running:
        yield running


def test_the_kdc_says_whose_certificate_was_shown(gateway, people, lab):
    for user in ("alice", "bob"):
        pair = people.issue(f"card of {user}")
        lab.mit.know_certificate(ssl.PEM_cert_to_DER_cert(pair[0].read_text()), user)
        assert show(gateway, pair).json["gss_name"] == f"{user}@MIT.EXAMPLE"


def test_a_good_certificate_that_the_kdc_does_not_know_is_nobody(gateway, people):
    assert refused(gateway, people.issue("alice")) == (403, "krb-user-unknown", 13019)
