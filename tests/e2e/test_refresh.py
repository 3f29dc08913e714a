"""What a provider says of people gets old, and is asked for again with refresh tokens: of a
certified one (npm oidc-provider), which takes each of them once, and of one that lies. No session
gets somebody else's claims, is ended by what cannot be verified, or has a token that others can
read."""
import concurrent.futures
import json
import signal
import time

import pytest

from gateway import Gateway, app, wait_until
from lab.false_provider import FalseProvider
from lab.oidc_provider import OidcProvider
from test_oidc import SECRET, callback, client, go, sign_in
from test_oidc_attacks import signed_by
from websocket import Upgraded

PEOPLE = {name: {"upn": f"{name}@CORP.EXAMPLE", "groups": ["HR", "All"]}
          for name in ("alice", "bob", "carol", "dave", "erin", "frank")}


@pytest.fixture(scope="module")
def idp(lab):
    grants = ["authorization_code", "refresh_token"]
    with OidcProvider(lab, [client(grant_types=grants)], PEOPLE, address=166,
                      gateway=166) as running:
        yield running


@pytest.fixture(scope="module")
def liar(lab):
    with FalseProvider(lab, 166, 8444) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, idp, liar, tmp_path_factory):
    folder = tmp_path_factory.mktemp("refresh")
    secret = folder / "oidc.secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    client_of = {"type": "oidc", "client_id": "kerbgate", "client_secret_file": str(secret),
                 "ca": str(lab.ca.pem), "timeout": "1s"}
    entry = {**client_of, "issuer": idp.issuer, "scopes": ["openid", "offline_access"],
             "prompt": "consent", "claims": {"user_principal_name": "upn"}}
    providers = [{**entry, "name": "behind", "refresh": "1s", "refresh_limit": "1h"},
                 {**entry, "name": "strict", "refresh": "2s", "refresh_limit": "2s"},
                 {**client_of, "issuer": liar.issuer, "name": "liar", "refresh": "1s",
                  "refresh_limit": "1s"}]
    apps = [app(name, lab.web.url + "public/", pre_authentication=provider,
                allow={"groups": ["HR"]})
            for name, provider in (("hr", "behind"), ("mail", "strict"), ("staff", "liar"))]
    apps.append(app("ws", lab.web.url, spn=lab.web.spn, pre_authentication="behind",
                    external_url="https://hr.example.com/ws/", allow={"groups": ["HR"]},
                    sso={"login_identity": "user_principal_name"}))
    with Gateway(lab, folder, apps, address=166, identity_providers=providers) as running:
        yield running


def enter(gateway, idp, user, host=None):
    browser, _, answer = sign_in(gateway, idp, user, host=host)
    assert answer.status == 303, answer.text + str(gateway.events())
    assert browser.get("/").status == 200
    return browser


def older_than(seconds):
    ends = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > ends, seconds + 5, "what was said is old")


def renewed(idp, browser, times=1):
    """Comes again and again until the provider has been asked so often."""
    before = idp.granted()

    def come():
        assert browser.get("/").status == 200
        return idp.granted() >= before + times
    wait_until(come, 20, "the provider is asked")


def test_groups_that_are_gone_there_are_soon_gone_here(gateway, idp):
    browser = enter(gateway, idp, "alice")
    renewed(idp, browser)
    idp.change(alice={**PEOPLE["alice"], "groups": ["All"]})
    wait_until(lambda: browser.get("/").status == 403, 20, "nobody of HR any more")
    idp.change(alice=PEOPLE["alice"])
    wait_until(lambda: browser.get("/").status == 200, 20, "again one of HR")


