"""The back end's pages do what README.md says, asked by curl with a ticket of alice's."""
import json
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


def test_bytes_come_as_counted(lab, curl):
    body = curl(lab.web.url + "bytes/1000", text=False)
    assert body == bytes(i % 251 for i in range(1000))
    head = curl("-D-", "-o", "/dev/null", lab.web.url + "bytes/100000")
    assert "chunked" in head.lower()
    head = curl("-D-", "-o", "/dev/null", lab.web.url + "bytes/1000?length")
    assert "content-length: 1000" in head.lower()


def test_echo_status_redirect_and_drop(lab, curl):
    url = lab.web.url
    assert curl("-X", "POST", "-d", "hello", "-H", "Expect:", url + "public/echo") == "hello"
    code = ["-o", "/dev/null", "-w", "%{http_code} %{redirect_url}"]
    assert curl(*code, url + "status/404").startswith("404")
    assert curl(*code, url + "redirect") == f"302 {url}target"
    curl(url + "drop", ok=False)


def test_it_serves_by_tls_under_both_names(lab, curl):
    assert json.loads(curl(lab.web.tls_url))["remote_user"] == "alice"
    assert json.loads(curl(lab.other.tls_url, web=lab.other))["remote_user"] == "alice"
