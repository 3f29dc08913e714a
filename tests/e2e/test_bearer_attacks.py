"""Access tokens that are not what they say: each is refused with the word of RFC 6750 and an event
of its own, and nothing is fetched for them."""
import hashlib
import hmac
import http.client
import json
import secrets
import time
import uuid

import jwt
import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from gateway import Gateway, app
from http2 import Http2
from lab.false_provider import FalseProvider, public_jwk, segment

API = "https://api.example.com/"
NOW = int(time.time())


@pytest.fixture(scope="module")
def idp(lab):
    with FalseProvider(lab, 151) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, idp, tmp_path_factory):
    provider = {"name": "api", "type": "bearer", "issuer": idp.issuer, "audiences": [API],
                "ca": str(lab.ca.pem), "timeout": "2s"}
    strict = {**provider, "name": "strict", "acr_values": ["strong"], "max_age": "5m",
              "algorithms": ["ES384"], "jwks_uri": idp.issuer + "/keys"}
    apps = [app("jobs", lab.web.url + "public/", pre_authentication="api"),
            app("strict", lab.web.url + "public/", pre_authentication="strict")]
    with Gateway(lab, tmp_path_factory.mktemp("bearer-attacks"), apps, address=151,
                 identity_providers=[provider, strict]) as running:
        yield running


@pytest.fixture(autouse=True)
def honest(idp):
    idp.reset()
    yield
    idp.reset()


def claims(idp, **changes):
    now = int(time.time())
    payload = {"iss": idp.issuer, "aud": API, "sub": "robot", "client_id": "robot", "iat": now,
               "exp": now + 300, "jti": str(uuid.uuid4()), **changes}
    return {name: value for name, value in payload.items() if value is not None}


def token(idp, sign=None, header=None, **changes):
    return (sign or idp.honest)(claims(idp, **changes), {"typ": "at+jwt", **(header or {})})


def ask(gateway, credential, host="jobs.example.com", path="/public.json", **headers):
    if credential is not None:
        headers["Authorization"] = f"Bearer {credential}"
    return gateway.browser(host).get(path, headers=headers)


def refused(gateway, answer, number, error="invalid_token", status=401):
    assert answer.status == status, (answer.status, answer.text)
    assert answer.location is None and f'error="{error}"' in answer.headers["WWW-Authenticate"]
    event = gateway.event(answer.activity)
    assert event["event"] == number, event
    return event


def test_an_honest_one_is_let_in(gateway, idp):
    for one in (token(idp), token(idp, header={"typ": "application/at+jwt"}),
                token(idp, aud=["https://x.example/", API]), token(idp, iat=NOW - 90000),
                token(idp, lambda *a: sign_with(idp.curve, "ES384", "curve")(*a))):
        answer = ask(gateway, one)
        assert answer.status == 200, gateway.event(answer.activity)


def sign_with(key, algorithm, kid):
    more = {"kid": kid} if kid else {}
    return lambda payload, header: jwt.encode(payload, key, algorithm, {**more, **header})


def with_public_key(idp, how):
    pem = idp.key.public_key().public_bytes(how, PublicFormat.SubjectPublicKeyInfo)
    return with_secret(pem)


def with_secret(secret):
    def sign(payload, header):
        signed = f"{segment({**header, 'alg': 'HS256', 'kid': 'one'})}.{segment(payload)}"
        return f"{signed}.{segment(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"
    return sign


def raw(idp, header_text, payload_text):
    """Rightly signed, whatever it is."""
    signed = f"{segment(header_text.encode())}.{segment(payload_text.encode())}"
    return f"{signed}.{segment(idp.key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def twice(idp, payload, header):
    head = json.dumps({"alg": "RS256", "kid": "one", **header})
    return raw(idp, head, json.dumps(payload)[:-1] + ', "sub": "admin"}')


def two_kids(idp, payload, header):
    head = json.dumps({"alg": "RS256", "kid": "one", **header})
    return raw(idp, head[:-1] + ', "kid": "two"}', json.dumps(payload))


def tampered(idp, payload, header):
    head, _, signature = idp.honest(payload, header).split(".")
    return f"{head}.{segment({**payload, 'sub': 'admin'})}.{signature}"


def longer(idp, payload, header):
    return idp.honest(payload, header) + ".AAAA"


def deep(idp, payload, header):
    head = json.dumps({"alg": "RS256", "kid": "one", **header})
    return raw(idp, head, json.dumps(payload)[:-1] + ', "x": ' + "[" * 3000 + "]" * 3000 + "}")


