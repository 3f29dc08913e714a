"""kerbgate doctor as people type it. What it finds of many faults has a suite of its own,
tests/doctor."""
import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from gateway import KERBGATE, wait_until
from lab.krb5_conf import krb5_conf
from lab.rubbish import rubbish


@pytest.fixture(scope="module")
def broken(gateway, tmp_path_factory):
    """The report about an app that may not be delegated to, in all its forms."""
    folder = tmp_path_factory.mktemp("report")
    files = {name: folder / name for name in ("r.html", "fix.sh", "fix.ps1")}
    done = gateway.run("doctor", "other", "--user", "alice", "--html", files["r.html"],
                       "--fix-script", files["fix.sh"], check=False)
    gateway.run("doctor", "other", "--user", "alice", "--fix-script", files["fix.ps1"],
                check=False)
    return done, {name: file.read_text() for name, file in files.items()}


def test_a_chain_that_holds_ends_with_0(gateway):
    done = gateway.run("doctor", "hr", "--user", "alice")
    assert done.stdout.startswith("FINE")


def test_the_broken_link_and_the_command_that_mends_it_are_on_the_page(broken):
    done, _ = broken
    assert done.returncode == 1
    assert done.stdout.startswith("BROKEN")
    assert "samba-tool delegation add-service svc-kerbgate HTTP/other.corp.example\n" in done.stdout
    assert "\x1b" not in done.stdout, "no colours where there is no terminal"


def test_the_html_file_stands_alone(broken):
    page = broken[1]["r.html"]
    assert "HTTP/other.corp.example" in page
    assert not re.search(r"<(script|link|img|iframe)|(src|href)=\"(?!#)", page)


def test_the_scripts_hold_the_command_for_their_shell(broken):
    _, files = broken
    assert "\nsamba-tool delegation add-service svc-kerbgate" in files["fix.sh"]
    assert "Set-ADUser svc-kerbgate -Add" in files["fix.ps1"]
    for line in files["fix.ps1"].splitlines():
        assert not line.startswith("samba-tool"), "another shell's commands are comments"
    subprocess.run(["sh", "-n"], input=files["fix.sh"], text=True, check=True)


def test_a_redacted_report_has_none_of_the_names(gateway):
    done = gateway.run("doctor", "other", "--user", "alice", "--json", "--redact", check=False)
    report = json.loads(done.stdout)["reports"][0]
    assert report["first_cause"]["name"] == "spn-in-list"
    for name in ("alice", "svc-kerbgate", "corp.example", "CORP", gateway.lab.net + ".",
                 "other.corp"):
        assert name.lower() not in done.stdout.lower(), name


def test_all_apps_are_looked_at_when_none_is_named(gateway):
    done = gateway.run("doctor", "--user", "alice", "--json", check=False)
    reports = json.loads(done.stdout)["reports"]
    assert [report["app"] for report in reports] == [app["name"] for app in gateway.apps]
    outcomes = {report["app"]: report["outcome"] for report in reports}
    assert outcomes["hr"] == outcomes["open"] == "fine"
    assert outcomes["other"] == "broken"
    limited = next(report for report in reports if report["app"] == "limited")
    assert limited["first_cause"]["name"] == "allowed"


def test_without_a_person_the_rest_is_looked_at(gateway):
    done = gateway.run("doctor", "hr")
    assert "--user" in done.stdout


def test_only_the_process_that_asks_kdcs_opens_the_keytab(gateway, tmp_path):
    trace = tmp_path / "trace"
    # The leak check of the sanitizer uses ptrace itself.
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    subprocess.run(["env", f"ASAN_OPTIONS={sanitizer}", "strace", "-f", "-o", trace, "-e",
                    "trace=openat,setresuid,connect,execve,ptrace", KERBGATE, "doctor", "hr",
                    "--user", "alice", "--config", gateway.file], check=True, capture_output=True)
    lines = [line.split(None, 1) for line in trace.read_text().splitlines()]
    opened = {pid for pid, call in lines if str(gateway.lab.connector.keytab) in call}
    web = f'htons({gateway.lab.web.port})'
    asked_web = {pid for pid, call in lines if call.startswith("connect") and web in call}
    dropped = {pid for pid, call in lines if call.startswith("setresuid") and "= 0" in call}
    assert len(opened) == 1 and asked_web and opened.isdisjoint(asked_web)
    assert opened <= dropped and len(dropped) == 2


@pytest.mark.parametrize("arguments, status, words", [
    ("doctor nobody", 1, "has no app"),
    ("doctor h", 1, 'did you mean "hr"?'),
    ("doctor hr other", 2, "unexpected argument"),
    ("doctor --host none.example.com", 1, "no app at the host"),
    ("doctor hr --user alice --html /nowhere/x.html", 1, "cannot be written"),
    ("doctor hr --user alice --fix-script /proc/self/fd/1", 1, "it is a symbolic link"),
    ("doctor hr --path ''", 2, "no path"),
    ("doctor hr --path payroll", 2, "no path"),
    ("doctor hr --path http://else.example/", 2, "no path"),
    ("doctor hr --path '/a b'", 2, "no path"),
    (f"doctor hr --path /{'a' * 5000}", 2, "no path"),
    ("doctor --host 'a$(id).example.com'", 2, "no name of a host"),
])
def test_what_cannot_be_done_is_told(gateway, arguments, status, words):
    done = gateway.run(*shlex.split(arguments), check=False)
    assert done.returncode == status and words in done.stderr, done.stderr


def test_without_rights_it_says_who_is_to_type_it(gateway):
    done = subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups",
                           KERBGATE, "doctor", "hr", "--user", "alice", "--json", "--config",
                           gateway.file], capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    if done.stdout:
        assert "root" in done.stdout
    else:
        assert "ermission" in done.stderr


def test_closed_streams_are_no_reason_to_fall(gateway):
    done = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&- <&-', KERBGATE, "doctor", "hr", "--user",
                           "alice", "--config", gateway.file], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr == "kerbgate: the output cannot be written: Bad file descriptor\n"


def test_nothing_is_left_of_one_that_is_killed(gateway):
    """Its processes are of other accounts, which it may not signal."""
    silent, folder = f"{gateway.lab.net}.149", gateway.lab.dir
    conf = krb5_conf(folder / "silent.conf", gateway.lab.realm, silent)
    settings = json.loads(gateway.file.read_text())
    settings["connector"]["kerberos"]["krb5_conf"] = str(conf)
    file = folder / "silent.yaml"
    file.write_text(json.dumps(settings))
    with rubbish(silent, 88, "hang"):
        doctor = subprocess.Popen([KERBGATE, "doctor", "hr", "--user", "alice", "--config", file],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_until(lambda: len(running(file)) == 3, 5, "doctor, inspector and examiner")
        doctor.kill()
        doctor.wait(5)
        wait_until(lambda: not running(file), 2, "they have ended")


def running(file):
    """The processes with this file in their command line."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if str(file).encode() in words:
            found.append(int(entry.name))
    return found
