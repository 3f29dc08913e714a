"""Where a limit is met, the answer says which: by its status, and the connection ends where what
follows cannot be told apart."""
import re
import select
import time

import pytest

from answer import read_answer
from backend import Says
from gate import Gate
from row import HOST, chunked, get, post
from rows_answers import said

HEAD, BODY, FIELDS = 4096, 10000, 20


@pytest.fixture(scope="module")
def strict(keeper):
    return Gate(keeper, 132, limits={"request_head": HEAD, "request_body": BODY, "headers": FIELDS,
                                     "requests_per_client": 2})


@pytest.fixture(scope="module")
def hasty(keeper):
    return Gate(keeper, 134, limits={"head_timeout": "1s", "body_timeout": "1s",
                                     "keepalive_timeout": "1s"})


def exchange(gate, sent):
    """All answers until the end of the connection; it must come."""
    with gate.connect() as connection:
        file = connection.makefile("rb")
        try:
            connection.sendall(sent)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answers = []
        while (answer := read_answer(file)):
            answers.append(answer)
        return answers


LIMITS = {
    "a head of one byte too many": (431, get(b"A: " + b"a" * HEAD)),
    "one field too many": (431, get(*[b"A: b"] * (FIELDS + 1))),
    "a target that is too long": (414, get(target=b"/" + b"a" * HEAD)),
    "a line without an end": (414, b"GET /" + b"a" * 3 * HEAD),
    "a field without an end": (431, b"GET / HTTP/1.1\r\nA: " + b"a" * 3 * HEAD),
    "a length above the limit": (413, post(b"Content-Length: %d" % (BODY + 1))),
    "a chunk above the limit": (413, chunked(b"%x\r\n" % (BODY + 1) + b"a" * (BODY + 1))),
    "many chunks above the limit": (413, chunked(b"64\r\n%s\r\n" % (b"a" * 100) * 101)),
    "a length above the limit, of an upgrade": (
        413, post(b"Connection: Upgrade", b"Upgrade: x", b"Content-Length: %d" % (BODY + 1))),
    "a chunk above the limit, of an upgrade": (
        413, chunked(b"%x\r\n" % (BODY + 1) + b"a" * (BODY + 1), b"Connection: Upgrade",
                     b"Upgrade: websocket")),
    "a trailer that is too long": (400, chunked(b"0\r\nA: " + b"a" * 3 * HEAD)),
    "short trailers that are too long": (400, chunked(b"0\r\n" + b"A:\r\n" * HEAD + b"\r\n")),
}


@pytest.mark.parametrize("name", LIMITS)
def test_what_is_too_much_is_refused(strict, name):
    status, sent = LIMITS[name]
    strict.backend.taken()
    assert [answer.status for answer in exchange(strict, sent)] == [status]
    assert strict.backend.taken() == []


WITHIN = {
    "a long head": get(b"A: " + b"a" * (HEAD - 200)),
    "all the fields": get(*[b"A: b"] * (FIELDS - 1)),
    "a whole body": post(b"Content-Length: %d" % BODY, body=b"a" * BODY),
    "chunks up to the limit": chunked(b"64\r\n%s\r\n" % (b"a" * 100) * 100 + b"0\r\n\r\n"),
}


@pytest.mark.parametrize("name", WITHIN)
def test_what_is_just_within_passes(strict, name):
    strict.backend.taken()
    with strict.connect() as connection:
        connection.sendall(WITHIN[name])
        assert read_answer(connection.makefile("rb")).status == 200
    assert len(strict.backend.taken()) == 1


SLOW = {
    "a head that does not end": (408, b"GET / HTTP/1.1\r\nA: "),
    "a line that does not end": (408, b"GET /"),
    "a body that does not come": (408, post(b"Content-Length: 5", body=b"hel")),
    "chunks that do not end": (408, chunked(b"5\r\nhello\r\n")),
    "nothing at all": (None, b""),
    "nothing after an answer": (200, get()),
    "an empty line after an answer": (200, get() + b"\r\n"),
}


@pytest.mark.parametrize("name", SLOW)
def test_who_keeps_us_waiting_is_left(hasty, name):
    status, sent = SLOW[name]
    begun = time.monotonic()
    answers = exchange(hasty, sent)
    assert [answer.status for answer in answers] == ([status] if status else [])
    assert 0.9 < time.monotonic() - begun < 5


def test_who_does_not_take_a_body_gets_no_clean_end_of_it(hasty):
    """It is of HTTP/1.0, where the end of the connection ends the body."""
    hasty.backend.says[:] = [Says(said(body=b"a" * (1 << 24)))]
    with hasty.connect() as connection:
        connection.sendall(get(version=b"1.0"))
        end = select.poll()
        end.register(connection, 0)     # but for a reset
        assert end.poll(10000)
        with pytest.raises(ConnectionResetError):
            connection.makefile("rb").read()


def test_who_asks_too_much_at_a_time_is_told_so(strict):
    strict.backend.hold.clear()
    connections = [strict.connect() for _ in range(3)]
    try:
        for connection in connections[:2]:
            connection.sendall(get())
        strict.backend.wait_for(2)
        connections[2].sendall(get())
        answer = read_answer(connections[2].makefile("rb"))
        assert answer.status == 429 and re.search(rb"\r\nRetry-After: \d", answer.head)
        strict.backend.hold.set()
        for connection in connections[:2]:
            assert read_answer(connection.makefile("rb")).status == 200
    finally:
        strict.backend.hold.set()
        for connection in connections:
            connection.close()


def test_the_last_free_place_is_for_who_comes(keeper):
    gate = Gate(keeper, 136, limits={"connections": 3})
    gate.backend.hold.clear()
    busy = [gate.connect() for _ in range(2)]
    try:
        for connection in busy:
            connection.sendall(get())
        gate.backend.wait_for(2)
        for _ in range(20):
            with gate.connect() as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n")
                assert read_answer(connection.makefile("rb")).status == 404
    finally:
        gate.backend.hold.set()
        for connection in busy:
            connection.close()
