"""kerbgate decode of tokens that clients make here and now; tests/decode has more of them, kept."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "decode"))

from blob_clients import Clients, Recorder, size_of, values  # noqa: E402
from gateway import Gateway, app  # noqa: E402

WEB = "web.corp.example"


@pytest.fixture(scope="module")
def clients(lab):
    made = Clients(lab, f"{lab.net}.141")
    made.sign_in("user18", "user18")
    return made


def decode(text):
    return subprocess.run([os.environ["KERBGATE"], "decode"], input=text, text=True, timeout=30,
                          capture_output=True)


def must_fit(blob):
    done = decode(blob.text)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == blob.verdict
    for line in blob.lines:
        assert line in done.stdout


@pytest.mark.parametrize("mech", ["spnego", "krb5"])
@pytest.mark.parametrize("flags", [[], ["mutual_authentication"]])
def test_a_ticket_of_mit_kerberos(clients, mech, flags):
    must_fit(clients.gss("live", "user18", mech, WEB, "svc-web", "aes256", flags=flags))


def test_a_ticket_as_windows_wraps_it(clients):
    token = clients.samba(mech="spnego", kerberos=True)[0]
    must_fit(clients.ticket("live", "samba", token, f"http/{WEB}", "svc-web", "aes256", "spnego"))


@pytest.mark.parametrize("mech, init, answer", [
    ("ntlmssp", "", ""), ("spnego", ", inside SPNEGO", ", inside an answer of SPNEGO")])
def test_the_three_messages_of_ntlm(clients, mech, init, answer):
    first, second, third = clients.samba(mech=mech, answers=2)[:3]
    for token, verdict in (
            (first, f"NTLM type 1, a client that begins to sign in without Kerberos{init}"),
            (second, f"NTLM type 2, the challenge of a server of CORP{answer}"),
            (third, f"NTLM type 3, the response of CORP\\alice at DESK-17{answer}")):
        assert decode(token).stdout.splitlines()[0] == f"{verdict}, {size_of(token)}"


def test_what_curl_and_mod_auth_gssapi_say_to_one_another(clients, lab):
    dump = clients.curl("--negotiate", "-u", ":", *lab.web.resolve, lab.web.url, cache="user18")
    token = values(dump, "Authorization")[0].split()[1]
    done = decode(dump)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[0] == (
        "The server took the ticket and proved itself: Kerberos ticket for "
        f"{lab.web.spn} in {lab.realm}, inside SPNEGO, {size_of(token)}")


def test_a_token_that_the_back_end_cannot_open(clients, lab):
    """For another service of the same server, so that its keytab has a key, and not this one."""
    lab.add_services(**{"svc-moved": {"spns": ["HTTP/moved.corp.example"]}})
    token = clients.tokens("gss", "user18", mech="spnego", target="HTTP@moved.corp.example")[0]
    dump = clients.curl("-H", f"Authorization: Negotiate {token}", *lab.web.resolve, lab.web.url)
    done = decode(dump)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(("The server answered 401 to the ticket: ",
                                   "The server refused the ticket: Kerberos error"))
    assert "HTTP/moved.corp.example" in done.stdout


@pytest.mark.parametrize("form, inside", [("spnego", ", inside SPNEGO"), ("krb5", "")])
def test_what_kerbgate_itself_sends(lab, tmp_path_factory, form, inside):
    with Recorder(f"{lab.net}.142", ["Negotiate"]) as server:
        apps = [app("hr", f"http://{lab.net}.142:{server.server_port}/", spn=lab.web.spn,
                    sso={"token": form})]
        with Gateway(lab, tmp_path_factory.mktemp(form), apps, address=143) as gateway:
            assert gateway.browser().sign_in("user18").get("/").status == 200
    token = server.tokens("Negotiate")[-1]
    assert decode(token).stdout.splitlines()[0] == (
        f"Kerberos ticket for {lab.web.spn} in {lab.realm}{inside}, {size_of(token)}")
