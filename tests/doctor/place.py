"""Where a row of the matrix happens: the lab's chain to one app, a doctor for it, and somebody who
really opens it."""
import functools
import json
import os
import shlex
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from gateway import KERBGATE, Gateway, app
from lab import Lab
from lab.keeper import LabError

ADDRESS = 140                   # the gateway's, in the lab's network
HOST = "app.corp.example"       # of most rows: its account, SPN and name in the DNS are theirs
SPN, ACCOUNT = f"HTTP/{HOST}", "svc-app"
TWIN_SPN = "HTTP/apx.corp.example"      # of another account, and as long
CONNECTOR = "svc-kerbgate"
LIST = "msDS-AllowedToDelegateTo"
DC = "dc1.corp.example:389"
WHOLE = "gateway", "connector", "store", "identity_providers"   # keys beside "apps"
SECONDS = 30                    # which no run of the doctor's may exceed


@contextmanager
def make_lab(**options):
    """A lab with an application that rows may spoil: svc-app, which Apache serves like the rest."""
    with Lab(clocks=True, **options) as lab:
        # Each place has the same, and some come at one time.
        lab.ca.issue = functools.cache(lab.ca.issue)
        lab.ca.issue("hr.example.com")
        lab.clocks.environment("gateway")
        lab.add_services(**{ACCOUNT: {"spns": [SPN]}, "svc-twin": {"spns": [TWIN_SPN]}})
        lab.samba_tool("delegation", "add-service", CONNECTOR, SPN)
        lab.set_dns(HOST, ("A", lab.web.address))
        lab.app_keytab = lab.export_keytab(lab.dir / "app.keytab", SPN)
        others = [lab.mit.web_keytab, lab.mit.res.web_keytab] if lab.mit else []
        lab.write_web_keytab = lambda app=lab.app_keytab: lab.apache.write_keytab(
            lab.ad.web_keytab, app, *others)
        lab.write_web_keytab()
        yield lab


class Place:
    """A chain. A seed changes `app`, `settings` and the lab; `mends` are what undoes a fault that
    is nobody's command, the name server's for one."""

    def __init__(self, lab, user="alice"):
        self.lab, self.mends, self.whole = lab, [], {}
        # Not in pytest's folder, which is closed to the accounts that serve.
        self.folder = Path(tempfile.mkdtemp(prefix="place-", dir=lab.dir))
        self.folder.chmod(0o755)
        name, _, realm = user.partition("@")
        self.realm = f"{realm}.EXAMPLE" if realm else lab.realm
        self.user, self.asks = name, f"{name}@{self.realm}"
        self.app = app("hr", f"http://{HOST}:{lab.web.port}/", spn=SPN)
        self.settings = {"connector__directory__servers": [DC]}
        self.gateway = Gateway(lab, self.folder, [self.app], address=ADDRESS)

    @property
    def environment(self):
        return self.lab.clocks.environment("gateway")

    def write(self):
        """As Gateway.write does; then what a remedy has said of it."""
        settings = merged(self.gateway.settings(**self.settings), self.whole)
        text, file = json.dumps(settings, indent=2), self.gateway.file
        if not file.exists() or file.read_text() != text:
            file.write_text(text)

    def command(self, *more, user=None):
        return [KERBGATE, "doctor", "hr", "--user", user or self.asks, "--json", "--config",
                self.gateway.file, *more]

    def doctor(self, *more, user=None):
        """A run; the report, with what it printed and how long it took."""
        self.write()
        begun = time.monotonic()
        done = subprocess.run(
            self.command(*more, user=user),
            env={**os.environ, **self.environment}, stdin=subprocess.DEVNULL, timeout=SECONDS + 15,
            capture_output=True, text=True)
        return Report(done, time.monotonic() - begun)

    def works(self):
        """Whether somebody who signs in, at a kerbgate that has just started, sees the app as
        themselves."""
        self.write()
        gateway = self.gateway
        gateway.under("env", *(f"{key}={value}" for key, value in self.environment.items()))
        try:
            with gateway:
                browser = gateway.browser()
                answer = browser.try_sign_in(self.user, self.password)
                if answer.status != 303:
                    return False
                answer = browser.get("/")
                return answer.status == 200 and answer.json["remote_user"] == self.user
        except (AssertionError, OSError, ValueError, KeyError, IndexError):
            return False        # it did not start, or what answered is no page of the lab's

    @property
    def password(self):
        realms = {self.lab.realm: self.lab}
        if self.lab.mit:
            realms |= {self.lab.mit.realm: self.lab.mit, self.lab.mit.res.realm: self.lab.mit.res}
        try:
            return realms[self.realm].password(self.user)
        except (LabError, KeyError):
            return "nobody has one"

    def mend(self):
        for mend in self.mends:
            mend()


