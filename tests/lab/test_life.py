"""A lab touches nothing of the system, meets no other lab, and leaves nothing behind."""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from lab import Lab
from lab.guardian import descendants
from lab.keeper import wait_for

START = Path(__file__).parent / "start.py"
CHANGES = ("creat,rename,renameat,renameat2,unlink,unlinkat,mkdir,mkdirat,rmdir,link,linkat,"
           "symlink,symlinkat,mknod,mknodat,truncate,chmod,fchmodat,chown,lchown,fchownat,"
           "utimensat,bind")
WRITING = "O_WRONLY|O_RDWR|O_CREAT"


@pytest.fixture
def home():
    """Where a lab makes its directory, as TMPDIR says; pytest's own are closed to www-data."""
    with tempfile.TemporaryDirectory(prefix="kerbgate-home-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def start(home, *arguments, under=()):
    return subprocess.Popen([*under, sys.executable, START, *arguments], text=True,
                            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TMPDIR": str(home),
                                 "PYTHONDONTWRITEBYTECODE": "1"},
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def description(owner):
    """The JSON that start.py prints, which ends at the line of the closing brace."""
    lines = []
    while not lines or lines[-1] != "}\n":
        lines.append(owner.stdout.readline())
        assert lines[-1], owner.stderr.read()
    return json.loads("".join(lines))


def running(pid):
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat[stat.rindex(")") + 2] != "Z"


def kinit(lab, user, password):
    return subprocess.run(["kinit", user], env=lab.environment(cache="test-life"), text=True,
                          input=password + "\n", capture_output=True).returncode == 0


def test_two_labs_do_not_meet(lab):
    with Lab() as other:
        print(lab.timing, other.timing)
        assert other.net != lab.net and other.dir != lab.dir
        assert other.password("alice") != lab.password("alice")
        assert kinit(lab, "alice", lab.password("alice"))
        assert kinit(other, "alice", other.password("alice"))
        assert not kinit(other, "alice", lab.password("alice"))
        other.set_dns("web.corp.example", ("A", other.kdc))
        assert other.account("bob", "mail") == lab.account("bob", "mail")
        folder = other.dir
    assert not folder.exists() and lab.dir.exists()
    assert kinit(lab, "alice", lab.password("alice"))


def written(line, home):
    """The paths outside `home` that a line of strace's says were changed."""
    call = re.match(r"\d+ +(\w+)\(", line)
    if not call or not re.search({"bind": "sun_path=", "open": WRITING, "openat": WRITING}.get(
            call[1], ""), line):
        return []
    base = re.search(r"\((?:AT_FDCWD|\d+)<([^>]*)>", line)
    paths = [os.path.normpath(Path(base[1] if base else "/", path))
             for path in re.findall(r'"([^"]*)"', line)]
    return [p for p in paths if not p.startswith((f"{home}/", "/dev/")) and p != str(home)]


def test_a_lab_changes_nothing_outside_its_directory(home, tmp_path):
    trace = tmp_path / "trace"
    owner = start(home, "--mit", "--timing", under=[
        "strace", "-f", "--seccomp-bpf", "-qq", "-y", "-z", "-s", "500", "-e", "signal=none",
        "-e", f"trace=open,openat,{CHANGES}", "-o", str(trace)])
    assert description(owner)["realm"] == "CORP.EXAMPLE"
    _, said = owner.communicate()           # which ends its standard input
    assert owner.returncode == 0 and " s  total\n" in said, said
    print(said)
    lines = trace.read_text(errors="replace").splitlines()
    assert sum(str(home) in line for line in lines) > 1000
    assert [path for line in lines for path in written(line, home)] == []
    assert list(home.iterdir()) == []


def assert_all_goes(owner, home, family, how):
    assert len(family) > 1 and list(home.glob("kerbgate-lab-*"))
    owner.send_signal(how)
    owner.communicate()
    wait_for(lambda: not any(map(running, family)), f"the end of all of {family}")
    wait_for(lambda: not list(home.iterdir()), f"{home} is empty")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_a_lab_goes_with_its_owner(home, how):
    owner = start(home)
    found = description(owner)
    assert Path(found["dir"]).parent == home
    family = descendants(owner.pid)
    commands = [Path(f"/proc/{pid}/cmdline").read_text() for pid in family]
    assert all(any(name in c for c in commands) for name in ("guardian", "samba", "apache2"))
    assert_all_goes(owner, home, family, how)
    assert owner.returncode == (0 if how == signal.SIGINT else -how)


def test_a_lab_can_be_ended_while_it_starts(home):
    owner = start(home)
    wait_for(lambda: list(home.glob("kerbgate-lab-*/samba/private/*")), "the domain is being made")
    assert_all_goes(owner, home, descendants(owner.pid), signal.SIGTERM)
    assert owner.returncode == 0


def test_the_daemons_of_a_lab_can_be_ended_and_started_again(lab):
    lab.stop_daemon("samba")
    assert not kinit(lab, "bob", lab.password("bob"))
    lab.start_daemon("samba")
    assert kinit(lab, "bob", lab.password("bob"))
