"""A back end that is nothing but bytes: it keeps what it reads, judges nothing, and says what it is
told to."""
import socket
import socketserver
import struct
import threading
from dataclasses import dataclass

from lab.keeper import wait_for

FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
NO_LINGER = struct.pack("ii", 1, 0)     # what is closed then is reset


class Cut(Exception):
    """The connection ended within a request, which is none then."""


@dataclass(frozen=True)
class Says:
    """What answers a request: in slices of so many bytes, after which the connection may end, in
    order or by a reset, or the request may still be read and answered."""
    answer: bytes = FINE
    size: int = 1 << 20
    ends: bool = False
    goes_on: bool = False
    resets: bool = False


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        self.is_over = threading.Event()
        number = self.server.number()
        try:
            while True:
                head, self.server.last = self.lines(), self
                says = self.server.next(number, head)
                self.say(says)
                if says.goes_on:
                    says = self.server.take(number, head + self.body(head))
                    self.say(says)
                if says.resets:
                    self.server.may_reset.wait()
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
                    self.connection.close()
                if says.ends or says.resets:
                    return
        except (Cut, OSError):
            pass
        finally:
            self.is_over.set()

    def say(self, says):
        if says.answer:
            self.server.hold.wait()
        for at in range(0, len(says.answer), says.size):
            self.wfile.write(says.answer[at:at + says.size])

    def line(self):
        line = self.rfile.readline()
        if not line.endswith(b"\r\n"):
            raise Cut
        return line

    def lines(self):
        taken = b""
        while not taken.endswith(b"\r\n\r\n") and taken != b"\r\n":
            taken += self.line()
        return taken

    def counted(self, length):
        taken = self.rfile.read(length)
        if len(taken) < length:
            raise Cut
        return taken

    def body(self, head):
        if b"\r\nTransfer-Encoding: chunked\r\n" in head:
            return self.chunks()
        length = head.partition(b"\r\nContent-Length: ")[2].partition(b"\r\n")[0]
        return self.counted(int(length or 0))

    def chunks(self):
        taken = b""
        while (length := int(line := self.line(), 16)):
            taken += line + self.counted(length + 2)
        return taken + line + self.lines()


class Backend(socketserver.ThreadingTCPServer):
    """It says what is next in `early`, as soon as a head is there; without that, what is next in
    `says`, or FINE. Nothing while `hold` is not set, and no reset while `may_reset` is not."""
    allow_reuse_address, daemon_threads = True, True

    def __init__(self, address):
        super().__init__((address, 8080), Handler)
        self.lock = threading.Lock()
        self.requests, self.early, self.says, self.connections = [], [], [], 0
        self.hold, self.may_reset = threading.Event(), threading.Event()
        self.hold.set()
        self.last = None    # the handler of the newest request
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def number(self):
        with self.lock:
            self.connections += 1
            return self.connections

    def say_unasked(self, answer):
        """On the connection of the newest request; returns when the other side has closed it."""
        handler = self.last
        handler.wfile.write(answer)
        assert handler.is_over.wait(5)

    def next(self, number, head):
        """What answers this head before its body is there."""
        with self.lock:
            if not self.early:
                return Says(b"", goes_on=True)
            if not self.early[0].goes_on:
                self.requests.append((number, head))
            return self.early.pop(0)

    def take(self, number, request):
        with self.lock:
            self.requests.append((number, request))
            return self.says.pop(0) if self.says else Says()

    def wait_for(self, count):
        """Until so many requests were read since the last look."""
        wait_for(lambda: len(self.requests) >= count, f"{count} requests at the back end")

    def taken(self):
        """The requests that were read since the last call."""
        return [request for _, request in self.taken_with_connections()]

    def taken_with_connections(self):
        """The same, each with the number of its connection."""
        with self.lock:
            taken, self.requests = self.requests, []
        return taken