class Report:
    def __init__(self, done, seconds):
        self.code, self.error, self.seconds = done.returncode, done.stderr, seconds
        assert self.code in (0, 1), (self.code, done.stderr, done.stdout[:2000])
        self.document = json.loads(done.stdout)
        self.chain = self.document["reports"][0]
        self.checks = {check["id"]: check for check in self.chain["checks"]}

    @property
    def cause(self):
        """The id of the first cause; None: there is none."""
        return (self.chain["first_cause"] or {}).get("id")

    def of(self, *outcomes):
        return [check["id"] for check in self.chain["checks"] if check["outcome"] in outcomes]

    def __str__(self):
        lines = [f"exit {self.code} after {self.seconds:.1f} s: {self.chain.get('outcome')}, "
                 f"{self.chain.get('summary')}", self.error]
        for check in self.chain["checks"]:
            if check["outcome"] in ("fail", "warn", "unknown"):
                lines.append(f"{check['id']} {check['name']}: {check['outcome']} {check['role']}")
                lines += [f"    {text}" for text in check["detail"] + check["evidence"]]
                lines += [f"    {r['shell']} ({r['who']}): {r['command']}"
                          for r in check["remedies"]]
        return "\n".join(lines)


@dataclass
class Finding:
    """A check that failed, as a remedy needs it."""
    check: dict

    @property
    def text(self):
        return "\n".join(self.check["detail"] + self.check["evidence"])

    def commands(self, shell):
        return [r["command"] for r in self.check["remedies"] if r["shell"] == shell]

    @property
    def remedies(self):
        return "\n".join(f"{r['who']}: {r['command']}" for r in self.check["remedies"])


def samba(*words):
    """The remedy that is printed for samba-tool; with words, the one command that has them all."""
    def remedy(place, finding):
        commands = [line for command in finding.commands("samba-tool")
                    for line in command.splitlines() if all(word in line for word in words)]
        assert commands, f"no command with {words}:\n{finding.remedies}"
        assert not words or len(commands) == 1, commands
        for command in commands:
            tool, *arguments = shlex.split(command)
            assert tool == "samba-tool", command
            assert "exportkeytab" not in command or str(place.lab.dir) in command, command
            place.lab.samba_tool(*arguments)
    return remedy


def ldb(*words):
    """The one command for the directory's own file that has the words, on the lab's file."""
    def remedy(place, finding):
        commands = [command for command in finding.commands("shell")
                    if "ldbmodify" in command and all(word in command for word in words)]
        assert len(commands) == 1, f"{len(commands)} with {words}:\n{finding.remedies}"
        place.lab.run_ldb(commands[0])
    return remedy


def by_hand(*words):
    """A remedy that is words to somebody: they name what the seed then mends."""
    def remedy(place, finding):
        for word in words:
            assert word in finding.remedies, f"{word}:\n{finding.remedies}"
        assert place.mends, "the seed says nothing of how it is mended"
        place.mend()
    return remedy


def config(*words):
    """Lines for kerbgate.yaml, put where they say: of the app, or of the whole; with words, the one
    command that has them all."""
    def remedy(place, finding):
        commands = [command for command in finding.commands("kerbgate.yaml")
                    if all(word in command for word in words)]
        assert len(commands) == 1, f"{len(commands)} with {words}:\n{finding.remedies}"
        lines = yaml.load(commands[0], yaml.BaseLoader)
        for name, value in lines.items():
            at = place.whole if name in WHOLE else place.app
            at[name] = merged(at.get(name), value)
    return remedy


def merged(old, new):
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    return {**old, **{name: merged(old.get(name), value) for name, value in new.items()}}


def put(place, name, value):
    """A value of the configuration: of the app, sso__token for one, or of the whole."""
    if "__" in name and not name.startswith("sso"):
        place.settings[name] = value
    elif name.startswith("sso__"):
        place.app["sso"][name.removeprefix("sso__")] = value
    else:
        place.app[name] = value


def shell(*words):
    """Commands for this host, those alone that touch files of the lab."""
    safe = {"chmod", "chown", "install", "mv"}

    def remedy(place, finding):
        commands = [line for command in finding.commands("shell") for line in command.splitlines()
                    if all(word in line for word in words)]
        assert commands, f"no command with {words}:\n{finding.remedies}"
        for command in commands:
            program, *arguments = shlex.split(command)
            if program == "kerbgate":
                continue        # nothing runs that would have to be told
            assert program in safe, command
            paths = [word for word in arguments if word.startswith("/")]
            assert all(path.startswith(str(place.lab.dir)) for path in paths), command
            subprocess.run([program, *arguments], check=True)
    return remedy


def steps(*remedies):
    """One behind the other."""
    def remedy(place, finding):
        for one in remedies:
            one(place, finding)
    return remedy


def also(**values):
    """What is to be set besides, that the remedy of another check would say."""
    def remedy(place, finding):
        for name, value in values.items():
            put(place, name, value(place) if callable(value) else value)
    return remedy


def says(*words):
    """It has these words, and nothing is done by them alone."""
    def remedy(place, finding):
        for word in words:
            assert word in finding.remedies, f"{word}:\n{finding.remedies}"
    return remedy
