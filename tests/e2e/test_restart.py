"""kerbgate restart: the program that is installed now takes over, in the same process and without
one failed request; one that cannot is not let near."""
import os
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from clients import ALL, all_have_moved, load
from gateway import KERBGATE, Gateway, app, wait_until

RESTARTS = 4


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    apps = [app("hr", lab.web.url, spn=lab.web.spn),
            app("open", lab.web.url + "public/", pre_authentication="passthrough")]
    folder = tmp_path_factory.mktemp("restart")
    gateway = Gateway(lab, folder, apps, address=128)
    listen = gateway.settings()["gateway"]["listen"]
    gateway.write(gateway__listen=[*listen, {"address": f"{gateway.address}:80", "mode": "http"}])
    gateway.program = folder / "kerbgate"
    install(gateway)
    with gateway:
        yield gateway


def install(gateway, content=None):
    """As a package manager does it: another file under the name."""
    new = gateway.program.with_suffix(".new")
    if content is None:
        shutil.copy2(KERBGATE, new)
    else:
        new.write_text(content)
        new.chmod(0o755)
    os.replace(new, gateway.program)


def runs_what_is_installed(gateway):
    return os.stat(f"/proc/{gateway.process.pid}/exe").st_ino == gateway.program.stat().st_ino


def test_no_request_fails_while_the_program_is_replaced_over_and_over(gateway):
    with load(gateway, ALL) as clients:
        for _ in range(RESTARTS):
            old, before = gateway.children(), [client.done for client in clients]
            install(gateway)
            assert not runs_what_is_installed(gateway)
            assert "restarted: kerbgate " in gateway.run("restart").stdout
            assert runs_what_is_installed(gateway)
            assert not set(old.values()) & set(gateway.children().values())
            wait_until(lambda: all_have_moved(clients, before), 30, "each was answered since")
    for client in clients:
        client.check()


def test_what_it_took_over_is_looked_after_as_its_own(gateway):
    install(gateway)
    gateway.run("restart")
    worker = gateway.children()["worker"]
    os.kill(worker, 9)
    wait_until(lambda: gateway.children().get("worker", worker) != worker and gateway.answers(),
               10, "the worker is started again")
    assert "reloaded" in gateway.run("reload").stdout


CANNOT = {
    "is no program": ("nothing", "Exec format error"),
    "ends at once": ("#!/bin/false\n", "it ended with status 1"),
    "dies": ("#!/bin/sh\nkill -9 $$\n", "signal 9"),
    "does not know the hand-over": ("#!/bin/sh\necho it is another kerbgate\nexit 1\n",
                                    "it is another kerbgate"),
}


@pytest.mark.parametrize("name", CANNOT)
def test_a_program_that(gateway, name):
    content, words = CANNOT[name]
    old = gateway.children()
    install(gateway, content)
    try:
        done = gateway.run("restart", check=False)
    finally:
        install(gateway)
    assert done.returncode == 1 and words in done.stderr
    assert "the program before goes on serving" in done.stderr
    assert gateway.children() == old and gateway.answers()
    assert "not restarted: " in gateway.log.read_text()


def test_a_configuration_that_is_wrong_is_found_before_anything_is_changed(gateway):
    old, right = gateway.children(), gateway.file.read_text()
    gateway.file.write_text(right.replace('"threads": 2', '"threads": "many"'))
    done = gateway.run("restart", check=False)
    gateway.file.write_text(right)
    assert done.returncode == 1 and "gateway.threads" in done.stderr
    assert gateway.children() == old
    assert "restarted" in gateway.run("restart").stdout


