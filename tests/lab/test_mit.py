"""The realm of MIT Kerberos allows what its policy says, resource-based delegation too."""
import subprocess

import pytest

from lab import Lab


@pytest.fixture(scope="module")
def lab():
    with Lab(mit=True) as running:
        yield running


def act_for(lab, user, spn):
    """Whether the connector gets a ticket of `user` to `spn`."""
    mit = lab.mit
    environment = lab.environment(cache="test-mit", conf=mit.krb5_conf)
    subprocess.run(["kinit", "-f", "-k", "-t", mit.connector.keytab, mit.connector.principal],
                   env=environment, check=True, capture_output=True)
    done = subprocess.run(["kvno", "-k", mit.connector.keytab, "-U", user, "-P", spn],
                          env=environment, capture_output=True, text=True)
    return done.returncode == 0


def test_both_ways_to_delegate_work_and_can_be_taken_away(lab):
    mit = lab.mit
    assert act_for(lab, "alice", mit.web.spn) and act_for(lab, "alice", mit.rbcd.spn)
    mit.allow(classic=[mit.web.spn])
    assert act_for(lab, "alice", mit.web.spn) and not act_for(lab, "alice", mit.rbcd.spn)
    mit.allow(resource_based=[mit.rbcd.spn])
    assert not act_for(lab, "alice", mit.web.spn) and act_for(lab, "alice", mit.rbcd.spn)
    mit.allow(classic=[mit.web.spn], resource_based=[mit.rbcd.spn])


def test_who_may_not_be_delegated_is_not(lab):
    assert not act_for(lab, "carol", lab.mit.web.spn)
