"""HTTP/2: frames that a client may send, and what it may not (RFC 9113)."""
import struct
from dataclasses import dataclass, field

from frames import (CANCEL, COMPRESSION_ERROR, CONTINUATION, DATA, END_HEADERS, END_STREAM,
                    FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, GOAWAY, HEADERS, PADDED, PING, PRIORITY,
                    PROTOCOL_ERROR, PUSH_PROMISE, RST_STREAM, SETTINGS, STREAM_CLOSED,
                    WINDOW_UPDATE, block, data, frame, headers, literal, request)


@dataclass(frozen=True)
class Row:
    """`sent` follows preface and SETTINGS. streams: number to status, or to the errors of which one
    resets it, as negative numbers. goaway: the error that ends the connection, one of these; else
    another request is answered, unless it `ends` in any case. seen: how many of `sent` reach the
    back end; None: what is wrong may come behind a whole request."""
    name: str
    rfc: str
    sent: bytes
    streams: dict = field(default_factory=lambda: {1: (200,)})
    goaway: tuple = ()
    seen: int = 1
    ends: bool = False
    has: tuple = ()
    lacks: tuple = ()


def passed(name, rfc, sent, *has, **more):
    return Row(name, rfc, sent, has=has, **more)


def refused(name, rfc, sent, *answers):
    """A malformed request (RFC 9113 8.1.1)."""
    return Row(name, rfc, sent, {1: answers or (400, -PROTOCOL_ERROR)}, seen=0)


def ended(name, rfc, sent, *errors):
    return Row(name, rfc, sent, {}, errors or (PROTOCOL_ERROR,), 0)


def get(*more, **parts):
    return headers(request(*more, **parts))


def post(*more, body=b"hello", **parts):
    return headers(request(*more, method=b"POST", **parts), flags=END_HEADERS) + data(body)


def tunnel(stream, protocol):
    """An extended CONNECT, and at once what would be a request of its own inside."""
    asked = [(b":protocol", protocol)] + request(method=b"CONNECT")
    inside = b"GET /smuggled HTTP/1.1\r\nHost: open.corp.example\r\n\r\n"
    return headers(asked, stream, flags=END_HEADERS) + data(inside, stream, flags=0) + \
        data(inside, stream)


def with_trailer(*trailer):
    return headers(request(method=b"POST"), flags=END_HEADERS) + data(b"hello", flags=0) + \
        headers(list(trailer))


def setting(number, value):
    return struct.pack(">HI", number, value)


