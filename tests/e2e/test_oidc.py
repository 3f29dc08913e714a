"""Sign-in by OpenID Connect with a certified provider (npm oidc-provider): there, back to the very
address that was asked for, and out again."""
import base64
import hashlib
import json
import urllib.parse

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gateway import Form, Gateway, app, wait_until
from lab.oidc_provider import OidcProvider, encode, key_of

SECRET = "s3cret/with+signs and blanks%"
PEOPLE = {
    "alice": {"upn": "alice@CORP.EXAMPLE", "email": "alice@example.com", "groups": ["HR", "All"]},
    "bob": {"upn": "bob@CORP.EXAMPLE", "email": "bob@example.com"},
    "nobody": {"email": "nobody@example.com"},
    "mean": {"upn": "alice@CORP.EXAMPLE\r\nX-Evil: 1", "email": "a@b\r\nSet-Cookie: x=y"},
}
HOSTS = ["hr.example.com", "mail.example.com", "staff.example.com"]


def client(**more):
    return {"client_id": "kerbgate", "client_secret": SECRET,
            "redirect_uris": [f"https://{host}/.kerbgate/callback" for host in HOSTS],
            "post_logout_redirect_uris": [f"https://{host}/.kerbgate/signed-out"
                                          for host in HOSTS],
            "backchannel_logout_uri": "https://hr.example.com/.kerbgate/backchannel-logout",
            "backchannel_logout_session_required": True,
            "response_types": ["code"], "grant_types": ["authorization_code"], **more}


@pytest.fixture(scope="module")
def idp(lab):
    with OidcProvider(lab, [client()], PEOPLE, gateway=120) as running:
        yield running


def provider(lab, idp, folder, **more):
    secret = folder / "oidc.secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    return {"name": "corp", "type": "oidc", "issuer": idp.issuer, "client_id": "kerbgate",
            "client_secret_file": str(secret), "ca": str(lab.ca.pem), "timeout": "3s",
            "claims": {"user_principal_name": "upn"}, **more}


def apps(lab):
    by_upn = {"login_identity": "user_principal_name",
              "headers": [{"name": "X-Mail", "claim": "email"}]}
    return [app("hr", lab.web.url, spn=lab.web.spn, pre_authentication="corp",
                sso={"login_identity": "user_principal_name"}),
            app("mail", lab.web.url, spn=lab.web.spn, pre_authentication="corp", sso=by_upn)]


def staff(lab):
    """By the same client at the same provider, under another name."""
    return app("staff", lab.web.url + "public/", pre_authentication="again",
               allow={"groups": ["HR"]})


@pytest.fixture(scope="module")
def gateway(lab, idp, tmp_path_factory):
    folder = tmp_path_factory.mktemp("oidc")
    providers = [provider(lab, idp, folder), provider(lab, idp, folder, name="again")]
    with Gateway(lab, folder, [*apps(lab), staff(lab)], address=120,
                 identity_providers=providers) as running:
        yield running


def go(browser, path="/"):
    """To the provider: the URL that the browser is sent to."""
    away = browser.get(path)
    assert away.status == 303, away.text
    if "/.kerbgate/sign-in" in away.location:
        parts = urllib.parse.urlsplit(away.location)
        away = browser.get(f"{parts.path}?{parts.query}")
    return away


def callback(url):
    parts = urllib.parse.urlsplit(url)
    return f"{parts.path}?{parts.query}"


def sign_in(gateway, idp, user, path="/", host=None, person=None):
    browser = gateway.browser(host)
    person = person or idp.person()
    away = go(browser, path)
    back = person.walk(away.location, login=user, password="x")
    browser.last = back
    return browser, person, browser.get(callback(back))


def test_a_first_visit_ends_at_the_very_address_as_the_right_person(gateway, idp):
    browser, _, answer = sign_in(gateway, idp, "alice", "/deep/link/?a=1&b=%2F..%2f&to=//evil")
    assert answer.status == 303, answer.text
    assert answer.location == "https://hr.example.com/deep/link/?a=1&b=%2F..%2f&to=//evil"
    assert list(browser.cookies) == ["__Host-kerbgate"]
    seen = browser.get("/").json
    assert seen["remote_user"].split("@")[0].split("\\")[0] == "alice"


