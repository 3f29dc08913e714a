"""The program of docs/headers.md: nothing that is sent ends it, and names stay what they are."""
import base64
import http.client
import http.server
import json
import re
import socket
import subprocess
import threading
import time
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from gateway import wait_until

MANUAL = (Path(__file__).parents[2] / "docs" / "headers.md").read_text()
AUDIENCE = "https://hr.corp.example/"
KEY = ec.generate_private_key(ec.SECP256R1())


def part(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def number(n):
    return part(n.to_bytes(32, "big")).decode()


class Keys(http.server.BaseHTTPRequestHandler):
    """A gateway's; or one that hangs up, as in a restart."""

    def do_GET(self):
        if self.server.hangs_up:
            return
        public = KEY.public_key().public_numbers()
        body = json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "kid": "a", "use": "sig",
                                     "x": number(public.x), "y": number(public.y)}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def keys():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keys) as server:
        server.hangs_up = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def assertion(keys, name):
    now = int(time.time())
    said = {"iss": issuer(keys), "aud": AUDIENCE, "sub": name, "nbf": now, "exp": now + 60}
    return jwt.encode(said, KEY, algorithm="ES256", headers={"kid": "a"}).encode()


def issuer(keys):
    return f"http://127.0.0.1:{keys.server_port}"


DEEP = part(b'{"alg":"ES256","kid":' + b"[" * 3000 + b"]" * 3000 + b"}")
HOSTILE = {"no UTF-8": b"\xff.\xff.\xff", "letters": b"\xc3\xa9", "nothing": b"a.b.c",
           "deep": DEEP + b".e30.x"}


class OfApache:
    """Line by line, as mod_rewrite runs it: without an environment."""

    def __init__(self, program):
        self.process = subprocess.Popen(["env", "-i", program], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)

    def who(self, line):
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        name = self.process.stdout.readline()
        assert name, "it has ended"
        return None if name == b"NULL\n" else name.removesuffix(b"\n")


class OfNginx:
    """Over HTTP, as auth_request asks it."""

    def __init__(self, program):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = subprocess.Popen([program, "127.0.0.1", str(self.port)],
                                        stderr=subprocess.DEVNULL)
        wait_until(self.answers, 20, "it answers")

    def answers(self):
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", self.port)) == 0

    def who(self, header):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", "/who", headers={"kerbgate-assertion": header})
        answer = connection.getresponse()
        connection.close()
        name = answer.headers["X-Who"]
        assert (answer.status == 200) == (name is not None) and answer.status in (200, 401)
        return name and name.encode("latin-1")


@pytest.fixture(params=[OfApache, OfNginx])
def program(request, keys, tmp_path):
    [text] = re.findall(r"```python\n(.*?)```", MANUAL, re.S)
    (tmp_path / "who.py").write_text(text.replace("https://hr.example.com", issuer(keys)))
    (tmp_path / "who.py").chmod(0o755)
    running = request.param(tmp_path / "who.py")
    yield running
    running.process.kill()
    running.process.wait()


@pytest.mark.parametrize("name", ["alice@CORP.EXAMPLE", "Zoë@CORP.EXAMPLE", "Ωλ@CORP.EXAMPLE"])
def test_it_says_the_name_in_utf8(program, keys, name):
    assert program.who(assertion(keys, name)) == name.encode()


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_it_outlives_what_is_no_assertion(program, keys, hostile):
    assert program.who(hostile) is None
    assert program.who(assertion(keys, "alice")) == b"alice"


def test_it_outlives_a_gateway_that_hangs_up(program, keys):
    keys.hangs_up = True
    assert program.who(assertion(keys, "alice")) is None
    keys.hangs_up = False
    assert program.who(assertion(keys, "alice")) == b"alice"
