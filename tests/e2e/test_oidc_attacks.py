"""Sign-in by OpenID Connect with a provider that lies or is somebody else: nobody gets in, and each
is an event of its own."""
import hashlib
import hmac
import json
import time
import urllib.parse

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway import Gateway, app
from lab.false_provider import FalseProvider, public_jwk, segment
from test_oidc import SECRET, callback, go

NOW = int(time.time())


@pytest.fixture(scope="module")
def idp(lab):
    with FalseProvider(lab, 111) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, idp, tmp_path_factory):
    folder = tmp_path_factory.mktemp("oidc-attacks")
    secret = folder / "oidc.secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    provider = {"name": "corp", "type": "oidc", "issuer": idp.issuer, "client_id": "kerbgate",
                "client_secret_file": str(secret), "ca": str(lab.ca.pem), "timeout": "2s"}
    entry = app("hr", lab.web.url + "public/", pre_authentication="corp")
    with Gateway(lab, folder, [entry], address=121, identity_providers=[provider]) as running:
        yield running


@pytest.fixture(autouse=True)
def honest(idp):
    idp.reset()
    yield
    idp.reset()


def attempt(gateway, idp, browser=None, path="/", **more):
    browser = browser or gateway.browser()
    back = idp.authorize(go(browser, path).location, **more)
    return browser, browser.get(callback(back))


def refused(gateway, answer, number, name):
    assert answer.status in (403, 502, 503), answer.text
    assert "__Host-kerbgate=" not in str(answer.headers)
    event = gateway.event(answer.activity)
    assert (event["event"], event["error"]) == (number, name), event
    return event


def test_an_honest_one_lets_people_in(gateway, idp):
    browser, answer = attempt(gateway, idp, path="/public.json?x=1")
    assert answer.status == 303 and answer.location == "https://hr.example.com/public.json?x=1"
    assert browser.get("/").status == 200
    asked = idp.asked[-1]
    assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
    assert asked["scope"] == "openid" and len(asked["nonce"]) == len(asked["state"]) == 43


def with_public_key(idp, how):
    """HS256 with the public key as the secret, which everybody has."""
    pem = idp.key.public_key().public_bytes(how, PublicFormat.SubjectPublicKeyInfo)

    def sign(payload, _):
        head = segment({"alg": "HS256", "kid": "one", "typ": "JWT"})
        signed = f"{head}.{segment(payload)}"
        return f"{signed}.{segment(hmac.new(pem, signed.encode(), hashlib.sha256).digest())}"
    return sign


def signed_by(key, algorithm, kid):
    return lambda payload, header: jwt.encode(payload, key, algorithm, {"kid": kid, **header})


def tampered(idp, payload, header):
    head, body, signature = idp.honest(payload, header).split(".")
    return f"{head}.{segment({**payload, 'sub': 'admin'})}.{signature}"


def twice(idp, payload, header):
    """Two members of one name: signed rightly, read by some as the first, by others as the last."""
    text = json.dumps(payload)[:-1] + ', "sub": "admin"}'
    signed = f"{segment({'alg': 'RS256', 'kid': 'one', **header})}.{segment(text.encode())}"
    return f"{signed}.{segment(idp.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


BAD_TOKENS = {
    "alg none": (lambda p: p.unsigned, {"alg": "none"}, "unreadable"),
    "alg nOnE": (lambda p: p.unsigned, {"alg": "nOnE"}, "unreadable"),
    "no alg": (lambda p: p.unsigned, {}, "unreadable"),
    "no signature": (lambda p: p.unsigned, {"alg": "RS256", "kid": "one"}, "unreadable"),
    "HS256 with the public key as PEM": (lambda p: with_public_key(p, Encoding.PEM), {},
                                         "unreadable"),
    "HS256 with the public key as DER": (lambda p: with_public_key(p, Encoding.DER), {},
                                         "unreadable"),
    "HS256 with our secret": (lambda p: signed_by(SECRET, "HS256", "one"), {}, "unreadable"),
    "two of a name": (lambda p: lambda *a: twice(p, *a), {}, "unreadable"),
    "crit": (lambda p: p.honest, {"crit": ["exp"]}, "unreadable"),
    "somebody else's key": (lambda p: signed_by(p.other, "RS256", "one"), {}, "token"),
    "a key that is not there": (lambda p: signed_by(p.other, "RS256", "nowhere"), {}, "token"),
    "a key of another kind": (lambda p: signed_by(p.key, "RS256", "curve"), {}, "token"),
    "a key in the header": (lambda p: signed_by(p.other, "RS256", "x"),
                            {"jwk": {"kty": "RSA"}, "jku": "https://evil.example/"}, "token"),
    "tampered": (lambda p: lambda *a: tampered(p, *a), {}, "token"),
    "another kind": (lambda p: p.honest, {"typ": "at+jwt"}, "token"),
}


