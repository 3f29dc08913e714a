"""The clocks of a lab's hosts, each of which can be put ahead of the machine's (clock/clock.c)."""
import os
import struct
from contextlib import contextmanager

from .keeper import HERE, run


class Clocks:
    """A host is a daemon of the lab ("samba", "mit", "res", "apache"), or any name of a test's."""

    def __init__(self, folder):
        self.dir = folder / "clocks"
        self.dir.mkdir()
        self.library = self.dir / "clock.so"
        run(["cc", "-O2", "-Wall", "-Wextra", "-shared", "-fPIC", "-o", self.library,
             HERE / "clock" / "clock.c"], TMPDIR=str(folder))

    def environment(self, host):
        """Of a program of that host's, from its start."""
        file = self.dir / host
        if not file.exists():
            file.write_bytes(struct.pack("=q", 0))
        # A program under the address sanitizer wants its library before ours, and does not need it.
        options = f"{os.environ.get('ASAN_OPTIONS', '')}:verify_asan_link_order=0"
        return {"LD_PRELOAD": str(self.library), "KERBGATE_CLOCK": str(file),
                "ASAN_OPTIONS": options}

    def set(self, host, seconds):
        """Acts at once; the file keeps its place, since it is mapped."""
        with open(self.dir / host, "r+b", buffering=0) as file:
            file.write(struct.pack("=q", seconds))

    @contextmanager
    def ahead(self, host, seconds):
        self.set(host, seconds)
        try:
            yield
        finally:
            self.set(host, 0)
