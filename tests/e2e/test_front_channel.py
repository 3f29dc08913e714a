"""Front-channel logout: a page of the provider's has a frame of ours. It ends the sessions that it
names, whatever the browser sends along, and nobody else's."""
import urllib.parse
from pathlib import Path

import pytest

from gateway import KERBGATE, Gateway, app, wait_until
from lab.chromium import Chromium
from lab.false_provider import FalseProvider
from test_oidc import SECRET, callback, go

HR = "https://hr.example.com"
SID = "5f8b6a52-6c5e-4b3c-9a6d-3a1f9f0d7c11"


@pytest.fixture(scope="module")
def idp(lab):
    with FalseProvider(lab, 167) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, idp, tmp_path_factory):
    folder = tmp_path_factory.mktemp("front-channel")
    secret = folder / "oidc.secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    provider = {"name": "corp", "type": "oidc", "issuer": idp.issuer, "client_id": "kerbgate",
                "client_secret_file": str(secret), "ca": str(lab.ca.pem), "timeout": "2s",
                "front_channel_logout": "on"}
    quiet = {**provider, "name": "quiet", "front_channel_logout": "off"}
    apps = [app(name, lab.web.url + "public/", pre_authentication=provider)
            for name, provider in (("hr", "corp"), ("mail", "corp"), ("staff", "quiet"))]
    with Gateway(lab, folder, apps, address=167,
                 identity_providers=[provider, quiet]) as running:
        yield running


@pytest.fixture(autouse=True)
def honest(idp):
    idp.reset()
    yield
    idp.reset()


def enter(gateway, idp, sid, host="hr.example.com"):
    idp.claims = {"sid": sid}
    browser = gateway.browser(host)
    answer = browser.get(callback(idp.authorize(go(browser).location)))
    assert answer.status == 303, answer.text
    assert browser.get("/").status == 200
    return browser


def frame(idp, **changes):
    query = {"iss": idp.issuer, "sid": SID, **changes}
    return "/.kerbgate/frontchannel-logout?" + urllib.parse.urlencode(
        {name: value for name, value in query.items() if value is not None})


def test_a_frame_ends_the_sessions_that_it_names_on_all_hosts(gateway, idp):
    ended = [enter(gateway, idp, SID), enter(gateway, idp, SID, "mail.example.com")]
    others = [enter(gateway, idp, SID + "x"), enter(gateway, idp, SID, "staff.example.com")]
    answer = gateway.browser("mail.example.com").get(frame(idp))
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
    origin = idp.issuer.removesuffix("/tenant/v2.0")
    policy = answer.headers["Content-Security-Policy"]
    assert policy == f"default-src 'none'; frame-ancestors {origin}"
    assert "X-Frame-Options" not in answer.headers and answer.text == ""
    assert [b.get("/").status for b in ended] == [303, 303]
    assert [b.get("/").status for b in others] == [200, 200]


REFUSED = {"no issuer": {"iss": None}, "no session": {"sid": None}, "empty": {"sid": ""},
           "another issuer": {"iss": "https://evil.example/"}, "guessed": {"sid": "7"},
           "a line": {"sid": SID + "\r\nX-Evil: 1"}, "long": {"sid": "x" * 300},
           "SQL": {"sid": "' OR 1=1 --"}}


@pytest.mark.parametrize("what", REFUSED)
def test_what_anybody_could_make_up_ends_nothing(gateway, idp, what):
    sid = "7" if what == "guessed" else SID
    browser = enter(gateway, idp, sid)
    answer = gateway.browser().get(frame(idp, **REFUSED[what]))
    assert answer.status == 400
    assert gateway.event(answer.activity)["event"] == 22009
    assert browser.get("/").status == 200


def test_a_sid_that_can_be_guessed_needs_the_cookie(gateway, idp):
    browser = enter(gateway, idp, "7")
    other = enter(gateway, idp, "8")
    assert other.get(frame(idp, sid="7")).status == 400
    assert browser.get("/").status == 200
    assert browser.get(frame(idp, sid="7")).status == 200
    assert "__Host-kerbgate" not in browser.cookies
    assert browser.get("/").status == 303 and other.get("/").status == 200


def test_only_a_get_is_one(gateway, idp):
    browser = enter(gateway, idp, SID)
    for method in ("HEAD", "POST"):
        assert browser.request(method, frame(idp)).status == 405
    assert browser.get("/").status == 200


def page_at(idp, path, html):
    def show(request):
        request.send_response(200)
        request.send_header("Content-Type", "text/html")
        request.send_header("Content-Length", str(len(html)))
        request.end_headers()
        request.wfile.write(html.encode())
    idp.answers[path] = show


def test_a_browser_that_keeps_our_cookie_from_frames_is_signed_out_all_the_same(gateway, idp):
    def send_back(request):
        request.send_response(302)
        request.send_header("Location", idp.authorize(idp.issuer + request.path))
        request.send_header("Content-Length", "0")
        request.end_headers()
    chromium = Chromium(gateway.address, Path(KERBGATE).parent / "screenshots")
    try:
        idp.claims, idp.answers = {"sid": SID}, {"/authorize": send_back}
        page = chromium.person().newPage()
        page.goto(HR + "/")
        assert page.url() == HR + "/"
        asked = len(idp.asked)
        page.goto(HR + "/")
        assert len(idp.asked) == asked  # signed in
        page_at(idp, "/signed-out", f'<iframe src="{HR}{frame(idp)}"></iframe>')
        page.goto(idp.issuer + "/signed-out")
        assert not page.problems()
        before = [e for e in gateway.events() if e["event"] == 22008]
        page.goto(HR + "/")
        wait_until(lambda: len(idp.asked) > asked, 10, "signed out")
        assert before
    finally:
        chromium.stop()
