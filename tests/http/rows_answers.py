"""What a back end says, and what a client may make of it."""
from dataclasses import dataclass

import rows_head
from rows_framing import CHUNKED, CHUNKS, CODINGS, LENGTHS


@dataclass(frozen=True)
class Row:
    """`says` is the answer to a first request; another follows on the same client's connection.

    status: the client's; 502: it is refused whole. is_whole: else the client sees that it is cut,
    or, when the fault came together with the head, nothing.
    is_kept: the second request goes over the same connection to the back end. ends: the back end
    closes its connection behind it. asks: more lines of the first request.
    interims: statuses before the final one. has, lacks: of all heads, in small letters.
    is_one_piece: in slices, what is behind would come after the next request, and answer it.
    """
    name: str
    rfc: str
    says: bytes
    status: int = 200
    body: bytes = None
    method: bytes = b"GET"
    is_whole: bool = True
    is_kept: bool = False
    ends: bool = False
    asks: tuple = ()
    interims: tuple = ()
    trailers: bytes = b""
    has: tuple = ()
    lacks: tuple = ()
    is_one_piece: bool = False


def said(*lines, status=b"200 OK", body=b"", version=b"1.1"):
    return (b"HTTP/" + version + b" " + status + b"\r\n" +
            b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body)


def fine(*lines, body=b"hello"):
    return said(b"Content-Length: %d" % len(body), *lines, body=body)


def refused(name, rfc, says, **more):
    return Row(name, rfc, says, 502, **more)


LINES = {
    "a status of two digits": b"HTTP/1.1 20 OK", "a status of four digits": b"HTTP/1.1 2000 OK",
    "a status of 099": b"HTTP/1.1 099 OK", "a status of 000": b"HTTP/1.1 000 OK",
    "a status with a sign": b"HTTP/1.1 +20 OK", "no status": b"HTTP/1.1 OK",
    "HTTP/2.0": b"HTTP/2.0 200 OK", "HTTP/1.2": b"HTTP/1.2 200 OK", "HTTP/0.9": b"hello",
    "small letters": b"http/1.1 200 OK", "a blank before": b" HTTP/1.1 200 OK",
    "two blanks": b"HTTP/1.1  200 OK", "no blank": b"HTTP/1.1200 OK",
    "a tab": b"HTTP/1.1\t200 OK", "another protocol": b"ICY 200 OK", "RTSP": b"RTSP/1.0 200 OK",
    "a NUL in the reason": b"HTTP/1.1 200 O\0K", "a bare CR": b"HTTP/1.1 200 OK\rA: b",
    "a bare LF": b"HTTP/1.1 200 OK\nA: b", "leading zeros": b"HTTP/01.1 200 OK",
}
FIELDS = {
    **rows_head.FIELDS,
    "a blank before the colon of a length": b"Content-Length : 5",
    "a folded length": b"Content-Length:\r\n 5",
}
DROPPED = ("Keep-Alive", "Proxy-Connection", "Upgrade", "TE", "Trailer", "Proxy-Authenticate")

