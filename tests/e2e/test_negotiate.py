"""Signing in with the browser's own Kerberos ticket, which is then the evidence for the app's."""
import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest

from gateway import wait_until
from inside import HR, ONLY, SHIFT, SIGN_IN, Person, access_log, edge, present

ADDRESS = 154


@pytest.fixture(scope="module")
def gateway(lab, directory, tmp_path_factory):
    with edge(lab, directory, tmp_path_factory.mktemp("negotiate"), ADDRESS) as running:
        yield running


@pytest.fixture(scope="module")
def alice(lab):
    return Person(lab, "alice")


def test_curl_goes_from_the_deep_link_to_the_app_which_sees_who_it_is(gateway, alice):
    status, body = alice.curl(gateway, HR, "/deep/link/?a=1&b=2")
    assert status == 200, body
    assert f'"gss_name": "alice@{gateway.lab.realm}"' in body and "/deep/link/" in body


def test_no_protocol_transition_was_needed(gateway, lab):
    """The same account cannot do it for somebody who signs in by the form."""
    answer = gateway.browser(HR).get(SIGN_IN + "?by=staff")
    assert answer.status == 200
    browser = gateway.browser(HR)
    form = browser.get(SIGN_IN + "?by=staff").text
    csrf = re.search(r'name="csrf" value="([^"]+)"', form)[1]
    answer = browser.post(SIGN_IN, {"csrf": csrf, "to": "/", "by": "staff", "username": "alice",
                                    "password": lab.password("alice")})
    assert answer.status == 303
    assert browser.get("/").status == 502


@pytest.mark.parametrize("mech", ["spnego", "krb5"])
def test_a_session_is_new_and_the_gateway_proves_itself(gateway, alice, mech):
    browser = gateway.browser(HR)
    browser.cookies["__Host-kerbgate"] = "A" * 43
    token, finish = alice.talk_gss(HR, mech)
    answer = present(browser, token, "/deep?x=1")
    assert answer.status == 303 and answer.location == f"https://{HR}/deep?x=1"
    assert browser.cookies["__Host-kerbgate"] != "A" * 43
    scheme, proof = answer.headers["WWW-Authenticate"].split(" ")
    assert scheme == "Negotiate" and finish(proof) == f"HTTP/{HR}@"
    assert browser.get("/").json["remote_user"] == "alice"


def test_a_client_that_negotiates_as_windows_does_is_understood(gateway, alice):
    browser = gateway.browser(HR)
    token, finish = alice.talk_windows(HR)
    assert token.index(bytes.fromhex("2a864882f712010202")) < token.index(
        bytes.fromhex("2a864886f712010202"))
    answer = present(browser, token)
    assert answer.status == 303, answer.text
    assert finish(answer.headers["WWW-Authenticate"].split(" ")[1])
    assert browser.get("/").json["remote_user"] == "alice"


def test_a_browser_without_a_ticket_is_led_on(gateway):
    answer = gateway.browser(HR).get(SIGN_IN + "?to=%2Fdeep%3Fx%3D1")
    assert answer.status == 401 and answer.headers["WWW-Authenticate"] == "Negotiate"
    way = "/.kerbgate/sign-in?by=staff&to=%2Fdeep%3Fx%3D1"
    assert answer.headers["Refresh"] == f"0; url={way}"
    assert way.replace("&", "&amp;") in answer.text
    assert "password" in gateway.browser(HR).get(way).text


def test_where_there_is_no_other_way_the_page_says_so(gateway):
    answer = gateway.browser(ONLY).get(SIGN_IN)
    assert answer.status == 401 and "Refresh" not in answer.headers
    assert "no other way to sign in" in answer.text