HEADS = {
    "no method": request(method=None), "no scheme": request(scheme=None),
    "no path": request(path=None), "an empty path": request(path=b""),
    "an empty method": request(method=b""), "neither authority nor host": request(host=None),
    "two methods": request() + [(b":method", b"GET")],
    "two paths": [(b":path", b"/a")] + request(), "two authorities": [
        (b":authority", b"open.example.com")] + request(),
    "a pseudo-field behind a field": request(path=None) + [(b"a", b"b"), (b":path", b"/")],
    "an unknown pseudo-field": [(b":zebra", b"x")] + request(),
    "a pseudo-field of answers": [(b":status", b"200")] + request(),
    "a protocol without CONNECT": [(b":protocol", b"websocket")] + request(),
    "capitals in a name": request((b"Accept", b"a")), "an empty name": request((b"", b"a")),
    "a blank in a name": request((b"a b", b"c")), "a colon in a name": request((b"a:b", b"c")),
    "8 bits in a name": request((b"\xc4", b"c")),
    "an end of line in a name": request((b"a\r\nb", b"c")),
    "an end of line in a value": request((b"a", b"b\r\nc: d")),
    "a line feed in a value": request((b"a", b"b\nc: d")),
    "a CR in a value": request((b"a", b"b\rc")), "a NUL in a value": request((b"a", b"b\0c")),
    "a blank before a value": request((b"a", b" b")), "a blank behind it": request((b"a", b"b ")),
    "a tab behind a value": request((b"a", b"b\t")),
    "Connection": request((b"connection", b"close")),
    "Keep-Alive": request((b"keep-alive", b"5")),
    "Proxy-Connection": request((b"proxy-connection", b"close")),
    "Upgrade": request((b"upgrade", b"websocket")),
    "H2.TE": request((b"transfer-encoding", b"chunked"), method=b"POST"),
    "TE that is no trailers": request((b"te", b"gzip")),
    "two lengths": request((b"content-length", b"0"), (b"content-length", b"0")),
    "a length with a sign": request((b"content-length", b"+0")),
    "an empty length": request((b"content-length", b"")),
    "a length of nothing": request((b"content-length", b"5")),
    "a list of lengths": request((b"content-length", b"0, 0")),
    "another host": request((b"host", b"evil.example")),
    "two hosts": request((b"host", b"open.example.com"), (b"host", b"open.example.com"),
                         host=None),
    "an authority with a user": request(host=b"a@open.example.com"),
    "an authority with a path": request(host=b"open.example.com/x"),
    "an authority with a blank": request(host=b"open.example.com evil"),
    "an authority with an end of line": request(host=b"open.example.com\r\nA: b"),
    "a path without a slash": request(path=b"x"), "a path with a fragment": request(path=b"/#x"),
    "a path with a blank": request(path=b"/ HTTP/1.1"), "a NUL in the path": request(path=b"/\0"),
    "an end of line in the path": request(path=b"/ HTTP/1.1\r\nA: b\r\n\r\n"),
    "8 bits in the path": request(path=b"/\xff"), "a path above the root": request(path=b"/../x"),
    "a whole address as path": request(path=b"https://evil.example/"),
    "GET of all": request(path=b"*"),
    "a method with a blank": request(method=b"GET / HTTP/1.1\r\nA: b\r\n\r\nGET"),
    "a method with a colon": request(method=b"GE:T"),
    "another scheme": request(scheme=b"ftp"), "a scheme with an end": request(scheme=b"a\r\nb"),
}
BODIES = {
    "less than its length": post((b"content-length", b"9")),
    "a trailer with a pseudo-field": with_trailer((b":path", b"/")),
    "a trailer with capitals": with_trailer((b"A", b"b")),
    "a trailer with an end of line": with_trailer((b"a", b"b\r\nc: d")),
}
CONNECTION = {
    "DATA on stream 0": (frame(DATA, 0, 0, b"x"),), "HEADERS on stream 0": (get()[:5] + bytes(4) +
                                                                          get()[9:],),
    "an even stream": (headers(request(), 2),),
    "DATA on a stream that was never begun": (data(b"x", 7), PROTOCOL_ERROR, STREAM_CLOSED),
    "RST_STREAM on such": (frame(RST_STREAM, 0, 7, bytes(4)),),
    "WINDOW_UPDATE on such": (frame(WINDOW_UPDATE, 0, 7, struct.pack(">I", 1)),),
    "PUSH_PROMISE": (frame(PUSH_PROMISE, END_HEADERS, 1, struct.pack(">I", 2) +
                           block(request())),),
    "CONTINUATION of nothing": (frame(CONTINUATION, END_HEADERS, 1, block(request())),),
    "a frame within a head": (headers(request(), flags=END_STREAM) +
                              frame(PING, payload=bytes(8)),),
    "CONTINUATION of another stream": (headers(request(), flags=END_STREAM) +
                                       frame(CONTINUATION, END_HEADERS, 3),),
    "a frame that is too long": (frame(DATA, 0, 1, bytes(16385)), FRAME_SIZE_ERROR),
    "SETTINGS of 5 bytes": (frame(SETTINGS, payload=bytes(5)), FRAME_SIZE_ERROR),
    "SETTINGS on a stream": (frame(SETTINGS, 0, 1),),
    "an acknowledgement with a payload": (frame(SETTINGS, 1, 0, setting(3, 1)), FRAME_SIZE_ERROR),
    "PING of 7 bytes": (frame(PING, payload=bytes(7)), FRAME_SIZE_ERROR),
    "PING on a stream": (frame(PING, 0, 1, bytes(8)),),
    "WINDOW_UPDATE of 3 bytes": (frame(WINDOW_UPDATE, payload=bytes(3)), FRAME_SIZE_ERROR),
    "WINDOW_UPDATE of nothing": (frame(WINDOW_UPDATE, payload=bytes(4)),),
    "a window beyond 2^31": (frame(WINDOW_UPDATE, payload=struct.pack(">I", 0x7fffffff)),
                             FLOW_CONTROL_ERROR),
    "RST_STREAM of 3 bytes": (frame(RST_STREAM, 0, 1, bytes(3)), FRAME_SIZE_ERROR),
    "PRIORITY on stream 0": (frame(PRIORITY, 0, 0, bytes([0, 0, 0, 1, 9])),),
    "PRIORITY of 4 bytes": (frame(PRIORITY, 0, 1, bytes(4)), FRAME_SIZE_ERROR),
    "GOAWAY on a stream": (frame(GOAWAY, 0, 1, bytes(8)),),
    "a push that is neither on nor off": (frame(SETTINGS, payload=setting(2, 2)),),
    "an initial window of 2^31": (frame(SETTINGS, payload=setting(4, 1 << 31)),
                                  FLOW_CONTROL_ERROR),
    "frames of 16383 bytes": (frame(SETTINGS, payload=setting(5, 16383)),),
    "frames of 2^24 bytes": (frame(SETTINGS, payload=setting(5, 1 << 24)),),
    "padding beyond the frame": (frame(DATA, PADDED, 1, b"\x05abc"),),
    "index 0": (frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x80"), COMPRESSION_ERROR),
    "an index of nothing": (frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\xff\x7f"),
                            COMPRESSION_ERROR),
    "a table that is too large": (frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\x3f\xff\xff\x7f" +
                                        block(request())), COMPRESSION_ERROR),
    "a string beyond its block": (frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\0\x05ab"),
                                  COMPRESSION_ERROR),
    "a number without an end": (frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\xff" * 20),
                                COMPRESSION_ERROR),
    "HTTP/1.1 instead": (b"GET / HTTP/1.1\r\nHost: open.example.com\r\n\r\n", FRAME_SIZE_ERROR),
}

