"""The matrix of single faults (test_matrix.py), those in realms of MIT Kerberos."""
import pytest

from matrix import prove
from place import make_lab
from rows_mit import ROWS


@pytest.fixture(scope="module")
def lab():
    with make_lab(mit=True) as running:
        yield running


@pytest.mark.parametrize("i", range(len(ROWS)), ids=[row.what for row in ROWS])
def test_the_cause_is_named_and_its_remedy_mends_it(lab, i):
    prove(lab, ROWS[i], ROWS[i].user)
