"""The faulty servers do what they are for, and nothing else."""
import socket
import subprocess

import pytest

from lab import faulty
from lab.rubbish import MODES, hole, rubbish

HOST, PORT = "web.corp.example", 8080


@pytest.fixture(scope="module")
def alice(lab):
    """Asks in alice's name: (status, headers and body)."""
    environment = lab.environment("faulty")
    subprocess.run(["kinit", "alice"], input=lab.password("alice"), env=environment, text=True,
                   check=True, capture_output=True)

    def ask(server, path="/", *more):
        address, port = server.server_address
        done = subprocess.run(
            ["curl", "-si", "--max-time", "10", "--negotiate", "-u:", *more, "--resolve",
             f"{HOST}:{port}:{address}", f"http://{HOST}:{port}{path}"],
            env=environment, capture_output=True, text=True)
        return int(done.stdout.split()[1]), done.stdout
    return ask


@pytest.fixture
def server(lab):
    running = faulty.BackEnd(f"{lab.net}.130", PORT, keytab=lab.ad.web_keytab)
    yield running
    running.stop()


@pytest.mark.parametrize("page, status, words", [
    (faulty.usual, 200, '"remote_user": "alice"'),
    (faulty.only("NTLM", "Basic realm=x"), 401, "WWW-Authenticate: NTLM\nWWW-Authenticate: Basic"),
    (faulty.after_a_challenge, 400, "nobody asked"),    # curl sends the token at once
    (faulty.only_spnego, 200, '"remote_user": "alice"'),
    (faulty.only_krb5, 401, "WWW-Authenticate: Negotiate\n"),
    (faulty.status(403), 403, "WWW-Authenticate: Negotiate o"),
    (faulty.leads_to("http://else.corp.example/"), 302, "Location: http://else.corp.example/"),
    (faulty.below("/app/"), 200, "whoever"),
    (faulty.of_host("else.corp.example"), 404, "no such site"),
])
def test_a_page_does_what_it_is_called(alice, server, page, status, words):
    server.page = page
    found, text = alice(server)
    assert found == status and words in text, text


def test_below_its_path_somebody_is_asked(alice, server):
    server.page = faulty.below("/app/")
    assert alice(server, "/app/")[0] == 200
    assert [had_token for path, had_token in server.seen if path == "/app/"][-1]


def test_a_proof_is_left_out_where_it_is_to_be(alice, server):
    assert "Negotiate o" in alice(server)[1]
    server.page = faulty.unproven
    assert "Negotiate o" not in alice(server)[1]


def test_a_key_that_is_not_its_own_is_refused(alice, server, lab):
    server.use(lab.connector.keytab)
    assert alice(server)[0] == 401


def test_another_apache_has_keys_of_its_own(alice, lab):
    node = lab.node("node2", 21, lab.ad.web_keytab)
    server = type("Node", (), {"server_address": (node.address, PORT)})
    status, text = alice(server)
    assert status == 200 and '"remote_user": "alice"' in text
    node.write_keytab(lab.connector.keytab)
    assert alice(server)[0] == 401
    assert alice(type("Apache", (), {"server_address": (lab.web.address, PORT)}))[0] == 200


def test_apache_forbids_a_page_to_who_has_signed_in(alice, lab):
    apache = type("Apache", (), {"server_address": (lab.web.address, PORT)})
    assert alice(apache, "/forbidden/")[0] == 403


@pytest.mark.parametrize("mode", MODES)
def test_rubbish_is_no_answer(lab, mode):
    with rubbish(f"{lab.net}.131", 8080, mode):
        with socket.create_connection((f"{lab.net}.131", 8080), timeout=0.5) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            try:
                said = connection.recv(4)
            except OSError:
                said = b""
    assert not said.startswith(b"HTTP")


def test_who_connects_to_a_hole_waits(lab):
    with hole(f"{lab.net}.131", 8080), pytest.raises(TimeoutError):
        socket.create_connection((f"{lab.net}.131", 8080), timeout=0.5)
