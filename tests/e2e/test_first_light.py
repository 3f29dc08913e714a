"""The main job: somebody signs in, and the application greets them by name."""
import hashlib
import urllib.parse

import pytest


def test_alice_is_greeted_by_name(gateway, alice):
    seen = alice.get("/hello?x=1%2F2").json
    assert seen["remote_user"] == "alice"
    assert seen["gss_name"] == f"alice@{gateway.lab.realm}"
    assert seen["target"] == "/hello?x=1%2F2"


def test_the_back_end_is_told_where_the_request_came_from(gateway, alice):
    headers = dict(alice.get("/").json["headers"])
    assert headers["X-Forwarded-For"].startswith("127.")
    assert headers["X-Forwarded-Proto"] == "https"
    assert headers["X-Forwarded-Host"] == "hr.example.com"
    assert headers["Host"] == "web.corp.example:8080"


def test_a_visit_without_a_session_goes_to_the_sign_in_and_back_to_where_it_wanted(gateway):
    browser = gateway.browser()
    answer = browser.get("/deep/link?a=b&c=%26")
    assert answer.status == 303
    assert answer.location.startswith("https://hr.example.com/.kerbgate/sign-in?to=")
    answer = browser.get(answer.location.removeprefix("https://hr.example.com"))
    assert answer.status == 200 and "Password" in answer.text
    answer = browser.try_sign_in("alice", gateway.lab.password("alice"), "/deep/link?a=b&c=%26")
    assert answer.location == "https://hr.example.com/deep/link?a=b&c=%26"
    assert browser.get("/deep/link?a=b&c=%26").json["target"] == "/deep/link?a=b&c=%26"


@pytest.mark.parametrize("method, headers", [
    ("POST", {}),
    ("DELETE", {}),
    ("GET", {"Accept": "application/json"}),
    ("GET", {"X-Requested-With": "XMLHttpRequest"}),
    ("GET", {"Sec-Fetch-Mode": "cors"}),
])
def test_what_is_no_visit_gets_401_and_the_address_of_the_sign_in(gateway, method, headers):
    answer = gateway.browser().request(method, "/api", headers=headers)
    assert answer.status == 401 and answer.location is None
    assert 'sign-in="https://hr.example.com/.kerbgate/sign-in' in answer.headers["WWW-Authenticate"]


def test_the_session_cookie_is_opaque_and_kept_from_scripts_and_other_sites(gateway):
    browser = gateway.browser()
    answer = browser.try_sign_in("alice", gateway.lab.password("alice"))
    cookie = next(line for line in answer.headers.get_all("Set-Cookie")
                  if line.startswith("__Host-kerbgate="))
    for attribute in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert attribute in cookie
    assert "Domain" not in cookie
    value = cookie.split("=", 1)[1].split(";")[0]
    assert len(value) == 43
    store = (gateway.state / "state.db").read_bytes()
    wal = gateway.state / "state.db-wal"
    assert value.encode() not in store + (wal.read_bytes() if wal.exists() else b"")


@pytest.mark.parametrize("user", ["alice", "nobody-of-this-name"])
def test_a_wrong_password_and_an_unknown_user_read_the_same(gateway, user):
    answer = gateway.browser().try_sign_in(user, "wrong")
    assert answer.status == 401
    assert "The user name or password is not right." in answer.text
    assert f'value="{user}"' in answer.text and 'value="wrong"' not in answer.text
    gateway.browser().sign_in("alice")      # forgets the failed attempt


@pytest.mark.parametrize("spelling", ["alice", "ALICE", "alice@corp.example", "CORP\\alice",
                                      " alice "])
def test_a_user_may_type_the_name_in_the_usual_ways(gateway, spelling):
    browser = gateway.browser()
    answer = browser.try_sign_in(spelling, gateway.lab.password("alice"))
    assert answer.status == 303, answer.text
    assert browser.get("/").json["remote_user"] == "alice"


def test_signing_out_ends_the_session_for_good(gateway, alice):
    cookies = dict(alice.cookies)
    assert alice.get("/").status == 200
    page = alice.get("/.kerbgate/sign-out")
    assert "alice" in page.text
    token = page.text.split('name="csrf" value="')[1].split('"')[0]
    assert alice.post("/.kerbgate/sign-out", {"csrf": token}).status == 200
    assert "__Host-kerbgate" not in alice.cookies
    again = gateway.browser()
    again.cookies = cookies
    assert again.get("/").status == 303


def test_a_session_counts_only_on_the_host_it_was_made_for(gateway, alice):
    other = gateway.browser("bound.example.com")
    other.cookies = dict(alice.cookies)
    assert other.get("/").status == 303


