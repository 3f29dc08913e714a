"""A back end that is nothing but bytes: it keeps what it reads, judges nothing, and says what it is
told to."""
import select
import socketserver
import threading
from dataclasses import dataclass

FINE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Cut(Exception):
    """The connection ended within a request, which is none then."""


def poll_hang_up(connection, seconds=5):
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return poll.poll(seconds * 1000)


@dataclass(frozen=True)
class Says:
    """What answers a request: in slices of so many bytes, after which the connection may end."""
    answer: bytes = FINE
    size: int = 1 << 20
    ends: bool = False


class Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self):
        number = self.server.number()
        self.server.last = self
        try:
            while True:
                head = self.lines()
                says = self.server.next(number, head)
                if not says:
                    request = head + self.body(head)
                    says = self.server.take(number, request)
                for at in range(0, len(says.answer), says.size):
                    self.wfile.write(says.answer[at:at + says.size])
                if says.ends:
                    return
        except (Cut, OSError):
            pass

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
    """It says `FINE`, or first what is in `early` (as soon as a head is there) or `says`."""
    allow_reuse_address, daemon_threads = True, True

    def __init__(self, address):
        super().__init__((address, 8080), Handler)
        self.lock = threading.Lock()
        self.requests, self.early, self.says, self.connections = [], [], [], 0
        self.last = None    # the handler of the newest connection
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def number(self):
        with self.lock:
            self.connections += 1
            return self.connections

    def say_unasked(self, answer):
        """On the newest connection; returns when the other side has closed it."""
        connection = self.last.connection
        connection.sendall(answer)
        assert poll_hang_up(connection)

    def next(self, number, head):
        """What answers this head before its body is there, if anything does."""
        with self.lock:
            if self.early:
                self.requests.append((number, head))
                return self.early.pop(0)
            return None

    def take(self, number, request):
        with self.lock:
            self.requests.append((number, request))
            return self.says.pop(0) if self.says else Says()

    def taken(self):
        """The requests that were read since the last call."""
        return [request for _, request in self.taken_with_connections()]

    def taken_with_connections(self):
        """The same, each with the number of its connection."""
        with self.lock:
            taken, self.requests = self.requests, []
        return taken