def test_a_websocket_ends_when_its_groups_are_gone_and_not_when_something_else_is(gateway, idp):
    browser = enter(gateway, idp, "alice")
    cookie = ("cookie", "__Host-kerbgate=" + browser.cookies["__Host-kerbgate"])
    socket = Upgraded(gateway, "hr.example.com", "/ws/socket", [cookie])
    assert json.loads(socket.receive())["path"] == "/socket"
    idp.change(alice={**PEOPLE["alice"], "email": "new@example.com"})
    renewed(idp, browser, 2)
    older_than(11)  # who has ended is looked for every ten seconds
    assert socket.echo("x") == "x"
    idp.change(alice={**PEOPLE["alice"], "groups": ["All"]})
    wait_until(lambda: browser.get("/").status == 403, 20, "nobody of HR any more")
    with pytest.raises(EOFError):
        socket.receive()
    idp.change(alice=PEOPLE["alice"])


def test_each_token_is_used_once_also_after_a_restart_and_a_reload(gateway, idp):
    browser = enter(gateway, idp, "bob")
    renewed(idp, browser, 3)
    gateway.stop()
    gateway.start()
    renewed(idp, browser, 2)
    before = gateway.children()["worker"]
    gateway.run("reload")
    wait_until(lambda: gateway.children().get("worker") not in (None, before), 20, "a reload")
    renewed(idp, browser, 2)
    assert not [e for e in gateway.events() if e["event"] == 22010]


def test_many_requests_at_one_moment_are_one_question(gateway, idp):
    browser = enter(gateway, idp, "carol", "mail.example.com")
    cookie = browser.cookies["__Host-kerbgate"]

    def come(_):
        another = gateway.browser("mail.example.com")
        another.cookies["__Host-kerbgate"] = cookie
        return another.get("/").status
    with concurrent.futures.ThreadPoolExecutor(12) as crowd:
        for _ in range(3):
            older_than(2.1)
            before = idp.granted()
            assert list(crowd.map(come, range(12))) == [200] * 12
            assert idp.granted() == before + 1


def test_who_is_disabled_there_is_signed_out_here(gateway, idp):
    for host in ("hr.example.com", "mail.example.com"):
        browser = enter(gateway, idp, "dave", host)
        idp.change(dave=None)
        wait_until(lambda b=browser: b.get("/").status == 303, 20, "the session is over")
        [event] = [e for e in gateway.events() if e["event"] == 22010][-1:]
        assert "invalid_grant" in event["detail"] and event["user"] == "dave@CORP.EXAMPLE"
        idp.change(dave=PEOPLE["dave"])
        assert browser.get("/").status == 303


def test_a_provider_that_is_silent_ends_nothing_before_the_limit(gateway, idp):
    behind = enter(gateway, idp, "erin")
    strict = enter(gateway, idp, "erin", "mail.example.com")
    idp.process.send_signal(signal.SIGSTOP)
    try:
        older_than(2.1)
        page = strict.get("/")
        assert page.status == 503 and "sign-in service does not answer" in page.text
        assert gateway.event(page.activity)["event"] == 22001
        started = time.monotonic()
        assert strict.get("/").status == 503
        assert time.monotonic() - started < 0.9  # it is not asked again at once
        for _ in range(5):
            assert behind.get("/").status == 200
        assert time.monotonic() - started < 0.9
    finally:
        idp.process.send_signal(signal.SIGCONT)
    wait_until(lambda: strict.get("/").status != 503, 30, "it answers again")
    assert behind.get("/").status == 200


@pytest.fixture(autouse=True)
def honest(liar):
    liar.reset()
    liar.person = {"sub": "alice", "groups": ["HR"]}
    liar.tokens = {"refresh_token": liar.refresh_token()}
    yield
    liar.reset()


def attempt(gateway, liar):
    browser = gateway.browser("staff.example.com")
    return browser, browser.get(callback(liar.authorize(go(browser).location)))


def enter_liars(gateway, liar):
    """Signed in, and what was said is too old by now."""
    browser, answer = attempt(gateway, liar)
    assert answer.status == 303, answer.text + str(gateway.events())
    older_than(1.1)
    return browser


