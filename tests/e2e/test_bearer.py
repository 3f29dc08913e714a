"""Programs with access tokens of a certified provider (npm oidc-provider; RFC 9068, RFC 6750): let
in as who they act for, and never sent to a page."""
import base64
import hashlib
import json
import secrets
import ssl
import urllib.parse
import urllib.request

import pytest

from gateway import Gateway, app, wait_until
from lab.oidc_provider import OidcProvider, key_of
from test_oidc import go

SECRET = "s3cret"
API = "https://api.example.com/"
PEOPLE = {"alice": {"upn": "alice@CORP.EXAMPLE", "email": "alice@example.com"},
          "bob": {"upn": "bob@CORP.EXAMPLE", "email": "bob@example.com"}}
ELSEWHERE = "https://phone.example.com/cb"
CLIENTS = [
    {"client_id": "robot", "client_secret": SECRET, "grant_types": ["client_credentials"],
     "response_types": [], "redirect_uris": []},
    {"client_id": "phone", "token_endpoint_auth_method": "none", "redirect_uris": [ELSEWHERE],
     "response_types": ["code"], "grant_types": ["authorization_code"]},
    {"client_id": "kerbgate", "client_secret": SECRET, "response_types": ["code"],
     "redirect_uris": ["https://hr.example.com/.kerbgate/callback"],
     "grant_types": ["authorization_code"]},
]
CORS = [{"path": "/", "origins": ["https://spa.example.com"], "headers": ["Authorization"]}]


@pytest.fixture(scope="module")
def idp(lab):
    resources = {API: {"scope": "read write"}, "https://other.example.com/": {"scope": "read"}}
    with OidcProvider(lab, CLIENTS, PEOPLE, address=150, gateway=150,
                      resources=resources) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, idp, tmp_path_factory):
    folder = tmp_path_factory.mktemp("bearer")
    secret = folder / "oidc.secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    shared = {"issuer": idp.issuer, "ca": str(lab.ca.pem), "timeout": "3s",
              "claims": {"user_principal_name": "upn"}}
    providers = [
        {"name": "corp", "type": "oidc", "client_id": "kerbgate",
         "client_secret_file": str(secret), **shared},
        {"name": "api", "type": "bearer", "audiences": [API], "scopes": ["read"], **shared}]
    by_upn = {"login_identity": "user_principal_name"}
    told = {"mode": "headers", "headers": [{"name": "X-Client", "claim": "client_id"}]}
    apps = [app("hr", lab.web.url, spn=lab.web.spn, pre_authentication=["corp", "api"], sso=by_upn,
                cors=CORS),
            app("jobs", lab.web.url + "public/", pre_authentication=["api"], sso=told,
                rules=[{"path": "/deep/",
                        "allow": {"claims": [{"claim": "scope", "all": ["write"]}]}}])]
    folder.chmod(0o755)
    with Gateway(lab, folder, apps, address=150, identity_providers=providers) as running:
        yield running


def ask_token(idp, lab, form, client=None):
    request = urllib.request.Request(idp.issuer + "/token", urllib.parse.urlencode(form).encode())
    if client:
        pair = base64.b64encode(f"{client}:{SECRET}".encode()).decode()
        request.add_header("Authorization", f"Basic {pair}")
    context = ssl.create_default_context(cafile=str(lab.ca.pem))
    with urllib.request.urlopen(request, context=context, timeout=10) as answer:
        return json.load(answer)


def machine_token(idp, lab, scope="read", resource=API):
    return ask_token(idp, lab, {"grant_type": "client_credentials", "scope": scope,
                                "resource": resource}, "robot")["access_token"]


def person_tokens(idp, lab, user, scope="openid read"):
    """As an application on a phone gets them: the code flow with PKCE and a resource."""
    verifier = secrets.token_urlsafe(32)
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
    query = {"client_id": "phone", "response_type": "code", "redirect_uri": ELSEWHERE,
             "scope": scope, "resource": API, "code_challenge_method": "S256",
             "code_challenge": digest.rstrip(b"=").decode()}
    back = idp.person().walk(f"{idp.issuer}/auth?{urllib.parse.urlencode(query)}", login=user,
                             password="x")
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(back).query)["code"][0]
    return ask_token(idp, lab, {"grant_type": "authorization_code", "code": code,
                                "redirect_uri": ELSEWHERE, "code_verifier": verifier,
                                "client_id": "phone", "resource": API})


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def shown(lab_answer):
    return lab_answer["remote_user"].split("@")[0].split("\\")[0]


def test_a_person_is_known_to_the_application_by_the_token_of_her_phone(gateway, idp, lab):
    seen = {}
    for user in ("alice", "bob"):
        token = person_tokens(idp, lab, user)["access_token"]
        answer = gateway.browser().get("/", headers=bearer(token))
        assert answer.status == 200, answer.text
        assert token not in answer.text  # the application shows all that it was sent
        seen[user] = shown(answer.json)
        assert "Set-Cookie" not in answer.headers or "kerbgate" not in answer.headers["Set-Cookie"]
    assert seen == {"alice": "alice", "bob": "bob"}


def test_a_machine_is_known_by_its_own_claims(gateway, idp, lab):
    token = machine_token(idp, lab)
    answer = gateway.browser("jobs.example.com").get("/public.json", headers=bearer(token))
    assert answer.status == 200, answer.text


def test_one_connection_serves_one_person_however_tokens_come_on_it(gateway, idp, lab):
    tokens = {user: person_tokens(idp, lab, user)["access_token"] for user in ("alice", "bob")}
    browser = gateway.browser()
    for user in ("alice", "bob", "alice", "bob"):
        assert shown(browser.get("/", headers=bearer(tokens[user])).json) == user