@pytest.mark.parametrize("what", BAD_TOKENS)
def test_a_token_that_is_not_signed_as_it_should_be(gateway, idp, what):
    make, header, kind = BAD_TOKENS[what]
    idp.sign, idp.header = make(idp), header
    _, answer = attempt(gateway, idp)
    number, name = (13014, "idp-token-unreadable") if kind == "unreadable" else (22003, "idp-token")
    refused(gateway, answer, number, name)


BAD_CLAIMS = {
    "issuer": {"iss": "https://evil.example/"}, "no issuer": {"iss": None},
    "audience": {"aud": "other"}, "audiences": {"aud": ["kerbgate", "other"]},
    "audiences without party": {"aud": ["kerbgate", "kerbgate"]}, "no audience": {"aud": None},
    "empty audience": {"aud": []}, "audience a number": {"aud": 7}, "party": {"azp": "other"},
    "expired": {"exp": NOW - 600}, "no end": {"exp": None}, "end a text": {"exp": "2099"},
    "future": {"iat": NOW + 7200}, "not yet": {"nbf": NOW + 7200}, "old": {"iat": NOW - 90000},
    "no issue": {"iat": None}, "nonce": {"nonce": "x" * 43}, "no nonce": {"nonce": None},
    "nonce a list": {"nonce": []}, "no subject": {"sub": None}, "empty subject": {"sub": ""},
    "long subject": {"sub": "x" * 256}, "subject a number": {"sub": 7},
    "subject with a new line": {"sub": "a\r\nX-Evil: 1"}, "hash": {"at_hash": "x" * 22},
    "events": {"events": {}},
}


@pytest.mark.parametrize("what", BAD_CLAIMS)
def test_a_token_that_is_not_meant_for_us_now(gateway, idp, what):
    idp.claims = BAD_CLAIMS[what]
    _, answer = attempt(gateway, idp)
    refused(gateway, answer, 22003, "idp-token")


def test_a_new_key_is_found_and_unknown_ones_do_not_make_us_ask_for_ever(gateway, idp):
    assert attempt(gateway, idp)[1].status == 303
    idp.keys = [public_jwk(idp.key, "one"), public_jwk(idp.other, "two")]
    idp.sign = signed_by(idp.other, "RS256", "two")
    fetches = []
    answer = idp.answer
    idp.answer = lambda request, form: (fetches.append(request.path), answer(request, form))
    try:
        assert attempt(gateway, idp)[1].status in (303, 403)  # 403: others have used it up
        for _ in range(6):
            idp.sign = signed_by(idp.key, "RS256", "three")
            refused(gateway, attempt(gateway, idp)[1], 22003, "idp-token")
        assert sum(path.endswith("/keys") for path in fetches) <= 4
    finally:
        idp.answer = answer


MIX_UPS = {"another issuer": "https://evil.example/", "a longer one": "/", "none": None,
           "empty": ""}


@pytest.mark.parametrize("what", MIX_UPS)
def test_an_answer_of_another_issuer(gateway, idp, what):
    said = idp.issuer + "/" if what == "a longer one" else MIX_UPS[what]
    before = len(idp.codes)
    _, answer = attempt(gateway, idp, iss=said)
    refused(gateway, answer, 22005, "idp-mix-up")
    assert len(idp.codes) == before + 1  # the code was not sent to anybody


def test_an_answer_for_another_browser(gateway, idp):
    victim, attacker = gateway.browser(), gateway.browser()
    back = idp.authorize(go(attacker).location)
    refused(gateway, victim.get(callback(back)), 22004, "idp-state")
    go(victim)
    refused(gateway, victim.get(callback(back)), 22004, "idp-state")
    # With the attacker's state in the name of the victim's cookie, and the other way round.
    [[name, value]] = victim.cookies.items()
    [[other, _]] = attacker.cookies.items()
    victim.cookies = {other: value}
    refused(gateway, victim.get(callback(back)), 22004, "idp-state")
    attacker.cookies[name] = value
    assert attacker.get(callback(back)).status == 303


