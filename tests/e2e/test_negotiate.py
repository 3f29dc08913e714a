"""Signing in with the browser's own Kerberos ticket, which is then the evidence for the app's."""
import base64
import contextlib
import hashlib
import json
import os
import re
import signal
import sqlite3
import ssl
import subprocess
import tempfile
from pathlib import Path

import pytest

from gateway import Gateway, app, wait_until
from inside import SIGN_IN, Person, present
from lab.addomain import random_password
from lab.clocks import Clocks

HR, ONLY, SHIFT, BOUND = ("hr.example.com", "only.example.com", "shift.example.com",
                          "bound.example.com")
WRONG, STALE = "wrong.example.com", "stale.example.com"
NTLM = b"NTLMSSP\0" + bytes.fromhex("01000000078208a2") + bytes(24)
OUTSIDE = {"X-Forwarded-For": "203.0.113.9"}


@pytest.fixture(scope="module")
def services(lab):
    """The account that opens tickets may hand them on, and may not become anybody by itself."""
    lab.add_services(**{
        "svc-edge": {"spns": [f"HTTP/{host}" for host in (HR, ONLY, SHIFT, BOUND)],
                     "delegate_to": [lab.web.spn]},
        "svc-shift": {"spns": ["HTTP/svc-shift"], "any_protocol": True,
                      "delegate_to": [lab.web.spn]},
        "svc-stale": {"spns": [f"HTTP/{STALE}"]},
        "svc-wrong": {"spns": [f"HTTP/{WRONG}", "HTTP/foreign.example.com"]},
    })
    folder = lab.dir / "edge"
    folder.mkdir()
    keytabs = {name: lab.export_keytab(folder / f"{name}.keytab", name)
               for name in ("svc-edge", "svc-shift", "svc-stale")}
    lab.set_password("svc-stale", random_password())
    return keytabs


def access_log(lab):
    """Not in pytest's folder, which is closed to the account that serves."""
    folder = lab.dir / "negotiate-log"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    return folder / "access.log"


@pytest.fixture(scope="module")
def gateway(lab, services, directory, tmp_path_factory):
    inside = {"name": "inside", "type": "negotiate", "sources": ["127.0.0.0/8"]}
    providers = [inside, inside | {"name": "strict", "channel_binding": "required"},
                 inside | {"name": "stale", "account": "stale"},
                 {"name": "staff", "type": "form", "realm": lab.realm,
                  "throttle": {"source_attempts": 1000}}]
    both = {"pre_authentication": ["inside", "staff"]}
    apps = [app("hr", lab.web.url, spn=lab.web.spn, **both),
            app("only", lab.web.url, spn=lab.web.spn, pre_authentication="inside"),
            app("shift", lab.web.url, spn=lab.web.spn, **both,
                sso={"account": "shift", "protocol_transition": "on"}),
            app("bound", lab.web.url, spn=lab.web.spn, pre_authentication=["strict", "staff"]),
            app("wrong", lab.web.url, spn=lab.web.spn, **both),
            app("stale", lab.web.url + "public/", pre_authentication="stale"),
            app("members", lab.web.url + "public/", host=HR, **both, allow={"groups": ["HR"]})
            | {"external_url": f"https://{HR}/members/"}]
    kerberos = {"keytab": str(services["svc-edge"]), "principal": f"svc-edge@{lab.realm}",
                "krb5_conf": str(lab.krb5_conf), "timeout": "5s", "deny_users": ["user09"],
                "deny_groups": ["Protected Users"],
                "accounts": [{"name": name, "keytab": str(services[f"svc-{name}"]),
                              "principal": f"svc-{name}@{lab.realm}"}
                             for name in ("shift", "stale")]}
    with Gateway(lab, tmp_path_factory.mktemp("negotiate"), apps, address=154,
                 identity_providers=providers, connector__kerberos=kerberos,
                 connector__directory__servers=directory,
                 gateway__access_log={"file": str(access_log(lab)), "format": "json"},
                 gateway__trusted_proxies=["127.0.0.0/8"],
                 gateway__limits__request_head="96KiB") as running:
        yield running


@pytest.fixture(scope="module")
def alice(lab):
    return Person(lab, "alice")


