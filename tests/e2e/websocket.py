"""A WebSocket (RFC 6455) by the upgrade of HTTP/1.1 and as a stream of HTTP/2 (RFC 8441)."""
import base64
import hashlib
import os
import struct

from http2 import Http2

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class WebSocket:
    """Frames over the two functions that a subclass has: transmit and more."""

    def __init__(self):
        self.buffer = b""

    def send(self, text, opcode=TEXT):
        data, mask = text.encode(), os.urandom(4)
        assert len(data) < 1 << 16
        size = bytes([0x80 | len(data)]) if len(data) < 126 else \
            b"\xfe" + struct.pack(">H", len(data))
        self.transmit(bytes([0x80 | opcode]) + size + mask
                      + bytes(byte ^ mask[i % 4] for i, byte in enumerate(data)))

    def take(self, count):
        while len(self.buffer) < count:
            more = self.more()
            if not more:
                raise EOFError("the other side is gone")
            self.buffer += more
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def receive(self):
        """The text of the next message; None: the other side says that it closes."""
        first, size = self.take(2)
        size = struct.unpack(">H", self.take(2))[0] if size == 126 else size
        data = self.take(size)
        if first == 0x80 | PING:    # after a while
            self.send(data.decode(), PONG)
            return self.receive()
        assert first in (0x80 | TEXT, 0x80 | CLOSE), first
        return data.decode() if first & 15 == TEXT else None

    def echo(self, text):
        self.send(text)
        return self.receive()


class Upgraded(WebSocket):
    """By HTTP/1.1; `status`, and `headers` in small letters: [(name, value), ...]."""

    def __init__(self, gateway, host, path, headers=()):
        super().__init__()
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket = gateway.tls(host)
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Connection: Upgrade",
                 "Upgrade: websocket", "Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}",
                 *(f"{name}: {value}" for name, value in headers)]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode())
        while b"\r\n\r\n" not in self.buffer:
            more = self.more()
            assert more, self.buffer
            self.buffer += more
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        first, *rest = head.decode().split("\r\n")
        self.status = int(first.split()[1])
        self.headers = [(name.lower(), value)
                        for name, value in (line.split(": ", 1) for line in rest)]
        if self.status == 101:
            proof = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
            assert dict(self.headers)["sec-websocket-accept"] == proof

    def transmit(self, data):
        self.socket.sendall(data)

    def more(self):
        return self.socket.recv(65536)

    def close(self):
        self.socket.close()


class Streamed(WebSocket):
    """By HTTP/2, on a connection of its own or on one that is there. `early` is said before the
    answer."""

    def __init__(self, gateway, host, path, headers=(), connection=None, early=None):
        super().__init__()
        self.h2 = connection or Http2(gateway, host)
        self.stream = self.h2.begin("CONNECT", path, [
            (":protocol", "websocket"), ("sec-websocket-version", "13"), *headers], ends=False)
        if early:
            self.send(early)
        while self.stream.status is None and not self.stream.error:
            self.h2.receive()
        if self.stream.status is None:
            raise self.stream.error
        self.status, self.headers = self.stream.status, self.stream.headers

    def transmit(self, data):
        self.h2.send(self.stream, data)

    def more(self):
        while not (data := self.stream.take()) and not self.stream.is_over:
            self.h2.receive()
            if self.stream.error:
                raise self.stream.error
        return data

    def close(self):
        self.h2.close()