def test_people_in_a_great_many_groups_sign_in(gateway, lab):
    """Also those whose ticket is larger than a head may be where nobody says otherwise."""
    lab.add_users("grouped", "crowded")
    lab.add_groups("grouped", 1000)
    lab.add_groups("crowded", 3000)
    for user, size in (("grouped", 9000), ("crowded", 32 * 1024 * 3 // 4)):
        browser = gateway.browser(HR)
        token = Person(lab, user).token(HR)
        assert len(token) > size
        assert present(browser, token).status == 303
        assert browser.get("/").json["remote_user"] == user


def test_no_domain_controller_is_needed_for_it(gateway, lab, alice):
    token = alice.token(HR)
    with lab.paused("samba"):
        assert present(gateway.browser(HR), token).status == 303


def test_the_doctor_misses_no_right_that_nobody_needs(gateway):
    done = gateway.run("doctor", "only", "--user", "alice")
    assert "cannot be tried without" in done.stdout and "TRUSTED_TO_AUTH" not in done.stdout


def test_groups_and_names_come_of_the_ticket(gateway, lab, alice):
    browser = gateway.browser(HR)
    assert present(browser, alice.token(HR)).status == 303
    assert browser.get("/members/").status == 200
    other = gateway.browser(HR)
    assert present(other, Person(lab, "user03").token(HR)).status == 303
    assert other.get("/members/").status == 403


def test_a_user_principal_name_signs_in_its_account(gateway, lab):
    browser = gateway.browser(HR)
    person = Person(lab, "bob", "-f", "-E")
    assert present(browser, person.token(HR)).status == 303
    assert browser.get("/").json["remote_user"] == "bob"


@pytest.mark.parametrize("user, options", [("alice", ["-F"]), ("carol", ["-f"])])
def test_a_ticket_that_is_not_forwardable_needs_protocol_transition(gateway, lab, user, options):
    person = Person(lab, user, *options)
    browser = gateway.browser(HR)
    assert present(browser, person.token(HR)).status == 303
    answer = browser.get("/")
    assert answer.status == 403
    event = gateway.event(answer.activity)
    assert event["event"] == 22059 and "forwardable" in event["hint"], event
    if user == "alice":
        browser = gateway.browser(SHIFT)
        assert present(browser, person.token(SHIFT)).status == 303
        assert browser.get("/").json["remote_user"] == user


def test_evidence_outlives_a_reload_and_is_nobody_elses(gateway, lab, alice):
    browser = gateway.browser(HR)
    assert present(browser, alice.token(HR)).status == 303
    gateway.run("reload")
    gateway.run("tickets", "purge")
    assert browser.get("/").json["remote_user"] == "alice"


def test_who_stays_longer_than_the_ticket_signs_in_again_unasked(gateway, lab):
    browser, person = gateway.browser(HR), Person(lab, "user04")
    assert present(browser, person.token(HR)).status == 303
    assert browser.get("/").json["remote_user"] == "user04"
    browser.close()
    gateway.stop()
    with contextlib.closing(sqlite3.connect(gateway.state / "state.db")) as store, store:
        store.execute("UPDATE sessions SET own_ends = 1 WHERE subject LIKE 'user04@%'")
    gateway.start()
    answer = browser.get("/deep?x=1")
    assert answer.status == 303 and answer.location.endswith(SIGN_IN + "?to=%2Fdeep%3Fx%3D1")
    assert present(browser, person.token(HR)).status == 303
    assert browser.get("/").json["remote_user"] == "user04"


def records(gateway, path):
    lines = access_log(gateway.lab, ADDRESS).read_text().splitlines()
    return [r for r in map(json.loads, lines) if r.get("path") == path]


@contextlib.contextmanager
def chromium(gateway, person, host, path, allowed):
    """As on a computer of the domain. With --headless it would sign nobody in by itself; what it
    knows of an earlier start lets it load GSS."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        Path(folder, "Local State").write_text(json.dumps({
            "net": {"received_http_auth_negotiate_headers": True},
            "auth": {"disable_negotiate_cname_lookup": True}}))
        browser = subprocess.Popen(
            ["chromium", "--ozone-platform=headless", "--no-sandbox", "--disable-gpu",
             "--no-first-run", "--ignore-certificate-errors", f"--user-data-dir={folder}",
             *([f"--auth-server-allowlist={host}"] if allowed else []),
             f"--host-resolver-rules=MAP *.example.com {gateway.address}",
             f"https://{host}{path}"],
            env={**person.environment, "HOME": folder}, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            os.killpg(browser.pid, signal.SIGKILL)
            browser.wait()


def test_chromium_signs_its_person_in_without_a_page(gateway, alice):
    with chromium(gateway, alice, HR, "/by/chromium/", allowed=True):
        def seen():
            return [r for r in records(gateway, "/by/chromium/") if r["status"] == 200]
        record = wait_until(seen, 60, "Chromium has reached the app")[0]
    assert record["user"] == f"alice@{gateway.lab.realm}"


def test_chromium_that_may_send_no_ticket_is_led_to_the_other_page(gateway, alice):
    def forms():
        return [r for r in records(gateway, SIGN_IN) if r["status"] == 200]
    before = len(forms())
    with chromium(gateway, alice, HR, "/", allowed=False):
        wait_until(lambda: len(forms()) > before, 60, "Chromium shows the form")
