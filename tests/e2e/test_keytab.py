"""A keytab that is replaced under a kerbgate that runs, as when its account's password changes."""
import re
import secrets
import shutil

import pytest

from gateway import Gateway, app, wait_until
from lab import Lab

SOON_S = 40  # two looks, WATCH_S apart, and the start of two processes


@pytest.fixture(scope="module")
def lab():
    """Of its own: the connector's password changes in it."""
    with Lab() as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("keytab")
    keytab = shutil.copy(lab.connector.keytab, folder / "connector.keytab")
    with Gateway(lab, folder, [app("hr", lab.web.url, spn=lab.web.spn)],
                 connector__kerberos__keytab=str(keytab)) as running:
        running.keytab = keytab
        yield running


def put(gateway, content):
    beside = gateway.keytab.with_suffix(".new")
    beside.write_bytes(content)
    beside.chmod(0o600)
    beside.rename(gateway.keytab)


def details(gateway, number):
    return [event["detail"] for event in gateway.events() if event["event"] == number]


def test_a_new_password_needs_a_new_keytab_and_no_restart(gateway, lab):
    alice = gateway.browser().sign_in("alice")
    assert alice.get("/").json["remote_user"] == "alice"
    supervisor = gateway.process.pid
    lab.set_password("svc-kerbgate", f"N3w-{secrets.token_hex(8)}")

    # With the keytab as it was, whoever has a ticket is served, and others are told what it is.
    assert alice.get("/").json["remote_user"] == "alice"
    person = "user01"
    answer = gateway.browser().try_sign_in(person, lab.password(person))
    event = gateway.event(re.search(r"Activity ([0-9a-f-]{36})", answer.text)[1])
    assert answer.status == 503 and f"klist -kt '{gateway.keytab}'" in event["hint"], event

    # One that cannot be used is refused, by its name.
    put(gateway, b"\5\2")
    refused = wait_until(lambda: details(gateway, 20006), SOON_S, "a keytab without keys")
    assert str(gateway.keytab) in refused[0] and not details(gateway, 20005)
    assert alice.get("/").json["remote_user"] == "alice"

    put(gateway, lab.export_keytab(lab.dir / "next.keytab", "svc-kerbgate",
                                   lab.connector.spn).read_bytes())
    wait_until(lambda: details(gateway, 20005), SOON_S, "the keytab is taken into use")
    assert gateway.browser().sign_in(person).get("/").json["remote_user"] == person
    assert alice.get("/").json["remote_user"] == "alice"
    assert gateway.process.pid == supervisor