def test_what_is_only_in_userinfo_is_asked_for_and_people_are_told_apart(gateway, idp):
    seen = {}
    for user in ("alice", "bob"):
        browser, _, answer = sign_in(gateway, idp, user, host="mail.example.com")
        assert answer.status == 303, answer.text
        answer = browser.get("/")
        assert answer.status == 200, gateway.event(answer.activity)
        seen[user] = answer.json
    assert {user: s["remote_user"].split("@")[0].split("\\")[0] for user, s in seen.items()} == {
        "alice": "alice", "bob": "bob"}
    assert dict(seen["bob"]["headers"])["X-Mail"] == "bob@example.com"


def test_groups_that_are_only_in_userinfo_let_people_in(gateway, idp):
    seen = {}
    for user in ("alice", "bob"):
        browser, _, answer = sign_in(gateway, idp, user, host="staff.example.com")
        assert answer.status == 303, answer.text
        seen[user] = browser.get("/").status
    assert seen == {"alice": 200, "bob": 403}


def test_a_claim_that_is_missing_is_13016_and_no_other_takes_its_place(gateway, idp):
    browser, _, answer = sign_in(gateway, idp, "nobody")
    assert answer.status == 303
    page = browser.get("/")
    event = gateway.event(page.activity)
    assert page.status == 403 and event["event"] == 13016
    assert "user_principal_name" in event["detail"]


def test_claims_with_control_characters_reach_no_header_and_no_ticket(gateway, idp):
    browser, _, answer = sign_in(gateway, idp, "mean", host="mail.example.com")
    assert answer.status == 303 and "X-Evil" not in str(answer.headers)
    page = browser.get("/")
    assert page.status == 403 and gateway.event(page.activity)["event"] == 13016


def test_sign_out_ends_the_session_and_leads_to_the_provider_and_back(gateway, idp):
    browser, person, _ = sign_in(gateway, idp, "alice")
    cookie = browser.cookies["__Host-kerbgate"]
    answer = sign_out(browser)
    assert answer.status == 200 and not browser.cookies.get("__Host-kerbgate")
    browser.cookies["__Host-kerbgate"] = cookie
    assert browser.get("/").status == 303
    url = answer.headers["Refresh"].removeprefix("0; url=")
    assert url.startswith(idp.issuer + "/session/end?") and "id_token_hint=" in url
    back = person.walk(url, logout="yes")
    assert back == "https://hr.example.com/.kerbgate/signed-out"
    assert gateway.browser().get(callback(back)).status == 200


def sign_out(browser):
    form = Form(browser.get("/.kerbgate/sign-out").text)
    return browser.post("/.kerbgate/sign-out", form.fields)


def test_the_provider_ends_sessions_by_the_back_channel(gateway, idp):
    browser, person, _ = sign_in(gateway, idp, "alice")
    mail, _, _ = sign_in(gateway, idp, "alice", host="mail.example.com", person=person)
    other, _, _ = sign_in(gateway, idp, "alice", host="staff.example.com", person=person)
    stranger, _, _ = sign_in(gateway, idp, "bob")
    assert browser.get("/").status == mail.get("/").status == stranger.get("/").status == 200
    assert other.get("/").status == 200
    page = person.request("GET", idp.issuer + "/session/end")[1]
    form = Form(page)
    person.request("POST", form.action, {**form.fields, "logout": "yes"})
    wait_until(lambda: browser.get("/").status == 303, 5, "the session is over")
    assert mail.get("/").status == other.get("/").status == 303
    assert stranger.get("/").status == 200
    assert [e for e in gateway.events() if e["event"] == 22008]


def test_new_keys_are_found_while_it_runs_and_existing_sessions_go_on(gateway, idp):
    before, _, _ = sign_in(gateway, idp, "alice")
    idp.restart(jwks={"keys": [key_of("RSA", "second"), key_of("EC", "second-ec")]})
    after, _, answer = sign_in(gateway, idp, "bob")
    assert answer.status == 303, answer.text
    assert before.get("/").status == after.get("/").status == 200


def test_without_the_provider_there_is_a_clear_page_and_who_is_in_stays_in(gateway, idp):
    inside, _, _ = sign_in(gateway, idp, "alice")
    browser = gateway.browser()
    away = go(browser)
    back = idp.person().walk(away.location, login="bob", password="x")
    idp.process.kill()
    idp.process.wait()
    answer = browser.get(callback(back))
    assert answer.status == 503 and "sign-in service does not answer" in answer.text
    assert gateway.event(answer.activity)["event"] == 22001
    assert inside.get("/").status == 200
    idp.restart()
    assert sign_in(gateway, idp, "bob")[2].status == 303


