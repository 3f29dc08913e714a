"""Invariant 7: what two readers could read differently is refused and the connection closed, and
nothing of it reaches the back end."""
import pytest

from gateway import Gateway, app

START = b"POST /public/ HTTP/1.1\r\nHost: open.example.com\r\n"
HIDDEN = b"GET /public/smuggled HTTP/1.1\r\nHost: open.example.com\r\n\r\n"

REFUSED = {
    "two lengths": (START + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n", 400),
    "one length twice": (START + b"Content-Length: 0\r\nContent-Length: 0\r\n\r\n", 400),
    "a list of lengths": (START + b"Content-Length: 0, 0\r\n\r\n", 400),
    "a length with a sign": (START + b"Content-Length: +0\r\n\r\n", 400),
    "a negative length": (START + b"Content-Length: -1\r\n\r\n", 400),
    "a length in hexadecimal": (START + b"Content-Length: 0x0\r\n\r\n", 400),
    "a length that overflows": (START + b"Content-Length: 18446744073709551616\r\n\r\n", 400),
    "a length beside chunks": (START + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
                               b"0\r\n\r\n", 400),
    "chunks beside a length": (START + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n"
                               b"0\r\n\r\n", 400),
    "an unknown coding": (START + b"Transfer-Encoding: xchunked\r\n\r\n", None),
    "chunked twice": (START + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", None),
    "two codings in two lines": (START + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: "
                                 b"identity\r\n\r\n0\r\n\r\n", None),
    "a coding in HTTP/1.0": (b"POST /public/ HTTP/1.0\r\nHost: open.example.com\r\n"
                             b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "a blank before the colon": (START + b"Content-Length : 5\r\n\r\nhello", 400),
    "a coding with a tab before the colon": (START + b"Transfer-Encoding\t: chunked\r\n\r\n", 400),
    "a folded line": (START + b"X: a\r\n b\r\nContent-Length: 0\r\n\r\n", 400),
    "a bare line feed": (START + b"X: a\nContent-Length: 0\r\n\r\n", 400),
    "a bare carriage return": (START + b"X: a\rY: b\r\n\r\n", 400),
    "a NUL in a value": (START + b"X: a\0b\r\n\r\n", 400),
    "a NUL in a name": (START + b"X\0Y: b\r\n\r\n", 400),
    "a name with a blank": (START + b"X Y: b\r\n\r\n", 400),
    "an empty name": (START + b": b\r\n\r\n", 400),
    "a line without a colon": (START + b"Nothing\r\n\r\n", 400),
    "no host": (b"GET /public/ HTTP/1.1\r\n\r\n", 400),
    "two hosts": (b"GET /public/ HTTP/1.1\r\nHost: open.example.com\r\nHost: evil\r\n\r\n", 400),
    "a host with a path": (b"GET /public/ HTTP/1.1\r\nHost: open.example.com/x\r\n\r\n", 400),
    "a host with a user": (b"GET /public/ HTTP/1.1\r\nHost: a@open.example.com\r\n\r\n", 400),
    "a blank in the target": (b"GET /public/ x HTTP/1.1\r\nHost: open.example.com\r\n\r\n", 400),
    "a fragment in the target": (b"GET /public/#x HTTP/1.1\r\nHost: open.example.com\r\n\r\n", 400),
    "an encoded NUL": (b"GET /public/%00 HTTP/1.1\r\nHost: open.example.com\r\n\r\n", 400),
    "a half encoding": (b"GET /public/%2 HTTP/1.1\r\nHost: open.example.com\r\n\r\n", 400),
    "a path above the root": (b"GET /../x HTTP/1.1\r\nHost: open.example.com\r\n\r\n", 400),
    "hidden dot segments": (b"GET /public/..%2fx HTTP/1.1\r\nHost: open.example.com\r\n\r\n", 400),
    "another version": (b"GET /public/ HTTP/1.2\r\nHost: open.example.com\r\n\r\n", None),
    "HTTP/2 without asking": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", None),
    "no HTTP at all": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03hello\r\n\r\n", None),
    "CONNECT": (b"CONNECT evil.example:25 HTTP/1.1\r\nHost: evil.example:25\r\n\r\n", None),
    "a head that is too large": (START + b"X: " + b"a" * 70_000 + b"\r\n\r\n", 431),
    "too many fields": (START + b"".join(b"X-%d: 1\r\n" % n for n in range(500)) + b"\r\n", 431),
}

CHUNKS = {
    "a size that is none": b"x\r\nhello\r\n0\r\n\r\n",
    "a size with a sign": b"+5\r\nhello\r\n0\r\n\r\n",
    "a size with 0x": b"0x5\r\nhello\r\n0\r\n\r\n",
    "a size that overflows": b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "a size ended by a line feed": b"5\nhello\r\n0\r\n\r\n",
    "data longer than its size": b"3\r\nhello\r\n0\r\n\r\n",
    "data ended by a line feed": b"5\r\nhello\n0\r\n\r\n",
    "an extension without an end": b"5;" + b"a" * 70_000 + b"\r\nhello\r\n0\r\n\r\n",
    "a trailer without an end": b"0\r\nX: " + b"a" * 70_000 + b"\r\n\r\n",
}


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    apps = [app("open", lab.web.url, pre_authentication="passthrough")]
    with Gateway(lab, tmp_path_factory.mktemp("framing"), apps, address=109) as running:
        yield running


def talk(gateway, data):
    """Everything that comes back until the other side closes."""
    received = b""
    with gateway.tls("open.example.com") as connection:
        connection.settimeout(10)
        try:
            connection.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        while True:
            try:
                more = connection.recv(65536)
            except ConnectionResetError:
                return received
            if not more:
                return received
            received += more




@pytest.mark.parametrize("name", REFUSED)
def test_a_head_that_can_be_misread_is_refused_and_the_connection_closed(gateway, name):
    head, status = REFUSED[name]
    received = talk(gateway, head + HIDDEN)
    answers = received.count(b"HTTP/1.1 ")
    assert answers == 1, received
    got = int(received.split(b" ")[1])
    assert got == status if status else got in (400, 501, 505), received
    assert b"smuggled" not in received


@pytest.mark.parametrize("name", CHUNKS)
def test_a_chunk_that_can_be_misread_ends_the_connection(gateway, name):
    head = START.replace(b"/public/", b"/public/echo")
    received = talk(gateway, head + b"Transfer-Encoding: chunked\r\n\r\n" + CHUNKS[name] + HIDDEN)
    assert b"smuggled" not in received
    assert received.count(b"HTTP/1.1 ") <= 1, received


def test_two_requests_in_one_packet_are_two_requests(gateway):
    one = b"GET /public/one HTTP/1.1\r\nHost: open.example.com\r\n\r\n"
    two = b"GET /public/two HTTP/1.1\r\nHost: open.example.com\r\nConnection: close\r\n\r\n"
    received = talk(gateway, one + two)
    assert received.count(b"HTTP/1.1 200") == 2
    assert received.index(b"/public/one") < received.index(b"/public/two")


def test_a_body_that_looks_like_a_request_is_a_body(gateway):
    length = str(len(HIDDEN)).encode()
    received = talk(gateway, START.replace(b"/public/", b"/public/echo") + b"Content-Length: " +
                    length + b"\r\nConnection: close\r\n\r\n" + HIDDEN)
    assert received.count(b"HTTP/1.1 200") == 1
    assert received.endswith(HIDDEN) or b"smuggled" in received


def test_what_is_written_to_the_back_end_is_made_anew(gateway):
    """Case, blanks and order of ours, whatever came; a coding or length only where there is one."""
    received = talk(gateway, b"GET http://open.example.com/public/x?a=b HTTP/1.1\r\n"
                    b"host:   open.example.com\r\nx-mine:    a  b   \r\n"
                    b"Connection: close, x-mine-too\r\nX-Mine-Too: gone\r\nTE: trailers\r\n\r\n")
    assert b'"target": "/public/x?a=b"' in received
    assert b'"a  b"' in received and b"gone" not in received and b"trailers" not in received
