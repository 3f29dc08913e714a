"""A kerbgate under test, and a browser for it."""
import html
import html.parser
import http.client
import http.cookies
import json
import os
import re
import secrets
import signal
import socket
import sqlite3
import ssl
import subprocess
import time
import urllib.parse
from pathlib import Path

KERBGATE = os.environ.get("KERBGATE") or str(
    Path(__file__).resolve().parents[2] / "build" / "kerbgate")
PORT = 443
FINDING = 20011


def wait_until(condition, seconds, what):
    """Polls a condition of another process until it holds; fails when it does not in time."""
    end = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(0.02)  # lint: banned: the pause between two looks of a wait with an end
    return result


class Gateway:
    """kerbgate run on port 443 of an address of the lab's, with apps of the test's choice."""

    def __init__(self, lab, folder, apps, name="gateway", address=100, **overrides):
        self.lab, self.folder, self.apps = lab, Path(folder), apps
        self.address = f"{lab.net}.{address}"
        self.file = self.folder / f"{name}.yaml"
        self.log = self.folder / f"{name}.log"
        # Not in pytest's folder, which is closed to the account that serves.
        self.state = lab.dir / f"state-{secrets.token_hex(4)}"
        self.process, self.prefix, self.program = None, [], KERBGATE
        names = sorted({urllib.parse.urlsplit(app["external_url"]).hostname for app in apps})
        self.certificate, self.key = lab.ca.issue(*names)
        self.write(**overrides)

    def settings(self, **overrides):
        value = {
            "gateway": {
                "listen": [{"address": f"{self.address}:{PORT}",
                            "certificate": str(self.certificate), "key": str(self.key)}],
                "threads": 2,
                "run_as": {"user": "nobody", "broker_user": "daemon"},
                "limits": {"drain_timeout": "10s"},
            },
            "store": f"sqlite:{self.state}/state.db",
            "identity_providers": [{"name": "staff", "type": "form", "realm": self.lab.realm,
                                    "throttle": {"source_attempts": 1000}}],
            "connector": {
                "dns": [self.lab.dns],
                "kerberos": {"keytab": str(self.lab.connector.keytab),
                             "principal": self.lab.connector.principal,
                             "krb5_conf": str(self.lab.krb5_conf), "timeout": "5s"},
            },
            "apps": self.apps,
        }
        for path, new in overrides.items():
            *folders, last = path.split("__")
            at = value
            for folder in folders:
                at = at[int(folder)] if isinstance(at, list) else at.setdefault(folder, {})
            at[last] = new
        return value

    def write(self, **overrides):
        """The configuration; JSON is YAML too. key__sub__sub=value changes one value of it."""
        self.file.write_text(json.dumps(self.settings(**overrides), indent=2))

    def under(self, *command):
        """Started by another program that becomes it, as `strace -D` does."""
        self.prefix = command
        return self

    def start(self, wait=True):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [*self.prefix, self.program, "run", "--config", self.file],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if wait:
            wait_until(self.answers, 20, "kerbgate answers")
        return self

    def answers(self):
        assert self.process.poll() is None, self.log.read_text()
        try:
            self.browser().get("/.kerbgate/none")
            return True
        except OSError:
            return False

    def stop(self, how=signal.SIGTERM):
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)
        return self.process.returncode if self.process else None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            assert self.stop() == 0, self.log.read_text()

    def run(self, *arguments, check=True, timeout=60):
        """Another command of kerbgate's with this configuration."""
        done = subprocess.run([KERBGATE, *arguments, "--config", self.file], timeout=timeout,
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert not check or done.returncode == 0, done.stderr + done.stdout
        return done

    def events(self, activity=None):
        arguments = ["--activity", activity] if activity else []
        done = self.run("events", "--json", *arguments, check=False)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def event(self, activity, seconds=5):
        """The event of an activity, not the finding behind it; it is written behind the request."""
        return wait_until(lambda: [e for e in self.events(activity) if e["event"] != FINDING],
                          seconds, f"an event of {activity}")[-1]

    def finding(self, activity, seconds=5):
        """What the doctor said of it."""
        return wait_until(lambda: [e for e in self.events(activity) if e["event"] == FINDING],
                          seconds, f"a finding about {activity}")[-1]

    def children(self):
        """{role: pid} of the processes that the supervisor has."""
        found = {}
        for entry in Path("/proc").glob("[0-9]*"):
            try:
                status = (entry / "status").read_text()
                role = (entry / "cmdline").read_bytes().split(b"\0")[1:2]
            except OSError:
                continue
            if f"\nPPid:\t{self.process.pid}\n" in status and role in ([b"worker"], [b"broker"]):
                found[role[0].decode()] = int(entry.name)
        return found

    def browser(self, host=None):
        default = urllib.parse.urlsplit(self.apps[0]["external_url"]).hostname
        return Browser(self, host or default)

    def tls(self, host):
        context = ssl.create_default_context(cafile=str(self.lab.ca.pem))
        raw = socket.create_connection((self.address, PORT), timeout=30)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            return context.wrap_socket(raw, server_hostname=host)
        except BaseException:
            raw.close()
            raise


def change_claims(gateway, change):
    """As if an identity provider had said less: in the store, while nobody has it open."""
    gateway.stop()
    store = sqlite3.connect(gateway.state / "state.db")
    with store:
        for rowid, claims in store.execute("SELECT rowid, claims FROM sessions").fetchall():
            store.execute("UPDATE sessions SET claims = ? WHERE rowid = ?",
                          (json.dumps(change(json.loads(claims))), rowid))
    store.close()
    gateway.start()


class Connection(http.client.HTTPConnection):
    def __init__(self, gateway, host):
        super().__init__(host)
        self.gateway = gateway

    def connect(self):
        self.sock = self.gateway.tls(self.host)


class Form(html.parser.HTMLParser):
    """The fields of the one form of a page."""

    def __init__(self, text):
        super().__init__()
        self.fields, self.action = {}, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.action = attrs["action"]
        if tag == "input":
            self.fields[attrs["name"]] = attrs.get("value", "")


class Answer:
    def __init__(self, response, body):
        self.status, self.headers, self.body = response.status, response.headers, body
        self.version, self.will_close = response.version, response.will_close

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def location(self):
        return self.headers["Location"]

    @property
    def activity(self):
        """The id on an error page, in HTML or JSON."""
        if self.headers.get_content_type() == "application/json":
            return self.json["activity"]
        return self.text.split("<dt>Activity</dt><dd>")[1].split("<")[0]


class Browser:
    """Cookies, one kept connection, no redirects unless asked for. Not for several threads."""

    def __init__(self, gateway, host):
        self.gateway, self.host = gateway, host
        self.cookies = {}
        self.connection = None

    def request(self, method, path, body=None, headers=(), **options):
        headers = dict(headers)
        if self.cookies and "Cookie" not in headers:
            headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        headers.setdefault("Accept", "text/html")
        for is_last in (False, True):
            fresh = self.connection is None
            if fresh:
                self.connection = Connection(self.gateway, self.host)
            try:
                self.connection.request(method, path, body, headers, **options)
                response = self.connection.getresponse()
                answer = Answer(response, response.read())
                break
            except (http.client.RemoteDisconnected, ConnectionError):
                self.close()
                if fresh or is_last:
                    raise
        if answer.will_close:
            self.close()
        for line in answer.headers.get_all("Set-Cookie", ()):
            for name, morsel in http.cookies.SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def get(self, path, **options):
        return self.request("GET", path, **options)

    def post(self, path, fields, headers=(), **options):
        headers = {"Content-Type": "application/x-www-form-urlencoded", **dict(headers)}
        return self.request("POST", path, urllib.parse.urlencode(fields), headers, **options)

    def sign_in_page(self, to="/"):
        """Where there is a choice, that of what it has first."""
        page = self.get("/.kerbgate/sign-in?" + urllib.parse.urlencode({"to": to}))
        choice = re.search(r'<ul class="choice".*?href="([^"]*)"', page.text, re.S)
        return self.get(html.unescape(choice[1])) if choice else page

    def try_sign_in(self, user, password, to="/", **fields):
        form = Form(self.sign_in_page(to).text)
        return self.post(form.action, {**form.fields, "username": user, "password": password,
                                       **fields})

    def sign_in(self, user, to="/"):
        answer = self.try_sign_in(user, self.gateway.lab.password(user), to)
        assert answer.status == 303, answer.text
        return self


def app(name, internal_url, host=None, spn=None, **more):
    """An app's entry; with `spn` it is signed in to by Kerberos."""
    entry = {"name": name, "external_url": f"https://{host or name + '.example.com'}/",
             "internal_url": internal_url, "pre_authentication": "staff", **more}
    if spn:
        entry["sso"] = {"mode": "kerberos", "spn": spn, **more.get("sso", {})}
    return entry
