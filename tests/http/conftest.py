"""One kerbgate of a kind, and its back end, for each process that runs tests (gate.py)."""
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from gate import Gate, secure_gate  # noqa: E402
from lab.keeper import Keeper  # noqa: E402


@pytest.fixture(scope="session")
def keeper():
    keeper = Keeper()
    try:
        yield keeper
    finally:
        keeper.stop()


@pytest.fixture(scope="session")
def gate(keeper):
    return Gate(keeper, 130)


@pytest.fixture(scope="session")
def secure(keeper):
    return secure_gate(keeper, 140)
