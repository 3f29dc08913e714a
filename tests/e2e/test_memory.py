"""Streaming both ways in bounded memory, however slow the other side is (invariant 10)."""
import os
import socket
import threading
from pathlib import Path

import pytest

from gateway import Gateway, app, wait_until

BIG = 10_000_000_000 if os.environ.get("KERBGATE_FULL") else 200_000_000
# More than this the worker may not grow for one exchange; the address sanitizer keeps what was
# freed for a while (quarantine_size_mb in script/test).
ROOM_KB = 64_000 if os.environ.get("ASAN_OPTIONS") else 16_000


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    with Gateway(lab, tmp_path_factory.mktemp("memory"), apps, address=112) as running:
        yield running


def resident_kb(gateway):
    status = Path(f"/proc/{gateway.children()['worker']}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def opened(gateway, cookie, head):
    connection = gateway.tls("hr.example.com")
    connection.settimeout(60)
    connection.sendall(head.encode() + b" HTTP/1.1\r\nHost: hr.example.com\r\nCookie: "
                       b"__Host-kerbgate=" + cookie.encode() + b"\r\n")
    return connection


@pytest.fixture
def cookie(gateway):
    alice = gateway.browser().sign_in("alice")
    alice.get("/")
    return alice.cookies["__Host-kerbgate"]


def test_a_download_that_nobody_reads_waits_at_the_back_end(gateway, cookie):
    before = resident_kb(gateway)
    with opened(gateway, cookie, f"GET /bytes/{BIG}?length") as connection:
        connection.sendall(b"Connection: close\r\n\r\n")
        first = connection.recv(1000)
        assert first.startswith(b"HTTP/1.1 200")
        assert resident_kb(gateway) - before < ROOM_KB
        size, peak = len(first), 0
        while more := connection.recv(1 << 20):
            size += len(more)
            if size % 50 == 0:
                peak = max(peak, resident_kb(gateway))
    assert size > BIG
    assert max(peak, resident_kb(gateway)) - before < ROOM_KB


def test_an_upload_is_taken_at_the_pace_of_the_back_end(gateway, cookie):
    """/echo answers as it reads, so a client that sends and does not read stops both directions."""
    before = resident_kb(gateway)
    with opened(gateway, cookie, "POST /echo") as connection:
        connection.sendall(f"Content-Length: {BIG}\r\nConnection: close\r\n\r\n".encode())
        connection.settimeout(2)
        sent, piece = 0, b"x" * 65536
        with pytest.raises((TimeoutError, socket.timeout)):
            while sent < BIG:
                connection.sendall(piece)
                sent += len(piece)
        assert sent < BIG / 2, "somebody in between has taken it all"
        assert resident_kb(gateway) - before < ROOM_KB


def test_an_upload_of_any_size_goes_through(gateway, cookie):
    before, peaks, over = resident_kb(gateway), [], threading.Event()

    def watch():
        while not over.wait(0.05):
            peaks.append(resident_kb(gateway))
    thread = threading.Thread(target=watch)
    thread.start()
    try:
        with opened(gateway, cookie, "POST /digest") as connection:
            connection.sendall(f"Content-Length: {BIG}\r\nConnection: close\r\n\r\n".encode())
            piece = b"x" * 1_000_000
            for _ in range(BIG // len(piece)):
                connection.sendall(piece)
            answer = b""
            while more := connection.recv(65536):
                answer += more
    finally:
        over.set()
        thread.join()
    assert f'"body_length": {BIG}'.encode() in answer
    assert max(peaks) - before < ROOM_KB


def test_a_browser_that_hangs_up_leaves_nothing_behind(gateway, cookie):
    before = resident_kb(gateway)
    for _ in range(30):
        with opened(gateway, cookie, f"GET /bytes/{BIG}") as connection:
            connection.sendall(b"\r\n")
            connection.recv(1000)
    wait_until(lambda: resident_kb(gateway) - before < ROOM_KB, 10, "the memory is free again")
