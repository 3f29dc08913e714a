"""The second factor of the form: codes of an authenticator app, and what must not get around."""
import base64
import hashlib
import hmac
import json
import secrets
import shutil
import subprocess
import time
import urllib.parse

import pytest

from gateway import KERBGATE, Form, Gateway, app, wait_until

LIMIT = 3
CODE_COOKIE = "__Host-kerbgate-code"


def code_of(secret, steps=0, digest="sha1", digits=6):
    """What an authenticator app shows, or will after so many steps (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    counter = int(time.time()) // 30 + steps
    mac = hmac.digest(key, counter.to_bytes(8, "big"), digest)
    at = mac[-1] & 15
    number = int.from_bytes(mac[at:at + 4], "big") & 0x7fffffff
    return f"{number % 10 ** digits:0{digits}}"


def key_file(folder, name="totp.key"):
    file = folder / name
    file.touch(0o600)
    file.write_text(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
    return file


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    """hr and strong ask everybody for a code, lax those enrolled, and long has other codes."""
    folder = tmp_path_factory.mktemp("factor")
    factor = {"type": "totp", "key_file": str(key_file(folder)), "issuer": "Corp remote access"}
    form = {"type": "form", "realm": lab.realm, "throttle": {"source_attempts": 1000}}
    providers = [{"name": "staff", **form, "second_factor": factor},
                 {"name": "some", **form, "second_factor": {**factor, "required": "enrolled"}},
                 {"name": "long", **form,
                  "second_factor": {**factor, "algorithm": "sha256", "digits": 8}},
                 {"name": "plain", **form}]
    apps = [app("hr", lab.web.url, spn=lab.web.spn),
            app("pay", lab.web.url, spn=lab.web.spn),
            app("own", lab.other.url, spn=lab.other.spn, sso={"ticket": "own"}),
            app("lax", lab.web.url, spn=lab.web.spn, pre_authentication="some"),
            app("long", lab.web.url, spn=lab.web.spn, pre_authentication="long"),
            app("strong", lab.web.url, spn=lab.web.spn, pre_authentication=["some", "plain"],
                allow={"acr": ["mfa"]})]
    with Gateway(lab, folder, apps, address=157, identity_providers=providers) as running:
        yield running


def enroll(gateway, user, provider="staff"):
    done = gateway.run("totp", "enroll", "--provider", provider, user)
    told = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert told["user"] == f"{user}@{gateway.lab.realm}"
    return told["secret"]


def show_password(gateway, user, host="hr.example.com", to="/", name=None):
    """A browser that has got to the page for the code."""
    browser = gateway.browser(host)
    answer = browser.try_sign_in(name or user, gateway.lab.password(user), to)
    assert answer.status == 303, answer.text
    assert urllib.parse.urlsplit(answer.location).path == "/.kerbgate/code"
    return browser


def type_code(browser, code, to="/", **fields):
    page = browser.get("/.kerbgate/code?" + urllib.parse.urlencode({"to": to}))
    form = Form(page.text)
    assert page.status == 200 and form.action == "/.kerbgate/code"
    return browser.post(form.action, {**form.fields, "code": code, **fields})


def sign_in(gateway, user, secret, host="hr.example.com", to="/", steps=0):
    browser = show_password(gateway, user, host, to)
    answer = type_code(browser, code_of(secret, steps), to)
    assert answer.status == 303, answer.text
    return browser, answer


def event_of(gateway, number):
    return [e for e in gateway.events() if e["event"] == number]


def test_password_and_code_lead_to_the_application(gateway):
    secret = enroll(gateway, "alice")
    browser, answer = sign_in(gateway, "alice", secret, to="/deep/page?a=b")
    assert answer.location == "https://hr.example.com/deep/page?a=b"
    assert CODE_COOKIE not in browser.cookies
    assert browser.get("/").json["remote_user"] == "alice"
    assert event_of(gateway, 22036)[-1]["detail"] == f"alice@{gateway.lab.realm} at staff"


def test_an_authenticator_takes_in_what_enrolling_prints(gateway):
    done = gateway.run("totp", "enroll", "--provider", "long", "bob@CORP.EXAMPLE")
    told = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    uri = urllib.parse.urlsplit(told["uri"])
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert urllib.parse.unquote(uri.path) == f"/Corp remote access:bob@{gateway.lab.realm}"
    assert dict(urllib.parse.parse_qsl(uri.query)) == {
        "secret": told["secret"], "issuer": "Corp remote access", "algorithm": "SHA256",
        "digits": "8", "period": "30"}
    browser = show_password(gateway, "bob", "long.example.com")
    assert type_code(browser, code_of(told["secret"], 0, "sha256", 8)).status == 303


def test_who_has_none_gets_in_only_where_it_is_for_those_enrolled(gateway):
    answer = gateway.browser().try_sign_in("user01", gateway.lab.password("user01"))
    assert answer.status == 403 and "none is set up for you" in answer.text
    assert event_of(gateway, 22034)
    assert gateway.browser("lax.example.com").sign_in("user01").get("/").status == 200


def test_without_the_code_there_is_no_session(gateway):
    enroll(gateway, "user02")
    browser = show_password(gateway, "user02")
    assert "__Host-kerbgate" not in browser.cookies
    answer = browser.get("/")
    assert answer.status in (302, 303) and "/.kerbgate/sign-in" in answer.location
    browser.cookies["__Host-kerbgate"] = browser.cookies[CODE_COOKIE]
    assert "/.kerbgate/sign-in" in browser.get("/").location
    listed = gateway.run("sessions", "list", "--user", "user02")
    assert "user02" not in listed.stdout


def test_a_code_is_good_once_also_after_a_restart(gateway):
    secret = enroll(gateway, "user03")
    code = code_of(secret)
    assert type_code(show_password(gateway, "user03"), code).status == 303
    other = show_password(gateway, "user03", "pay.example.com")
    answer = type_code(other, code)
    assert answer.status == 401 and "used already" in answer.text
    assert event_of(gateway, 22031)
    gateway.stop()
    gateway.start()
    assert type_code(other, code).status == 401
    assert type_code(other, code_of(secret, 1)).status == 303


def test_what_waits_for_a_code_is_good_for_one_sign_in(gateway):
    secret = enroll(gateway, "user04")
    browser = show_password(gateway, "user04")
    kept = browser.cookies[CODE_COOKIE]
    assert type_code(browser, code_of(secret)).status == 303
    browser.cookies[CODE_COOKIE] = kept
    answer = type_code(browser, code_of(secret, 1))
    assert answer.status == 403 and "sign in again" in answer.text
    assert event_of(gateway, 22032)


def test_nobody_signs_in_with_what_is_somebody_elses(gateway):
    mine, theirs = enroll(gateway, "user05"), enroll(gateway, "user06")
    browser = show_password(gateway, "user06")
    assert type_code(browser, code_of(mine)).status == 401
    stolen = gateway.browser()
    stolen.cookies[CODE_COOKIE] = browser.cookies[CODE_COOKIE]
    form = Form(browser.get("/.kerbgate/code").text)
    assert stolen.post(form.action, {**form.fields, "code": code_of(theirs)}).status == 403
    other_host = gateway.browser("pay.example.com")
    other_host.cookies[CODE_COOKIE] = browser.cookies[CODE_COOKIE]
    assert type_code(other_host, code_of(theirs)).status == 403
    weaker = gateway.browser("lax.example.com")
    weaker.cookies[CODE_COOKIE] = browser.cookies[CODE_COOKIE]
    assert type_code(weaker, code_of(theirs)).status == 403
    assert type_code(browser, code_of(theirs)).status == 303


def test_guessing_is_throttled_and_the_directory_knows_nothing_of_it(gateway):
    secret = enroll(gateway, "user07")
    browser = show_password(gateway, "user07")
    statuses = [type_code(browser, f"{n:06}").status for n in range(LIMIT)]
    assert statuses == [401] * LIMIT
    browser = show_password(gateway, "user07")
    answer = type_code(browser, code_of(secret))
    assert answer.status == 429 and int(answer.headers["Retry-After"]) > 60
    assert "Too many wrong codes" in answer.text
    assert event_of(gateway, 22030) and event_of(gateway, 22033)
    assert gateway.lab.bad_password_count("user07") == 0
    show_password(gateway, "user07")


def test_a_form_of_another_site_is_not_looked_at(gateway):
    secret = enroll(gateway, "user08")
    browser = show_password(gateway, "user08")
    form = Form(browser.get("/.kerbgate/code").text)
    fields = {**form.fields, "code": code_of(secret)}
    for change, headers in [({"csrf": ""}, {}), ({"csrf": "A" * 43}, {}),
                            ({}, {"Origin": "https://evil.example"}),
                            ({}, {"Sec-Fetch-Site": "cross-site"})]:
        assert browser.post(form.action, {**fields, **change}, headers).status == 403
    assert browser.get("/.kerbgate/code?code=" + code_of(secret)).status == 200
    assert browser.post(form.action, fields).status == 303


def test_every_name_of_an_account_needs_the_code(gateway):
    gateway.lab.add_users("two-names")
    gateway.lab.modify("two-names", userPrincipalName="other.name@corp.example")
    secret = enroll(gateway, "two-names", "some")
    browser = show_password(gateway, "two-names", "lax.example.com", name="other.name")
    assert type_code(browser, code_of(secret)).status == 303
    assert browser.get("/").json["remote_user"] == "two-names"


def test_rules_can_ask_for_the_code(gateway):
    weak = gateway.browser("strong.example.com").sign_in("user10")
    assert weak.get("/").status == 403
    secret = enroll(gateway, "user10", "some")
    strong, _ = sign_in(gateway, "user10", secret, "strong.example.com")
    assert strong.get("/").json["remote_user"] == "user10"


def test_the_persons_own_ticket_outlasts_the_page_for_the_code(gateway):
    secret = enroll(gateway, "user11")
    browser, _ = sign_in(gateway, "user11", secret, "own.example.com")
    assert browser.get("/").json["remote_user"] == "user11"  # no delegation leads there


def test_only_who_has_the_key_enrolls_and_nobody_twice(gateway):
    enroll(gateway, "user12")
    again = gateway.run("totp", "enroll", "--provider", "staff", "USER12", check=False)
    assert again.returncode == 1 and "remove" in again.stderr and not again.stdout
    config = shutil.copy(gateway.file, gateway.lab.dir / "factor.yaml")
    config.chmod(0o644)
    done = subprocess.run([KERBGATE, "totp", "enroll", "--provider", "staff", "--config", config,
                           "user13"], user="nobody", capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "Permission denied" in done.stderr and not done.stdout
    assert "user13" not in gateway.run("totp", "list").stdout


def test_what_is_removed_lets_nobody_in(gateway):
    secret = enroll(gateway, "user14")
    browser = show_password(gateway, "user14")
    done = gateway.run("totp", "remove", "--provider", "staff", "user14")
    assert "sessions revoke --user user14" in done.stdout
    assert type_code(browser, code_of(secret)).status == 403
    assert gateway.browser().try_sign_in("user14", gateway.lab.password("user14")).status == 403
    assert event_of(gateway, 22037)
    again = gateway.run("totp", "remove", "--provider", "staff", "user14", check=False)
    assert again.returncode == 1 and "has no second factor" in again.stderr


def test_who_has_one_can_be_listed(gateway):
    secret = enroll(gateway, "user15")
    enroll(gateway, "user16")
    sign_in(gateway, "user15", secret)
    rows = [json.loads(line) for line in gateway.run("totp", "list", "--json").stdout.splitlines()]
    used = {row["user"].split("@")[0]: row["last_used"] for row in rows
            if row["provider"] == "staff"}
    assert used["user16"] == "never" and used["user15"].startswith("20")
    assert "LAST USED" in gateway.run("totp", "list", "--provider", "staff").stdout


@pytest.mark.parametrize("arguments, status, words", [
    (["enroll", "user17"], 1, "--provider"),
    (["enroll", "--provider", "plain", "user17"], 1, "second_factor"),
    (["enroll", "--provider", "staff", "HTTP/web"], 1, "names no account"),
    (["enroll", "--provider", "staff", "user17@OTHER.EXAMPLE"], 1, "names no account"),
    (["enroll", "--provider", "staff"], 2, "whose"),
    (["enrol"], 2, "no action"),
    (["list", "more"], 2, "unexpected"),
])
def test_a_command_that_cannot_be_done_says_why(gateway, arguments, status, words):
    done = gateway.run("totp", *arguments, check=False)
    assert done.returncode == status and words in done.stderr, done.stderr
    assert not done.stdout


def test_another_key_opens_nothing_and_the_old_one_everything(gateway):
    secret = enroll(gateway, "user18")
    file = gateway.folder / "totp.key"
    old = file.read_text()
    file.write_text(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
    gateway.run("reload")
    try:
        answer = type_code(show_password(gateway, "user18"), code_of(secret))
        assert answer.status == 503
        wait_until(lambda: event_of(gateway, 22035), 5, "the event")
    finally:
        file.write_text(old)
        gateway.run("reload")
    sign_in(gateway, "user18", secret)


def test_no_secret_and_no_code_is_left_anywhere(gateway):
    secret = enroll(gateway, "user19")
    code = code_of(secret)
    assert type_code(show_password(gateway, "user19"), code).status == 303
    raw = base64.b32decode(secret)
    files = [gateway.log, *gateway.state.iterdir()]
    for content in (file.read_bytes() for file in files):
        for needle in (secret.encode(), raw, hashlib.sha1(raw).digest(), b"code=" + code.encode()):
            assert needle not in content
    assert code not in gateway.log.read_text()
