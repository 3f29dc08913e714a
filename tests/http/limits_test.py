"""Where a limit is met, the answer says which: by its status, and the connection ends where what
follows cannot be told apart."""
import re
import select
import struct
import time

import pytest

from answer import read_answer
from backend import Says
from frames import (CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, NO_ERROR, PING, PREFACE,
                    SETTINGS, WINDOW_UPDATE, Client, block, frame, headers, request)
from gate import Gate, secure_gate
from row import HOST, chunked, get, post
from rows_answers import said

HEAD, BODY, FIELDS = 4096, 10000, 20


@pytest.fixture(scope="module")
def strict(keeper):
    return Gate(keeper, 132, limits={"request_head": HEAD, "request_body": BODY, "headers": FIELDS,
                                     "requests_per_client": 2})


HASTE = {"head_timeout": "1s", "body_timeout": "1s", "keepalive_timeout": "1s"}


@pytest.fixture(scope="module")
def hasty(keeper):
    return Gate(keeper, 134, limits=HASTE)


@pytest.fixture(scope="module")
def hasty_h2(keeper):
    return secure_gate(keeper, 142, limits=HASTE)


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


A_PING = frame(PING, payload=bytes(8))
WINDOW = struct.Struct(">HI").pack          # SETTINGS_INITIAL_WINDOW_SIZE (RFC 9113 6.5.2) is 4
OPEN = headers(request(method=b"POST"), flags=END_HEADERS)
DRIPPED = {
    "a preface": (b"", PREFACE),
    "settings": (PREFACE, frame(SETTINGS, payload=WINDOW(4, 1) * 9)),
    "a head": (PREFACE + frame(SETTINGS), headers(request())),
    "a head in two frames": (PREFACE + frame(SETTINGS), frame(HEADERS, END_STREAM, 1, block(
        request())[:2]) + frame(CONTINUATION, END_HEADERS, 1, block(request())[2:])),
    "a second head": (PREFACE + frame(SETTINGS) + headers(request()), headers(request(), 3)),
    "trailers": (PREFACE + frame(SETTINGS) + OPEN, headers([(b"a", b"b" * 50)])),
}


def listen(client, seconds):
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not client.seen.is_closed:
        try:
            client.receive(left)
        except TimeoutError:
            break


def repeat_until(client, condition, pieces, pause):
    """How long it took, in seconds: a piece each so often, and what the server says is read."""
    begun = time.monotonic()
    for piece in pieces:
        if condition(client.seen) or client.seen.is_closed or time.monotonic() - begun > 10:
            break
        client.send(piece)
        listen(client, pause)
    return time.monotonic() - begun


@pytest.mark.parametrize("name", DRIPPED)
def test_drops_of_a_head_gain_no_time(hasty_h2, name):
    at_once, dripped = DRIPPED[name]
    with Client(hasty_h2, preface=None) as client:
        client.send(at_once)
        drops = (dripped[at:at + 1] for at in range(len(dripped)))
        took = repeat_until(client, lambda seen: seen.goaway is not None, drops, 0.3)
        assert client.until(lambda seen: seen.is_closed).goaway == NO_ERROR
    assert 0.9 < took < 3


STALLED = {
    "a body that does not come": (408, WINDOW(4, 65535), OPEN),
    "an answer that is not taken": (200, WINDOW(4, 0), headers(request())),
}


@pytest.mark.parametrize("name", STALLED)
def test_pings_do_not_keep_a_stalled_stream(hasty_h2, name):
    status, settings, sent = STALLED[name]
    with Client(hasty_h2, settings=settings) as client:
        client.send(sent)
        took = repeat_until(client, lambda seen: 1 in seen.over, [A_PING] * 100, 0.1)
        assert 1 in client.seen.over and client.seen.streams[1] == status
        assert client.seen.goaway is None
    assert 0.9 < took < 3


LEAVE = Says(b"HTTP/1.1 100 Continue\r\n\r\n", goes_on=True)


def test_who_waits_for_leave_is_not_stalled_until_it_has_it(hasty_h2):
    back_end = hasty_h2.backend
    back_end.early[:] = [LEAVE]
    back_end.hold.clear()
    with Client(hasty_h2) as client:
        client.send(headers(request((b"expect", b"100-continue"), method=b"POST"),
                            flags=END_HEADERS))
        listen(client, 2.5)
        assert not client.seen.over
        back_end.hold.set()
        client.until(lambda seen: seen.interims)
        begun = time.monotonic()
        assert client.until(lambda seen: 1 in seen.over).streams[1] == 408
    assert 0.9 < time.monotonic() - begun < 3


def test_who_reads_another_answer_first_is_not_stalled(hasty_h2):
    """By the connection's window, which the more urgent answer takes for three seconds."""
    size = 1 << 20
    hasty_h2.backend.says[:] = [Says(said(b"Content-Length: %d" % size, body=b"a" * size))] * 2
    with Client(hasty_h2, settings=WINDOW(4, 1 << 24)) as client:
        for stream, urgency in ((1, b"u=0"), (3, b"u=7")):
            client.send(headers(request((b"priority", urgency)), stream))
        more = frame(WINDOW_UPDATE, payload=struct.pack(">I", 1 << 15))
        repeat_until(client, lambda seen: 1 in seen.over, [more] * 100, 0.1)
        assert len(client.seen.bodies.get(3, b"")) < size / 2
        client.send(frame(WINDOW_UPDATE, payload=struct.pack(">I", 2 * size)))
        bodies = client.until(lambda seen: seen.over == {1, 3}).bodies
    assert [len(bodies[stream]) for stream in (1, 3)] == [size, size]


def test_who_sends_another_body_first_is_not_stalled(hasty_h2):
    with Client(hasty_h2) as client:
        for stream in (1, 3):
            client.send(headers(request(method=b"POST"), stream, END_HEADERS))
        for _ in range(10):
            client.send(frame(DATA, 0, 1, b"a"))
            listen(client, 0.3)
        for stream in (1, 3):
            client.send(frame(DATA, END_STREAM, stream, b"a"))
        seen = client.until(lambda seen: {1, 3} <= seen.over)
    assert seen.streams == {1: 200, 3: 200}


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
