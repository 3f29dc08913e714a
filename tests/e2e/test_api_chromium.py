"""A single-page application on another host than its API, in Chromium, which keeps the rules of
origins: without a session, with a token that is refused, and from where it may not ask."""
import json
from pathlib import Path

import pytest

from gateway import KERBGATE, Gateway, app
from lab.chromium import Chromium

API = "https://api.example.com"
SPA = {"path": "/", "origins": ["https://spa.example.com"], "headers": ["Authorization"],
       "methods": ["PUT"], "credentials": "on"}


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    issuer = {"name": "tokens", "type": "bearer", "issuer": "https://login.example.com/",
              "audiences": [API]}
    staff = {"name": "staff", "type": "form", "realm": lab.realm}
    public = lab.web.url + "public/"
    apps = [app("spa", public, pre_authentication="passthrough"),
            app("evil", public, pre_authentication="passthrough"),
            app("api", public, pre_authentication=["tokens", "staff"], cors=[SPA])]
    with Gateway(lab, tmp_path_factory.mktemp("api"), apps, address=150,
                 identity_providers=[staff, issuer]) as running:
        yield running


@pytest.fixture(scope="module")
def chromium(gateway):
    running = Chromium(gateway.address, Path(KERBGATE).parent / "screenshots")
    yield running
    running.stop()


def fetch(chromium, origin, **options):
    """What a script of the origin hears of the API; "refused" when the browser says nothing."""
    context = chromium.person()
    page = context.newPage()
    page.goto(f"https://{origin}.example.com/public.json")
    asked = json.dumps({"credentials": "include", "headers": {}, **options})
    answer = page.evaluate(
        f"fetch('{API}/items', {asked}).then(async (r) => ({{status: r.status, url: r.url, "
        "challenge: r.headers.get('www-authenticate'), error: (await r.json()).error}), "
        "() => 'refused')")
    context.close()
    return answer


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_script_without_a_session_reads_where_to_sign_in(chromium, method):
    answer = fetch(chromium, "spa", method=method)
    assert answer["status"] == 401 and answer["error"] == "sign-in-required"
    assert answer["url"] == API + "/items"
    assert f'Kerbgate sign-in="{API}/.kerbgate/sign-in?to=%2Fitems"' in answer["challenge"]
    assert 'Bearer realm="api"' in answer["challenge"]


def test_a_script_with_a_token_may_ask_and_reads_why_it_is_refused(chromium):
    answer = fetch(chromium, "spa", headers={"Authorization": "Bearer a.b.c"})
    assert answer["status"] == 401 and answer["error"] == "bearer-unreadable"
    assert 'error="invalid_token"' in answer["challenge"]


def test_a_script_of_another_origin_reads_nothing(chromium):
    assert fetch(chromium, "evil") == "refused"
    assert fetch(chromium, "evil", headers={"Authorization": "Bearer a.b.c"}) == "refused"
