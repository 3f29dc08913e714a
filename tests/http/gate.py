"""kerbgate and a back end of bytes; no domain is needed. The lab's guardian chooses the network,
and ends kerbgate whatever becomes of us."""
import json
import os
import secrets
import socket
from pathlib import Path

from backend import Backend
from lab.ca import Authority

KERBGATE = os.environ.get("KERBGATE") or str(
    Path(__file__).resolve().parents[2] / "build" / "kerbgate")
PASSED_ON = ("ASAN_OPTIONS", "UBSAN_OPTIONS")
PORT = 80


class Gate:
    """kerbgate, in clear text if `gateway` does not say otherwise, in front of a back end one
    address above."""

    def __init__(self, keeper, number, **gateway):
        self.keeper, self.address = keeper, f"{keeper.net}.{number}"
        self.internal = f"{keeper.net}.{number + 1}"
        self.backend, name = Backend(self.internal), f"kerbgate-{number}"
        self.file = file = keeper.dir / f"{name}.yaml"
        file.write_text(json.dumps(self.settings(gateway)))
        environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        keeper.start(name, [KERBGATE, "run", "--config", file], **environment)
        keeper.wait_until_listening(name, self.address, 443 if "listen" in gateway else PORT)

    def settings(self, gateway):
        return {
            "gateway": {"listen": [{"address": f"{self.address}:{PORT}", "mode": "http"}],
                        "threads": 1, "run_as": {"user": "nobody", "broker_user": "daemon"},
                        **gateway},
            "store": f"sqlite:{self.keeper.dir}/state-{secrets.token_hex(4)}/state.db",
            "apps": [{"name": name, "external_url": f"https://{name}.example.com/",
                      "internal_url": f"http://{self.internal}:8080/", "host_header": "external",
                      "pre_authentication": "passthrough", "sso": {"mode": "none"}}
                     for name in ("open", "other")],
        }

    def connect(self):
        connection = socket.create_connection((self.address, PORT), timeout=10)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def secure_gate(keeper, number, **gateway):
    """By TLS, and so by HTTP/2; `ca` is who vouches for it."""
    ca = Authority(keeper.dir / f"ca-{number}")
    certificate, key = ca.issue("open.example.com", "other.example.com")
    listen = [{"address": f"{keeper.net}.{number}:443", "certificate": str(certificate),
               "key": str(key)}]
    gate = Gate(keeper, number, listen=listen, **gateway)
    gate.ca = ca
    return gate
