"""Fixtures of the doctor's tests: a lab for each file, which has what rows spoil."""
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "e2e"),
                str(Path(__file__).parents[1])]

from place import make_lab  # noqa: E402


@pytest.fixture(scope="module")
def lab():
    with make_lab() as running:
        yield running
