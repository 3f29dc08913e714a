"""Invariant 9: no cookie, ticket, token, password, code or key in anything that is written."""
import base64
import os
import re
import subprocess
from pathlib import Path

from gateway import Gateway, app
from test_processes import keys_of


def spellings(secret):
    """A secret as it would look in a log: as it is, in base64, in hexadecimal."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    plain = base64.b64encode(raw).rstrip(b"=")
    return {raw, plain, base64.urlsafe_b64encode(raw).rstrip(b"="), raw.hex().encode(),
            raw.hex().upper().encode()}


def written(gateway, children):
    """{where: bytes} of everything the program leaves for others to read."""
    found = {path.name: path.read_bytes() for path in [gateway.log, *gateway.state.iterdir()]}
    for role, pid in {"supervisor": gateway.process.pid, **children}.items():
        for name in ("cmdline", "environ"):
            found[f"{role} {name}"] = Path(f"/proc/{pid}/{name}").read_bytes()
    for command in (["events"], ["events", "--json"], ["check"]):
        done = gateway.run(*command, check=False)
        found[" ".join(command)] = (done.stdout + done.stderr).encode()
    return found


def test_nothing_that_is_written_holds_a_secret(lab, tmp_path):
    apps = [app("hr", lab.web.url, spn=lab.web.spn), app("other", lab.other.url, spn=lab.other.spn)]
    wrong = "wr0ng-passw0rd-of-mine"
    with Gateway(lab, tmp_path, apps, address=108) as gateway:
        browser = gateway.browser()
        form = browser.sign_in_page("/x?token=query-secret-7531").text
        csrf = re.search(r'name="csrf" value="([^"]+)"', form).group(1)
        assert browser.try_sign_in("alice", wrong).status == 401
        browser.sign_in("alice")
        browser.get("/y?code=query-secret-7531", headers={"X-Api-Key": "header-secret-9512"})
        failing = gateway.browser("other.example.com").sign_in("alice")
        assert gateway.event(failing.get("/").activity)
        assert gateway.browser().try_sign_in("alice@evil\x1b[31m", wrong).status == 401
        secrets = [lab.password("alice"), wrong, csrf, browser.cookies["__Host-kerbgate"],
                   failing.cookies["__Host-kerbgate"], "query-secret-7531", "header-secret-9512",
                   *keys_of(lab.connector.keytab)]
        found = written(gateway, gateway.children())
        assert b"alice" in found["gateway.log"], "the search looks at what it should"
        for where, text in found.items():
            for secret in secrets:
                for spelling in spellings(secret):
                    assert spelling not in text, f"{secret!r} is in {where}"
            assert not re.search(rb"Negotiate\s+[A-Za-z0-9+/]{40}", text), f"a token is in {where}"
            assert b"\x1b" not in text or where.startswith("state.db"), f"escapes in {where}"


def test_files_are_for_their_owner_alone(lab, tmp_path):
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    with Gateway(lab, tmp_path, apps, address=108) as gateway:
        gateway.browser().sign_in("alice")
        for path in gateway.state.iterdir():
            assert path.stat().st_mode & 0o077 == 0, path
            assert path.owner() == "nobody"
        assert gateway.state.stat().st_mode & 0o077 == 0


def test_only_the_broker_opens_the_keytab(lab, tmp_path):
    """Seen by strace from the first system call to the last."""
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    gateway = Gateway(lab, tmp_path, apps, address=108)
    trace = tmp_path / "trace"
    # The leak check of the sanitizer uses ptrace itself.
    sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
    with gateway.under("env", f"ASAN_OPTIONS={sanitizer}", "strace", "-D", "-ff", "-qq",
                       "-e", "trace=execve,open,openat,openat2", "-o", trace):
        gateway.browser().sign_in("alice").get("/")
    openers = set()
    for file in tmp_path.glob("trace.*"):
        text = file.read_text(errors="replace")
        if re.search(rf'open\w*\(.*"{lab.connector.keytab}".*= \d', text):
            role = re.search(r'execve\([^\n]*\["kerbgate", "(\w+)"', text)
            openers.add(role.group(1) if role else "supervisor")
    assert openers == {"broker"}
    assert subprocess.run(["grep", "-l", "krb5cc", *tmp_path.glob("trace.*")],
                          capture_output=True).stdout == b"", "a credential cache was looked for"
