"""The matrix of single faults (test_matrix.py), those in the directory."""
import pytest

from matrix import prove, user_of
from rows_directory import ROWS


@pytest.fixture(scope="module", autouse=True)
def people(lab):
    lab.add_users(*(user_of(i) for i in range(len(ROWS))))


@pytest.mark.parametrize("i", range(len(ROWS)), ids=[row.what for row in ROWS])
def test_the_cause_is_named_and_its_remedy_mends_it(lab, i):
    prove(lab, ROWS[i], user_of(i))