ROWS = [
    *(refused(f"head: {name}", "RFC 9113 8.2, 8.3", headers(fields))
      for name, fields in HEADS.items()),
    *(Row(f"body: {name}", "RFC 9113 8.1.1, 8.1", sent, {1: (400, -PROTOCOL_ERROR)}, seen=0)
      for name, sent in BODIES.items()),
    *(ended(f"connection: {name}", "RFC 9113 4, 5, 6; RFC 7541", row[0], *row[1:])
      for name, row in CONNECTION.items()),
    passed("a request", "RFC 9113 8.3.1", get(), b"GET / HTTP/1.1\r\nHost: open.example.com\r\n"),
    passed("host instead of authority", "RFC 9113 8.3.1",
           get((b"host", b"open.example.com"), host=None), b"\r\nHost: open.example.com\r\n"),
    passed("host and authority that agree", "RFC 9113 8.3.1", get((b"host", b"open.example.com")),
           b"\r\nHost: open.example.com\r\n"),
    passed("host and authority in two spellings", "RFC 9113 8.3.1",
           get((b"host", b"OPEN.example.com:443")), b"\r\nHost: open.example.com\r\n"),
    Row("OPTIONS of all", "RFC 9110 9.3.7, RFC 9113 8.3.1",
        get(method=b"OPTIONS", path=b"*"), seen=0),
    passed("cookies in crumbs", "RFC 9113 8.2.3",
           get((b"cookie", b"a=1"), (b"accept", b"x"), (b"cookie", b"b=2")),
           b"ookie: a=1; b=2\r\n"),
    passed("TE: trailers", "RFC 9113 8.2.2", get((b"te", b"trailers")), lacks=(b"\r\nte:",)),
    passed("a body without a length", "RFC 9113 8.1", post(),
           b"Transfer-Encoding: chunked\r\n", b"o\r\n0\r\n\r\n"),
    passed("a body with its length", "RFC 9113 8.1.1", post((b"content-length", b"5")),
           b"Content-Length: 5\r\n", b"\r\n\r\nhello", lacks=(b"chunked",)),
    passed("a body that looks like a request", "RFC 9113 8.1",
           post(body=b"GET /smuggled HTTP/1.1\r\nHost: open.example.com\r\n\r\n")),
    passed("a trailer", "RFC 9113 8.1", with_trailer((b"x-sum", b"1")), b"x-sum: 1\r\n"),
    passed("a trailer of ours alone", "RFC 9110 6.5.1",
           with_trailer((b"x-forwarded-for", b"zebra")), lacks=(b"zebra",)),
    passed("padding", "RFC 9113 6.1", headers(request(method=b"POST"), flags=END_HEADERS) +
           frame(DATA, END_STREAM | PADDED, 1, b"\x03hello\0\0\0"), b"o\r\n0\r\n\r\n",
           lacks=(b"\0",)),
    passed("a head in three frames", "RFC 9113 6.10",
           headers(request()[:2], flags=END_STREAM) +
           frame(CONTINUATION, 0, 1, block(request()[2:3])) +
           frame(CONTINUATION, END_HEADERS, 1, block(request()[3:]))),
    passed("an unknown frame", "RFC 9113 4.1, 5.5", frame(0x42, 0xff, 0, b"zebra") + get()),
    passed("an unknown setting", "RFC 9113 6.5.2", frame(SETTINGS, payload=setting(0x4242, 1)) +
           get()),
    passed("a priority", "RFC 9113 5.3.2", frame(PRIORITY, 0, 1, bytes([0, 0, 0, 3, 9])) + get()),
    passed("reserved bits", "RFC 9113 4.1", get()[:5] + b"\x80" + get()[6:]),
    passed("X-Forwarded-For of its own", "RFC 9110 7.6", get((b"x-forwarded-for", b"zebra"),
                                                            (b"x_forwarded_for", b"zebra")),
           lacks=(b"zebra",)),
    Row("two requests", "RFC 9113 5.1.1", get() + headers(request(path=b"/two"), 3),
        {1: (200,), 3: (200,)}, seen=2, has=(b"GET /two ",)),
    *(Row(f"a lower stream that was passed over, with {name}", "RFC 9113 5.1.1",
          headers(request(), 5) + late, {5: (200, -PROTOCOL_ERROR)}, (PROTOCOL_ERROR,), 1,
          ends=True, lacks=(b"/lower",))
      for name, late in (("a head", headers(request(path=b"/lower"), 3)), ("DATA", data(b"x", 3)),
                         ("a head, the first", headers(request(path=b"/lower"), 1)))),
    Row("streams need not be next to each other", "RFC 9113 5.1.1",
        headers(request(), 5) + headers(request(path=b"/two"), 11) +
        frame(PRIORITY, 0, 3, bytes([0, 0, 0, 5, 9])), {5: (200,), 11: (200,)}, seen=2),
    Row("DATA behind the end", "RFC 9113 5.1", get() + data(b"x"), {1: (200, -STREAM_CLOSED)},
        (STREAM_CLOSED,), 1),
    Row("HEADERS behind the end", "RFC 9113 5.1", get() + get(), {1: (200, -STREAM_CLOSED)},
        (STREAM_CLOSED, PROTOCOL_ERROR), 1),
    Row("more than its length", "RFC 9113 8.1.1", post((b"content-length", b"3")),
        {1: (200, 400, -PROTOCOL_ERROR)}, seen=None, lacks=(b"hello",)),
    Row("a plain CONNECT", "RFC 9113 8.5",
        headers(request(method=b"CONNECT", scheme=None, path=None)), {1: (400, 501, -PROTOCOL_ERROR,
                                                                       -CANCEL)}, seen=0),
    *(Row(f"{what} before there is a tunnel, on {where}", "RFC 8441 5",
          before + tunnel(stream, what),
          {stream: statuses, **({1: (200,)} if before else {})}, seen=seen + bool(before),
          lacks=(b"smuggled",))
      for what, statuses, seen in ((b"websocket", (404,), 1), (b"h2c", (501,), 0),
                                   (b"connect-udp", (501,), 0))
      for where, before, stream in (("a new connection", b"", 1), ("a kept one", get(), 3))),
    Row("keys that mean nothing by HTTP/2", "RFC 8441 5",
        headers([(b":protocol", b"websocket")] + request(*[(b"sec-websocket-key", b"zebra")] * 2,
                                                         method=b"CONNECT"), flags=END_HEADERS),
        {1: (404,)}, has=(b"\r\nUpgrade: websocket\r\n", b"\r\nSec-WebSocket-Key: "),
        lacks=(b"zebra",)),
    Row("an unknown method", "RFC 9110 9.1", get(method=b"BREW"), {1: (501,)}, seen=0),
    Row("TRACE", "RFC 9110 9.3.8", get(method=b"TRACE"), {1: (405,)}, seen=0),
    Row("a host of nobody's", "RFC 9110 7.4, 15.5.20", get(host=b"evil.example"), {1: (404, 421)},
        seen=0),
]
