"""The guardian of one lab: parent of all its daemons, and the one that cleans up after it.

It chooses the lab's network 127.A.B.0/24 and makes its directory, then starts and stops daemons as
the owner asks on a socket, one JSON line each way. It is a subreaper: what a daemon leaves behind
becomes the guardian's child. When the owner is gone, however it went (end of file on the socket, or
its process has ended), it kills every descendant and removes the directory.

    python3 guardian.py FD OWNER_PID
"""
import ctypes
import json
import os
import random
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PR_SET_CHILD_SUBREAPER = 36
LOCK_PORT = 1           # bound on 127.A.B.1 while the lab lives: whoever has it has the network
DAEMON_PORTS = [("10", 88), ("10", 53), ("20", 80), ("30", 88), ("31", 88), ("40", 88)]


def free(address, port, kind):
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def claim_network():
    """Returns (network, socket): the bound socket is the lock, which the kernel frees with us."""
    chance = random.SystemRandom()
    for _ in range(200):
        net = f"127.{chance.randint(64, 250)}.{chance.randint(1, 250)}"
        lock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            lock.bind((f"{net}.1", LOCK_PORT))
        except OSError:
            lock.close()
            continue
        kinds = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
        if all(free(f"{net}.{host}", port, kind) for host, port in DAEMON_PORTS for kind in kinds):
            return net, lock
        lock.close()
    raise SystemExit("no free network under 127.0.0.0/8")


def parents():
    """{pid: parent pid} of every process."""
    table = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_bytes()
            except OSError:
                continue
            table[int(entry.name)] = int(stat[stat.rindex(b")") + 2:].split()[1])
    return table


def descendants(root):
    table, found, level = parents(), [], [root]
    while level:
        level = [pid for pid, parent in table.items() if parent in level]
        found += level
    return found


def kill(pids, number=signal.SIGKILL):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def kill_group(group, number=signal.SIGKILL):
    """Also whom a member forks at this moment; whether there was anybody."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    return True


class Guardian:
    def __init__(self, channel, owner):
        self.channel, self.daemons, self.status = channel, {}, {}
        self.wake, wake_end = socket.socketpair()
        wake_end.setblocking(False)
        self.wake.setblocking(False)
        signal.set_wakeup_fd(wake_end.fileno(), warn_on_full_buffer=False)
        self.wake_end = wake_end
        self.stopping = False
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, self.stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        self.owner = os.pidfd_open(owner)
        self.net, self.lock = claim_network()
        self.dir = Path(tempfile.mkdtemp(prefix="kerbgate-lab-"))

    def stop(self, *_):
        self.stopping = True

    def start(self, name, argv, env, log, stdin=None):
        with open(log, "ab") as output, open(stdin or os.devnull, "rb") as source:
            child = subprocess.Popen(argv, env=env, cwd=self.dir, stdin=source, stdout=output,
                                     stderr=subprocess.STDOUT, start_new_session=True)
        self.daemons[name] = child.pid
        self.status.pop(name, None)
        return child.pid

    def poll(self, name):
        """None while it runs, else its exit status (negative: the signal)."""
        self.reap()
        return self.status.get(name)

    def end(self, name):
        pid = self.daemons.get(name)
        if pid is None or name in self.status:
            return
        family = [pid, *descendants(pid)]
        kill_group(pid)
        kill(family)
        deadline = time.monotonic() + 5
        while (kill_group(pid) or set(family) & set(parents())) and time.monotonic() < deadline:
            self.reap()
            select.select([self.wake], [], [], 0.01)

    def signal(self, name, number):
        pid = self.daemons[name]
        kill([pid, *descendants(pid)], number)

    def reap(self):
        names = {pid: name for name, pid in self.daemons.items()}
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if pid == 0:
                return True
            if pid in names:
                self.status[names[pid]] = os.waitstatus_to_exitcode(status)

    def answer(self, line):
        question = json.loads(line)
        act = {"start": self.start, "poll": self.poll, "end": self.end,
               "signal": self.signal}[question.pop("do")]
        try:
            return {"result": act(**question)}
        except OSError as error:
            return {"error": str(error)}

    def serve(self):
        os.chmod(self.dir, 0o755)
        self.say({"result": {"net": self.net, "dir": str(self.dir)}})
        received = b""
        while not self.stopping:
            ready, _, _ = select.select([self.channel, self.wake, self.owner], [], [])
            if self.wake in ready:
                self.wake.recv(4096)
                self.reap()
            if self.owner in ready:
                return
            if self.channel in ready:
                got = self.channel.recv(65536)
                if not got:
                    return
                *lines, received = (received + got).split(b"\n")
                for line in lines:
                    self.say(self.answer(line))

    def say(self, message):
        self.channel.sendall(json.dumps(message).encode() + b"\n")

    def clean_up(self):
        while self.reap():
            kill(descendants(os.getpid()))
            select.select([self.wake], [], [], 0.01)
        shutil.rmtree(self.dir, ignore_errors=True)


def main():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    os.umask(0o022)
    guardian = Guardian(socket.socket(fileno=int(sys.argv[1])), int(sys.argv[2]))
    try:
        guardian.serve()
    except (BrokenPipeError, ConnectionResetError):
        pass
    finally:
        guardian.clean_up()


if __name__ == "__main__":
    main()
