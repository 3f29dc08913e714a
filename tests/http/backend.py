"""A back end that is nothing but bytes: it keeps what it reads and judges nothing."""
import socketserver
import threading


class Cut(Exception):
    """The connection ended within a request, which is none then."""


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        try:
            while True:
                head = self.lines()
                request = head + self.body(head)
                with self.server.lock:
                    self.server.requests.append(request)
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except (Cut, ConnectionError):
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
    allow_reuse_address, daemon_threads = True, True

    def __init__(self, address):
        super().__init__((address, 8080), Handler)
        self.requests, self.lock = [], threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def taken(self):
        """The requests that were read since the last call."""
        with self.lock:
            taken, self.requests = self.requests, []
        return taken