def test_nonce_and_verifier_do_not_go_from_one_sign_in_to_another(gateway, idp):
    one, two = gateway.browser(), gateway.browser()
    first, second = idp.authorize(go(one).location), idp.authorize(go(two).location)
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(second).query)["code"][0]
    query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(first).query))
    swapped = "/.kerbgate/callback?" + urllib.parse.urlencode({**query, "code": code})
    event = refused(gateway, one.get(swapped), 22006, "idp-code")
    assert "invalid_grant" in event["detail"] and "script" not in str(event)


def test_a_code_is_used_once(gateway, idp):
    browser = gateway.browser()
    back = idp.authorize(go(browser).location)
    flow = dict(browser.cookies)
    assert browser.get(callback(back)).status == 303
    again = gateway.browser()
    refused(gateway, again.get(callback(back)), 22004, "idp-state")
    again.cookies = flow
    refused(gateway, again.get(callback(back)), 22004, "idp-state")


def tampered_values(value):
    yield value[:-1] + ("A" if value[-1] != "A" else "B")
    yield ("A" if value[0] != "A" else "B") + value[1:]
    yield value[:-4]
    yield value + "AAAA"
    yield value + "="
    yield ""
    yield "A" * 60


def test_a_cookie_that_is_not_ours(gateway, idp):
    browser = gateway.browser()
    back = idp.authorize(go(browser).location)
    [[name, value]] = browser.cookies.items()
    for wrong in tampered_values(value):
        browser.cookies = {name: wrong}
        refused(gateway, browser.get(callback(back)), 22004, "idp-state")
    tossed = {"Cookie": f"{name}={value}; {name}={value}"}
    refused(gateway, browser.get(callback(back), headers=tossed), 22004, "idp-state")
    browser.cookies = {name: value}
    assert browser.get(callback(back)).status == 303


STATES = ["", "x", "A" * 42, "A" * 44, "A" * 43, "https://evil.example/", "/\\evil", "../../x",
          "%00", "A" * 5000, "a" * 42 + ";", "javascript:alert(1)"]


@pytest.mark.parametrize("state", STATES)
def test_a_state_that_is_none(gateway, state):
    path = "/.kerbgate/callback?code=x&state=" + urllib.parse.quote(state)
    refused(gateway, gateway.browser().get(path), 22004, "idp-state")


def test_parameters_that_are_there_twice(gateway, idp):
    for twice_over in ("state", "code"):
        browser = gateway.browser()
        back = callback(idp.authorize(go(browser).location))
        answer = browser.get(back + f"&{twice_over}=x")
        assert answer.status == 403 and "__Host-kerbgate=" not in str(answer.headers)


def test_what_the_provider_says_is_not_repeated(gateway, idp):
    browser = gateway.browser()
    back = idp.authorize(go(browser).location, code=None, error="<script>alert(1)</script>",
                         error_description="<b>call 555</b>", error_uri="https://evil.example/")
    answer = browser.get(callback(back))
    event = refused(gateway, answer, 22002, "idp-refused")
    for text in (answer.text, str(answer.headers), str(event)):
        assert "script>" not in text.replace("</script>", "") or "alert" not in text
        assert "555" not in text and "evil" not in text


SPELLINGS = [before + body + after
             for before in ("", "/", "//", "/\\", "\\", "/.", "/%2e%2e/", "https:", "https:/", " /",
                            "/\t")
             for body in ("evil.example", "/evil.example/", "\\evil.example", "//evil.example",
                          "@evil.example", "hr.example.com@evil.example",
                          "hr.example.com.evil.example")
             for after in ("", "/x?y")]


def test_nobody_is_sent_elsewhere_in_150_spellings(gateway, idp):
    assert len(SPELLINGS) > 150
    person = {}
    for spelling in SPELLINGS:
        browser = gateway.browser()
        query = urllib.parse.urlencode({"to": spelling})
        away = browser.get("/.kerbgate/sign-in?" + query)
        assert away.location.startswith(idp.issuer + "/authorize?"), spelling
        answer = browser.get(callback(idp.authorize(away.location)))
        assert answer.status == 303
        target = urllib.parse.urlsplit(answer.location)
        assert (target.scheme, target.netloc) == ("https", "hr.example.com"), spelling
        assert not target.path.startswith(("//", "/\\")) and "\\" not in answer.location, spelling
        person[spelling] = answer.location
    assert len(person) == len(set(SPELLINGS))
