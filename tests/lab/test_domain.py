"""The domain is what README.md says, to the eyes of ordinary Kerberos clients."""
import socket
import subprocess

import pytest


@pytest.fixture
def client(lab, tmp_path):
    """Runs Kerberos tools as the connector, with a ticket of its own."""
    environment = lab.environment(cache=f"test-{tmp_path.name}")

    def run(*argv, ok=True, conf=None, input=None):
        env = {**environment, "KRB5_CONFIG": str(conf)} if conf else environment
        done = subprocess.run([str(a) for a in argv], env=env, input=input, text=True,
                              capture_output=True)
        assert (done.returncode == 0) == ok, done.stdout + done.stderr
        return done.stdout + done.stderr
    run("kinit", "-k", "-t", lab.connector.keytab, lab.connector.principal)
    return run


def dns(lab, name):
    """The first address of a name, asked of the lab's own server: (address or None, is alias)."""
    question = b"".join(bytes([len(p)]) + p.encode() for p in name.split(".")) + b"\0\0\1\0\1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(10)
        s.sendto(b"\x12\x34\1\0\0\1\0\0\0\0\0\0" + question, (lab.dns, 53))
        answer = s.recv(4096)
    count, at = int.from_bytes(answer[6:8], "big"), 12 + len(question)
    address, is_alias = None, False
    for _ in range(count):
        while answer[at] and answer[at] < 0xC0:
            at += answer[at] + 1
        at += 2 if answer[at] >= 0xC0 else 1
        kind, size = int.from_bytes(answer[at:at + 2], "big"), int.from_bytes(
            answer[at + 8:at + 10], "big")
        is_alias |= kind == 5
        if kind == 1:
            address = socket.inet_ntoa(answer[at + 10:at + 14])
        at += 10 + size
    return address, is_alias


def test_the_connectors_ticket_is_forwardable_and_aes(lab, client):
    listed = client("klist", "-f", "-e")
    assert "Flags: F" in listed and "aes256" in listed
    keys = client("klist", "-kte", lab.connector.keytab)
    assert "aes256" in keys and "aes128" in keys and "arcfour" not in keys


def test_it_may_act_for_people_towards_web_and_nothing_else(lab, client):
    client("kvno", "-k", lab.connector.keytab, "-U", "alice", "-P", lab.web.spn)
    refused = client("kvno", "-k", lab.connector.keytab, "-U", "alice", "-P", lab.other.spn,
                     ok=False)
    assert "KDC can't fulfill requested option" in refused


@pytest.mark.parametrize("user, is_allowed", [("bob", True), ("carol", False), ("dave", False)])
def test_people_are_who_they_are_said_to_be(lab, client, user, is_allowed):
    client("kvno", "-k", lab.connector.keytab, "-U", user, "-P", lab.web.spn, ok=is_allowed)


@pytest.mark.parametrize("user, said", [
    ("alice", None), ("pat", None), ("dave", "revoked"), ("eve", "You must change it now"),
])
def test_sign_ins_go_as_they_are_said_to_go(lab, client, user, said):
    answer = client("kinit", user, ok=said is None, input=lab.password(user) + "\n")
    assert said is None or said in answer


def test_groups_and_attributes_can_be_read_and_changed(lab):
    assert any("CN=HR," in dn for dn in lab.account("alice", "memberOf")["memberOf"])
    lab.modify("user20", description="changed")
    assert lab.account("user20", "description") == {"description": ["changed"]}
    lab.modify("user20", description=[])
    assert lab.account("user20", "description") == {}


def test_wrong_passwords_are_counted(lab, client):
    before = lab.bad_password_count("user19")
    client("kinit", "user19", ok=False, input="wrong\n")
    assert lab.bad_password_count("user19") == before + 1


def test_names_lead_to_the_back_end_and_can_be_changed(lab):
    assert dns(lab, "web.corp.example") == (lab.web.address, False)
    assert dns(lab, "gateway.corp.example") == (f"{lab.net}.100", False)
    assert dns(lab, "nothing.corp.example") == (None, False)
    lab.set_dns("alias-of-web.corp.example", ("CNAME", "web.corp.example"))
    assert dns(lab, "alias-of-web.corp.example") == (lab.web.address, True)


@pytest.mark.parametrize("mode, ok", [("pass", True), ("refuse", False)])
def test_a_relay_stands_between_a_client_and_the_kdc(lab, client, mode, ok):
    relay = lab.relay(mode)
    client("kinit", "alice", ok=ok, conf=relay.krb5_conf, input=lab.password("alice") + "\n")
    assert bool(relay.seen("as")) == ok


def test_the_false_kdc_takes_its_own_password_for_the_realms(lab, client):
    lie = lab.false_kdc()
    client("kinit", "alice", conf=lie.krb5_conf, input="attacker-knows\n")
    client("kinit", "alice", ok=False, input="attacker-knows\n")
