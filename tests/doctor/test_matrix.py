"""The matrix of single faults: each is named as the first cause, with its evidence; the remedy that
is printed, done as it is printed, makes the chain whole; and then there is nothing left to say."""
import pytest

import rows_host
import rows_target
from matrix import prove, user_of

ROWS = rows_host.ROWS + rows_target.ROWS


@pytest.fixture(scope="module", autouse=True)
def people(lab):
    lab.add_users(*(user_of(i) for i in range(len(ROWS))))


@pytest.mark.parametrize("i", range(len(ROWS)), ids=[row.what for row in ROWS])
def test_the_cause_is_named_and_its_remedy_mends_it(lab, i):
    prove(lab, ROWS[i], user_of(i))
