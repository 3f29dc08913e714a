"""Processes that die, stop and change places, and what each of them may know (invariant 5)."""
import os
import signal
import struct
import subprocess
import threading
from pathlib import Path

import pytest

from gateway import KERBGATE, Gateway, app, wait_until

BACK_IN_S = 2


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    with Gateway(lab, tmp_path_factory.mktemp("processes"), apps, address=106) as running:
        yield running


def is_alive(pid):
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False


def keys_of(keytab):
    """The keys in a keytab of version 2: entries of count, realm, components, …, key."""
    data, at, keys = keytab.read_bytes(), 2, []
    while at < len(data):
        size, = struct.unpack_from(">i", data, at)
        entry, at = data[at + 4:at + 4 + abs(size)], at + 4 + abs(size)
        place = 2
        for _ in range(struct.unpack_from(">H", entry)[0] + 1):
            place += 2 + struct.unpack_from(">H", entry, place)[0]
        length, = struct.unpack_from(">H", entry, place + 11)
        keys.append(entry[place + 13:place + 13 + length])
    return keys


def memory_has(pid, needles):
    """Which of the byte strings are anywhere in what the process can write to."""
    found = set()
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            area, rights = line.split()[:2]
            begin, end = (int(x, 16) for x in area.split("-"))
            if not rights.startswith("rw") or end - begin > 1 << 30:
                continue
            try:
                memory.seek(begin)
                data = memory.read(end - begin)
            except (OSError, ValueError):
                continue
            found |= {needle for needle in needles if needle in data}
    return found


@pytest.mark.parametrize("role", ["worker", "broker"])
def test_a_killed_process_is_back_within_two_seconds_and_nobody_is_signed_out(gateway, role):
    alice = gateway.browser().sign_in("alice")
    before = gateway.children()
    os.kill(before[role], signal.SIGKILL)

    def serves():
        try:
            return gateway.browser().sign_in("bob").get("/").json["remote_user"] == "bob"
        except (OSError, AssertionError):
            return False
    wait_until(serves, BACK_IN_S, f"service after the {role} was killed")
    after = gateway.children()
    assert after[role] != before[role] and len(after) == 2
    assert alice.get("/").json["remote_user"] == "alice"
    wait_until(lambda: any(e["event"] == 20003 and role in e["detail"] for e in gateway.events()),
               5, f"the event that the {role} died")


def test_requests_that_wait_for_a_ticket_survive_the_brokers_death(gateway):
    users = [f"user{n:02}" for n in range(1, 9)]
    browsers = [gateway.browser().sign_in(user) for user in users]
    names = {}

    def ask(user, browser):
        names[user] = browser.get("/").json["remote_user"]
    threads = [threading.Thread(target=ask, args=pair) for pair in zip(users, browsers)]
    for thread in threads:
        thread.start()
    os.kill(gateway.children()["broker"], signal.SIGKILL)
    for thread in threads:
        thread.join(30)
    assert names == {user: user for user in users}
    wait_until(lambda: len(gateway.children()) == 2, BACK_IN_S, "the broker is back")


def test_when_the_supervisor_is_killed_nothing_stays(lab, tmp_path):
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    gateway = Gateway(lab, tmp_path, apps, address=107).start()
    pids = list(gateway.children().values())
    assert len(pids) == 2
    gateway.stop(signal.SIGKILL)
    wait_until(lambda: not any(is_alive(pid) for pid in pids), 5, "the children have ended")
    files = {p.name for p in gateway.state.iterdir()}
    assert files <= {"state.db", "state.db-wal", "state.db-shm"}, "a socket or pid file is left"
    with gateway:
        gateway.browser().sign_in("alice")


def receive_until(connection, end):
    received = b""
    while end not in received:
        more = connection.recv(65536)
        assert more, received
        received += more
    return received


