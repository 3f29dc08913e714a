"""kerbgate sessions: who is signed in, and what is left of a session that was ended."""
import hashlib
import http.client
import json
import os
import random
import signal
import sqlite3
import threading

import pytest

from gateway import Form, Gateway, app, wait_until
from http2 import Http2, Reset
from websocket import Streamed, Upgraded

HOST = "hr.example.com"
KILLS = 100 if os.environ.get("KERBGATE_FULL") else 30


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    apps = [app("hr", lab.web.url, spn=lab.web.spn),
            app("other", lab.web.url, spn=lab.web.spn),
            app("page", lab.web.url + "public/")]
    # An attempt whose worker dies stays counted as failed.
    throttle = {"source_attempts": 100000, "user_attempts": 1000}
    with Gateway(lab, tmp_path_factory.mktemp("sessions"), apps, address=132,
                 identity_providers__0__throttle=throttle) as running:
        yield running


def listed(gateway, *arguments):
    done = gateway.run("sessions", "list", "--json", *arguments)
    return [json.loads(line) for line in done.stdout.splitlines()]


def revoke(gateway, *arguments):
    return gateway.run("sessions", "revoke", *arguments).stdout


@pytest.fixture(autouse=True)
def nobody_is_signed_in(gateway):
    revoke(gateway, "--all")
    assert listed(gateway) == []


def public_id(browser):
    return hashlib.sha256(browser.cookies["__Host-kerbgate"].encode()).hexdigest()[:16]


def cookie_of(browser):
    return ("cookie", "; ".join(f"{name}={value}" for name, value in browser.cookies.items()))


def websocket(gateway, browser, kind=Upgraded):
    socket = kind(gateway, HOST, "/socket", [cookie_of(browser)])
    assert json.loads(socket.receive())["path"] == "/socket"
    return socket


def at_once(socket):
    """Not first when a process that drains ends, or somebody sweeps."""
    (socket.socket if isinstance(socket, Upgraded) else socket.h2.socket).settimeout(3)
    return socket


def is_signed_in(browser):
    status = browser.get("/").status
    assert status in (200, 303)
    return status == 200


def test_a_session_is_listed_by_what_does_not_open_it(gateway):
    alice = gateway.browser().sign_in("alice")
    session, = listed(gateway)
    assert session["user"] == "alice@CORP.EXAMPLE" and session["provider"] == "staff"
    assert session["host"] == HOST and session["id"] == public_id(alice)
    assert session["signed_in"] <= session["last_used"] < session["ends"]
    assert alice.cookies["__Host-kerbgate"] not in json.dumps(session)
    table = gateway.run("sessions", "list").stdout.splitlines()
    assert table[0].split() == ["ID", "USER", "HOST", "SIGNED", "IN", "LAST", "USED", "ENDS"]
    assert table[1].split()[:3] == [public_id(alice), "alice@CORP.EXAMPLE", HOST]
    thief = gateway.browser()
    thief.cookies["__Host-kerbgate"] = session["id"]
    assert not is_signed_in(thief)


def test_sessions_are_chosen_by_user_app_and_id(gateway):
    alice, bob = (gateway.browser().sign_in(user) for user in ("alice", "bob"))
    elsewhere = gateway.browser("other.example.com").sign_in("alice")
    assert len(listed(gateway, "--user", "ALICE")) == 2
    assert len(listed(gateway, "--user", "alice@corp.example", "--app", "other")) == 1
    assert "there are no such sessions" in gateway.run("sessions", "list", "--app", "page").stderr
    assert revoke(gateway, "--id", public_id(bob)) == "1 session revoked\n"
    assert not is_signed_in(bob) and is_signed_in(alice) and is_signed_in(elsewhere)
    assert revoke(gateway, "--app", "other") == "1 session revoked\n"
    assert is_signed_in(alice) and not is_signed_in(elsewhere)
    assert revoke(gateway, "--user", "alice") == "1 session revoked\n"
    assert not is_signed_in(alice)
    assert revoke(gateway, "--user", "alice") == "0 sessions revoked\n"
    event = [e for e in gateway.events() if e["event"] == 21009][-1]
    assert "1 session" in event["detail"] and "of user alice" in event["detail"]


