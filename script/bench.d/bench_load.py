"""The clients. Each function puts one kind of load on an address and says what came of it."""
import re
import socket
import ssl
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from proxy import HOST, LOAD_CPU, ROOT, SSO_HOST, pinned

CLIENTS = 64
PACED = ROOT / "build" / "tests" / "paced_bench"


@dataclass
class Result:
    """`count` requests (or messages) answered in `seconds`; `latency` of each in microseconds."""
    count: int
    seconds: float
    latency: list = field(default_factory=list)

    @property
    def rate(self):
        return self.count / self.seconds

    def quantile(self, part):
        return sorted(self.latency)[min(len(self.latency) - 1, int(part * len(self.latency)))]


def run(*command):
    done = subprocess.run(pinned(LOAD_CPU, *command), capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def h2load(address, url, *options):
    port = 443 if url.startswith("https") else 80
    said = run("h2load", f"--connect-to={address}:{port}", *options, url)
    seconds, unit = re.search(r"finished in ([\d.]+)(us|ms|s)", said).groups()
    count, bad = 0, 0
    done = re.search(r"(\d+) done, (\d+) succeeded, (\d+) failed, (\d+) errored", said)
    count, succeeded, failed, errored = map(int, done.groups())
    bad = failed + errored
    answers = int(re.search(r"status codes: (\d+) 2xx", said).group(1))   # a 3xx has succeeded, too
    assert succeeded and not bad and answers == succeeded, said
    return Result(succeeded, float(seconds) * {"us": 1e-6, "ms": 1e-3, "s": 1}[unit])


def requests(address, scheme, protocol, count, sso_cookie=None, path="/", host=None):
    """As fast as they are answered, 64 at a time."""
    url = f"{scheme}://{host or (SSO_HOST if sso_cookie else HOST)}{path}"
    shape = ["-c", "16", "-m", "4"] if protocol == "h2" else ["--h1", "-c", CLIENTS, "-m", "1"]
    cookie = ["-H", f"Cookie: {sso_cookie}"] if sso_cookie else []
    return h2load(address, url, "-n", count, *shape, *cookie)


def paced(address, port, per_second, seconds, seed):
    """At a given rate over 32 connections of HTTP/1.1; the time of each request is kept. Those of
    the same seed come at the same times."""
    said = run(PACED, address, port, HOST, 32, round(per_second), seconds, seed)
    latency = [int(line) / 1000 for line in said.split()]
    return Result(len(latency), seconds, latency)


def handshakes(address, count):
    """A full TLS handshake, one request, the end; 16 at a time."""
    said = run("ab", "-q", "-n", count, "-c", "16", "-H", f"Host: {HOST}", f"https://{address}/")
    assert re.search(r"Failed requests: +0\n", said) and "Non-2xx" not in said, said
    return Result(count, float(re.search(r"Time taken for tests: +([\d.]+)", said).group(1)))


def bodies(address, path, count):
    return h2load(address, f"https://{HOST}{path}", "--h1", "-n", count, "-c", min(4, count),
                  "-m", "1")


def messages(address, count):
    """WebSocket messages there and back, 32 at a time."""
    count -= count % 32
    said = run(sys.executable, Path(__file__).parent / "websocket.py", "ask", address, HOST, count)
    return Result(count, float(said))


def hold(address, count, measure):
    """The growth of `measure()` for each of so many TLS connections that have asked once."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    held = []

    def connect():
        raw = socket.create_connection((address, 443), timeout=30)
        held.append(context.wrap_socket(raw, server_hostname=HOST))
        held[-1].sendall(f"GET / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
        got = held[-1].recv(65536)
        while len(got.partition(b"\r\n\r\n")[2]) < 900:
            got += held[-1].recv(65536)
        assert got.startswith(b"HTTP/1.1 200"), got

    try:
        for _ in range(200):    # what is there once and for all
            connect()
        before = measure()
        for _ in range(count):
            connect()
        return (measure() - before) / count
    finally:
        for connection in held:
            connection.close()


def median(values):
    return statistics.median(values)
