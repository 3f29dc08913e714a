"""The realms of MIT Kerberos allow what their policy says, by resource and across realms too."""
import json
import re
import subprocess
import time

import pytest

from lab import Lab


@pytest.fixture(scope="module")
def lab():
    with Lab(mit=True) as running:
        yield running


REFUSED = "KDC can't fulfill requested option"


def act_for(lab, user, spn):
    """None if the connector gets a ticket of `user` to `spn`, else what was said."""
    mit = lab.mit
    environment = lab.environment(cache="test-mit", conf=mit.krb5_conf)
    subprocess.run(["kinit", "-f", "-k", "-t", mit.connector.keytab, mit.connector.principal],
                   env=environment, check=True, capture_output=True)
    done = subprocess.run(["kvno", "-k", mit.connector.keytab, "-U", user, "-P", spn],
                          env=environment, capture_output=True, text=True)
    return done.stderr if done.returncode else None


@pytest.mark.parametrize("policy, web, rbcd", [
    ({}, False, False),
    ({"classic": ["web"]}, True, False),
    ({"resource_based": ["rbcd"]}, False, True),
    ({"classic": ["web"], "resource_based": ["rbcd"]}, True, True),
    ({"classic": ["rbcd"], "resource_based": ["web"]}, True, True),
])
def test_the_policy_allows_what_it_says_and_acts_at_once(lab, policy, web, rbcd):
    names = {"web": lab.mit.web.spn, "rbcd": lab.mit.rbcd.spn}
    lab.mit.allow(**{way: [names[n] for n in targets] for way, targets in policy.items()})
    for spn, is_allowed in ((names["web"], web), (names["rbcd"], rbcd)):
        said = act_for(lab, "alice", spn)
        assert said is None if is_allowed else REFUSED in said


def test_who_may_not_be_delegated_is_not(lab):
    lab.mit.allow(classic=[lab.mit.web.spn, lab.mit.brief.spn],
                  resource_based=[lab.mit.rbcd.spn])
    for spn in (lab.mit.web.spn, lab.mit.rbcd.spn):
        assert REFUSED in act_for(lab, "carol", spn)
        assert act_for(lab, "bob", spn) is None


@pytest.mark.parametrize("user", ["rita", "rita@RES.EXAMPLE", "rita@res.example"])
@pytest.mark.parametrize("name", ["web", "rbcd"])
def test_people_of_the_other_realm_are_found_there(lab, user, name):
    said = act_for(lab, user, getattr(lab.mit, name).spn)
    assert "not found" in said if user == "rita" else said is None


@pytest.mark.parametrize("user", ["alice", "bob", "carol", "user01"])
def test_people_sign_in(lab, user):
    subprocess.run(["kinit", user], env=lab.environment(cache="test-mit", conf=lab.mit.krb5_conf),
                   input=lab.mit.password(user) + "\n", text=True, check=True)


def test_the_same_back_end_serves_its_names(lab):
    environment = lab.environment(cache="test-mit", conf=lab.mit.krb5_conf)
    subprocess.run(["kinit", "alice"], env=environment, input=lab.mit.password("alice") + "\n",
                   text=True, check=True)
    for web in (lab.mit.web, lab.mit.rbcd):
        done = subprocess.run(["curl", "-sS", "--negotiate", "-u", ":", *web.resolve, web.url],
                              env=environment, check=True, capture_output=True)
        seen = json.loads(done.stdout)
        assert (seen["remote_user"], seen["gss_name"]) == ("alice", "alice@MIT.EXAMPLE")


def test_a_ticket_is_good_for_as_long_as_the_realm_says(lab):
    mit = lab.mit
    mit.set_our_life(3600)
    lives = {}
    for spn in (mit.brief.spn, mit.web.spn):
        assert act_for(lab, "alice", spn) is None
        said = subprocess.run(["klist"], env={**lab.environment(cache="test-mit"), "TZ": "UTC"},
                              text=True, capture_output=True, check=True).stdout
        starts, ends = re.search(rf"^(\S+ \S+)  (\S+ \S+)  {re.escape(spn)}@", said, re.M).groups()
        lives[spn] = seconds(ends) - seconds(starts)
    mit.set_our_life(0)
    assert lives[mit.brief.spn] <= 10 and 3590 <= lives[mit.web.spn] <= 3600


def seconds(text):
    return time.mktime(time.strptime(text, "%m/%d/%y %H:%M:%S"))