def test_a_wrong_wish_is_told_so(gateway):
    for arguments in (["revoke"], ["revoke", "--id", "12"], ["end"], ["list", "--all"],
                      ["revoke", "--all", "--user", "alice"], ["list", "alice"]):
        done = gateway.run("sessions", *arguments, check=False)
        assert done.returncode == 2 and done.stderr.startswith("kerbgate sessions: "), done.stderr
    done = gateway.run("sessions", "list", "--app", "nix", check=False)
    assert done.returncode == 1 and "has no app of this name" in done.stderr


@pytest.mark.parametrize("kind", [Upgraded, Streamed])
def test_a_websocket_ends_with_its_session_and_others_go_on(gateway, kind):
    alice, bob = (gateway.browser().sign_in(user) for user in ("alice", "bob"))
    hers, his = (websocket(gateway, who, kind) for who in (alice, bob))
    assert hers.echo("x") == "x" and his.echo("y") == "y"
    assert revoke(gateway, "--user", "alice") == "1 session revoked\n"
    with pytest.raises((EOFError, Reset)):
        at_once(hers).receive()
    assert his.echo("z") == "z"
    assert not is_signed_in(alice) and is_signed_in(bob)
    his.close()


def test_a_download_by_http2_is_cut_and_the_connection_goes_on(gateway):
    alice, bob = (gateway.browser().sign_in(user) for user in ("alice", "bob"))
    connection = Http2(gateway, HOST, forget=True, window=1 << 14)
    stream = connection.begin("GET", "/bytes/6000000", [cookie_of(alice)])
    while not stream.headers:
        connection.receive()
    assert revoke(gateway, "--user", "alice") == "1 session revoked\n"
    with pytest.raises(Reset):
        connection.finish(stream)
    assert connection.count < 6000000
    again = connection.begin("GET", "/", [cookie_of(bob)])
    connection.finish(again)
    assert again.status == 200
    connection.close()


def tickets(gateway):
    done = gateway.run("tickets", "list", "--json")
    return {json.loads(line)["principal"] for line in done.stdout.splitlines()}


def test_tickets_and_idle_connections_go_along(gateway, lab):
    """The back end says which connection it is on by the port of its other end."""
    gateway.run("tickets", "purge")
    alice, bob = (gateway.browser().sign_in(user) for user in ("alice", "bob"))
    assert is_signed_in(alice) and is_signed_in(bob)
    assert tickets(gateway) == {"alice@CORP.EXAMPLE", "bob@CORP.EXAMPLE"}
    before = connections(gateway, lab)
    revoke(gateway, "--user", "alice")
    assert tickets(gateway) == {"bob@CORP.EXAMPLE"}
    wait_until(lambda: connections(gateway, lab) == before - 1, 5, "her idle connection is closed")


def connections(gateway, lab):
    """Of the worker to the back end."""
    port = f"{lab.web.url.split(':')[2].strip('/') if lab.web.url.count(':') > 1 else 80}"
    hex_port = f":{int(port):04X}"
    worker = gateway.children()["worker"]
    rows = open(f"/proc/{worker}/net/tcp", encoding="ascii").read().splitlines()[1:]
    inodes = {os.readlink(f"/proc/{worker}/fd/{fd}") for fd in os.listdir(f"/proc/{worker}/fd")
              if os.path.lexists(f"/proc/{worker}/fd/{fd}")}
    return sum(1 for row in map(str.split, rows)
               if row[2].endswith(hex_port) and row[3] == "01" and f"socket:[{row[9]}]" in inodes)


def sign_out(browser):
    form = Form(browser.get("/.kerbgate/sign-out").text)
    return browser.post(form.action, form.fields)