def test_browsers_sign_in_beside_it_and_a_token_counts_before_a_cookie(gateway, idp, lab):
    browser = gateway.browser()
    away = go(browser)
    back = urllib.parse.urlsplit(idp.person().walk(away.location, login="bob", password="x"))
    assert browser.get(f"{back.path}?{back.query}").status == 303
    token = person_tokens(idp, lab, "alice")["access_token"]
    assert shown(browser.get("/").json) == "bob"
    assert shown(browser.get("/", headers=bearer(token)).json) == "alice"
    answer = browser.get("/", headers=bearer("x.y.z"))
    assert answer.status == 401 and 'error="invalid_token"' in answer.headers["WWW-Authenticate"]
    assert shown(browser.get("/").json) == "bob"


def test_who_has_no_token_is_told_how_and_sent_nowhere(gateway):
    answer = gateway.browser("jobs.example.com").get("/")
    assert answer.status == 401 and answer.location is None
    assert answer.headers.get_all("WWW-Authenticate") == ['Bearer realm="jobs"']
    answer = gateway.browser().get("/", headers={"Accept": "*/*", "Sec-Fetch-Mode": "cors"})
    assert answer.status == 401
    first, second = answer.headers.get_all("WWW-Authenticate")
    assert first.startswith('Kerbgate sign-in="https://hr.example.com/.kerbgate/sign-in?to=')
    assert second == 'Bearer realm="hr"'


def test_an_id_token_is_no_access_token(gateway, idp, lab):
    tokens = person_tokens(idp, lab, "alice")
    answer = gateway.browser().get("/", headers=bearer(tokens["id_token"]))
    assert answer.status == 401
    event = gateway.event(answer.activity)
    assert event["event"] == 22023 and "(typ)" in event["detail"]


def test_a_token_for_another_audience_or_of_too_narrow_a_scope(gateway, idp, lab):
    browser = gateway.browser("jobs.example.com")
    other = machine_token(idp, lab, resource="https://other.example.com/")
    answer = browser.get("/", headers=bearer(other))
    assert answer.status == 401 and "(aud)" in answer.headers["WWW-Authenticate"]
    answer = browser.get("/", headers=bearer(machine_token(idp, lab, "write")))
    assert answer.status == 403
    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]
    assert 'scope="read"' in answer.headers["WWW-Authenticate"]
    assert gateway.event(answer.activity)["event"] == 22025
    answer = browser.get("/deep/", headers=bearer(machine_token(idp, lab, "read")))
    assert answer.status == 403 and 'scope="write"' in answer.headers["WWW-Authenticate"]
    assert "yaml" not in answer.headers["WWW-Authenticate"]
    both = machine_token(idp, lab, "read write")
    assert browser.get("/deep/", headers=bearer(both)).status in (200, 404)


def test_a_script_of_another_origin_may_ask_and_may_read_why_not(gateway, idp, lab):
    browser, origin = gateway.browser(), {"Origin": "https://spa.example.com"}
    ask = {**origin, "Access-Control-Request-Method": "GET",
           "Access-Control-Request-Headers": "authorization"}
    answer = browser.request("OPTIONS", "/", headers=ask)
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization"
    answer = browser.get("/", headers={**origin, **bearer("a.b.c")})
    assert answer.status == 401
    assert answer.headers["Access-Control-Allow-Origin"] == "https://spa.example.com"
    assert "WWW-Authenticate" in answer.headers["Access-Control-Expose-Headers"]
    answer = browser.get("/", headers={"Origin": "https://evil.example", **bearer("a.b.c")})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_new_keys_are_found_while_it_runs(gateway, idp, lab):
    before = person_tokens(idp, lab, "alice")["access_token"]
    assert gateway.browser().get("/", headers=bearer(before)).status == 200
    idp.restart(jwks={"keys": [key_of("RSA", "second"), key_of("EC", "second-ec")]})
    after = person_tokens(idp, lab, "bob")["access_token"]
    answer = gateway.browser().get("/", headers=bearer(after))
    assert answer.status == 200, answer.text
    # Remembered as good for `keep`; the provider has forgotten the key of one that is not.
    assert gateway.browser().get("/", headers=bearer(before)).status == 200


def test_without_the_issuer_who_is_known_goes_on(gateway, idp, lab):
    token = person_tokens(idp, lab, "alice")["access_token"]
    assert gateway.browser().get("/", headers=bearer(token)).status == 200
    idp.process.kill()
    idp.process.wait()
    for _ in range(3):
        assert gateway.browser().get("/", headers=bearer(token)).status == 200
    before = gateway.children()["worker"]
    gateway.run("reload")  # whose worker has neither keys nor tokens
    wait_until(lambda: gateway.children().get("worker") not in (None, before), 20, "a reload")
    answer = wait_until(lambda: (lambda a: a if a.status != 200 else None)(
        gateway.browser().get("/", headers=bearer(token))), 20, "the new worker")
    assert answer.status == 503 and answer.headers["Retry-After"]
    assert gateway.event(answer.activity)["event"] == 22001
    idp.restart()
    # Signed with keys that are still there, so that it is good again.
    wait_until(lambda: gateway.browser().get("/", headers=bearer(token)).status == 200, 20,
               "the issuer is back")


def test_no_token_is_written_down(gateway, idp, lab):
    token = person_tokens(idp, lab, "alice")["access_token"]
    browser = gateway.browser()
    assert browser.get("/", headers=bearer(token)).status == 200
    bad = token[:-8] + "AAAAAAAA"
    answer = browser.get("/", headers=bearer(bad))
    assert answer.status == 401 and gateway.event(answer.activity)["event"] == 22022
    assert token not in str(answer.headers) + answer.text
    written = gateway.log.read_text() + json.dumps(gateway.events())
    for one in (token, bad):
        for part in one.split("."):
            assert part not in written
