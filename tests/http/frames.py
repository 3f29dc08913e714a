"""HTTP/2 by the frame, right or wrong (RFC 9113 4, 6)."""
import socket
import ssl
import struct
from dataclasses import dataclass, field

import hpack

DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PUSH_PROMISE, PING, GOAWAY, WINDOW_UPDATE, \
    CONTINUATION = range(10)
END_STREAM, ACK, END_HEADERS, PADDED, HAS_PRIORITY = 1, 1, 4, 8, 32
NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, \
    FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, \
    ENHANCE_YOUR_CALM = range(12)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
MARK = b"the mark"
MARK_STREAM = 1001


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + \
        struct.pack(">I", stream) + payload


def literal(name, value):
    """A field in HPACK without table and Huffman (RFC 7541 6.2.2), so that all bytes are equal."""
    def text(data):
        return hpack.hpack.encode_integer(len(data), 7) + data
    return b"\0" + text(name) + text(value)


def block(fields):
    return b"".join(literal(name, value) for name, value in fields)


def request(*more, method=b"GET", path=b"/", host=b"open.example.com", scheme=b"https"):
    """The fields; None leaves one out."""
    head = [(b":method", method), (b":scheme", scheme), (b":authority", host), (b":path", path)]
    return [(name, value) for name, value in head if value is not None] + list(more)


def headers(fields, stream=1, flags=END_HEADERS | END_STREAM):
    return frame(HEADERS, flags, stream, block(fields))


def data(content, stream=1, flags=END_STREAM):
    return frame(DATA, flags, stream, content)


@dataclass
class Seen:
    """What the server says: of each stream its status, or the error it was reset with."""
    streams: dict = field(default_factory=dict)
    bodies: dict = field(default_factory=dict)
    interims: list = field(default_factory=list)    # (stream, status)
    over: set = field(default_factory=set)
    goaway: int = None
    is_greeted: bool = False
    is_marked: bool = False
    is_closed: bool = False


class Client:
    def __init__(self, gate, settings=b"", preface=PREFACE):
        context = ssl.create_default_context(cafile=str(gate.ca.pem))
        context.set_alpn_protocols(["h2"])
        raw = socket.create_connection((gate.address, 443), timeout=10)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(raw, server_hostname="open.example.com")
        self.buffer, self.seen = b"", Seen()
        self.decoder = hpack.Decoder()
        self.acks = preface is not None     # else all bytes are the caller's
        if self.acks:
            self.send(preface + frame(SETTINGS, payload=settings))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, sent, size=1 << 20):
        """False: the server reads no more."""
        try:
            for at in range(0, len(sent), size):
                self.socket.sendall(sent[at:at + size])
            return True
        except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
            return False

    def receive(self, timeout=10):
        """What has come; waits for something at most so many seconds."""
        self.socket.settimeout(timeout)
        try:
            more = self.socket.recv(1 << 16)
        except (ssl.SSLWantReadError, BlockingIOError):
            return
        except (ConnectionResetError, ssl.SSLError):
            more = b""
        finally:
            self.socket.settimeout(10)
        self.seen.is_closed |= not more
        self.buffer += more
        while len(self.buffer) >= 9 + (length := int.from_bytes(self.buffer[:3], "big")):
            head, payload = self.buffer[:9], self.buffer[9:9 + length]
            self.buffer = self.buffer[9 + length:]
            self.take(head[3], head[4], int.from_bytes(head[5:], "big"), payload)

    def take(self, kind, flags, stream, payload):
        seen = self.seen
        if kind == HEADERS:
            fields = dict(self.decoder.decode(payload, raw=True))
            status = int(fields.get(b":status", 0))     # trailers have none
            if status >= 200:
                seen.streams[stream] = status
            elif status:
                seen.interims.append((stream, status))
        elif kind == DATA:
            seen.bodies[stream] = seen.bodies.get(stream, b"") + payload
        elif kind == RST_STREAM:
            seen.streams.setdefault(stream, -int.from_bytes(payload, "big"))
            seen.over.add(stream)
        elif kind == GOAWAY:
            seen.goaway = int.from_bytes(payload[4:8], "big")
        elif kind == PING and flags & ACK:
            seen.is_marked |= payload == MARK
        elif kind == SETTINGS and not flags & ACK:
            if self.acks:
                self.send(frame(SETTINGS, ACK))
            seen.is_greeted = True
        if kind in (HEADERS, DATA) and flags & END_STREAM:
            seen.over.add(stream)

    def until(self, condition):
        """Receives until it holds, or the connection ends."""
        while not condition(self.seen) and not self.seen.is_closed:
            self.receive()
        return self.seen
