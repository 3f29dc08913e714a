"""The command line, as somebody at a terminal sees it; needs no domain."""
import contextlib
import hashlib
import json
import os
import re
import socket
import subprocess
import threading
from pathlib import Path

import pytest

KERBGATE = os.environ["KERBGATE"]
MANUAL = Path(__file__).parents[2] / "docs" / "man"

FINE = """\
gateway:
  listen:
    - address: "127.0.0.1:443"
      certificate: tls/chain.pem
      key: tls/key.pem
  run_as: { user: nobody, broker_user: daemon }
store: sqlite:state/state.db
identity_providers:
  - { name: staff, type: form, realm: CORP.EXAMPLE }
connector:
  kerberos: { keytab: connector.keytab, principal: svc-kerbgate@CORP.EXAMPLE }
apps:
  - name: hr
    external_url: https://hr.example.com/
    internal_url: http://hr.corp.example/
    pre_authentication: staff
    sso: { mode: kerberos, spn: HTTP/hr.corp.example }
"""


def kerbgate(*arguments, **options):
    return subprocess.run([KERBGATE, *arguments], text=True, timeout=30, stdin=subprocess.DEVNULL,
                          **{"capture_output": True} | options)


def listed():
    """The subcommands that help names."""
    return re.findall(r"^  (\w+) +\S", kerbgate("help").stdout, re.M)


SUBCOMMANDS = [name for name in listed() if name != "help"]


@pytest.fixture
def folder(tmp_path):
    """A configuration with which nothing is wrong, and the files it names."""
    (tmp_path / "tls").mkdir()
    (tmp_path / "state").mkdir()
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "90", "-subj", "/CN=hr",
                    "-addext", "subjectAltName=DNS:hr.example.com",
                    "-keyout", tmp_path / "tls/key.pem", "-out", tmp_path / "tls/chain.pem"],
                   check=True, capture_output=True)
    keytab = tmp_path / "connector.keytab"
    keytab.write_bytes(b"\5\2")
    keytab.chmod(0o600)
    (tmp_path / "kerbgate.yaml").write_text(FINE)
    return tmp_path


def check(folder, old="", new=""):
    """kerbgate check of the configuration with one change."""
    assert old in FINE
    (folder / "kerbgate.yaml").write_text(FINE.replace(old, new, 1))
    return kerbgate("check", "--config", "kerbgate.yaml", cwd=folder)


def test_check_says_where_each_app_leads_when_nothing_is_wrong(folder):
    done = check(folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        "hr: https://hr.example.com/ -> http://hr.corp.example/, "
        "pre-authentication staff, SPN HTTP/hr.corp.example\nconfiguration is fine\n")


@pytest.mark.parametrize("old, new, expected", [
    ("store:", "stor:", '7:1: unknown key "stor"; did you mean "store"?'),
    ("realm: CORP", "realm: corp", "9:39: identity_providers.realm: "
     '"corp.EXAMPLE" is not in capital letters, expected a realm such as CORP.EXAMPLE'),
    ("pre_authentication: staff", "pre_authentication: saff", '16:25: apps.pre_authentication: '
     '"saff" is not defined, expected the name of an identity provider, or passthrough; did you '
     'mean "staff"?'),
    ("connector:\n  ", "connector:\n\t", "11:1: there is a tab here, expected blanks"),
    ("mode: kerberos, spn", "mode: none, spn", "17:29: apps.sso.spn: with mode none no ticket is "
     "asked for; expected mode: kerberos, or no spn"),
])
def test_check_names_the_place_and_what_was_expected(folder, old, new, expected):
    done = check(folder, old, new)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"kerbgate.yaml:{expected}\n"


def test_check_refuses_a_keytab_that_others_may_read(folder):
    (folder / "connector.keytab").chmod(0o644)
    done = check(folder)
    keytab = folder / "connector.keytab"
    assert done.returncode == 1
    assert done.stderr == (
        f"kerbgate.yaml:11:23: connector.kerberos.keytab: {keytab}: accounts other than its owner "
        f"may use it, and with it be anybody; type: chmod go= {keytab}\n")


