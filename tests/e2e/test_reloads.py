"""Reloads under load: no request fails, whatever the client speaks and however it keeps its
connection. KERBGATE_FULL=1 makes it the full hundred in a minute."""
import http.client
import os
import threading
import time
from contextlib import contextmanager

import pytest

from gateway import Connection, Gateway, app, wait_until
from http2 import Http2, Refused
from websocket import Streamed, Upgraded

RELOADS, PACE_S = (100, 0.6) if os.environ.get("KERBGATE_FULL") else (20, 0.6)
HOST, SOCKET = "open.example.com", "/socket"
BODY = bytes(range(256)) * 256


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


class Client(threading.Thread):
    """Asks without a pause and retries nothing; what failed first is in `error`."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.gateway, self.done, self.error, self.is_over = gateway, 0, None, False

    def run(self):
        try:
            while not self.is_over:
                self.ask()
                self.done += 1
        except Exception as error:  # whatever it is, it is to be seen
            self.error = error

    def check(self):
        assert self.error is None, f"{self!r} after {self.done}: {self.error!r}"


class Kept(Client):
    """HTTP/1.1 over TLS, on one connection until the server says that it is the last answer."""
    path, headers = "/", {}
    connection = None

    def connect(self):
        return Connection(self.gateway, HOST)

    def ask(self):
        self.connection = self.connection or self.connect()
        status, body = self.exchange(self.connection)
        assert status == 200, (status, body)

    def exchange(self, connection):
        connection.request("GET", self.path, headers=self.headers)
        return self.read(connection)

    def read(self, connection):
        response = connection.getresponse()
        body = response.read()
        if response.will_close:
            connection.close()
            self.connection = None
        return response.status, body


class New(Kept):
    """A connection for each request."""

    def ask(self):
        super().ask()
        if self.connection:
            self.connection.close()
        self.connection = None


class Plain(Kept):
    """Without TLS."""

    def connect(self):
        connection = http.client.HTTPConnection(self.gateway.address, 80, timeout=30)
        connection._http_vsn_str = "HTTP/1.1"
        return connection

    headers = {"Host": HOST, "X-Forwarded-Proto": "https"}


class Uploads(Kept):
    def exchange(self, connection):
        connection.request("POST", "/echo", BODY)
        status, body = self.read(connection)
        assert body == BODY or status != 200
        return status, len(body)


class SignedIn(Kept):
    """To a back end that wants Kerberos."""

    def __init__(self, gateway):
        super().__init__(gateway)
        cookies = gateway.browser("hr.example.com").sign_in("alice").cookies
        self.headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in cookies.items())}

    def connect(self):
        return Connection(self.gateway, "hr.example.com")


class Multiplexed(Client):
    """HTTP/2, four requests at a time, on one connection until GOAWAY."""
    connection, again = None, 0

    def ask(self):
        if not self.connection or self.connection.is_leaving:
            if self.connection:
                self.connection.close()
            self.connection = Http2(self.gateway, HOST)
        streams = [self.connection.begin("GET", "/bytes/20000") for _ in range(4)]
        for stream in streams:
            try:
                self.connection.finish(stream)
                assert stream.status == 200 and len(stream.body) == 20000
            except Refused:  # after GOAWAY: not begun, so that it may be asked again
                self.again += 1


class Talks(Client):
    """A WebSocket, opened anew when the server has closed it: at the earliest at the end of its
    generation's time."""
    kind, socket = Upgraded, None

    def __init__(self, gateway):
        super().__init__(gateway)
        self.lives = []

    def ask(self):
        if not self.socket:
            self.socket, self.since = self.kind(self.gateway, HOST, SOCKET), time.monotonic()
            assert self.socket.status in (101, 200)
            self.socket.receive()
        try:
            assert self.socket.echo(f"message {self.done}") == f"message {self.done}"
        except (EOFError, OSError):
            self.lives.append(time.monotonic() - self.since)
            self.socket.close()
            self.socket = None


class TalksStreamed(Talks):
    kind = Streamed


@contextmanager
def load(gateway, kinds):
    clients = [kind(gateway) for kind in kinds]
    for client in clients:
        client.start()
    try:
        yield clients
    finally:
        for client in clients:
            client.is_over = True
        for client in clients:
            client.join(30)


def all_have_moved(clients, before):
    for client in clients:
        client.check()
    return all(client.done > count for client, count in zip(clients, before))


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
    kinds = [Kept, New, Plain, Uploads, SignedIn, Multiplexed, Talks, TalksStreamed]
    with load(gateway, kinds) as clients:
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