UNREADABLE, SIGNATURE, TOKEN, OVER = 22021, 22022, 22023, 22024
BAD_SIGNATURES = {
    "alg none": (lambda p: p.unsigned, {"alg": "none"}, UNREADABLE),
    "alg NONE": (lambda p: p.unsigned, {"alg": "NONE"}, UNREADABLE),
    "no alg": (lambda p: p.unsigned, {}, UNREADABLE),
    "no signature": (lambda p: p.unsigned, {"alg": "RS256", "kid": "one"}, UNREADABLE),
    "HS256 with the public key, PEM": (lambda p: with_public_key(p, Encoding.PEM), {}, UNREADABLE),
    "HS256 with the public key, DER": (lambda p: with_public_key(p, Encoding.DER), {}, UNREADABLE),
    "HS256 with nothing": (lambda p: with_secret(b""), {}, UNREADABLE),
    "two claims of a name": (lambda p: lambda *a: twice(p, *a), {}, UNREADABLE),
    "two kids": (lambda p: lambda *a: two_kids(p, *a), {}, UNREADABLE),
    "five parts": (lambda p: lambda *a: longer(p, *a), {}, UNREADABLE),
    "too deep": (lambda p: lambda *a: deep(p, *a), {}, UNREADABLE),
    "crit": (lambda p: p.honest, {"crit": ["exp"]}, UNREADABLE),
    "crit of nothing": (lambda p: p.honest, {"crit": []}, UNREADABLE),
    "b64 false": (lambda p: p.honest, {"b64": False, "crit": ["b64"]}, UNREADABLE),
    "b64 false and not critical": (lambda p: lambda a, h: raw(
        p, json.dumps({"alg": "RS256", "kid": "one", "b64": False, **h}), json.dumps(a)), {},
        UNREADABLE),
    "packed": (lambda p: p.honest, {"zip": "DEF"}, UNREADABLE),
    "kid a number": (lambda p: lambda a, h: raw(
        p, json.dumps({"alg": "RS256", **h, "kid": 1}), json.dumps(a)), {}, UNREADABLE),
    "somebody else's key": (lambda p: sign_with(p.other, "RS256", "one"), {}, SIGNATURE),
    "an unknown kid": (lambda p: sign_with(p.other, "RS256", "nowhere"), {}, SIGNATURE),
    "a kid that is a path": (lambda p: sign_with(p.other, "RS256", "../../x"), {}, SIGNATURE),
    "the key of another algorithm": (lambda p: sign_with(p.key, "RS256", "curve"), {}, SIGNATURE),
    "no kid, and a key of nobody": (lambda p: sign_with(p.other, "RS256", None), {}, SIGNATURE),
    "its own key in jwk": (lambda p: sign_with(p.other, "RS256", "own"), {"jwk": True}, SIGNATURE),
    "its own key by jku": (lambda p: sign_with(p.other, "RS256", "own"), {"jku": True}, SIGNATURE),
    "its own key by x5u": (lambda p: sign_with(p.other, "RS256", "one"), {"x5u": True}, SIGNATURE),
    "its own key in x5c": (lambda p: sign_with(p.other, "RS256", "one"), {"x5c": ["MIIB"]},
                           SIGNATURE),
    "tampered": (lambda p: lambda *a: tampered(p, *a), {}, SIGNATURE),
}


@pytest.mark.parametrize("what", BAD_SIGNATURES)
def test_a_token_that_is_not_signed_as_it_should_be(gateway, idp, what):
    make, header, number = BAD_SIGNATURES[what]
    own = {"jwk": public_jwk(idp.other, "own"), "jku": idp.issuer + "/evil-keys",
           "x5u": idp.issuer + "/evil-certificate"}
    header = {k: own[k] if v is True and k in own else v for k, v in header.items()}
    fetched = []
    idp.answers = {path: (lambda _, path=path: fetched.append(path))
                   for path in ("/evil-keys", "/evil-certificate")}
    refused(gateway, ask(gateway, token(idp, make(idp), header)), number)
    assert not fetched


BAD_CLAIMS = {
    "issuer": {"iss": "https://evil.example/"}, "no issuer": {"iss": None},
    "issuer a list": {"iss": ["https://evil.example/"]},
    "audience": {"aud": "https://other.example.com/"}, "no audience": {"aud": None},
    "a part of the audience": {"aud": "https://api.example.com"}, "empty audience": {"aud": []},
    "audience an object": {"aud": {API: True}}, "audience with a number": {"aud": [API, 7]},
    "no end": {"exp": None}, "end a text": {"exp": "2099"}, "end a truth": {"exp": True},
    "no issue": {"iat": None}, "begins at a text": {"nbf": "soon"},
    "no subject": {"sub": None}, "empty subject": {"sub": ""}, "subject a number": {"sub": 7},
    "subject with a new line": {"sub": "a\r\nX-Evil: 1"}, "no client": {"client_id": None},
    "no number": {"jti": None}, "bound to a key": {"cnf": {"jkt": "x"}}, "events": {"events": {}},
}
BAD_TIMES = {"expired": {"exp": NOW - 1}, "future": {"iat": NOW + 7200},
             "not yet": {"nbf": NOW + 7200}, "long ago": {"exp": 1}}
BAD_TYPES = {"an ID token": "JWT", "no type": None, "a logout token": "logout+jwt",
             "a proof": "dpop+jwt", "nearly": "at+jwt2", "of another tree": "text/at+jwt"}


