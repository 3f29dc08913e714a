"""What the README has somebody type first."""
import subprocess
import sys
from pathlib import Path

DEMO = Path(__file__).parents[2] / "script/demo.d/demo.py"


def test_the_demonstration_breaks_delegation_and_mends_it():
    seen = subprocess.run([sys.executable, DEMO], capture_output=True, text=True, timeout=120,
                          stdin=subprocess.DEVNULL)
    assert seen.returncode == 0, seen.stdout + seen.stderr
    for step in ("REMOTE_USER is alice", "error      krb-not-delegated", "it works again",
                 "everything was taken down again"):
        assert step in seen.stdout, seen.stdout
