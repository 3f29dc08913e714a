"""What is not let in with a ticket, or what only looks like one: each with its event."""
import base64
import contextlib
import hashlib
import re
import sqlite3
import ssl

import pytest

from gateway import wait_until
from inside import BOUND, HR, ONLY, SIGN_IN, STALE, WRONG, Person, edge, present
from lab.clocks import Clocks

ADDRESS = 155
NTLM = b"NTLMSSP\0" + bytes.fromhex("01000000078208a2") + bytes(24)
OUTSIDE = {"X-Forwarded-For": "203.0.113.9"}


@pytest.fixture(scope="module")
def gateway(lab, directory, tmp_path_factory):
    folder = tmp_path_factory.mktemp("negotiate")
    with edge(lab, directory, folder, ADDRESS, has_stale=True) as running:
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


def end_point(gateway):
    pem = ssl.PEM_cert_to_DER_cert(gateway.certificate.read_text())
    return hashlib.sha256(pem).hexdigest()


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
