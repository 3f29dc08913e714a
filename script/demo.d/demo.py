"""The demonstration that script/demo starts: each step is one line with a tick."""
import json
import os
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))

from lab import Lab  # noqa: E402
from lab.keeper import wait_for, write_secret  # noqa: E402

HOST = "hr.localhost"       # browsers take every name under localhost for this machine
COLOUR = sys.stdout.isatty() and "NO_COLOR" not in os.environ
BEGUN = time.monotonic()


class Failed(Exception):
    """A step did not show what it is there to show."""


def paint(code, text):
    return f"\x1b[{code}m{text}\x1b[0m" if COLOUR else text


def tick(text):
    passed = paint("2", f"{time.monotonic() - BEGUN:.1f} s")
    print(f"{paint('32', '✓')} {text} {passed}", flush=True)


def show(text):
    """What a person would see, set off from the steps."""
    print(textwrap.indent(text.rstrip(), paint("2", "  │ "), lambda _: True), flush=True)


def expect(condition, what, seen):
    if not condition:
        raise Failed(f"{what}\n{seen}")


def free_port():
    for port in (8443, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise Failed("no free port on 127.0.0.1")


class Kerbgate:
    def __init__(self, lab, port):
        self.dir, self.url = lab.dir, f"https://{HOST}:{port}/"
        self.file, self.log = lab.dir / "kerbgate.yaml", lab.keeper.log("kerbgate")
        certificate, key = lab.ca.issue(HOST)
        self.file.write_text(json.dumps({
            "gateway": {"listen": [{"address": f"127.0.0.1:{port}", "certificate": str(certificate),
                                    "key": str(key)}],
                        "run_as": {"user": "nobody", "broker_user": "daemon"}},
            "store": f"sqlite:{lab.dir}/kerbgate/state.db",
            "identity_providers": [{"name": "staff", "type": "form", "realm": lab.realm}],
            "connector": {"dns": [lab.dns], "kerberos": {
                "keytab": str(lab.connector.keytab), "principal": lab.connector.principal,
                "krb5_conf": str(lab.krb5_conf)}},
            "apps": [{"name": "hr", "external_url": self.url, "internal_url": lab.web.url,
                      "pre_authentication": "staff",
                      "sso": {"mode": "kerberos", "spn": lab.web.spn}}],
        }, indent=2))
        # The lab's guardian ends it with everything else, however this program ends.
        self.keeper = lab.keeper
        self.keeper.start("kerbgate", [os.environ["KERBGATE"], "run", "--config", self.file])
        wait_for(self.answers, "kerbgate starts")

    def answers(self):
        if self.keeper.ask("poll", name="kerbgate") is not None:
            raise Failed(f"kerbgate to start\n{self.log.read_text()}")
        return "kerbgate started" in self.log.read_text()

    def run(self, *arguments):
        done = subprocess.run([os.environ["KERBGATE"], *arguments, "--config", self.file],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL)
        return done.stdout + done.stderr


class Curl:
    """curl with a jar of cookies, as a person's browser."""

    def __init__(self, lab, gateway):
        self.lab, self.gateway = lab, gateway
        self.jar, self.form = lab.dir / "curl.cookies", lab.dir / "curl.form"

    def get(self, url, *more):
        done = subprocess.run(
            ["curl", "-sS", "-i", "--cacert", self.lab.ca.pem, "--cookie", self.jar,
             "--cookie-jar", self.jar, "-H", "Accept: text/html", *more, url],
            capture_output=True, text=True)
        expect(done.returncode == 0, f"curl {url}", done.stderr)
        head, _, body = done.stdout.partition("\n\n") if "\r\n" not in done.stdout else (
            done.stdout.partition("\r\n\r\n"))
        return int(head.split()[1]), head, body

    def sign_in(self, user):
        """Fills in the form; the password goes by a file, never in an argument list."""
        status, head, _ = self.get(self.gateway.url)
        expect(status == 302 or status == 303, "a redirect to the sign-in page", head)
        page = header(head, "Location")
        status, head, body = self.get(page)
        expect(status == 200, "the sign-in page", head + body)
        fields = dict(re.findall(r'name="(\w+)"[^>]* value="([^"]*)"', body))
        fields |= {"username": user, "password": self.lab.password(user)}
        write_secret(self.form, urllib.parse.urlencode(fields))
        action = re.search(r'<form[^>]* action="([^"]+)"', body).group(1)
        status, head, body = self.get(urllib.parse.urljoin(page, action),
                                      "--data", f"@{self.form}")
        self.form.unlink()
        expect(status == 303, "to be signed in", head + body)
        return header(head, "Location")


def header(head, name):
    found = re.search(rf"^{name}: *(\S+)", head, re.M | re.I)
    expect(found, f"the header {name}", head)
    return found.group(1)


def text_of(page):
    """An error page as a person reads it."""
    page = re.sub(r"<(head|style)\b.*?</\1>", "", page, flags=re.S)
    page = re.sub(r"</dt>\s*<dd>", ": ", page)
    parts = re.split(r"</(?:h1|p|dd|main)>", page)
    lines = (re.sub(r"<[^>]+>", "", part).strip() for part in parts)
    return "\n".join(line for line in lines if line)


def see_alice(answer):
    status, head, body = answer
    expect(status == 200, "the back end's page", head + "\n" + text_of(body))
    seen = json.loads(body)
    expect(seen["remote_user"] == "alice", "REMOTE_USER to be alice", body)
    return seen


def delegation(lab, what):
    lab.samba_tool("delegation", what, "svc-kerbgate", lab.web.spn)


def break_and_mend(lab, gateway, curl):
    delegation(lab, "del-service")
    gateway.run("reload")
    tick(f"{lab.web.spn} is off the delegation list of svc-kerbgate; kerbgate was reloaded, "
         "and so has forgotten the tickets it had")
    status, head, body = curl.get(gateway.url)
    expect(status == 502, "a page that says that delegation fails", head + body)
    tick("alice, still signed in, sees this page:")
    show(text_of(body))
    activity = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", body).group()
    event = wait_for(lambda: (said := gateway.run("events", "--activity", activity)) and
                     "13019" in said and said, "the event of this request")
    tick(f"the administrator types kerbgate events --activity {activity} and reads:")
    show(event)
    delegation(lab, "add-service")
    tick("the printed command was typed: samba-tool delegation add-service "
         f"svc-kerbgate {lab.web.spn}")
    # A refusal is remembered for a second; nobody types that fast, but this does.
    seen = see_alice(wait_for(lambda: (answer := curl.get(gateway.url))[0] == 200 and answer,
                              "her ticket is got again"))
    tick(f"it works again: REMOTE_USER is {paint('1', seen['remote_user'])}")


def keep(lab, gateway):
    port = urllib.parse.urlsplit(gateway.url).port
    spn, smb_conf, program = lab.web.spn, lab.ad.smb_conf, os.environ["KERBGATE"]
    print(textwrap.dedent(f"""
        It runs until you press Ctrl-C. Try it in a browser on this machine:

            {paint('1', gateway.url)}
            user alice, password {lab.password('alice')}

        The certificate is of the lab's own authority: let the browser go on, or import
        {lab.ca.pem}
        From another machine: ssh -L {port}:127.0.0.1:{port} HERE, then the same address.

        Break it (a reload forgets the tickets that were got before):
            samba-tool delegation del-service svc-kerbgate {spn} -s {smb_conf}
            {program} reload --config {gateway.file}
        Look:
            {program} events --follow --config {gateway.file}
        Mend it:
            samba-tool delegation add-service svc-kerbgate {spn} -s {smb_conf}
        """), flush=True)
    signal.pause()


def walk(lab, is_kept):
    gateway = Kerbgate(lab, free_port())
    tick(f"kerbgate serves {gateway.url} and leads to {lab.web.url}")
    curl = Curl(lab, gateway)
    where = curl.sign_in("alice")
    tick("alice signed in with her domain password, at kerbgate's form")
    seen = see_alice(curl.get(where))
    tick(f"the application greets her by name: REMOTE_USER is {paint('1', seen['remote_user'])}")
    show(json.dumps({name: seen[name] for name in ("remote_user", "gss_name", "target")})
         + "\n" + "\n".join(f"{name}: {value}" for name, value in seen["headers"]))
    break_and_mend(lab, gateway, curl)
    if is_kept:
        keep(lab, gateway)


def end(number, _):
    """Also a terminal that is closed lets everything be taken down."""
    raise SystemExit(128 + number)


def main():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)
    try:
        with Lab() as lab:
            tick(f"a domain {lab.realm} (Samba AD) and a web application that demands Kerberos "
                 "(Apache, mod_auth_gssapi) run")
            walk(lab, "--keep" in sys.argv)
        tick("everything was taken down again")
    except Failed as failed:
        print(f"{paint('31', '✗')} expected {failed}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


sys.exit(main())
