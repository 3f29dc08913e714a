"""What six back ends saw of all rows is what kerbgate says that it sent: no row makes two requests
out of one, or one out of two, for any of them."""
import json
import os
import secrets
import socket
from pathlib import Path

import pytest

import rows_fields
import rows_framing
import rows_head
import rows_methods
from http_test import NEXT
from lab.keeper import Keeper, LabError, wait_for
from back_ends import KINDS, start_all


KERBGATE = os.environ.get("KERBGATE") or str(
    Path(__file__).resolve().parents[2] / "build" / "kerbgate")
PORT = 80
NAMES = [kind.__name__ for kind in KINDS]
ROWS = [*rows_fields.ROWS, *rows_framing.ROWS, *rows_head.ROWS, *rows_methods.ROWS]


class Gates:
    """kerbgate before all six, each under a host of its own."""

    def __init__(self, keeper):
        self.keeper, self.address = keeper, f"{keeper.net}.137"
        self.log = keeper.dir / "access.log"
        self.backends = start_all(keeper, f"{keeper.net}.138")
        file = keeper.dir / "kerbgate.yaml"
        file.write_text(json.dumps(self.settings()))
        keeper.start("kerbgate", [KERBGATE, "run", "--config", file])
        keeper.wait_until_listening("kerbgate", self.address, PORT)
        # A look whether it listens is a request to some.
        self.before = {name: len(self.lines(name)) for name in self.backends}

    def settings(self):
        return {
            "gateway": {"listen": [{"address": f"{self.address}:{PORT}", "mode": "http"}],
                        "threads": 1, "run_as": {"user": "nobody", "broker_user": "daemon"},
                        "access_log": {"file": str(self.log)}},
            "store": f"sqlite:{self.keeper.dir}/state-{secrets.token_hex(4)}/state.db",
            "apps": [{"name": name, "external_url": f"https://{name}.example.com/",
                      "internal_url": f"http://{self.keeper.net}.138:{port}/",
                      "pre_authentication": "passthrough", "sso": {"mode": "none"}}
                     for name, (port, _) in self.backends.items()],
        }

    def send(self, sent):
        """Until the other side closes."""
        with socket.create_connection((self.address, PORT), timeout=20) as connection:
            try:
                connection.sendall(sent)
                while connection.recv(65536):
                    pass
            except (BrokenPipeError, ConnectionResetError):
                pass

    def sent_on(self, name):
        """The methods of requests that went to this back end, as kerbgate logged them."""
        text = self.log.read_text()     # perhaps while its last line is being written
        lines = [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]
        return sorted(line["method"] for line in lines
                      if line.get("app") == name and "connect_us" in line)

    def seen(self, name):
        return sorted(line.split(" ")[0] for line in self.lines(name)[self.before[name]:])

    def lines(self, name):
        log = self.backends[name][1]
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture(scope="module")
def gates():
    keeper = Keeper()
    try:
        yield Gates(keeper)
    finally:
        keeper.stop()


@pytest.mark.parametrize("name", NAMES)
def test_the_back_end_saw_as_many_requests_as_were_sent_to_it(gates, name):
    host = name.encode() + b".example.com"
    for row in ROWS:
        gates.send((row.sent + NEXT).replace(b"open.example.com", host))
    try:
        wait_for(lambda: len(gates.seen(name)) > len(ROWS) // 2 and
                 gates.seen(name) == gates.sent_on(name), "both logs are written", 10)
    except LabError:
        pass    # what differs is to be seen
    assert gates.seen(name) == gates.sent_on(name)
    assert len(gates.seen(name)) > len(ROWS) // 2
