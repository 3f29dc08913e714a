"""Clients that ask without a pause while kerbgate changes under them."""
import http.client
import threading
import time
from contextlib import contextmanager

from gateway import Connection
from http2 import Http2, Refused
from websocket import Streamed, Upgraded

HOST, SOCKET = "open.example.com", "/socket"
BODY = bytes(range(256)) * 256


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


ALL = [Kept, New, Plain, Uploads, SignedIn, Multiplexed, Talks, TalksStreamed]