def test_a_new_sign_in_ends_the_session_before_it(gateway, alice):
    old = gateway.browser()
    old.cookies = dict(alice.cookies)
    alice.sign_in("bob")
    assert alice.get("/").json["remote_user"] == "bob"
    assert old.get("/").status == 303


def test_a_session_survives_a_restart(gateway, alice):
    assert gateway.stop() == 0
    gateway.start()
    alice.close()
    assert alice.get("/").json["remote_user"] == "alice"


def test_only_those_who_are_named_may_use_an_app_that_names_people(gateway):
    answer = gateway.browser("limited.example.com").sign_in("alice").get("/")
    assert answer.status == 403
    assert gateway.event(answer.activity)["event"] == 21007
    bob = gateway.browser("limited.example.com").sign_in("bob")
    assert bob.get("/").json["remote_user"] == "bob"


def test_an_app_without_sso_gets_no_token_and_no_identity(gateway):
    seen = gateway.browser("inside.example.com").sign_in("alice").get("/").json
    assert seen["remote_user"] is None
    assert "Authorization" not in dict(seen["headers"])


def test_a_passed_through_app_needs_no_sign_in_and_keeps_its_authorization(gateway):
    seen = gateway.browser("open.example.com").get(
        "/", headers={"Authorization": "Basic dTpw"}).json
    assert seen["remote_user"] is None
    assert "Basic" in str(dict(seen["headers"])["Authorization"])


def test_an_app_below_a_path_is_the_one_that_answers_there(gateway, alice):
    assert alice.get("/under/x").json["target"] == "/deep/x"
    answer = alice.get("/under?q=1")
    assert answer.status == 308 and answer.location == "https://hr.example.com/under/?q=1"


@pytest.mark.parametrize("size", [0, 1, 65536, 5_000_000])
def test_a_download_comes_whole(gateway, alice, size):
    for suffix in ("", "?length"):
        body = alice.get(f"/bytes/{size}{suffix}").body
        assert body == bytes(i % 251 for i in range(251)) * (size // 251) \
            + bytes(range(size % 251))


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("size", [0, 1, 100_000, 5_000_000])
def test_an_upload_arrives_whole(gateway, alice, size, is_chunked):
    data = hashlib.shake_128(b"data").digest(size)
    pieces = (data[i:i + 30_000] for i in range(0, size, 30_000)) if is_chunked else data
    headers = {"Transfer-Encoding": "chunked"} if is_chunked else {}
    answer = alice.request("POST", "/echo", pieces, headers, encode_chunked=is_chunked)
    assert answer.body == data


def test_a_head_request_has_the_headers_of_the_answer_and_no_body(gateway, alice):
    answer = alice.request("HEAD", "/bytes/1000?length")
    assert answer.headers["Content-Length"] == "1000" and answer.body == b""
    assert alice.get("/").status == 200


@pytest.mark.parametrize("status", [204, 304, 404, 500])
def test_a_status_of_the_application_is_its_own(gateway, alice, status):
    assert alice.get(f"/status/{status}").status == status
    assert alice.get("/").json["remote_user"] == "alice"


def test_a_redirect_to_the_internal_address_leads_to_the_external_one(gateway, alice):
    assert alice.get("/redirect").location == "https://hr.example.com/target"


@pytest.mark.parametrize("host, path, cookie, outside", [
    ("hr.example.com", "/", "a=b; Path=/; Domain=corp.example; HttpOnly",
     "a=b; Path=/; HttpOnly; Secure"),
    ("hr.example.com", "/", "a=b", "a=b; Secure"),
    ("bound.example.com", "/", "a=b; Path=/bound/x", "a=b; Path=/x; Secure"),
])
def test_a_cookie_of_the_application_is_for_the_external_address(gateway, host, path, cookie,
                                                                  outside):
    browser = gateway.browser(host).sign_in("alice")
    answer = browser.get(f"{path}cookie?" + urllib.parse.quote(cookie))
    assert answer.headers.get_all("Set-Cookie") == [outside]


def test_the_application_cannot_set_a_cookie_of_ours(gateway, alice):
    for cookie in ("__Host-kerbgate=x; Path=/; Secure", "=__Host-kerbgate=x",
                   "__host-KERBGATE-form=x"):
        answer = alice.get("/cookie?" + urllib.parse.quote(cookie))
        assert answer.headers.get_all("Set-Cookie") is None
    assert alice.get("/").json["remote_user"] == "alice"


def test_an_unknown_host_is_told_so(gateway):
    answer = gateway.browser().get("/", headers={"Host": "unknown.example.com"})
    assert answer.status == 404
