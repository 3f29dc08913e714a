"""The owner's end of a lab's guardian (guardian.py), and the waiting that goes with daemons."""
import json
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).parent
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}


class LabError(Exception):
    """Something of the lab did not start or did not answer; says what, with the end of its log."""


def wait_for(condition, what, seconds=20):
    """Returns the first true value of condition()."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise LabError(f"not within {seconds} s: {what}")
        time.sleep(0.01)  # lint: banned: the pause between two looks of a wait with an end


def listening(address, port):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def write_secret(path, text):
    """Writes a file that only its owner may read, and never was otherwise."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)


def run(argv, question=None, **environment):
    """Runs a short program with `question` on its standard input; its output, or LabError."""
    done = subprocess.run([str(a) for a in argv], input=question or "", text=True,
                          capture_output=True, env={**ENVIRONMENT, **environment})
    if done.returncode:
        name = Path(str(argv[1] if "python" in str(argv[0]) else argv[0])).name
        said = done.stderr.strip() or done.stdout.strip()
        raise LabError(f"{name} failed ({done.returncode}): {said}")
    return done.stdout


class Keeper:
    def __init__(self):
        ours, theirs = socket.socketpair()
        self.channel, self.lock, self.settings = ours, threading.Lock(), {}
        self.clocks = None
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, HERE / "guardian.py", str(theirs.fileno()), str(os.getpid())],
                pass_fds=[theirs.fileno()], start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.lines = ours.makefile("r")
        first = self.receive()
        self.net, self.dir = first["net"], Path(first["dir"])

    def receive(self):
        line = self.lines.readline()
        if not line:
            raise LabError("the guardian has ended")
        message = json.loads(line)
        if "error" in message:
            raise LabError(message["error"])
        return message["result"]

    def ask(self, do, **question):
        with self.lock:
            self.channel.sendall(json.dumps({"do": do, **question}).encode() + b"\n")
            return self.receive()

    def start(self, name, argv, stdin=None, **environment):
        """Starts a daemon, whose output goes to log/NAME.log; stdin is a file's path."""
        self.settings[name] = (argv, stdin, environment)
        clock = self.clocks.environment(name) if self.clocks else {}
        self.ask("start", name=name, argv=[str(a) for a in argv], log=str(self.log(name)),
                 env={**ENVIRONMENT, **clock, **{k: str(v) for k, v in environment.items()}},
                 stdin=stdin and str(stdin))

    def restart(self, name):
        argv, stdin, environment = self.settings[name]
        self.end(name)
        self.start(name, argv, stdin, **environment)

    def end(self, name):
        self.ask("end", name=name)

    def signal(self, name, number):
        self.ask("signal", name=name, number=number)

    def finish(self, name, seconds=60):
        """Waits until a started program has ended well; returns its output."""
        status = wait_for(lambda: {"status": s} if (s := self.ask("poll", name=name)) is not None
                          else None, f"the end of {name}", seconds)["status"]
        if status:
            raise LabError(f"{name} failed ({status}):\n{self.tail(name)}")
        return self.log(name).read_text()

    def wait_until_listening(self, name, address, *ports):
        def ready():
            if self.ask("poll", name=name) is not None:
                raise LabError(f"{name} ended early:\n{self.tail(name)}")
            return all(listening(address, port) for port in ports)
        try:
            wait_for(ready, f"{name} listens on {address} {ports}")
        except LabError as error:
            raise LabError(f"{error}\n{self.tail(name)}") from None

    def log(self, name):
        folder = self.dir / "log"
        folder.mkdir(exist_ok=True)
        return folder / f"{name}.log"

    def tail(self, name, lines=15):
        log = self.log(name)
        text = log.read_text(errors="replace") if log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self, seconds=10):
        """Everything goes: the guardian sees the end of its channel and cleans up."""
        self.lines.close()
        self.channel.close()
        self.process.wait(seconds)