def test_an_honest_one_is_asked_with_each_token_once(gateway, liar):
    browser = enter_liars(gateway, liar)
    count = len(liar.renewals)

    def come():
        assert browser.get("/").status == 200
        return len(liar.renewals) >= count + 3
    wait_until(come, 20, "three renewals")
    assert len(set(liar.renewals)) == len(liar.renewals)


def test_no_token_is_to_be_read_anywhere(gateway, liar):
    token = liar.tokens["refresh_token"]
    browser = enter_liars(gateway, liar)
    assert browser.get("/").status == 200
    tokens = [token, *liar.refresh_tokens]
    assert token in liar.renewals
    files = [gateway.log, *gateway.state.glob("state.db*")]
    written = b"".join(file.read_bytes() for file in files) + str(gateway.events()).encode()
    assert b"alice" in written
    for secret in (*tokens, browser.cookies["__Host-kerbgate"]):
        assert secret.encode() not in written


def test_without_a_token_nobody_signs_in_where_refresh_is_configured(gateway, liar):
    liar.tokens = {}
    _, answer = attempt(gateway, liar)
    event = gateway.event(answer.activity)
    assert answer.status == 502 and event["event"] == 22007
    assert "refresh token" in event["detail"]


LIES = {
    "another's key": ({"sign": lambda p: signed_by(p.other, "RS256", "one")}, 403, 22003),
    "not signed": ({"sign": lambda p: p.unsigned, "header": {"alg": "none"}}, 502, 13014),
    "another issuer": ({"claims": {"iss": "https://evil.example/"}}, 403, 22003),
    "another client": ({"claims": {"aud": "other"}}, 403, 22003),
    "expired": ({"claims": {"exp": 1000}}, 403, 22003),
    "another access token": ({"claims": {"at_hash": "x" * 22}}, 403, 22003),
    "a logout token": ({"claims": {"events": {}}}, 403, 22003),
    "neither token": ({"renewed": {"id_token": None, "access_token": None}}, 502, 22001),
    "a token without end": ({"renewed": {"refresh_token": "x" * 9000}}, 502, 22001),
    "another error": ({"answers": {"/token": (400, {"error": "invalid_client"})}}, 502, 22001),
    "an error and a script": ({"answers": {"/token": (400, {"error": "<script>"})}}, 502, 22001),
    "no JSON": ({"answers": {"/token": (200, b"<html>")}}, 502, 22001),
    "an internal error": ({"answers": {"/token": (500, {"error": "invalid_grant"})}}, 503, 22001),
}


@pytest.mark.parametrize("what", LIES)
def test_what_cannot_be_verified_is_not_believed_and_ends_nothing(gateway, liar, what):
    lies, status, number = LIES[what]
    browser = enter_liars(gateway, liar)
    for name, value in lies.items():
        setattr(liar, name, value(liar) if name == "sign" else value)
    page = browser.get("/")
    event = gateway.event(page.activity)
    assert (page.status, event["event"]) == (status, number), event
    assert "script" not in str(event)
    over = [e for e in gateway.events() if e["event"] == 22010]
    assert not [e for e in over if e["activity"] == page.activity]


def test_a_session_does_not_become_somebody_elses(gateway, liar):
    for tokens in ({}, {"id_token": None}):
        browser = enter_liars(gateway, liar)
        liar.renewed = tokens
        liar.person = {"sub": "mallory", "groups": ["HR"]}
        page = browser.get("/")
        assert page.status in (303, 403), page.text
        assert liar.renewals
        liar.person, liar.renewed = {"sub": "alice", "groups": ["HR"]}, {}
        liar.tokens = {"refresh_token": liar.refresh_token()}


def test_without_an_id_token_userinfo_says_who_it_is_by_now(gateway, liar):
    browser = enter_liars(gateway, liar)
    liar.renewed, liar.person = {"id_token": None}, {"sub": "alice", "groups": ["All"]}
    assert browser.get("/").status == 403