def test_a_stop_lets_a_request_in_flight_finish(lab, tmp_path):
    """Half of it has been answered when the signal comes, so it certainly is in flight."""
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    gateway = Gateway(lab, tmp_path, apps, address=107).start()
    cookie = gateway.browser().sign_in("alice").cookies["__Host-kerbgate"]
    with gateway.tls("hr.example.com") as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: hr.example.com\r\nCookie: "
                           b"__Host-kerbgate=" + cookie.encode() + b"\r\n"
                           b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        receive_until(connection, b"hello")
        gateway.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "stops when" in gateway.log.read_text(), 5, "the signal was taken")
        connection.sendall(b"5\r\nworld\r\n0\r\n\r\n")
        receive_until(connection, b"world")
    assert gateway.process.wait(15) == 0


def test_a_reload_takes_a_new_app_and_refuses_a_bad_file(gateway, lab):
    alice = gateway.browser().sign_in("alice")
    good = gateway.file.read_text()
    gateway.file.write_text(good.replace('"store"', '"stor"'))
    done = gateway.run("reload", check=False)
    assert done.returncode == 1 and 'did you mean "store"?' in done.stderr
    assert alice.get("/").json["remote_user"] == "alice"
    gateway.apps.append(app("news", lab.web.url + "public/", host="hr.example.com")
                        | {"external_url": "https://hr.example.com/news/"})
    gateway.write()
    assert "reloaded" in gateway.run("reload").stdout

    def new_app_answers():
        """The worker before may take one more request on what it has accepted."""
        alice.close()
        return alice.get("/news/x").json["target"] == "/public/x"
    wait_until(new_app_answers, 5, "the worker before accepts nothing more")
    assert alice.get("/").json["remote_user"] == "alice", "a reload signs nobody out"


def test_no_request_fails_while_the_configuration_is_reloaded(gateway):
    alice = gateway.browser().sign_in("alice")
    stop, statuses = threading.Event(), []

    def ask():
        while not stop.is_set():
            statuses.append(alice.get("/").status)
    thread = threading.Thread(target=ask)
    thread.start()
    for _ in range(3):
        gateway.run("reload")
        before = len(statuses)
        wait_until(lambda: len(statuses) > before + 1, 10, "requests after the reload")
    stop.set()
    thread.join(10)
    assert set(statuses) == {200}


def test_only_the_broker_knows_the_keys(gateway):
    """Invariant 5, by looking: the search finds the keys where they are, and nowhere else."""
    gateway.browser().sign_in("alice").get("/")
    keys = keys_of(gateway.lab.connector.keytab)
    assert len(keys) >= 2 and all(len(key) in (16, 32) for key in keys)
    children = gateway.children()
    assert memory_has(children["broker"], keys) == set(keys)
    assert memory_has(children["worker"], keys) == set()
    assert memory_has(gateway.process.pid, keys) == set()


def test_the_worker_cannot_open_the_keytab_nor_look_into_the_broker(gateway):
    children = gateway.children()
    accounts = {role: Path(f"/proc/{pid}/status").read_text() for role, pid in children.items()}

    def field(role, name):
        return next(line.split()[1:] for line in accounts[role].splitlines()
                    if line.startswith(name + ":"))
    assert field("worker", "Uid") != field("broker", "Uid")
    for role in children:
        assert "0" not in field(role, "Uid") + field(role, "Gid")
        assert field(role, "Groups") == []
        assert {field(role, name)[0] for name in ("CapEff", "CapPrm", "CapAmb")} == {"0" * 16}
        assert field(role, "NoNewPrivs") == ["1"] and field(role, "Seccomp") == ["2"]
    worker = int(field("worker", "Uid")[0])
    for path in (gateway.lab.connector.keytab, f"/proc/{children['broker']}/mem"):
        done = subprocess.run(["cat", path], user=worker, group=worker, extra_groups=[],
                              capture_output=True, text=True)
        assert done.returncode and "Permission denied" in done.stderr


def test_a_second_kerbgate_with_the_same_file_is_refused(gateway):
    done = subprocess.run([KERBGATE, "run", "--config", gateway.file], capture_output=True,
                          text=True, timeout=20)
    assert done.returncode == 1 and str(gateway.file) in done.stderr
