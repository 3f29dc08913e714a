"""Floods by HTTP/2: each ends its connection after a bounded number of frames, at constant memory,
and nobody else notices."""
import struct
from pathlib import Path

import pytest

from frames import (CONTINUATION, DATA, END_HEADERS, END_STREAM, HEADERS, NO_ERROR, PING, PRIORITY,
                    RST_STREAM, SETTINGS, WINDOW_UPDATE, Client, block, frame, headers, literal,
                    request)

FRAMES_MAX, MEMORY_MAX = 200_000, 48 << 20


def rapid_reset():
    """CVE-2023-44487."""
    for stream in range(1, 2 * FRAMES_MAX, 2):
        yield headers(request(), stream) + frame(RST_STREAM, 0, stream, struct.pack(">I", 8))


def reset_when_answered():
    """Of what is answered before the reset is read."""
    for stream in range(1, 2 * FRAMES_MAX, 2):
        yield headers(request(host=b"evil.example"), stream) + \
            frame(RST_STREAM, 0, stream, struct.pack(">I", 8))


def made_to_reset():
    """Requests that the server resets itself (CVE-2025-8671)."""
    for stream in range(1, 2 * FRAMES_MAX, 2):
        yield headers(request(), stream) + frame(DATA, 0, stream)


def malformed():
    for stream in range(1, 2 * FRAMES_MAX, 2):
        yield headers(request((b"connection", b"close")), stream)


def continuation():
    """CVE-2024-27316."""
    yield headers(request(), flags=END_STREAM)
    while True:
        yield frame(CONTINUATION, 0, 1, literal(b"a", b"b"))


def empty_continuation():
    yield headers(request(), flags=END_STREAM)
    while True:
        yield frame(CONTINUATION, 0, 1)


def header_bomb():
    """A field of 4 KB in the table, and then its index over and over."""
    bomb = b"\x40\x01a\x7f\xa1\x1e" + b"b" * 4000
    for stream in range(1, 2 * FRAMES_MAX, 2):
        yield frame(HEADERS, END_HEADERS | END_STREAM, stream,
                    block(request()) + bomb + b"\xbe" * 12000)


def forever(made):
    def flood():
        while True:
            yield made
    return flood


def behind_a_head(made):
    def flood():
        yield headers(request(method=b"POST"), flags=END_HEADERS)
        while True:
            yield made
    return flood


FLOODS = {
    "rapid reset": rapid_reset, "reset when answered": reset_when_answered,
    "made to reset": made_to_reset, "malformed requests": malformed,
    "CONTINUATION": continuation, "empty CONTINUATION": empty_continuation,
    "header bomb": header_bomb, "SETTINGS": forever(frame(SETTINGS)),
    "PING": forever(frame(PING, payload=bytes(8))),
    "PRIORITY": forever(frame(PRIORITY, 0, 1, bytes([0, 0, 0, 3, 9]))),
    "unknown frames": forever(frame(0x42, payload=bytes(8))),
    "empty DATA": behind_a_head(frame(DATA, 0, 1)),
    "small windows": behind_a_head(frame(WINDOW_UPDATE, 0, 1, struct.pack(">I", 1))),
}


def memory(gate):
    """Resident bytes of the worker that serves at the gate's address."""
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            text = status.read_text()
            words = (status.parent / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[1:3] == [b"worker", str(gate.file).encode()]:
            return int(text.partition("\nVmRSS:")[2].split()[0]) << 10
    raise AssertionError("there is no worker")


def send_until_the_end(client, flood):
    """What the server says is read all the time, so that it can."""
    client.until(lambda seen: seen.is_greeted)      # or the answer would come within a head
    for number, made in enumerate(flood()):
        if client.seen.goaway is not None or client.seen.is_closed or not client.send(made):
            break
        assert number < FRAMES_MAX, "it takes them all"
        client.receive(timeout=0)
    client.until(lambda seen: seen.is_closed)


def status_for_another(gate):
    with Client(gate) as client:
        client.send(headers(request()))
        return client.until(lambda seen: 1 in seen.over).streams[1]


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_ends_its_connection_and_nothing_else(secure, name):
    assert status_for_another(secure) == 200
    before = memory(secure)
    with Client(secure) as client:
        send_until_the_end(client, FLOODS[name])
        assert client.seen.is_closed and client.seen.goaway != NO_ERROR
    assert status_for_another(secure) == 200
    assert memory(secure) < before + MEMORY_MAX
    secure.backend.taken()