def test_four_sign_ins_at_one_time_and_a_fifth_ends_the_oldest(gateway, idp):
    browser, person = gateway.browser(), idp.person()
    away = [go(browser) for _ in range(5)]
    assert len([name for name in browser.cookies if "flow" in name]) == 4
    backs = [callback(person.walk(a.location, login="alice", password="x")) for a in away]
    assert browser.get(backs[0]).status == 403
    assert [browser.get(back).status for back in backs[1:]] == [303] * 4


def test_a_reload_in_the_middle_of_a_sign_in_does_not_end_it(gateway, idp):
    browser = gateway.browser()
    away = go(browser, "/deep/?x")
    before = gateway.children()["worker"]
    gateway.run("reload")
    wait_until(lambda: gateway.children().get("worker") not in (None, before), 20, "a reload")
    back = idp.person().walk(away.location, login="alice", password="x")
    answer = browser.get(callback(back))
    assert answer.location == "https://hr.example.com/deep/?x"


def test_no_secret_is_written_down(gateway, idp):
    browser, _, answer = sign_in(gateway, idp, "alice")
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(browser.last).query)["code"][0]
    written = gateway.log.read_text() + json.dumps(gateway.events())
    for secret in (SECRET, browser.cookies["__Host-kerbgate"], code):
        assert secret not in written
    assert answer.status == 303


WAYS = {
    "client_secret_post": ({"token_endpoint_auth_method": "client_secret_post"}, "RS256"),
    "private_key_jwt": ({"token_endpoint_auth_method": "private_key_jwt"}, "ES256"),
    "client_secret_basic": ({}, "PS256"),
    "EdDSA": ({}, "EdDSA"),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_to_prove_who_we_are_and_to_sign(lab, tmp_path, way):
    more, algorithm = WAYS[way]
    settings = {} if way == "EdDSA" else {"client_authentication": way}
    if way == "private_key_jwt":
        key = ec.generate_private_key(ec.SECP256R1())
        file = tmp_path / "oidc.key"
        file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        file.chmod(0o600)
        n = key.public_key().public_numbers()
        jwk = {"crv": "P-256", "kty": "EC", "x": encode(n.x, 32), "y": encode(n.y, 32)}
        thumbprint = hashlib.sha256(json.dumps(jwk, separators=(",", ":")).encode()).digest()
        kid = base64.urlsafe_b64encode(thumbprint).rstrip(b"=").decode()  # RFC 7638
        more = {**more, "jwks": {"keys": [{**jwk, "kid": kid, "use": "sig"}]}}
        settings["client_key_file"] = str(file)
    metadata = client(id_token_signed_response_alg=algorithm, **more)
    with OidcProvider(lab, [metadata], PEOPLE, address=113, gateway=123,
                      in_id_token=True) as idp:
        entry = provider(lab, idp, tmp_path, **settings)
        if way == "private_key_jwt":
            del entry["client_secret_file"]
        with Gateway(lab, tmp_path, apps(lab), address=123, identity_providers=[entry]) as gateway:
            browser, _, answer = sign_in(gateway, idp, "alice")
            assert answer.status == 303, answer.text + str(gateway.events())
            assert browser.get("/").status == 200


def test_a_sign_in_has_to_be_as_strong_and_fresh_as_it_was_asked_for(lab, tmp_path):
    with OidcProvider(lab, [client()], PEOPLE, address=113, gateway=123) as idp:
        entry = provider(lab, idp, tmp_path, acr_values=["urn:test:strong"], max_age="5m",
                         prompt="login", scopes=["openid"],
                         parameters=["ui_locales=de", "login_hint=a&b=c"])
        with Gateway(lab, tmp_path, apps(lab), address=123, identity_providers=[entry]) as gateway:
            browser = gateway.browser()
            away = go(browser)
            asked = urllib.parse.parse_qs(urllib.parse.urlsplit(away.location).query)
            assert asked["prompt"] == ["login"] and asked["max_age"] == ["300"]
            assert asked["acr_values"] == ["urn:test:strong"]
            assert asked["login_hint"] == ["a&b=c"] and "b" not in asked
            answer = browser.get(callback(idp.person().walk(away.location, login="alice",
                                                            password="x")))
            assert answer.status == 403  # the provider knows no acr
            event = gateway.event(answer.activity)
            assert event["event"] == 22003 and "acr" in event["detail"]
