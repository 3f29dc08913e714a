"""One kerbgate and one back end for each process that runs tests; no domain is needed. The lab's
guardian chooses the network, and ends kerbgate whatever becomes of us."""
import json
import os
import secrets
import socket
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from backend import Backend  # noqa: E402
from lab.keeper import Keeper, listening, wait_for  # noqa: E402

KERBGATE = os.environ.get("KERBGATE") or str(
    Path(__file__).resolve().parents[2] / "build" / "kerbgate")
PASSED_ON = ("ASAN_OPTIONS", "UBSAN_OPTIONS")
PORT = 80


class Gate:
    """kerbgate in clear text on .131, in front of the back end on .130."""

    def __init__(self, keeper):
        self.keeper, self.address = keeper, f"{keeper.net}.131"
        self.backend = Backend(f"{keeper.net}.130")
        file = keeper.dir / "kerbgate.yaml"
        file.write_text(json.dumps(self.settings()))
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        keeper.start("kerbgate", [KERBGATE, "run", "--config", file], **environment)
        keeper.wait_until_listening("kerbgate", self.address, PORT)

    def settings(self):
        return {
            "gateway": {"listen": [{"address": f"{self.address}:{PORT}", "mode": "http"}],
                        "threads": 1, "run_as": {"user": "nobody", "broker_user": "daemon"}},
            "store": f"sqlite:{self.keeper.dir}/state-{secrets.token_hex(4)}/state.db",
            "apps": [{"name": "open", "external_url": "https://open.example.com/",
                      "internal_url": f"http://{self.keeper.net}.130:8080/",
                      "pre_authentication": "passthrough", "sso": {"mode": "none"}}],
        }

    def connect(self):
        connection = socket.create_connection((self.address, PORT), timeout=10)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


@pytest.fixture(scope="session")
def gate():
    keeper = Keeper()
    try:
        yield Gate(keeper)
    finally:
        keeper.stop()