def test_one_that_takes_over_and_cannot_serve_leaves_that_to_the_processes_before(gateway):
    """Whether a port can be had shows only when it is opened, which the trial does not."""
    old, right = gateway.children(), gateway.file.read_text()
    listen = gateway.settings()["gateway"]["listen"]
    with socket.create_server((gateway.address, 81)):
        gateway.write(gateway__listen=[*listen, {"address": f"{gateway.address}:81",
                                                 "mode": "http"}])
        install(gateway)
        done = gateway.run("restart", check=False)
    gateway.file.write_text(right)
    assert done.returncode == 1 and "port 81" in done.stderr
    assert "took over, but" in done.stderr and "go on serving" in done.stderr
    assert gateway.events()[-1]["event"] == 20002
    assert runs_what_is_installed(gateway)
    assert gateway.children() == old and gateway.answers()
    assert "reloaded" in gateway.run("reload").stdout
    assert not set(old.values()) & set(gateway.children().values())


def processes_of(gateway):
    found = subprocess.run(["pgrep", "-P", str(gateway.process.pid), "-l"], capture_output=True,
                           text=True).stdout.split()
    return dict(zip(found[1::2], found[::2]))


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_trial_that_hangs_ends_with_the_supervisor(lab, tmp_path, how):
    """It has the ports and the socket of kerbgate reload, which the next start needs."""
    gateway = Gateway(lab, tmp_path, [app("open", lab.web.url)], address=129)
    gateway.program = tmp_path / "kerbgate"
    install(gateway)
    with gateway:
        install(gateway, "#!/bin/sh\nexec sleep 600\n")
        asks = subprocess.Popen([KERBGATE, "restart", "--config", gateway.file],
                                stderr=subprocess.PIPE, text=True)
        wait_until(lambda: "sleep" in processes_of(gateway), 5, "the trial runs")
        pids, begun = processes_of(gateway).values(), time.monotonic()
        gateway.stop(how)
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), 6,
                   "all its processes are gone")
        assert time.monotonic() - begun < 9, "it does not wait for gateway.limits.drain_timeout"
        assert "kerbgate" in asks.communicate(timeout=10)[1] and asks.returncode == 1
    install(gateway)
    with gateway:
        assert "restarted" in gateway.run("restart").stdout


def held(gateway):
    """{role: how many (listening ports, sockets of kerbgate reload, texts in memory)}."""
    ports = {line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
             if line.split()[3] == "0A"}
    reloads = {line.split()[6] for line in Path("/proc/net/unix").read_text().splitlines()
               if "@kerbgate/" in line}
    what = {}
    for role, pid in gateway.children().items():
        links = [os.readlink(link) for link in Path(f"/proc/{pid}/fd").iterdir()]
        inodes = Counter(link[8:-1] for link in links if link.startswith("socket:["))
        what[role] = (sum(inodes[port] for port in ports), sum(inodes[port] for port in reloads),
                      sum("memfd:" in link for link in links))
    return what


def test_no_process_gets_a_descriptor_that_is_not_its_own(gateway):
    gateway.run("restart")
    wait_until(lambda: len(gateway.children()) == 2, 5, "one generation is left")
    assert held(gateway) == {"worker": (4, 0, 0), "broker": (0, 0, 0)}, "2 threads, 2 addresses"


def test_no_descriptor_is_left_over(gateway):
    def count():
        return len(os.listdir(f"/proc/{gateway.process.pid}/fd"))
    gateway.run("restart")
    wait_until(lambda: len(gateway.children()) == 2, 5, "one generation is left")
    before = count()
    for _ in range(3):
        gateway.run("restart")
        wait_until(lambda: count() <= before, 15, "the generation before is gone")


def test_a_stop_does_not_wait_for_a_program_that_is_tried(gateway):
    """Which has copies of all descriptors, and would keep the others from seeing their end."""
    install(gateway, "#!/bin/sh\nsleep 60\n")
    seen = gateway.log.read_text().count("tries whether")
    asks = subprocess.Popen([KERBGATE, "restart", "--config", gateway.file],
                            stderr=subprocess.PIPE, text=True)
    wait_until(lambda: gateway.log.read_text().count("tries whether") > seen, 10, "the trial")
    begun = time.monotonic()
    assert gateway.stop() == 0
    assert time.monotonic() - begun < 8, "gateway.limits.drain_timeout is 10 s"
    assert "is being stopped" in asks.communicate(timeout=10)[1] and asks.returncode == 1
    install(gateway)
    gateway.start()