def refused(gateway, answer, error):
    """In plain words, with its event, without a session and without another question."""
    assert answer.status == 403, (answer.status, answer.text)
    assert "WWW-Authenticate" not in answer.headers and "Set-Cookie" not in answer.headers
    event = gateway.event(answer.activity)
    assert event["error"] == error, event
    return event


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
    answer = present(browser, alice.token(HR, mech, flags=["mutual_authentication"]), "/deep?x=1")
    assert answer.status == 303 and answer.location == f"https://{HR}/deep?x=1"
    assert browser.cookies["__Host-kerbgate"] != "A" * 43
    scheme, proof = answer.headers["WWW-Authenticate"].split(" ")
    assert scheme == "Negotiate" and base64.b64decode(proof, validate=True)
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


def test_from_outside_nobody_is_asked_and_no_ticket_is_taken(gateway, alice):
    token = alice.token(HR)
    answer = present(gateway.browser(HR), token, **OUTSIDE)
    assert answer.status == 200 and "password" in answer.text
    assert "WWW-Authenticate" not in answer.headers
    answer = present(gateway.browser(ONLY), alice.token(ONLY), **OUTSIDE)
    assert answer.status == 403
    assert gateway.event(answer.activity)["error"] == "forbidden"
    assert present(gateway.browser(HR), token).status == 303  # it was good


def test_a_token_at_any_other_address_is_nothing(gateway, alice):
    token = base64.b64encode(alice.token(HR)).decode()
    answer = gateway.browser(HR).get("/", headers={"Authorization": f"Negotiate {token}"})
    assert answer.status == 303 and SIGN_IN in answer.location
    for method in ("HEAD", "POST"):
        answer = gateway.browser(HR).request(method, SIGN_IN, None,
                                             {"Authorization": f"Negotiate {token}"})
        assert answer.status != 303 and "__Host-kerbgate=" not in str(answer.headers)


def test_a_token_counts_once(gateway, alice):
    token = alice.token(HR)
    assert present(gateway.browser(HR), token).status == 303
    event = refused(gateway, present(gateway.browser(HR), token), "negotiate-replay")
    assert event["event"] == 22056
    gateway.run("reload")  # to a broker that has not seen it
    wait_until(lambda: len(gateway.children()) == 2, 20, "the old generation is gone")
    refused(gateway, present(gateway.browser(HR), token), "negotiate-replay")
    wait_until(lambda: present(gateway.browser(HR), alice.token(HR)).status == 303, 10,
               "a new token is good after a reload")


@pytest.mark.parametrize("host, ticket_for, service, error, number", [
    (HR, ONLY, "HTTP", "negotiate-spn", 22053),
    (HR, "web.corp.example", "HTTP", "negotiate-spn", 22053),
    (WRONG, WRONG, "HTTP", "negotiate-key", 22054)])
def test_a_ticket_for_another_service_or_account_is_refused(gateway, alice, host, ticket_for,
                                                           service, error, number):
    answer = present(gateway.browser(host), alice.token(ticket_for, service=service))
    event = refused(gateway, answer, error)
    assert event["event"] == number and f"setspn -Q HTTP/{host}" in event["hint"], event


def test_a_key_that_is_not_the_accounts_any_more_is_named_with_its_version(gateway, alice):
    event = refused(gateway, present(gateway.browser(STALE), alice.token(STALE)), "negotiate-key")
    assert event["event"] == 22054, event
    asked, held = re.search(r"of version (\d+), .* has versions (\d+) of", event["detail"]).groups()
    assert int(asked) == int(held) + 1
    assert "samba-tool domain exportkeytab" in event["hint"] and "klist purge" in event["hint"]


def test_a_clock_that_is_off_is_named(gateway, alice, tmp_path):
    clocks = Clocks(tmp_path)
    environment = clocks.environment("computer")
    alice.token(HR)  # and the ticket is there
    clocks.set("computer", 400)
    answer = present(gateway.browser(HR), alice.token(HR, environment=environment))
    event = refused(gateway, answer, "negotiate-clock")
    off = int(re.search(r"is (\d+) s ahead of this host's", event["detail"])[1])
    assert event["event"] == 22055 and 395 <= off <= 405, event