ROWS = [
    *(refused(f"length: {name}", "RFC 9112 6.3", said(b"Content-Length: " + length, body=b"hello"))
      for name, length in LENGTHS.items()),
    *(refused(f"coding: {name}", "RFC 9112 6.1",
              said(b"Transfer-Encoding: " + coding, body=b"5\r\nhello\r\n0\r\n\r\n"))
      for name, (coding, _) in CODINGS.items()),
    *(refused(f"status line: {name}", "RFC 9112 4", line + b"\r\nContent-Length: 0\r\n\r\n")
      for name, line in LINES.items()),
    *(refused(f"field: {name}", "RFC 9112 5, 5.1, 5.2", fine(line))
      for name, line in FIELDS.items()),
    *(Row(f"chunk: {name}", "RFC 9112 7.1, 8", said(CHUNKED, body=body), is_whole=False)
      for name, body in CHUNKS.items()),
    refused("a length and a coding", "RFC 9112 6.1",
            said(CHUNKED, b"Content-Length: 5", body=b"5\r\nhello\r\n0\r\n\r\n")),
    refused("two lengths", "RFC 9112 6.3", fine(b"Content-Length: 6")),
    refused("one length twice", "RFC 9112 6.3", fine(b"Content-Length: 5")),
    refused("one coding twice", "RFC 9112 6.1", said(CHUNKED, CHUNKED, body=b"0\r\n\r\n")),
    refused("a coding in HTTP/1.0", "RFC 9112 6.1", said(CHUNKED, body=b"0\r\n\r\n",
                                                         version=b"1.0")),
    refused("another protocol that nobody asked for", "RFC 9110 7.8",
            said(b"Upgrade: websocket", b"Connection: Upgrade", status=b"101 Switching")),
    refused("nothing but the end", "RFC 9112 9.6", b"", ends=True),
    refused("the end within a head", "RFC 9112 8", b"HTTP/1.1 200 OK\r\nContent-Le", ends=True),
    refused("a head without its end", "RFC 9112 8", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
            ends=True),
    refused("a head that is too long", "RFC 9110 5.4", fine(b"A: " + b"a" * 80000)),
    refused("too many fields", "RFC 9110 5.4", fine(*[b"A: b"] * 200)),
    refused("too many interim answers", "RFC 9110 15.2",
            said(status=b"102 Processing") * 40 + fine(), interims=(102,) * 32),
    Row("a length", "RFC 9112 6.3", fine(), body=b"hello", is_kept=True),
    Row("a length of nothing", "RFC 9112 6.3", fine(body=b""), body=b"", is_kept=True),
    Row("chunks", "RFC 9112 7.1", said(CHUNKED, body=b"3;x=y\r\nhel\r\n002\r\nlo\r\n0\r\n\r\n"),
        body=b"hello", is_kept=True),
    Row("chunks with a trailer", "RFC 9112 7.1.2",
        said(CHUNKED, body=b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nSet-Cookie: a=b\r\n\r\n"),
        body=b"hello", trailers=b"X-Sum: 1\r\n", is_kept=True),
    Row("a body up to the end", "RFC 9112 6.3", said(body=b"hello"), body=b"hello", ends=True),
    Row("no body up to the end", "RFC 9112 6.3", said(), body=b"", ends=True),
    Row("no reason", "RFC 9112 4", said(b"Content-Length: 0", status=b"200 "), is_kept=True),
    Row("8 bits in a value", "RFC 9110 5.5", fine(b"A: \xff"), has=(b"a: \xff\r\n",), is_kept=True),
    Row("HTTP/1.0 ends", "RFC 9112 9.3", said(b"Content-Length: 5", body=b"hello", version=b"1.0"),
        body=b"hello"),
    Row("Connection: close", "RFC 9112 9.6", fine(b"Connection: close"), body=b"hello"),
    Row("Connection: close among others", "RFC 9112 9.6", fine(b"Connection: a, ClOsE ,b"),
        body=b"hello"),
    *(Row(f"dropped: {name}", "RFC 9110 7.6.1", fine(name.encode() + b": zebra"), is_kept=True,
          lacks=(b"zebra",)) for name in DROPPED),
    Row("what Connection names", "RFC 9110 7.6.1",
        fine(b"Connection: X-Mine", b"X-Mine: zebra", b"X-Yours: lion"), is_kept=True,
        has=(b"x-yours: lion",), lacks=(b"zebra",)),
    *(Row(f"interim: {status.decode()}", "RFC 9110 15.2",
          said(b"A: b", status=status) + fine(), body=b"hello", interims=(int(status[:3]),),
          is_kept=True)
      for status in (b"100 Continue", b"102 Processing", b"103 Early Hints", b"199 Other")),
    Row("no content", "RFC 9110 15.3.5", said(status=b"204 No Content"), 204, is_kept=True),
    Row("no content, of a length", "RFC 9110 8.6",
        said(b"Content-Length: 5", status=b"204 No Content"), 204,
        lacks=(b"content-length",)),
    Row("no content, but some", "RFC 9112 6.3",
        said(b"Content-Length: 5", status=b"204 No Content", body=b"hello"), 204,
        is_one_piece=True),
    Row("not modified, of a length", "RFC 9110 15.4.5",
        said(b"Content-Length: 5", status=b"304 Not Modified"), 304, is_kept=True),
    Row("not modified, in chunks", "RFC 9112 6.1", said(CHUNKED, status=b"304 Not Modified"), 304,
        lacks=(b"transfer-encoding",)),
    Row("HEAD of a length", "RFC 9110 9.3.2", said(b"Content-Length: 5"), method=b"HEAD",
        has=(b"content-length: 5\r\n",), is_kept=True),
    Row("HEAD of chunks", "RFC 9112 6.3", said(CHUNKED), method=b"HEAD", is_kept=True),
    Row("HEAD of no length", "RFC 9112 6.3", said(b"A: b"), method=b"HEAD", is_kept=True,
        lacks=(b"content-length: 0",)),
    Row("HEAD with a body", "RFC 9112 6.3", fine(), method=b"HEAD", is_one_piece=True),
    Row("more behind the answer", "RFC 9112 6.3", fine() + fine(body=b"poison"), body=b"hello",
        is_one_piece=True),
    Row("more behind chunks", "RFC 9112 6.3",
        said(CHUNKED, body=b"5\r\nhello\r\n0\r\n\r\n") + fine(body=b"poison"), body=b"hello",
        is_one_piece=True),
    Row("less than its length", "RFC 9112 8", said(b"Content-Length: 9", body=b"hello"), ends=True,
        is_whole=False),
    Row("chunks without the last", "RFC 9112 8", said(CHUNKED, body=b"5\r\nhello\r\n"), ends=True,
        is_whole=False),
    Row("a chunk that is not whole", "RFC 9112 8", said(CHUNKED, body=b"5\r\nhel"), ends=True,
        is_whole=False),
    Row("the end within the trailer", "RFC 9112 8", said(CHUNKED, body=b"0\r\nA: b\r\n"),
        ends=True, is_whole=False),
]
