"""kerbgate trace: every message by which a ticket is got, in words and as a capture."""
import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from gateway import KERBGATE, Gateway, app

GOOD = ["AS-REQ", "KRB-ERROR", "AS-REQ", "AS-REP", "TGS-REQ", "TGS-REP", "TGS-REQ", "TGS-REP"]


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    """Only its configuration: nothing runs."""
    apps = [app("hr", lab.web.url, spn=lab.web.spn), app("other", lab.other.url,
                                                         spn=lab.other.spn),
            app("own", lab.web.url, spn=lab.web.spn, sso={"ticket": "own"}),
            app("plain", lab.web.url, sso={"mode": "none"})]
    made = Gateway(lab, tmp_path_factory.mktemp("trace"), apps)
    made.write()
    return made


def trace(gateway, *arguments):
    return subprocess.run([KERBGATE, "trace", *arguments, "--config", gateway.file], text=True,
                          capture_output=True, timeout=40)


def kinds(document):
    return [message["headline"].split(":")[0] for message in document["messages"]]


def dissect(file, *options):
    done = subprocess.run(["tshark", "-r", file, "-o", "tcp.check_checksum:TRUE",
                           "-o", "ip.check_checksum:TRUE", *options], text=True,
                          capture_output=True, check=True)
    return done.stdout


def test_a_good_chain_is_shown_message_by_message(gateway, lab, tmp_path):
    capture = tmp_path / "good.pcap"
    begun = time.time()
    done = trace(gateway, "hr", "--user", "alice", "--pcap", capture)
    assert done.returncode == 0, done.stderr
    for line in ("AS-REQ: svc-kerbgate asks the KDC of CORP.EXAMPLE for a ticket to "
                 "krbtgt/CORP.EXAMPLE, with proof of the password or key",
                 "TGS-REQ: S4U2Self: a ticket to itself (svc-kerbgate@CORP.EXAMPLE) in the name "
                 "of alice@CORP.EXAMPLE",
                 f"TGS-REQ: S4U2Proxy: a ticket to {lab.web.spn}@CORP.EXAMPLE in the name of the "
                 "client of the ticket to svc-kerbgate",
                 f"TGS-REP: a ticket for alice@CORP.EXAMPLE to {lab.web.spn}@CORP.EXAMPLE",
                 f"Outcome: a ticket of alice@CORP.EXAMPLE for {lab.web.spn}@CORP.EXAMPLE",
                 "cname-in-addl-tkt (constrained delegation)", f"to {lab.kdc}:88 (TCP)"):
        assert line in done.stdout, done.stdout
    assert "problem:" not in done.stdout
    assert capture.stat().st_mode & 0o777 == 0o600
    fields = [line.split("\t") for line in dissect(
        capture, "-T", "fields", "-e", "frame.time_epoch", "-e", "ip.dst", "-e",
        "kerberos.msg_type").splitlines()]
    assert [types.split(",")[0] for _, _, types in fields] == [
        "10", "30", "10", "11", "12", "13", "12", "13"]
    times = [float(at) for at, _, _ in fields]
    assert times == sorted(times) and begun - 1 < times[0] and times[-1] < time.time() + 1
    assert {to for _, to, _ in fields[::2]} == {lab.kdc}


@pytest.mark.parametrize("app_name, user, last, error", [
    ("other", "alice", "KRB-ERROR: KDC_ERR_BADOPTION (13)", "krb-not-delegated"),
    ("hr", "nobody-at-all", "KRB-ERROR: KDC_ERR_C_PRINCIPAL_UNKNOWN (6)", "krb-user-unknown"),
    ("hr", "dave", "KRB-ERROR: KDC_ERR_", "krb-"),
])
def test_a_chain_that_breaks_is_shown_up_to_there(gateway, tmp_path, app_name, user, last, error):
    capture = tmp_path / "bad.pcap"
    done = trace(gateway, app_name, "--user", user, "--json", "--pcap", capture)
    assert done.returncode == 1
    document = json.loads(done.stdout)
    assert document["messages"][-1]["headline"].startswith(last)
    assert document["outcome"]["error"].startswith(error)
    assert document["outcome"]["ok"] is False and document["is_whole"]
    assert [message["number"] for message in document["messages"]] == list(
        range(1, len(document["messages"]) + 1))
    must_be_clean(capture, len(document["messages"]))
    assert dissect(capture, "-Y", "_ws.malformed") == ""


def must_be_clean(capture, messages):
    """As many packets as there were messages, and in none of them something that tshark does not
    understand or that is not right."""
    text = dissect(capture, "-V")
    assert text.count("\nKerberos\n") == messages
    for word in ("Malformed", "[Checksum Status: Bad]", "checksum: 0x0000 incorrect",
                 "Dissector bug", "Expert Info (Error", "Expert Info (Warning"):
        assert word not in text, text
    assert "[Checksum Status: Good]" in text


def test_people_in_many_groups_have_long_messages_that_dissect(gateway, lab, tmp_path):
    capture = tmp_path / "long.pcap"
    lab.add_groups("user19", 1000)
    done = trace(gateway, "hr", "--user", "user19", "--json", "--pcap", capture)
    document = json.loads(done.stdout)
    assert done.returncode == 0 and kinds(document) == GOOD
    assert max(message["size"] for message in document["messages"]) > 9000
    must_be_clean(capture, len(GOOD))