@pytest.mark.parametrize("what", BAD_CLAIMS)
def test_a_token_that_is_not_meant_for_here(gateway, idp, what):
    refused(gateway, ask(gateway, token(idp, **BAD_CLAIMS[what])), TOKEN)


@pytest.mark.parametrize("what", BAD_TIMES)
def test_a_token_of_another_time(gateway, idp, what):
    refused(gateway, ask(gateway, token(idp, **BAD_TIMES[what])), OVER)


@pytest.mark.parametrize("what", BAD_TYPES)
def test_a_token_of_another_kind(gateway, idp, what):
    kind = BAD_TYPES[what]
    one = raw(idp, json.dumps({"alg": "RS256", "kid": "one", **({"typ": kind} if kind else {})}),
              json.dumps(claims(idp)))
    refused(gateway, ask(gateway, one), TOKEN)


def test_what_is_no_token_or_too_long(gateway, idp):
    for one in ("abc", "a.b.c", "....", secrets.token_urlsafe(64), "A" * 17000,
                token(idp, pad="x" * 16000)):
        refused(gateway, ask(gateway, one), UNREADABLE)


def send(gateway, *lines):
    """As no library would."""
    with gateway.tls("jobs.example.com") as stream:
        head = ["GET /public.json HTTP/1.1", "Host: jobs.example.com", "Connection: close", *lines]
        stream.sendall("\r\n".join([*head, "", ""]).encode())
        response = http.client.HTTPResponse(stream)
        response.begin()
        return response.status, response.headers.get_all("WWW-Authenticate"), response.read()


WRONG = {
    "two headers": lambda t: [f"Authorization: Bearer {t}", f"Authorization: Bearer {t}"],
    "another scheme behind it": lambda t: [f"Authorization: Bearer {t}",
                                           "Authorization: Basic YTpi"],
    "another scheme before it": lambda t: ["Authorization: Basic YTpi",
                                           f"Authorization: Bearer {t}"],
    "two in one": lambda t: [f"Authorization: Bearer {t}, Bearer {t}"],
    "nothing": lambda t: ["Authorization: Bearer"],
    "in quotes": lambda t: [f'Authorization: Bearer "{t}"'],
    "a word more": lambda t: [f"Authorization: Bearer {t} x"],
}


@pytest.mark.parametrize("what", WRONG)
def test_more_than_one_credential_or_none_at_all(gateway, idp, what):
    status, challenges, body = send(gateway, *WRONG[what](token(idp)))
    assert status == 400 and 'error="invalid_request"' in challenges[0], body
    assert gateway.event(json.loads(body)["activity"])["event"] == 22020


def test_tokens_in_the_address_or_the_body_are_none(gateway, idp):
    one = token(idp)
    answer = ask(gateway, None, path=f"/public.json?access_token={one}")
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="jobs"'
    answer = gateway.browser().post("/public.json", {"access_token": one})
    assert answer.status == 401 and "error" not in answer.headers["WWW-Authenticate"]
    answer = ask(gateway, one, path=f"/public.json?x=1&access_token={one}")
    refused(gateway, answer, 22020, "invalid_request", 400)


def test_by_http2_two_headers_are_two_as_well(gateway, idp):
    one = token(idp)
    h2 = Http2(gateway, "jobs.example.com")
    for fields, status in (([("authorization", f"Bearer {one}")], 200),
                           ([("authorization", f"Bearer {one}")] * 2, 400),
                           ([("authorization", "Bearer x.y.z")], 401)):
        stream = h2.begin("GET", "/public.json", fields)
        h2.finish(stream)
        assert stream.status == status
    h2.close()


def test_a_provider_that_asks_for_more_says_so(gateway, idp):
    es = sign_with(idp.curve, "ES384", "curve")
    good = {"acr": "strong", "auth_time": int(time.time()) - 10}
    assert ask(gateway, token(idp, es, **good), "strict.example.com").status == 200
    event = refused(gateway, ask(gateway, token(idp, **good), "strict.example.com"), TOKEN)
    assert "(alg)" in event["detail"]
    for changes in ({"acr": "weak"}, {"acr": None}, {"auth_time": NOW - 90000},
                    {"auth_time": None}):
        answer = ask(gateway, token(idp, es, **{**good, **changes}), "strict.example.com")
        refused(gateway, answer, 22026, "insufficient_user_authentication")
        assert 'acr_values="strong", max_age="300"' in answer.headers["WWW-Authenticate"]


def test_a_logout_token_of_an_issuer_of_access_tokens_ends_nothing(gateway, idp):
    worker = gateway.children()["worker"]
    for audience in (API, [API], "kerbgate"):
        answer = gateway.browser("jobs.example.com").post(
            "/.kerbgate/backchannel-logout", {"logout_token": idp.logout_token(aud=audience)})
        assert answer.status == 400 and gateway.event(answer.activity)["event"] == 22009
    assert gateway.children()["worker"] == worker
