"""An MIT KDC says that a password has expired before it has seen it: who learns of it here?"""
import secrets

import pytest

from gateway import Gateway, app
from lab import Lab
from lab.mit import REQUIRES_PREAUTH, Principal

REQUIRES_CHANGE = 0x200
NOT_RIGHT = "The user name or password is not right."
EXPIRED = "The password is right, but has expired or must be changed."


@pytest.fixture(scope="module")
def lab():
    with Lab(mit=True) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    mit = lab.mit
    entry = app("plain", f"http://{mit.web.address}:{mit.web.port}/public/") | {
        "sso": {"mode": "none"}}
    with Gateway(lab, tmp_path_factory.mktemp("mit"), [entry], address=156,
                 identity_providers=[{"name": "staff", "type": "form", "realm": mit.realm}],
                 connector__kerberos={"keytab": str(mit.connector.keytab), "timeout": "5s",
                                      "principal": mit.connector.principal,
                                      "krb5_conf": str(mit.krb5_conf)}) as running:
        yield running


def test_only_who_knows_an_expired_password_is_told_that_it_is(gateway):
    password = secrets.token_hex(8)
    gateway.lab.mit.fill([Principal("late", REQUIRES_PREAUTH | REQUIRES_CHANGE, password=password)])
    answer = gateway.browser().try_sign_in("late", password)
    assert answer.status == 401 and EXPIRED in answer.text
    answer = gateway.browser().try_sign_in("late", "wrong")
    assert answer.status == 401 and NOT_RIGHT in answer.text and "expired" not in answer.text


def test_who_has_another_password_signs_in(gateway):
    browser = gateway.browser()
    assert browser.try_sign_in("alice", gateway.lab.mit.password("alice")).status == 303
