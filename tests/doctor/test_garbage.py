"""Servers that answer rubbish, or nothing, or a byte a second: the doctor ends in time, and says
which it was."""
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

import seeds
from lab.rubbish import MODES, rubbish
from place import SECONDS, Place

FIRST_HOST = 150
PORTS = {"kdc": 88, "dns": 53, "ldap": 389, "http": 8080}
CASES = [(service, mode) for service in PORTS for mode in MODES]


def place_of(lab, service, host):
    """A chain in which that service is at that address."""
    place, address = Place(lab, "alice"), f"{lab.net}.{host}"
    if service == "kdc":
        seeds.kdcs(lambda _: address)(place).__enter__()
    elif service == "dns":
        place.settings["connector__dns"] = [address]
    elif service == "ldap":
        name = f"dc{host}.corp.example"
        lab.set_dns(name, ("A", address))
        place.settings["connector__directory__servers"] = [f"{name}:389"]
    else:
        place.app["internal_url"] = f"http://{address}:8080/"
    return place


@pytest.fixture(scope="module")
def reports(lab):
    """{case: report}, of runs at one time: they mostly wait."""
    with ExitStack() as stack:
        places = []
        for n, (service, mode) in enumerate(CASES):
            address = f"{lab.net}.{FIRST_HOST + n}"
            stack.enter_context(rubbish(address, PORTS[service], mode))
            places.append(place_of(lab, service, FIRST_HOST + n))
        with ThreadPoolExecutor(len(places)) as pool:
            yield dict(zip(CASES, pool.map(Place.doctor, places)))


@pytest.mark.parametrize("n", range(len(CASES)), ids=[" ".join(case) for case in CASES])
def test_it_ends_in_time_and_names_the_server(lab, reports, n):
    report = reports[CASES[n]]
    assert report.seconds < SECONDS, str(report)
    assert report.code == 1, str(report)
    names = f"{lab.net}.{FIRST_HOST + n}", f"dc{FIRST_HOST + n}.corp.example"
    said = [text for check in report.chain["checks"]
            if check["outcome"] in ("fail", "warn", "unknown")
            for text in check["detail"] + check["evidence"]]
    assert any(name in text for text in said for name in names), str(report)


def test_it_ends_in_time_when_everything_hangs(lab):
    place = Place(lab, "alice")
    with ExitStack() as stack:
        for n, (service, port) in enumerate(PORTS.items()):
            host = FIRST_HOST + len(CASES) + n
            stack.enter_context(rubbish(f"{lab.net}.{host}", port, "hang"))
            other = place_of(lab, service, host)
            place.settings |= other.settings
            if service == "http":
                place.app["internal_url"] = other.app["internal_url"]
        report = place.doctor()
    assert report.seconds < SECONDS and report.code == 1, str(report)


def test_it_ends_at_once_when_it_is_told_to(lab):
    place = Place(lab, "alice")
    with rubbish(f"{lab.net}.149", 88, "hang"):
        seeds.kdcs(lambda _: f"{lab.net}.149")(place).__enter__()
        place.write()
        running = subprocess.Popen(place.command(), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(0.5)  # lint: banned: so that it is under way, which nothing shows
        running.terminate()
        running.wait(5)
