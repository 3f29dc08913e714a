"""A KDC that stands still, and one whose tickets live for ten seconds. KERBGATE_FULL=1 makes the
second one long."""
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway import Gateway, app, wait_until
from lab import Lab
from load import Load, People

SECONDS = 40 if os.environ.get("KERBGATE_FULL") else 13     # more than a ticket's life
LIFE = 10
TOLERANCE = 1       # of the back end's: a ticket older than LIFE + TOLERANCE is a 401 in its log
THREADS, TIMEOUT = 2, 3
RECOVERY = 5        # seconds from the KDC's return until everybody has a ticket
PEOPLE = [f"kdc{n:02}" for n in range(20)]
STRANGERS, LOST, OTHERS = PEOPLE[:8], PEOPLE[8:8 + THREADS], PEOPLE[8 + THREADS:12]


@pytest.fixture(scope="module")
def lab():
    with Lab(mit=True, clock_skew=TOLERANCE) as running:
        running.mit.add_users(*PEOPLE)
        yield running


@pytest.fixture(scope="module")
def relay(lab):
    return lab.relay("pass", kdc=lab.mit.kdc)


@pytest.fixture(scope="module")
def gateway(lab, relay, tmp_path_factory):
    mit = lab.mit
    apps = [app(web.host.split(".")[0], f"http://{web.address}:{web.port}/", spn=web.spn)
            for web in (mit.web, mit.brief)]
    with Gateway(lab, tmp_path_factory.mktemp("kdc"), apps, address=118,
                 identity_providers__0__realm=mit.realm,
                 connector__kerberos__keytab=str(mit.connector.keytab),
                 connector__kerberos__principal=mit.connector.principal,
                 connector__kerberos__krb5_conf=str(relay.krb5_conf),
                 connector__kerberos__threads=THREADS,
                 connector__kerberos__timeout=f"{TIMEOUT}s") as running:
        yield running


def signed_in(gateway, *users, host="web.example.com"):
    def sign_in(user):
        browser = gateway.browser(host)
        answer = browser.try_sign_in(user, gateway.lab.mit.password(user))
        assert answer.status == 303, answer.text
        return browser
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(sign_in, users))


def timed(browser):
    begun = time.monotonic()
    answer = browser.get("/")
    return answer, time.monotonic() - begun


def test_a_kdc_that_stands_still_holds_up_only_those_who_need_it(gateway, load_client):
    lab = gateway.lab
    people = People(gateway, password=lab.mit.password).sign_in(
        *[(user, "web.example.com") for user in PEOPLE[12:]])
    Load(load_client, people, "h1", 4, 1, 200).finish()     # each has a ticket now
    strangers = signed_in(gateway, *STRANGERS)
    with lab.paused("mit"), ThreadPoolExecutor(len(strangers)) as pool:
        load = Load(load_client, people, "h1", 4, 1, f"{TIMEOUT}s")
        waited = list(pool.map(timed, strangers))
        result = load.finish()
    assert set(result.statuses) == {200} and not result.wrong and not result.cut, result
    assert result.max < 1000, result
    assert_told_in_time(gateway, waited)
    assert_served(strangers)


def test_questions_that_are_lost_keep_nobody_from_a_kdc_that_answers_again(gateway, relay):
    """libkrb5 goes on waiting for their answers; everybody had given them up."""
    first, others = signed_in(gateway, *LOST), signed_in(gateway, *OTHERS)
    relay.mode = "silent"
    try:
        with ThreadPoolExecutor(len(first)) as pool:
            waited = list(pool.map(timed, first))
    finally:
        relay.mode = "pass"
    assert_told_in_time(gateway, waited)
    assert_served(others)


def assert_told_in_time(gateway, waited):
    for answer, seconds in waited:
        assert answer.status == 502 and seconds < TIMEOUT + 1, seconds
        event = gateway.event(answer.activity)
        assert event["error"] == "krb-kdc-unreachable", event


def assert_served(browsers):
    with ThreadPoolExecutor(len(browsers)) as pool:
        list(pool.map(lambda browser: wait_until(
            lambda: browser.get("/").status == 200, RECOVERY, "the KDC is asked again"), browsers))


def test_no_ticket_is_sent_whose_ten_seconds_are_over(gateway, load_client):
    mit = gateway.lab.mit
    log = gateway.lab.keeper.log("apache_access")
    before = len(log.read_text().splitlines())
    mit.set_our_life(LIFE)
    gateway.stop()      # and with it the day's ticket-granting ticket
    gateway.start()
    try:
        people = People(gateway, password=mit.password).sign_in(
            *[(user, "brief.example.com") for user in PEOPLE])
        loads = [Load(load_client, people, protocol, connections, streams, f"{SECONDS}s")
                 for protocol, connections, streams in (("h1", 20, 1), ("h2", 4, 5))]
        results = [load.finish() for load in loads]
    finally:
        mit.set_our_life(0)
    for result in results:
        assert set(result.statuses) == {200} and not result.wrong and not result.cut, result
    lines = log.read_text().splitlines()[before:]
    assert len(lines) >= sum(result.answers for result in results)
    assert not [line for line in lines if '" 401 ' in line]
    listed = gateway.run("tickets", "list").stdout
    assert listed.count(mit.brief.spn) >= len(PEOPLE) / 2, listed
