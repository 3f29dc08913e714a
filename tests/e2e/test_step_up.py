"""An app that wants a stronger sign-in than the others of its host, by an entry of its own for the
same provider."""
import time

import pytest

from gateway import Gateway, app
from lab.false_provider import FalseProvider
from test_oidc import SECRET, callback, go

STRONG = {"acr_values": ["urn:example:mfa"], "max_age": "5m", "prompt": "login",
          "parameters": ["ui_locales=de"]}


@pytest.fixture(scope="module")
def idp(lab):
    with FalseProvider(lab, 171) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, idp, tmp_path_factory):
    folder = tmp_path_factory.mktemp("step-up")
    secret = folder / "oidc.secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    corp = {"name": "corp", "type": "oidc", "issuer": idp.issuer, "client_id": "kerbgate",
            "client_secret_file": str(secret), "ca": str(lab.ca.pem)}
    page = lab.web.url + "public/"
    apps = [app("hr", page, pre_authentication="corp"),
            app("pay", page, host="hr.example.com", pre_authentication="strong")
            | {"external_url": "https://hr.example.com/pay/"}]
    with Gateway(lab, folder, apps, address=170,
                 identity_providers=[corp, {**corp, "name": "strong", **STRONG}]) as running:
        yield running


def enter(browser, idp, path, **claims):
    """By the provider, which says this of the sign-in: what it was asked for, and our answer."""
    away = go(browser, path)
    assert away.status == 303, away.text
    idp.claims = claims
    return browser.get(callback(idp.authorize(away.location))), idp.asked[-1]


def test_the_app_asks_for_more_and_takes_no_less(gateway, idp):
    browser = gateway.browser()
    answer, asked = enter(browser, idp, "/")
    assert answer.status == 303 and "acr_values" not in asked
    assert browser.get("/").status == 200
    answer, asked = enter(browser, idp, "/pay/", acr="urn:example:pwd", auth_time=int(time.time()))
    assert answer.status == 403 and gateway.event(answer.activity)["event"] == 22003
    assert (asked["acr_values"], asked["max_age"]) == ("urn:example:mfa", "300")
    assert (asked["prompt"], asked["ui_locales"]) == ("login", "de")
    assert browser.get("/pay/").status == 303 and browser.get("/").status == 200
    now = int(time.time())
    answer, _ = enter(browser, idp, "/pay/", acr="urn:example:mfa", auth_time=now - 900)
    assert answer.status == 403     # a proof of long ago
    answer, _ = enter(browser, idp, "/pay/", acr="urn:example:mfa", auth_time=now)
    assert answer.status == 303 and answer.location == "https://hr.example.com/pay/"
    assert browser.get("/pay/").status == 200
