"""A host's clock can be put ahead; those of others, and what measures time, go on as they are."""
import email.utils
import subprocess
import time
import urllib.request

import pytest

from lab import Lab

PYTHON = "/usr/bin/python3"


@pytest.fixture(scope="module")
def lab():
    with Lab(clocks=True) as running:
        yield running


def told(lab, clock="time"):
    """What a program of a test's own host is told, when another has started it with no environment
    at all, as kerbgate starts its processes."""
    program = f"import time; print(time.{clock}())"
    start = f"import os; os.execve({PYTHON!r}, {[PYTHON, '-c', program]}, {{}})"
    done = subprocess.run([PYTHON, "-c", start], capture_output=True, text=True, check=True,
                          env=lab.clocks.environment("mine"))
    return float(done.stdout)


def back_end(lab):
    """The clock of Apache's host, by its answer's Date."""
    with urllib.request.urlopen(f"http://{lab.web.address}:{lab.web.port}/public/") as answer:
        return email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp()


def test_the_clock_of_one_host_is_put_ahead_while_it_runs(lab):
    assert abs(back_end(lab) - time.time()) < 60
    with lab.clocks.ahead("apache", 360):
        assert 300 < back_end(lab) - time.time() < 420
    with lab.clocks.ahead("samba", 360):
        assert abs(back_end(lab) - time.time()) < 60
    with lab.clocks.ahead("apache", -360):
        assert -420 < back_end(lab) - time.time() < -300


def test_a_program_takes_its_clock_along_and_what_measures_time_is_let_alone(lab):
    assert abs(told(lab) - time.time()) < 60
    with lab.clocks.ahead("mine", 360):
        assert 300 < told(lab) - time.time() < 420
        assert abs(told(lab, "monotonic") - time.monotonic()) < 60
