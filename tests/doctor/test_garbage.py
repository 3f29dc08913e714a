"""Servers that answer rubbish, or nothing, or a byte a second: the doctor ends in time, and says
which it was."""
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest

from lab.rubbish import MODES, rubbish
from place import SECONDS, Place
from seeds_host import kdcs

FIRST_HOST = 150
PORTS = {"kdc": 88, "dns": 53, "ldap": 389, "http": 8080}
CAUSES = {"kdc": ("N1",), "dns": ("N6a",), "http": ("A17", "N10", "N6c", "N6b")}
CASES = [(service, mode) for service in PORTS for mode in MODES]


def place_of(lab, host, *services):
    """A chain in which those services are at that address."""
    place, address = Place(lab, "alice"), f"{lab.net}.{host}"
    if "kdc" in services:
        kdcs(lambda _: address)(place).__enter__()
    if "dns" in services:
        place.settings["connector__dns"] = [address]
    if "ldap" in services:
        name = f"dc{host}.corp.example"
        lab.set_dns(name, ("A", address))
        place.settings["connector__directory__servers"] = [f"{name}:389"]
    if "http" in services:
        place.app["internal_url"] = f"http://{address}:8080/"
    return place


@pytest.fixture(scope="module")
def reports(lab):
    """Those of each case, and that of a run in which everything hangs; all at one time, since they
    mostly wait."""
    with ExitStack() as stack:
        places = []
        for n, (services, mode) in enumerate([*(([s], m) for s, m in CASES), (PORTS, "hang")]):
            for service in services:
                stack.enter_context(rubbish(f"{lab.net}.{FIRST_HOST + n}", PORTS[service], mode))
            places.append(place_of(lab, FIRST_HOST + n, *services))
        with ThreadPoolExecutor(len(places)) as pool:
            yield list(pool.map(Place.doctor, places))


@pytest.mark.parametrize("n", range(len(CASES)), ids=[" ".join(case) for case in CASES])
def test_it_ends_in_time_and_names_the_server(lab, reports, n):
    report, service = reports[n], CASES[n][0]
    assert report.seconds < SECONDS, str(report)
    if service == "ldap":       # the directory has another server, and the chain does not need it
        assert report.checks["L1"]["outcome"] == "warn", str(report)
    else:
        assert report.code == 1 and report.cause in CAUSES[service], str(report)
    names = f"{lab.net}.{FIRST_HOST + n}", f"dc{FIRST_HOST + n}.corp.example"
    said = [text for check in report.chain["checks"]
            if check["outcome"] in ("fail", "warn", "unknown")
            for text in check["detail"] + check["evidence"]]
    assert any(name in text for text in said for name in names), str(report)


def test_it_ends_in_time_when_everything_hangs(reports):
    report = reports[-1]
    assert report.seconds < SECONDS and report.code == 1, str(report)


def test_it_ends_at_once_when_it_is_told_to(lab):
    place = Place(lab, "alice")
    with rubbish(f"{lab.net}.149", 88, "hang"):
        kdcs(lambda _: f"{lab.net}.149")(place).__enter__()
        place.write()
        running = subprocess.Popen(place.command(), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(0.5)  # lint: banned: so that it is under way, which nothing shows
        running.terminate()
        running.wait(5)