def test_a_sign_out_ends_the_websockets_of_its_session_alone(gateway):
    alice, elsewhere = (gateway.browser().sign_in("alice") for _ in range(2))
    hers, hers_too = (websocket(gateway, who) for who in (alice, elsewhere))
    assert hers.echo("x") == "x" and hers_too.echo("x") == "x"
    assert sign_out(alice).status == 200
    with pytest.raises(EOFError):
        at_once(hers).receive()
    assert hers_too.echo("y") == "y" and is_signed_in(elsewhere)
    hers_too.close()


def test_a_worker_that_drains_hears_of_it_too(gateway):
    alice = gateway.browser().sign_in("alice")
    hers = websocket(gateway, alice)
    assert hers.echo("x") == "x"
    assert "reloaded" in gateway.run("reload").stdout
    assert hers.echo("y") == "y"
    assert revoke(gateway, "--user", "alice") == "1 session revoked\n"
    with pytest.raises(EOFError):
        at_once(hers).receive()


def test_a_sign_in_gives_another_id_and_ends_the_one_before(gateway):
    """A cookie that somebody planted is not taken up (session fixation)."""
    victim = gateway.browser()
    victim.cookies["__Host-kerbgate"] = planted = "A" * 43
    victim.sign_in("alice")
    assert victim.cookies["__Host-kerbgate"] != planted
    thief = gateway.browser()
    thief.cookies["__Host-kerbgate"] = planted
    assert not is_signed_in(thief)
    first = victim.cookies["__Host-kerbgate"]
    victim.sign_in("alice")
    thief.cookies["__Host-kerbgate"] = first
    assert not is_signed_in(thief) and is_signed_in(victim)
    assert len(listed(gateway)) == 1


def test_a_session_counts_on_its_host_alone(gateway):
    alice = gateway.browser().sign_in("alice")
    elsewhere = gateway.browser("other.example.com")
    elsewhere.cookies = dict(alice.cookies)
    assert is_signed_in(alice) and not is_signed_in(elsewhere)


def test_no_session_that_was_ended_comes_back_however_the_worker_dies(gateway):
    """It is killed at any moment while people sign in, sign out and are signed out; whoever was
    told that a session has ended must never see it again."""
    ended, lock, is_over = [], threading.Lock(), threading.Event()

    def come_and_go():
        while not is_over.is_set():
            browser = gateway.browser("page.example.com")
            try:
                browser.sign_in("alice")
                cookies = dict(browser.cookies)
                if random.random() < 0.5:
                    gone = sign_out(browser).status == 200
                else:
                    browser.cookies = dict(cookies)
                    done = gateway.run("sessions", "revoke", "--id", public_id(browser),
                                       check=False)
                    gone = done.stdout == "1 session revoked\n"
            except (OSError, http.client.HTTPException, AssertionError, KeyError, IndexError,
                    TypeError):
                gone = False    # the worker was killed meanwhile
            browser.close()
            if gone:
                with lock:
                    ended.append(cookies)

    threads = [threading.Thread(target=come_and_go) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(KILLS):
            before = len(ended)
            pid = wait_until(lambda: gateway.children().get("worker"), 20, "a worker runs")
            patience = random.random() * 0.2
            is_over.wait(patience)
            os.kill(pid, signal.SIGKILL)
            wait_until(lambda: gateway.children().get("worker") not in (None, pid), 20,
                       "another worker runs")
            wait_until(lambda: len(ended) > before, 30, "somebody was signed out")
    finally:
        is_over.set()
        for thread in threads:
            thread.join(60)
    wait_until(gateway.answers, 20, "kerbgate answers")
    store = sqlite3.connect(gateway.state / "state.db")
    left = {row[0].hex() for row in store.execute("SELECT hash FROM sessions")}
    store.close()
    assert len(ended) >= KILLS
    for cookies in ended:
        assert hashlib.sha256(cookies["__Host-kerbgate"].encode()).hexdigest() not in left
    for cookies in ended[-20:]:
        browser = gateway.browser("page.example.com")
        browser.cookies = cookies
        assert not is_signed_in(browser)
    print(f"{KILLS} kills, {len(ended)} sessions ended")