def test_check_by_root_asks_for_the_accounts_to_change_to(folder):
    done = check(folder, "  run_as: { user: nobody, broker_user: daemon }\n")
    assert done.returncode == 1
    assert "gateway.run_as.user is missing" in done.stderr
    assert "gateway.run_as.broker_user is missing" in done.stderr


def test_a_warning_alone_makes_nothing_fail(folder):
    done = check(folder, "https://hr.example.com/", "https://pay.example.com/")
    assert done.returncode == 0
    assert done.stderr == ("kerbgate.yaml:14:19: warning: apps.external_url: no certificate in "
                           "gateway.listen names the host pay.example.com\n")
    assert done.stdout.endswith("configuration is fine\n")


def test_check_of_a_file_that_is_not_there_says_how_to_begin(tmp_path):
    done = kerbgate("check", "--config", tmp_path / "k.yaml")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"{tmp_path}/k.yaml: No such file or directory; ")
    assert "kerbgate check --print-example" in done.stderr


def test_the_printed_example_is_a_configuration(tmp_path):
    (tmp_path / "k.yaml").write_text(kerbgate("check", "--print-example").stdout)
    done = kerbgate("check", "-c", "k.yaml", cwd=tmp_path)
    findings = done.stderr.splitlines()
    assert done.returncode == 1 and findings
    # Its files and accounts are not there; of its keys and values nothing is wrong.
    for line in findings:
        assert re.match(r"k\.yaml:\d+:\d+: .*("
                        ": No such file or directory$|this machine has no account)", line), line


def test_version_names_the_program_and_its_libraries():
    lines = kerbgate("version").stdout.splitlines()
    assert re.fullmatch(r"kerbgate \d+\.\d+\.\d+", lines[0])
    assert [line.split()[0] for line in lines[1:]] == [
        "libkrb5", "openssl", "libuv", "sqlite", "llhttp"]
    assert kerbgate("--version").stdout.splitlines() == lines


def test_version_says_the_same_as_json():
    text = kerbgate("version").stdout.splitlines()
    told = json.loads(kerbgate("version", "--json").stdout)
    assert text[0] == f"kerbgate {told['version']}"
    for line, (name, library) in zip(text[1:], told["libraries"].items(), strict=True):
        built = " (built with)" if library["origin"] == "built_with" else ""
        assert line.split(maxsplit=1) == [name, library["version"] + built]
    assert told["libraries"]["openssl"]["origin"] == "running"


def test_the_version_of_openssl_is_the_one_that_runs():
    told = json.loads(kerbgate("version", "--json").stdout)["libraries"]
    openssl = subprocess.run(["openssl", "version"], text=True, capture_output=True, check=True)
    assert f"Library: OpenSSL {told['openssl']['version']} " in openssl.stdout