@pytest.mark.parametrize("token, error, number, words", [
    (NTLM, "negotiate-ntlm", 22051, "NTLM"),
    (base64.b64decode("YEgGBisGAQUFAqA+MDygDjAMBgorBgEEAYI3AgIKoioEKE5UTE1TU1AAAQAA"
                      "AAWCiKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), None, None, None),
    (b"rubbish", "negotiate-token", 22052, "cannot be used"),
    ("!!!", "negotiate-token", 22052, "cannot be used"),
    (bytes.fromhex("a1023000"), "negotiate-token", 22052, "cannot be used")])
def test_what_is_no_ticket_is_refused_in_plain_words(gateway, token, error, number, words):
    answer = present(gateway.browser(HR), token)
    event = refused(gateway, answer, error or gateway.event(answer.activity)["error"])
    assert event["event"] == (number or event["event"])
    assert (words or "ticket") in answer.text and "Sign in another way" in answer.text


def test_every_cut_of_a_token_is_refused_and_the_broker_lives(gateway, alice):
    token = alice.token(HR)
    broker = gateway.children()["broker"]
    for size in range(1, len(token), len(token) // 24):
        answer = present(gateway.browser(HR), token[:size])
        assert answer.status == 403, size
    for at in range(0, len(token), len(token) // 24):
        spoilt = token[:at] + bytes([token[at] ^ 0x40]) + token[at + 1:]
        assert present(gateway.browser(HR), spoilt).status in (303, 403), at
    assert gateway.children()["broker"] == broker


def test_a_head_that_is_too_large_ends_with_431(gateway):
    assert present(gateway.browser(HR), bytes(150000)).status == 431


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


def end_point(gateway):
    pem = ssl.PEM_cert_to_DER_cert(gateway.certificate.read_text())
    return hashlib.sha256(pem).hexdigest()


def test_a_ticket_is_bound_to_our_certificate_or_to_none(gateway, alice):
    ours = end_point(gateway)
    assert present(gateway.browser(HR), alice.token(HR, bindings=ours)).status == 303
    event = refused(gateway, present(gateway.browser(HR), alice.token(HR, bindings="00" * 32)),
                    "negotiate-binding")
    assert event["event"] == 22057 and "another certificate" in event["detail"]
    assert present(gateway.browser(BOUND), alice.token(BOUND, bindings=ours)).status == 303
    refused(gateway, present(gateway.browser(BOUND), alice.token(BOUND)), "negotiate-binding")


@pytest.mark.parametrize("user", ["user09", "pat"])
def test_who_is_denied_by_name_or_group_is_refused(gateway, lab, user):
    answer = present(gateway.browser(HR), Person(lab, user).token(HR))
    assert refused(gateway, answer, "krb-user-denied")["event"] == 13019


def test_no_domain_controller_is_needed_for_it(gateway, lab, alice):
    token = alice.token(HR)
    with lab.paused("samba"):
        assert present(gateway.browser(HR), token).status == 303


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


def test_what_a_session_keeps_is_of_its_owner_and_says_nothing(gateway, lab, alice):
    users = {user: gateway.browser(HR) for user in ("user05", "user06")}
    for user, browser in users.items():
        assert present(browser, Person(lab, user).token(HR)).status == 303
        browser.close()
    gateway.stop()
    with contextlib.closing(sqlite3.connect(gateway.state / "state.db")) as store, store:
        kept = store.execute("SELECT own_ticket FROM sessions WHERE subject LIKE 'user05@%'")
        kept = kept.fetchone()[0]
        store.execute("UPDATE sessions SET own_ticket = ? WHERE subject LIKE 'user06@%'", [kept])
    gateway.start()
    for text in (b"user05", b"HTTP", lab.realm.encode()):
        assert text not in kept
    answer = users["user06"].get("/")
    assert answer.status == 502
    event = gateway.event(answer.activity)
    assert event["error"] == "krb-wrong-client" and "user05@" in event["detail"], event
    assert users["user05"].get("/").json["remote_user"] == "user05"


def records(gateway, path):
    lines = access_log(gateway.lab).read_text().splitlines()
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
