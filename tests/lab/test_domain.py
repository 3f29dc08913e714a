"""The domain is what README.md says, to the eyes of ordinary Kerberos clients."""
import re
import socket
import subprocess

import pytest

from lab.keeper import wait_for


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
    keys = re.findall(r"^ +\d+ (\S+) \((\S+)\)", client("klist", "-ke", lab.connector.keytab), re.M)
    names = {lab.connector.principal, f"{lab.connector.spn}@{lab.realm}"}
    assert set(keys) == {(name, f"aes{bits}-cts-hmac-sha1-96")
                         for name in names for bits in (128, 256)}
    assert lab.connector.keytab.stat().st_mode & 0o777 == 0o600


def test_it_may_act_for_people_towards_web_and_nothing_else(lab, client):
    act = ["kvno", "-k", lab.connector.keytab, "-U", "alice", "-P"]
    client(*act, lab.web.spn)
    assert "for client alice@CORP.EXAMPLE" in client("klist")
    assert "KDC can't fulfill requested option" in client(*act, lab.other.spn, ok=False)


def test_the_list_of_delegation_can_be_changed(lab, client):
    act = ["kvno", "-k", lab.connector.keytab, "-U", "alice", "-P", lab.other.spn]
    lab.samba_tool("delegation", "add-service", "svc-kerbgate", lab.other.spn)
    client(*act)
    lab.samba_tool("delegation", "del-service", "svc-kerbgate", lab.other.spn)
    client("kdestroy")
    client("kinit", "-k", "-t", lab.connector.keytab, lab.connector.principal)
    client(*act, ok=False)


@pytest.mark.parametrize("by", ["-U", "-I"])
@pytest.mark.parametrize("user, is_allowed", [
    ("alice", True), ("bob", True), ("user20", True), ("carol", False), ("dave", False),
    ("eve", False), ("nobody", False)])
def test_people_are_who_they_are_said_to_be(lab, client, user, is_allowed, by):
    client("kvno", "-k", lab.connector.keytab, by, user, "-P", lab.web.spn, ok=is_allowed)


def test_the_password_and_the_keytab_are_those_of_the_directory(lab, client, tmp_path):
    old = lab.password("user18")
    lab.set_password("user18", "Aa1-a-new-one")
    assert lab.password("user18") == "Aa1-a-new-one"
    client("kinit", "user18", input="Aa1-a-new-one\n")
    keytab = lab.export_keytab(tmp_path / "user18.keytab", "user18")
    client("kinit", "-k", "-t", keytab, "user18")
    lab.set_password("user18", old)
    client("kinit", "-k", "-t", keytab, "user18", ok=False)
    client("kinit", "user18", input=old + "\n")


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
    client("kinit", "user19", input=lab.password("user19") + "\n")
    assert lab.bad_password_count("user19") == 0


def test_names_lead_to_the_back_end_and_can_be_changed(lab):
    assert dns(lab, "web.corp.example") == (lab.web.address, False)
    assert dns(lab, "gateway.corp.example") == (f"{lab.net}.100", False)
    assert dns(lab, "nothing.corp.example") == (None, False)
    lab.set_dns("alias-of-web.corp.example", ("CNAME", "web.corp.example"))
    assert dns(lab, "alias-of-web.corp.example") == (lab.web.address, True)


def test_a_relay_lets_through_or_refuses(lab, client):
    relay, sign_in = lab.relay(), ["kinit", "alice"]
    for mode, ok in (("pass", True), ("refuse", False), ("pass", True)):
        relay.set_mode(mode)
        seen = relay.seen("as")
        client(*sign_in, ok=ok, conf=relay.krb5_conf, input=lab.password("alice") + "\n")
        assert (relay.seen("as") > seen) == ok
    client("kvno", lab.web.spn, conf=relay.krb5_conf)
    assert (relay.seen("tgs"), relay.seen("as", "silent")) == (1, 0)


def test_a_silent_relay_hears_and_never_answers(lab):
    with socket.create_server((f"{lab.net}.101", 88)) as kdc:
        relay = lab.relay("silent", kdc=f"{lab.net}.101")
        with socket.create_connection((relay.address, 88), timeout=10) as s:
            s.sendall(b"\0\0\0\4\x6a\2\5\0")
            wait_for(lambda: relay.seen("as", "silent"), "the relay hears the request")
            relay.stop()
            assert s.recv(1) == b""
        kdc.setblocking(False)
        with pytest.raises(BlockingIOError):
            kdc.accept()


def test_a_lying_relay_signs_in_by_the_false_kdc_and_no_more(lab, client):
    relay = lab.relay("lying", lie=lab.false_kdc().address)
    client("kinit", "alice", conf=relay.krb5_conf, input="attacker-knows\n")
    client("kinit", "alice", ok=False, conf=relay.krb5_conf, input=lab.password("alice") + "\n")
    client("kvno", lab.connector.spn, ok=False, conf=relay.krb5_conf)
    assert relay.seen("tgs", "lying") > 0
    with pytest.raises(ValueError):
        lab.relay("lying")


def test_the_false_kdc_takes_its_own_password_for_the_realms(lab, client):
    lie = lab.false_kdc()
    client("kinit", "bob", conf=lie.krb5_conf, input="attacker-knows\n")
    client("kvno", lab.connector.spn, conf=lie.krb5_conf)
    client("kinit", "bob", ok=False, conf=lie.krb5_conf, input=lab.password("bob") + "\n")
    client("kinit", "bob", ok=False, input="attacker-knows\n")
    client("kinit", "bob", input=lab.password("bob") + "\n")