@pytest.mark.parametrize("arguments", [["help"], ["--help"], ["-h"]])
def test_help_lists_the_subcommands(arguments):
    done = kerbgate(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert {"check", "version", "help"} <= set(re.findall(r"^  (\w+) ", done.stdout, re.M))


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_help_of_a_subcommand_is_its_own(name):
    done = kerbgate("help", name)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: kerbgate {name}")
    for option in ("--help", "-h"):
        assert kerbgate(name, option).stdout == done.stdout


@pytest.mark.parametrize("arguments, expected", [
    ([], "usage: kerbgate SUBCOMMAND"),
    (["chekc"], "unknown subcommand 'chekc', expected one that kerbgate help lists; did you mean "
     '"check"?'),
    (["help", "verson"], "unknown subcommand 'verson', expected one that kerbgate help lists; did "
     'you mean "version"?'),
    (["frobnicate"], "unknown subcommand 'frobnicate', expected one that kerbgate help lists\n"),
    ([""], "unknown subcommand ''"),
    (["--config", "k.yaml", "check"], "kerbgate: '--config' stands before the subcommand"),
    (["check", "k.yaml"], "kerbgate check: unexpected argument 'k.yaml', expected: --config"),
    (["check", "--confg", "k.yaml"], "kerbgate check: unrecognized option '--confg'"),
    (["check", "--config"], "kerbgate check: option '--config' requires an argument"),
    (["version", "1"], "kerbgate version: unexpected argument '1'"),
])
def test_what_is_not_understood_is_named_and_exits_with_2(arguments, expected):
    done = kerbgate(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert expected in done.stderr


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_no_subcommand_takes_an_option_it_does_not_know(name):
    done = kerbgate(name, "--no-such-option")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"kerbgate {name}: unrecognized option" in done.stderr


@pytest.mark.parametrize("arguments", [["help"], ["version"], ["version", "--json"],
                                       ["check", "--print-example"]])
def test_output_that_cannot_be_written_is_a_failure(arguments):
    with open("/dev/full", "w") as full:
        done = kerbgate(*arguments, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr.startswith("kerbgate: the output cannot be written")
    assert "No space left on device" in done.stderr or "df -h" in done.stderr


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_each_subcommand_and_option_is_in_the_manual(name):
    assert f"kerbgate-{name} 8" in (MANUAL / "kerbgate.8").read_text()
    page = (MANUAL / f"kerbgate-{name}.8").read_text()
    assert f"\n.Nm kerbgate-{name}\n" in page
    options = set(re.findall(r"--([a-z-]+)", kerbgate("help", name).stdout))
    assert "help" in options
    for option in options:
        assert f"Fl -{option}" in page, option


@contextlib.contextmanager
def in_place_of_kerbgate(file, *datagrams):
    """Answers one client as the kerbgate that runs with this file would, or as it never should."""
    name = hashlib.sha256(bytes(file.parent.resolve() / file.name)).hexdigest()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind("\0kerbgate/" + name)
        listener.listen()

        def answer():
            client, _ = listener.accept()
            with client, contextlib.suppress(BrokenPipeError):
                client.recv(4096)
                for datagram in datagrams:
                    client.send(datagram)
        thread = threading.Thread(target=answer)
        thread.start()
        yield
        thread.join(30)


ESCAPES = "\x1b]0;title\x07\u009b31m"
TICKET = json.dumps({"principal": f"alice{ESCAPES}@CORP.EXAMPLE", "spn": "HTTP/hr", "ends": "later",
                     "uses": 2, "kvno": 3}, ensure_ascii=False)


@pytest.mark.parametrize("arguments, datagrams, status, words", [
    (["list"], [f"M{TICKET}\n{TICKET}\n", "D"], 0, "HTTP/hr  later  4 "),
    (["list", "--json"], [f"M{TICKET}\n", "D"], 0, '"uses":2'),
    (["list"], ["D"], 0, "no tickets are held"),
    (["list"], [f"M{TICKET[:-9]}\n", "D"], 1, "cannot be read"),
    (["list", "--json"], [f"M{ESCAPES}\n", "D"], 1, "cannot be read"),
    (["list"], [f"M{TICKET}\n"], 1, "broke off"),
    (["list"], [f"X{ESCAPES}no\n"], 1, "no"),
    (["purge"], [f"D{ESCAPES}2 tickets dropped\n"], 0, "2 tickets dropped"),
])
def test_what_a_worker_says_of_tickets_is_no_command_to_a_terminal(folder, arguments, datagrams,
                                                                   status, words):
    file = folder / "kerbgate.yaml"
    with in_place_of_kerbgate(file, *(datagram.encode() for datagram in datagrams)):
        done = kerbgate("tickets", *arguments, "--config", file)
    shown = done.stdout + done.stderr
    assert done.returncode == status and words in shown, done
    assert not set(shown) & {"\x1b", "\x07", "\u009b"}, done


def test_tickets_are_asked_for_in_ways_that_the_usage_names(folder):
    done = kerbgate("tickets", "list", "--user", "alice", "now")
    assert done.returncode == 2 and "unexpected argument 'now'" in done.stderr
    done = kerbgate("tickets", "show")
    assert done.returncode == 2 and "list or purge" in done.stderr
    done = kerbgate("tickets", "list", "--config", folder / "kerbgate.yaml")
    assert done.returncode == 1 and "no kerbgate runs" in done.stderr
