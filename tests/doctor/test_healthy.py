"""Where nothing is amiss the doctor says so, and a run of it changes nothing."""
import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from lab import faulty
from place import CONNECTOR, HOST, LIST, Place, put
from seed import nothing
from seeds_directory import DISABLED, NORMAL, account, locked, new_password
from seeds_target import anothers_key, backend, url

RUNS = 50
APPS = {        # what is set up otherwise than usual, of those that work
    "usual": {},
    "tls": {"internal_url": "https://web.corp.example:8443/", "sso__spn": "HTTP/web.corp.example"},
    "challenged": {"sso__negotiate": "on_challenge"},
    "kept": {"internal_url": f"http://{HOST}:8080/bound/", "sso__authenticate": "connection"},
    "bare": {"sso__token": "krb5"},
    "mutual": {"sso__mutual": "required"},
}
# What a ticket for itself, which the broker gets all the time, changes of an account.
OF_A_LOGON = {"lastLogon", "lastLogonTimestamp", "logonCount", "replPropertyMetaData",
              "uSNChanged", "whenChanged"}


def place_of(lab, n):
    """The n-th healthy chain: an app, and somebody."""
    name = list(APPS)[n % len(APPS)]
    place = Place(lab, f"user{n % 20 + 1:02}")
    for key, value in APPS[name].items():
        put(place, key, value)
    if name == "tls":
        place.app["backend_tls"] = {"ca": str(lab.ca.pem)}
    return place


def test_fifty_runs_have_nothing_to_say(lab):
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda n: place_of(lab, n).doctor(), range(RUNS)))
    for report in reports:
        assert report.code == 0 and not report.of("fail", "warn"), str(report)
        assert report.chain["outcome"] == "fine", str(report)


@pytest.mark.parametrize("n", range(len(APPS)), ids=list(APPS))
def test_what_is_said_to_be_well_works(lab, n):
    assert place_of(lab, n).works()


def test_an_extended_protection_that_is_met_is_well(lab):
    """A back end that lets nobody in without the bindings."""
    place = Place(lab, "alice")
    certificate = lab.ca.issue(HOST)
    with backend(faulty.bound_to(certificate[0]), certificate=lambda _: certificate)(place):
        report = place.doctor()
    assert report.code == 0 and not report.of("fail", "warn"), str(report)


def files(*folders):
    """{path: (mode, time of change, digest)} of all in the folders."""
    found = {}
    for folder in folders:
        for path, _, names in os.walk(folder):
            for name in ["", *names]:
                file = os.path.join(path, name)
                status = os.stat(file)
                digest = hashlib.sha256(open(file, "rb").read()).hexdigest() if name else ""
                found[file] = (status.st_mode, status.st_uid, status.st_mtime_ns, digest)
    return found


def changes(before, after):
    """{DN: attributes} that are others now, but for what each ticket of its own changes of the
    connector's account."""
    found = {}
    for dn in before | after:
        was, is_now = before.get(dn, {}), after.get(dn, {})
        changed = {name for name in was | is_now if was.get(name) != is_now.get(name)}
        changed -= OF_A_LOGON if dn.startswith(f"CN={CONNECTOR},") else set()
        if changed:
            found[dn] = changed
    return found


SEEDS = {
    "well": nothing(),
    "locked out": locked(),
    "disabled": account(userAccountControl=NORMAL | DISABLED),
    "not delegated": account(CONNECTOR, **{LIST: []}),
    "refused": anothers_key(),
    "no such app": url("http://{host}:1/"),
}


@pytest.mark.parametrize("seed", SEEDS.values(), ids=list(SEEDS))
def test_nothing_has_changed_behind_it(lab, seed):
    place = Place(lab, "bob")
    with seed(place):
        place.works()       # so that there is a state folder, with a store in it
        places = place.folder, place.gateway.state
        before = lab.snapshot(), files(*places)
        place.doctor()
        after = lab.snapshot(), files(*places)
    assert after[1] == before[1]
    assert changes(before[0], after[0]) == {}


def test_an_unknown_name_is_nobodys_failed_log_on(lab):
    place = Place(lab, "alice")
    before = lab.snapshot()
    assert place.doctor(user="nobody-at-all").code == 1
    assert changes(before, lab.snapshot()) == {}


def test_a_stale_keytab_costs_no_more_than_one_bad_password(lab):
    place = Place(lab, "bob")
    stale = new_password(CONNECTOR, lambda _: (lab.connector.keytab, CONNECTOR,
                                                     lab.connector.spn))
    with stale(place):
        before = lab.bad_password_count(CONNECTOR)
        assert place.doctor().code == 1
        assert lab.bad_password_count(CONNECTOR) <= before + 1