def test_a_capture_has_no_key_and_is_opened_by_a_keytab(gateway, lab, tmp_path):
    """What the connector's key encrypts, and nothing without it."""
    capture = tmp_path / "keys.pcap"
    assert trace(gateway, "hr", "--user", "alice", "--pcap", capture).returncode == 0
    assert "Decrypted keytype" not in dissect(capture, "-V")
    opened = dissect(capture, "-V", "-o", "kerberos.decrypt:TRUE",
                     "-o", f"kerberos.file:{lab.connector.keytab}")
    assert "usage 3 using keytab principal svc-kerbgate@CORP.EXAMPLE" in opened


def with_krb5_conf(gateway, file, krb5_conf):
    """A configuration that leads elsewhere."""
    settings = json.loads(gateway.file.read_text())
    settings["connector"]["kerberos"]["krb5_conf"] = str(krb5_conf)
    file.write_text(json.dumps(settings))
    return file


def test_a_kdc_that_cannot_be_reached_is_said_to_be_so(gateway, lab, tmp_path):
    config = with_krb5_conf(gateway, tmp_path / "away.yaml", lab.relay("refuse").krb5_conf)
    done = subprocess.run([KERBGATE, "trace", "hr", "--user", "alice", "--config", config],
                          text=True, capture_output=True, timeout=40)
    assert done.returncode == 1
    assert "no answer: " in done.stdout and "Outcome: no ticket" in done.stdout


def test_datagrams_and_what_is_too_big_for_them_are_shown_as_they_went(gateway, lab, tmp_path):
    udp, capture = lab.dir / "udp.conf", tmp_path / "udp.pcap"
    text = Path(lab.krb5_conf).read_text()
    assert "udp_preference_limit = 1\n" in text
    udp.write_text(text.replace("udp_preference_limit = 1\n", "udp_preference_limit = 30000\n"))
    config = with_krb5_conf(gateway, tmp_path / "udp.yaml", udp)
    done = subprocess.run([KERBGATE, "trace", "hr", "--user", "alice", "--json", "--pcap", capture,
                           "--config", config], text=True, capture_output=True, timeout=40)
    assert done.returncode == 0, done.stderr
    messages = json.loads(done.stdout)["messages"]
    assert {message["transport"] for message in messages} == {"udp", "tcp"}
    assert any("KRB_ERR_RESPONSE_TOO_BIG (52)" in message["headline"] for message in messages)
    must_be_clean(capture, len(messages))
    assert len(dissect(capture, "-Y", "udp").splitlines()) == sum(
        message["transport"] == "udp" for message in messages)


@pytest.mark.parametrize("arguments, status, words", [
    (["hr"], 2, "--user is missing"),
    (["--user", "alice"], 2, "APP is missing"),
    (["hr", "more", "--user", "alice"], 2, "unexpected argument 'more', expected one APP"),
    (["h", "--user", "alice"], 1, 'has no app "h"; did you mean "hr"?'),
    (["plain", "--user", "alice"], 1, "no ticket is asked for"),
    (["own", "--user", "alice"], 1, "what people bring along when they sign in"),
    (["hr", "--user", "alice", "--pcap", "/nowhere/x.pcap"], 1, "/nowhere/x.pcap cannot be"),
])
def test_what_cannot_be_traced_is_said_why(gateway, arguments, status, words):
    done = trace(gateway, *arguments)
    assert (done.returncode, done.stdout) == (status, "")
    assert words in done.stderr


def test_a_capture_that_is_there_gives_way_only_to_another(gateway, tmp_path):
    capture, link = tmp_path / "mine.pcap", tmp_path / "link.pcap"
    capture.write_text("mine")
    link.symlink_to(capture)
    done = trace(gateway, "own", "--user", "alice", "--pcap", capture)
    assert done.returncode == 1 and capture.read_text() == "mine"
    done = trace(gateway, "hr", "--user", "alice", "--pcap", link)
    assert done.returncode == 1 and "it is a symbolic link" in done.stderr
    assert capture.read_text() == "mine"
    done = trace(gateway, "hr", "--user", "alice", "--pcap", capture)
    assert done.returncode == 0 and capture.stat().st_mode & 0o777 == 0o600
    must_be_clean(capture, len(GOOD))
    assert sorted(tmp_path.iterdir()) == [link, capture]


def test_the_note_says_how_to_decrypt():
    done = subprocess.run([KERBGATE, "trace", "--keytab-note"], text=True, capture_output=True)
    assert done.returncode == 0
    assert "it holds no key" in done.stdout and "kerberos.file:KEYTAB" in done.stdout


def test_no_secret_of_the_person_or_of_ours_is_shown(gateway, lab):
    done = trace(gateway, "hr", "--user", "bob", "--json")
    for name in ("alice", "bob", "svc-kerbgate"):
        assert lab.password(name) not in done.stdout
    assert os.path.getsize(lab.connector.keytab) and "keyvalue" not in done.stdout
