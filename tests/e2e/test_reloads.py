"""Reloads under load: no request fails, whatever the client speaks and however it keeps its
connection. KERBGATE_FULL=1 makes it the full hundred in a minute."""
import os
import signal
import time

import pytest

from clients import ALL, HOST, SOCKET, Talks, TalksStreamed, all_have_moved, load
from gateway import Connection, Gateway, app, wait_until
from http2 import Http2
from websocket import Upgraded

RELOADS, PACE_S = (100, 0.6) if os.environ.get("KERBGATE_FULL") else (20, 0.6)


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    apps = [app("hr", lab.web.url, spn=lab.web.spn),
            app("open", lab.web.url + "public/", pre_authentication="passthrough")]
    with Gateway(lab, tmp_path_factory.mktemp("reloads"), apps, address=126) as running:
        value = running.settings()["gateway"]["listen"]
        clear = {"address": f"{running.address}:80", "mode": "http"}
        running.write(gateway__listen=[*value, clear])
        running.run("reload")
        yield running


def reload_often(gateway, clients, count, pace_s):
    begun = time.monotonic()
    for number in range(count):
        before = [client.done for client in clients]
        assert "reloaded" in gateway.run("reload").stdout
        due = begun + (number + 1) * pace_s
        wait_until(lambda: all_have_moved(clients, before) and time.monotonic() >= due, 30,
                   "each client has been answered since the reload")
    return time.monotonic() - begun


def test_no_request_fails_while_the_configuration_is_reloaded_over_and_over(gateway):
    with load(gateway, ALL) as clients:
        seconds = reload_often(gateway, clients, RELOADS, PACE_S)
    counts = {type(client).__name__: client.done for client in clients}
    for client in clients:
        client.check()
    print(f"{RELOADS} reloads in {seconds:.0f} s, requests: {counts}")


def test_who_reads_slowly_gets_the_end_of_the_last_answer(gateway):
    """The server is done with the connection while much of the answer waits for the client, who
    goes on sending WINDOW_UPDATE."""
    connection = Http2(gateway, HOST, forget=True, window=1 << 23)
    stream = connection.begin("GET", "/bytes/6000000")
    while not stream.headers:
        connection.receive()
    old = gateway.children()["worker"]
    assert "reloaded" in gateway.run("reload").stdout
    wait_until(lambda: gateway.children()["worker"] != old, 5, "the other generation serves")
    connection.finish(stream)
    assert connection.count == 6000000
    connection.close()


def test_a_websocket_stays_open_to_the_end_of_its_generations_time(gateway):
    with load(gateway, [Talks, TalksStreamed, Talks]) as clients:
        reload_often(gateway, clients, 4, 0)
        assert not any(client.lives for client in clients)
        wait_until(lambda: all(client.lives for client in clients), 20, "the drain timeout")
        counts = [client.done for client in clients]
        wait_until(lambda: all_have_moved(clients, counts), 5,
                   "each is open again")
    for client in clients:
        client.check()
        assert client.lives[0] > 9, "gateway.limits.drain_timeout is 10 s"


def test_the_sixth_generation_that_has_something_open_ends_the_oldest(gateway):
    sockets = []
    for number in range(7):
        sockets.append(Upgraded(gateway, HOST, SOCKET))
        sockets[-1].receive()
        assert "reloaded" in gateway.run("reload").stdout
    assert "too many reloads in a row" in gateway.log.read_text()
    for socket in sockets[:2]:
        with pytest.raises((EOFError, OSError)):
            socket.receive()
    assert [socket.echo("here") for socket in sockets[2:]] == ["here"] * 5
    for socket in sockets:
        socket.close()


def status_of_a_new_connection(gateway):
    connection = Connection(gateway, HOST)
    connection.request("GET", "/")
    status = connection.getresponse().status
    connection.close()
    return status


def test_who_comes_after_the_word_that_it_is_done_finds_the_new_configuration(gateway):
    wanted = [503 if number % 2 == 0 else 200 for number in range(16)]
    for status in wanted:
        gateway.apps[1]["maintenance"] = "on" if status == 503 else "off"
        gateway.write()
        assert "reloaded" in gateway.run("reload").stdout
        assert [status_of_a_new_connection(gateway) for _ in range(4)] == [status] * 4


def test_the_word_that_it_is_done_does_not_wait_for_ever_and_says_so(gateway):
    old = gateway.children()["worker"]
    os.kill(old, signal.SIGSTOP)
    try:
        said = gateway.run("reload").stdout
    finally:
        os.kill(old, signal.SIGCONT)
    assert "reloaded" in said and f"process {old}" in said and "may still accept" in said
    assert status_of_a_new_connection(gateway) == 200
    assert "may still accept" not in gateway.run("reload").stdout
