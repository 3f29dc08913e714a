"""Sign-in by OpenID Connect with a provider of another code base than the others here: Glewlwyd."""
import json
import sqlite3
import urllib.parse

import pytest

from gateway import Gateway, app, wait_until
from lab.glewlwyd import Glewlwyd

ADDRESS = 160
HOST = "hr.example.com"
DEEP = "/deep/link/?a=1&b=%2F..%2f"


@pytest.fixture(scope="module")
def idp(lab):
    people = {"alice": "alice@CORP.EXAMPLE", "bob": "bob@CORP.EXAMPLE"}
    with Glewlwyd(lab, HOST, people, 161, gateway=f"{lab.net}.{ADDRESS}") as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, idp, tmp_path_factory):
    folder = tmp_path_factory.mktemp("glewlwyd")
    secret = folder / "oidc.secret"
    secret.write_text(idp.secret + "\n")
    secret.chmod(0o600)
    corp = {"name": "corp", "type": "oidc", "issuer": idp.issuer, "client_id": "kerbgate",
            "client_secret_file": str(secret), "ca": str(lab.ca.pem), "scopes": ["openid"],
            "claims": {"user_principal_name": "upn"}}
    apps = [app("hr", lab.web.url, spn=lab.web.spn, pre_authentication="corp",
                sso={"login_identity": "user_principal_name"})]
    with Gateway(lab, folder, apps, address=ADDRESS, identity_providers=[corp]) as running:
        yield running


def path_of(url):
    parts = urllib.parse.urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def go(browser, path):
    """To the provider: the URL that the browser is sent to."""
    away = browser.get(path)
    if "/.kerbgate/sign-in" in away.location:
        away = browser.get(path_of(away.location))
    return away.location


def sign_in(gateway, idp, user, path="/"):
    browser, person = gateway.browser(), idp.person(user)
    answer = browser.get(path_of(person.walk(go(browser, path))))
    assert answer.status == 303, answer.text
    return browser, person, answer


@pytest.mark.parametrize("user", ["alice", "bob"])
def test_a_first_visit_ends_at_the_very_address_as_the_right_person(gateway, idp, user):
    browser, _, answer = sign_in(gateway, idp, user, DEEP)
    assert answer.location == f"https://{HOST}{DEEP}"
    assert browser.get("/").json["remote_user"].split("@")[0] == user


def test_a_code_is_good_once(gateway, idp):
    browser, person = gateway.browser(), idp.person("alice")
    back = path_of(person.walk(go(browser, "/")))
    flow = dict(browser.cookies)
    assert browser.get(back).status == 303
    again = gateway.browser()
    again.cookies = flow
    assert again.get(back).status == 403


def test_signing_out_leads_to_the_provider_with_the_session_to_end(gateway, idp):
    browser, person, _ = sign_in(gateway, idp, "alice")
    page = browser.get("/.kerbgate/sign-out")
    token = page.text.split('name="csrf" value="')[1].split('"')[0]
    answer = browser.post("/.kerbgate/sign-out", {"csrf": token})
    url = answer.headers["Refresh"].removeprefix("0; url=")
    assert url.startswith(f"{idp.issuer}/end_session?")
    assert f"{idp.url}/login.html" in person.sent(url)      # it knows the session that is meant
    assert browser.get("/").status == 303


def test_the_provider_ends_sessions_by_the_back_channel(gateway, idp):
    browser, person, _ = sign_in(gateway, idp, "alice")
    assert browser.get("/").status == 200
    person.end(gateway_sid(gateway))
    wait_until(lambda: browser.get("/").status == 303, 10, "the session has ended")


def gateway_sid(gateway):
    """The provider's name of the newest session, as it says in the ID token that is kept."""
    store = sqlite3.connect(f"file:{gateway.state}/state.db?mode=ro", uri=True)
    claims, = store.execute("SELECT claims FROM sessions ORDER BY created DESC LIMIT 1").fetchone()
    store.close()
    return json.loads(claims)["sid"]
