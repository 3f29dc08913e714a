"""Packages of npm that tests need: a folder pins them by package-lock.json."""
import fcntl
import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

CACHE = Path(os.environ.get("KERBGATE_CACHE", "/var/cache/kerbgate-tests"))


def modules(folder):
    """Where the packages that the folder pins are, installed once for each content."""
    lock = (folder / "package-lock.json").read_bytes()
    installed = CACHE / f"{folder.name}-{hashlib.sha256(lock).hexdigest()[:16]}"
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "lock", "w", encoding="ascii") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not installed.exists():
            new = Path(tempfile.mkdtemp(dir=CACHE))
            for name in ("package.json", "package-lock.json"):
                shutil.copy(folder / name, new)
            subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=new,
                           check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=300)
            new.rename(installed)
    return installed / "node_modules"
