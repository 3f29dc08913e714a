"""The back end's pages do what README.md says, asked by curl with a ticket of alice's."""
import hashlib
import http.client
import json
import re
import select
import socket
import struct
import subprocess

import pytest


@pytest.fixture(scope="module")
def curl(lab):
    environment = lab.environment(cache="test-back-end")
    subprocess.run(["kinit", "alice"], env=environment, input=lab.password("alice") + "\n",
                   text=True, check=True, capture_output=True)

    def run(*arguments, web=lab.web, ok=True, text=True):
        done = subprocess.run(
            ["curl", "-sS", "--negotiate", "-u", ":", "--cacert", lab.ca.pem, *web.resolve,
             *arguments], env=environment, capture_output=True)
        assert (done.returncode == 0) == ok, done.stderr
        return done.stdout.decode() if text else done.stdout
    return run


def test_it_says_what_it_saw(lab, curl):
    seen = json.loads(curl(lab.web.url + "a/b?c=d%2F", "-H", "X-Mine: 1"))
    assert (seen["remote_user"], seen["gss_name"]) == ("alice", "alice@CORP.EXAMPLE")
    assert (seen["method"], seen["target"]) == ("GET", "/a/b?c=d%2F")
    assert ["X-Mine", "1"] in seen["headers"]
    shown = dict(seen["headers"])["Authorization"]
    assert shown.startswith("Negotiate length=") and "sha256=" in shown


def test_it_says_what_it_read(lab, curl):
    for framing in ([], ["-H", "Transfer-Encoding: chunked"]):
        seen = json.loads(curl(lab.web.url + "here", "-X", "PUT", "--data-binary", "hello!",
                               "-H", "X-Mine: 1", "-H", "X-Mine: 2", *framing))
        assert set(seen) == {"remote_user", "gss_name", "connection", "method", "target",
                             "protocol", "body_length", "body_sha256", "headers"}
        assert (seen["method"], seen["protocol"], seen["body_length"]) == ("PUT", "HTTP/1.1", 6)
        assert seen["body_sha256"] == hashlib.sha256(b"hello!").hexdigest()
        assert ["X-Mine", "1, 2"] in seen["headers"]


def test_nobody_gets_in_without_kerberos_but_to_the_public_pages(lab, curl):
    plain = ["-H", "Authorization:", "--no-negotiate"]
    assert curl(*plain, "-o", "/dev/null", "-w", "%{http_code}", lab.web.url) == "401"
    seen = json.loads(curl(*plain, lab.web.url + "public/x"))
    assert seen["remote_user"] is None


def test_a_connection_has_a_number_of_its_own(lab, curl):
    for folder in ("", "bound/"):
        url = lab.web.url + folder
        one = curl(url, url)
        seen = [json.loads(part) for part in one.replace("}\n{", "}\0{").split("\0")]
        other = json.loads(curl(url))
        assert seen[0]["connection"] == seen[1]["connection"] != other["connection"]
        assert {s["remote_user"] for s in [*seen, other]} == {"alice"}


def test_the_number_is_new_though_the_port_is_not(lab):
    seen, port = set(), 0
    for _ in range(3):
        connection = http.client.HTTPConnection(lab.web.address, lab.web.port, timeout=30,
                                                source_address=("127.0.0.1", port))
        connection.request("GET", "/public/x", headers={"Host": lab.web.host})
        seen.add(json.loads(connection.getresponse().read())["connection"])
        port = connection.sock.getsockname()[1]
        # closed by a reset, so that the port is free at once
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    assert len(seen) == 3 and all(number.startswith(f"{port}-") for number in seen)


def statuses(lab, token, folder):
    """Of two requests on one connection, only the first of which shows a token."""
    connection = http.client.HTTPConnection(lab.web.address, lab.web.port, timeout=30)
    for headers in ({"Authorization": token}, {}):
        connection.request("GET", f"/{folder}x", headers={"Host": lab.web.host, **headers})
        response = connection.getresponse()
        response.read()
        yield response.status
    connection.close()


def test_only_under_bound_an_identity_is_the_connections(lab, curl):
    for folder, expected in (("", [200, 401]), ("bound/", [200, 200])):
        # curl tells the token that it sends; no page has taken this one yet
        said = curl("-v", "--stderr", "-", lab.web.url + "public/x")
        token = re.search(r"^> Authorization: (\S+ \S+)", said, re.M)[1].strip()
        assert list(statuses(lab, token, folder)) == expected, folder


def test_bytes_come_as_counted(lab, curl):
    for count in (0, 1000, 64256, 200001):
        body = curl(f"{lab.web.url}bytes/{count}", text=False)
        assert body == bytes(i % 251 for i in range(count))
    head = curl("-D-", "-o", "/dev/null", lab.web.url + "bytes/100000")
    assert "chunked" in head.lower()
    head = curl("-D-", "-o", "/dev/null", lab.web.url + "bytes/1000?length")
    assert "content-length: 1000" in head.lower()


def test_echo_status_redirect_drop_and_slow(lab, curl):
    url = lab.web.url
    assert curl("-X", "POST", "-d", "hello", "-H", "Expect:", url + "public/echo") == "hello"
    code = ["-o", "/dev/null", "-w", "%{http_code} %{redirect_url}"]
    assert curl(*code, url + "status/404").startswith("404")
    assert curl(*code, url + "redirect") == f"302 {url}target"
    for host in ("web.corp.example:8080", "hr.example.com"):
        curl(url + "public/drop", "-H", f"Host: {host}", ok=False)
    slow = curl("-w", "%{time_total}", url + "public/slow/0.2")
    assert float(slow[slow.rindex("}") + 1:]) >= 0.2


def test_a_connection_is_cut_by_another_client(lab):
    for _ in range(8):
        kept, other = (http.client.HTTPConnection(lab.web.address, lab.web.port, timeout=10)
                       for _ in range(2))
        kept.request("GET", "/public/here")
        assert kept.getresponse().read()
        cuts = 0
        while not select.select([kept.sock], [], [], 0)[0] and cuts < 100:
            other.request("GET", "/public/cut")
            cuts += int(other.getresponse().read())
        assert 0 < cuts < 100
        kept.close()
        other.close()


def test_it_serves_by_tls_under_both_names(lab, curl):
    assert json.loads(curl(lab.web.tls_url))["remote_user"] == "alice"
    assert json.loads(curl(lab.other.tls_url, web=lab.other))["remote_user"] == "alice"
