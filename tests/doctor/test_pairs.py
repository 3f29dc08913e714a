"""Pairs of faults: the first cause is the one that blocks the chain earlier, or both are named."""
import itertools

import pytest

import rows_directory
import rows_host
import rows_target
from place import Place

# In the order of the chain: each of these together with each of those that stand behind it.
GROUPS = [
    ["person denied by name", "the app in maintenance"],
    ["this host's clock six minutes ahead", "no domain controller listens"],
    ["person disabled", "person sensitive"],
    ["no protocol transition", "SPN not in the list", "SPN on two accounts"],
    ["nothing listens", "NTLM alone", "bare Kerberos alone", "403 after the sign-in"],
]
ROWS = {row.what: row for row in [*rows_host.ROWS, *rows_directory.ROWS, *rows_target.ROWS]}
# Whom the broker denies is seen with a domain controller alone.
APART = {("person denied by name", "no domain controller listens")}
PAIRS = [(ROWS[one], ROWS[other]) for before, behind in itertools.combinations(GROUPS, 2)
         for one, other in itertools.product(before, behind) if (one, other) not in APART]


@pytest.fixture(scope="module", autouse=True)
def people(lab):
    lab.add_users(*(f"pair{i}" for i in range(len(PAIRS))))


@pytest.mark.parametrize("i", range(len(PAIRS)),
                         ids=[f"{one.what}, {other.what}" for one, other in PAIRS])
def test_the_one_that_blocks_comes_first_or_both_are_named(lab, i):
    one, other = PAIRS[i]
    place = Place(lab, f"pair{i}")
    with one.seed(place), other.seed(place):
        report = place.doctor()
    named = report.of("fail")
    first, second = (row.check.split("|") for row in (one, other))
    assert report.code == 1 and report.cause in first + second, str(report)
    assert report.cause in first or (set(first) & set(named) and set(second) & set(named)), (
        f"{report.cause} and not {first}, and {named}\n{report}")


def test_there_are_at_least_thirty():
    assert len(PAIRS) >= 30
