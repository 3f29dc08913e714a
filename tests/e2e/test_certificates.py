"""Certificates that are renewed under a kerbgate that runs, and those that are chosen by name."""
import contextlib
import shutil
import threading

import pytest

from gateway import Gateway, app, wait_until

SOON_S = 40  # two looks, WATCH_S apart, and the start of two processes
HOSTS = ["open.example.com", "also.example.com", "third.wild.example.com"]


@pytest.fixture
def gateway(lab, tmp_path):
    """Two pairs of files in a folder of the test's own."""
    apps = [app(host.split(".")[0], lab.web.url + "public/", host=host,
                pre_authentication="passthrough") for host in HOSTS]
    pairs = {}
    for name, hosts in (("first", HOSTS[:1]), ("wild", HOSTS[1:2] + ["*.wild.example.com"])):
        pairs[name] = {"certificate": tmp_path / f"{name}.pem", "key": tmp_path / f"{name}.key"}
        put(pairs[name], lab.ca.issue(f"{name}.invalid", *hosts))
    text = [{key: str(file) for key, file in pair.items()} for pair in pairs.values()]
    with Gateway(lab, tmp_path, apps, address=120, gateway__listen__0__certificates=text[1:],
                 gateway__listen__0__certificate=text[0]["certificate"],
                 gateway__listen__0__key=text[0]["key"]) as running:
        running.pairs = pairs
        yield running


def put(pair, files, parts=("certificate", "key")):
    """As ACME clients do: written beside, then moved."""
    for part, file in zip(("certificate", "key"), files):
        if part in parts:
            beside = pair[part].with_suffix(".new")
            shutil.copy(file, beside)
            beside.rename(pair[part])


def served(gateway, host):
    with gateway.tls(host) as connection:
        return connection.getpeercert(binary_form=True)


def names(gateway, host):
    with gateway.tls(host) as connection:
        return [name for _, name in connection.getpeercert()["subjectAltName"]]


def details(gateway, number):
    return [event["detail"] for event in gateway.events() if event["event"] == number]


@contextlib.contextmanager
def requests_go_on(gateway):
    """A kept connection and new ones, each asking without a pause; what failed is in the list."""
    failed, done, is_over = [], [0, 0], threading.Event()

    def ask(number, is_kept):
        browser = gateway.browser()
        while not is_over.is_set():
            try:
                assert browser.get("/").status == 200
                done[number] += 1
            except Exception as error:  # whatever it is, it is to be seen
                failed.append(error)
            if not is_kept:
                browser.close()
    threads = [threading.Thread(target=ask, args=pair) for pair in ((0, True), (1, False))]
    for thread in threads:
        thread.start()
    try:
        yield failed
    finally:
        is_over.set()
        for thread in threads:
            thread.join(30)
    assert not failed and min(done) > 50, (failed[:3], done)


def test_the_name_that_is_asked_for_chooses_the_certificate(gateway):
    assert names(gateway, HOSTS[0]) == ["first.invalid", HOSTS[0]]
    assert names(gateway, HOSTS[1]) == ["wild.invalid", HOSTS[1], "*.wild.example.com"]
    assert names(gateway, HOSTS[2]) == names(gateway, HOSTS[1])
    for host in HOSTS:
        assert gateway.browser(host).get("/").status == 200


def test_a_renewed_certificate_is_served_without_a_restart_or_a_failure(gateway, lab):
    supervisor, old = gateway.process.pid, served(gateway, HOSTS[1])
    first = served(gateway, HOSTS[0])
    new = lab.ca.issue("renewed.invalid", *HOSTS[1:])
    with requests_go_on(gateway):
        # The certificate alone does not fit the key that is there: refused, once.
        put(gateway.pairs["wild"], new, ["certificate"])
        refused = wait_until(lambda: details(gateway, 20006), SOON_S, "the pair is refused")
        assert "wild.key" in refused[0], "the file that is wrong is named"
        assert served(gateway, HOSTS[1]) == old
        # What nobody has asked to load stays where it is.
        gateway.file.write_text("half a thought:")
        put(gateway.pairs["wild"], new, ["key"])
        wait_until(lambda: served(gateway, HOSTS[1]) != old, SOON_S, "the new certificate")
        # The processes before may take a connection until they have heard that they are followed.
        wait_until(lambda: "renewed.invalid" in names(gateway, HOSTS[1]), 5, "it again")
        assert served(gateway, HOSTS[0]) == first
        wait_until(lambda: "20005" in gateway.log.read_text(), 5, "the event")
    gateway.write()
    assert len(details(gateway, 20006)) == 1 and len(details(gateway, 20005)) == 1
    assert not details(gateway, 20001) and not details(gateway, 20002)
    assert gateway.process.poll() is None and gateway.process.pid == supervisor
    assert "BEGIN" not in gateway.log.read_text()
