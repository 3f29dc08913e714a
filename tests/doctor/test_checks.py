"""No check without its fault."""
import subprocess

import rows_directory
import rows_host
import rows_mit
import rows_target
from gateway import KERBGATE

ROWS = [*rows_host.ROWS, *rows_directory.ROWS, *rows_target.ROWS, *rows_mit.ROWS]
# Why a check has no row.
NOT_SEEDED = {
    "D13": "Samba's level says nothing of what its KDC can; the check leaves it out",
    "D15": "nothing to be found out: other hosts cannot be seen",
    "D16": "the lab has one domain controller",
    "D19": "no KDC of the lab's gives a ticket of somebody else; unit tests do",
    "P7": "nothing to be found out: a person's own ticket needs their password",
    "A5": "nothing to be found out: a setting of IIS",
    "A7b": "nothing to be found out: a setting of IIS",
    "A9": "nothing to be found out: the log of IIS",
    "A16": "nothing to be found out: what the application does in the person's name",
}


def test_every_check_has_a_fault_that_it_finds():
    printed = subprocess.run([KERBGATE, "doctor", "--print-checks"], capture_output=True, text=True,
                             check=True).stdout
    checks = {line.split()[0] for line in printed.splitlines()}
    seeded = {check for row in ROWS for check in row.check.split("|")}
    assert seeded <= checks, f"no such check: {sorted(seeded - checks)}"
    assert not checks - seeded - NOT_SEEDED.keys(), (
        f"without a row: {sorted(checks - seeded - NOT_SEEDED.keys())}")
    assert NOT_SEEDED.keys() <= checks - seeded, sorted(NOT_SEEDED.keys() - (checks - seeded))


def test_there_are_at_least_forty_five_faults_each_by_its_own_name():
    assert len(ROWS) >= 45
    assert len({row.what for row in ROWS}) == len(ROWS)
