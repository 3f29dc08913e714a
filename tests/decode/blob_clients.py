"""Real clients in the lab, and what they send: blobs for kerbgate decode, each with what is known
of it from elsewhere (the directory, the question that was asked, the length)."""
import base64
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).parent
ENCTYPES = {"aes256": (16, "aes256-cts (18)"), "aes128": (8, "aes128-cts (17)"),
            "rc4": (4, "rc4-hmac (23)")}
INSIDE = {"spnego": ", inside SPNEGO", "krb5": ""}


@dataclass
class Blob:
    """`verdict`: the first line of the answer; `lines`: others that must be in it; `never`: what
    must not be in it anywhere."""
    name: str
    source: str
    text: str
    verdict: str
    lines: list = field(default_factory=list)
    never: list = field(default_factory=list)
    exit: int = 0


def size_of(token):
    return f"{len(base64.b64decode(token)):,} bytes"


class Recorder(ThreadingHTTPServer):
    """A web server that asks for sign-in and keeps the Authorization headers it is sent. `asks` is
    what it offers, `answer(value)` what it says to a value: None is 200."""
    daemon_threads = True

    def __init__(self, address, asks, answer=lambda value: None):
        self.asks, self.answer, self.seen = asks, answer, []
        self.news = threading.Condition()
        super().__init__((address, 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()

    def wait(self, count, seconds=30):
        """Until so many values have come."""
        with self.news:
            return self.news.wait_for(lambda: len(self.seen) >= count, seconds)

    def tokens(self, scheme):
        return [value.split()[1] for value in self.seen
                if value.lower().startswith(scheme.lower() + " ")]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        value = self.headers.get("Authorization")
        if value:
            with self.server.news:
                self.server.seen.append(value)
                self.server.news.notify_all()
        answers = self.server.asks if not value else self.server.answer(value)
        self.send_response(401 if answers else 200)
        for answer in answers or []:
            self.send_header("WWW-Authenticate", answer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Clients:
    def __init__(self, lab, address):
        self.lab, self.address = lab, address
        self.versions = {}

    def sign_in(self, user, cache):
        subprocess.run(["kinit", "-f", user], env=self.lab.environment(cache), text=True,
                       input=self.lab.password(user) + "\n", check=True, capture_output=True)
        return cache

    def tokens(self, kind, cache="nobody", **question):
        done = subprocess.run(["/usr/bin/python3", HERE / "tokens.py", kind, json.dumps(question)],
                              env=self.lab.environment(cache), text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def samba(self, **question):
        return self.tokens("samba", smb_conf=str(self.lab.ad.smb_conf), **{
            "target": "web.corp.example", "user": "alice",
            "password": self.lab.password("alice")} | question)

    def kvno(self, account):
        return self.lab.account(account, "msDS-KeyVersionNumber")["msDS-KeyVersionNumber"][0]

    def ticket(self, name, source, token, spn, account, enctype, frame, text=None, **more):
        return Blob(
            name, source, text or token,
            f"Kerberos ticket for {spn} in {self.lab.realm}{INSIDE[frame]}, {size_of(token)}",
            [f"encrypted with the service's key: {ENCTYPES[enctype][1]}, "
             f"key version {self.kvno(account)}", f"size: {size_of(token)}"], **more)

    def gss(self, name, cache, mech, host, account, enctype, **question):
        token = self.tokens("gss", cache, mech=mech, target=f"HTTP@{host}", **question)[0]
        blob = self.ticket(name, f"MIT Kerberos by python3-gssapi, {mech}", token, f"HTTP/{host}",
                           account, enctype, mech)
        flags = question.get("flags", [])
        blob.lines.append("options: mutual-required" if "mutual_authentication" in flags
                          else "options: none")
        return blob

    def curl(self, *arguments, cache="nobody"):
        """What curl -v says."""
        return subprocess.run(["curl", "-sv", "-o", "/dev/null", *arguments], text=True,
                              env=self.lab.environment(cache), capture_output=True).stderr

    def chromium(self, recorder, cache, count, user=""):
        """Until it has sent so many tokens. With --headless it would be as in a private window,
        where it signs nobody in by itself. What it knows of an earlier start lets it load GSS, and
        a name that is mapped to an address is not to become an SPN."""
        host, port = recorder.server_address
        url = f"http://{user}{'@' if user else ''}web.corp.example:{port}/"
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            Path(folder, "Local State").write_text(json.dumps({
                "net": {"received_http_auth_negotiate_headers": True},
                "auth": {"disable_negotiate_cname_lookup": True}}))
            browser = subprocess.Popen(
                ["chromium", "--ozone-platform=headless", "--no-sandbox", "--disable-gpu",
                 "--no-first-run", f"--user-data-dir={folder}",
                 "--auth-server-allowlist=*.corp.example",
                 f"--host-resolver-rules=MAP web.corp.example {host}", url],
                env={**self.lab.environment(cache), "HOME": folder}, start_new_session=True,
                stderr=subprocess.DEVNULL)
            try:
                assert recorder.wait(count), recorder.seen
            finally:
                os.killpg(browser.pid, signal.SIGKILL)
                browser.wait()

    def challenge(self):
        """An NTLM server's answer to whatever begins: Samba's, made anew."""
        return self.samba(mech="ntlmssp", answers=1)[1]


def values(dump, header):
    """The values of that header in what curl -v said."""
    return re.findall(rf"^[<>] {header}: (.*?)\r?$", dump, re.M | re.I)


def without_noise(dump):
    """Only the lines of HTTP; the lab's random addresses and times are of no interest."""
    return "".join(line.rstrip("\r\n") + "\n" for line in dump.splitlines()
                   if line[:2] in ("< ", "> "))
