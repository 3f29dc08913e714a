"""A lab touches nothing of the system, meets no other lab, and leaves nothing behind."""
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from lab import Lab
from lab.keeper import wait_for

SYSTEM = ["/etc", "/var/lib/samba", "/var/lib/krb5kdc", "/var/log/samba", "/var/log/apache2",
          "/var/cache/samba", "/run/samba", "/run/apache2", "/var/www"]


def state_of_the_system():
    """{path: (size, time of change)} of all that a domain, a KDC or a web server might write."""
    found = {}
    for root in SYSTEM:
        for folder, _, names in os.walk(root):
            for name in names:
                path = Path(folder, name)
                if path.is_file():
                    found[str(path)] = (path.stat().st_size, path.stat().st_mtime_ns)
    return found


def processes_of(folder):
    """Those that have the lab's folder in their command line or as their current folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            text = (entry / "cmdline").read_bytes().decode(errors="replace")
            if folder in text or os.readlink(entry / "cwd").startswith(folder):
                found.append(f"{entry.name}: {text}")
        except OSError:
            continue
    return found


def test_a_lab_touches_nothing_of_the_system_and_two_do_not_meet():
    before = state_of_the_system()
    with Lab(mit=True) as one, Lab() as two:
        print(one.timing, two.timing)
        assert one.net != two.net and one.dir != two.dir
        one.set_password("alice", "Aa1-only-here")
        for lab, password, ok in ((one, "Aa1-only-here", True), (two, "Aa1-only-here", False)):
            done = subprocess.run(["kinit", "alice"], env=lab.environment(), text=True,
                                  input=password + "\n", capture_output=True)
            assert (done.returncode == 0) == ok, done.stderr
        folders = [str(one.dir), str(two.dir)]
    assert state_of_the_system() == before
    for folder in folders:
        assert not Path(folder).exists() and not processes_of(folder)


def test_when_its_owner_is_killed_everything_goes():
    owner = subprocess.Popen([sys.executable, Path(__file__).parent / "start.py"], text=True,
                             stdout=subprocess.PIPE)
    text = ""
    while not text.endswith("}\n") or text.count("{") != text.count("}"):
        line = owner.stdout.readline()
        assert line, text
        text += line
    folder = json.loads(text)["dir"]
    assert Path(folder).exists() and len(processes_of(folder)) > 3
    os.kill(owner.pid, signal.SIGKILL)
    owner.wait()
    wait_for(lambda: not processes_of(folder) and not Path(folder).exists(), "everything is gone")
