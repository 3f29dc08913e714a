"""HTTP/2 and WebSocket before a back end that wants Kerberos, and the PROXY protocol as a load
balancer speaks it."""
import json
import subprocess

import pytest

from gateway import Gateway, app, wait_until
from http2 import Http2
from websocket import Streamed, Upgraded

HOST = "hr.example.com"


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("protocols")
    with Gateway(lab, folder, [app("hr", lab.web.url, spn=lab.web.spn)], address=123,
                 gateway__access_log={"file": str(folder / "access.log")}) as running:
        yield running


@pytest.fixture
def cookie(gateway):
    cookies = gateway.browser(HOST).sign_in("alice").cookies
    return ("cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()))


def lines(gateway, **like):
    def read():
        text = (gateway.folder / "access.log").read_text()
        return [line for line in map(json.loads, text.splitlines())
                if like.items() <= line.items()]
    return wait_until(read, 5, f"a line like {like}")


def test_a_request_by_http2_has_a_ticket_like_any_other(gateway, cookie):
    connection = Http2(gateway, HOST)
    stream = connection.begin("GET", "/?by=h2", [cookie])
    connection.finish(stream)
    connection.close()
    assert stream.status == 200 and b"alice" in bytes(stream.body)
    assert lines(gateway, protocol="HTTP/2", status=200, app="hr")[-1]["ticket"] != "-"


def test_curl_signs_in_over_http2(gateway, lab):
    done = subprocess.run(
        ["curl", "-s", "--http2", "--cacert", lab.ca.pem, "-o", "/dev/null",
         "-H", "Accept: text/html",
         "-w", "%{http_version} %{http_code} %{redirect_url}",
         "--resolve", f"{HOST}:443:{gateway.address}", f"https://{HOST}/"],
        capture_output=True, text=True, timeout=30)
    version, status, location = done.stdout.split()
    assert (version, status) == ("2", "303") and "/.kerbgate/sign-in" in location


@pytest.mark.parametrize("kind", [Upgraded, Streamed])
def test_a_websocket_is_opened_in_the_persons_name_and_its_cookies_are_kept(gateway, cookie, kind):
    """The original can do neither: no token on the upgrade, and the cookies of its answer lost."""
    socket = kind(gateway, HOST, "/socket", [cookie])
    assert socket.status == (101 if kind is Upgraded else 200)
    said = dict(json.loads(socket.receive())["headers"])
    assert said["x-remote-user"] == "alice"       # by mod_auth_gssapi, from the token
    assert "__Host-kerbgate" not in said.get("cookie", "")
    cookies = [value for name, value in socket.headers if name == "set-cookie"]
    assert any(value.startswith("tab=7") for value in cookies), cookies
    assert any(value.startswith("seen=yes") for value in cookies), cookies
    assert socket.echo("gr\u00fc\u00dfe") == "gr\u00fc\u00dfe"
    socket.close()


def test_what_is_said_before_a_stream_is_a_websocket_goes_through_it(gateway, cookie):
    socket = Streamed(gateway, HOST, "/socket", [cookie], early="early")
    assert json.loads(socket.receive())["path"] == "/socket"
    assert socket.receive() == "early"
    assert socket.echo("later") == "later"
    socket.close()


@pytest.mark.parametrize("kind", [Upgraded, Streamed])
def test_a_websocket_without_a_session_is_not_opened(gateway, kind):
    socket = kind(gateway, HOST, "/socket")
    assert socket.status in (303, 401)
    socket.close()


@pytest.fixture(scope="module")
def balanced(lab, tmp_path_factory):
    """kerbgate behind HAProxy, which listens on .124:444 (version 1) and 445 (version 2)."""
    folder = tmp_path_factory.mktemp("balanced")
    apps = [app("open", lab.web.url + "public/", pre_authentication="passthrough")]
    with Gateway(lab, folder, apps, address=124,
                 gateway__access_log={"file": str(folder / "access.log")}) as running:
        listen = running.settings()["gateway"]["listen"]
        listen[0]["proxy_protocol_from"] = [f"{lab.net}.124/32"]
        running.write(gateway__listen=listen,
                      gateway__access_log={"file": str(folder / "access.log")})
        running.run("reload")
        conf = folder / "haproxy.cfg"
        conf.write_text("defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n"
                        "  timeout server 30s\n" + "".join(
                            f"listen v{n}\n  bind {running.address}:{port}\n"
                            f"  source {running.address}\n"
                            f"  server one {running.address}:443 {word}\n"
                            for n, port, word in ((1, 444, "send-proxy"),
                                                  (2, 445, "send-proxy-v2"))))
        haproxy = subprocess.Popen(["haproxy", "-db", "-f", conf], stderr=subprocess.DEVNULL)
        try:
            yield running
        finally:
            haproxy.terminate()
            haproxy.wait(10)


def ask(balanced, source, port):
    return subprocess.run(
        ["curl", "-s", "--cacert", balanced.lab.ca.pem, "--interface", source,
         "--retry", "20", "--retry-connrefused", "--retry-delay", "1", "-w", "\n%{http_code}",
         "--resolve", f"open.example.com:{port}:{balanced.address}",
         "-H", "Host: open.example.com", f"https://open.example.com:{port}/"],
        capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("port", [444, 445], ids=["version 1", "version 2"])
def test_the_client_is_the_one_the_load_balancer_names(balanced, lab, port):
    source = f"{lab.net}.{200 + port - 444}"
    done = ask(balanced, source, port)
    assert done.stdout.endswith("200"), done
    assert lines(balanced, client=source)
    assert source in done.stdout, "X-Forwarded-For, as the back end shows it"


def test_who_should_send_the_header_and_does_not_is_refused(balanced):
    done = ask(balanced, balanced.address, 443)
    assert done.returncode != 0
    wait_until(lambda: "proxy_protocol_from" in balanced.log.read_text(), 5, "the log says why")


def test_who_is_not_listed_speaks_tls_at_once(balanced, lab):
    done = ask(balanced, f"{lab.net}.210", 443)
    assert done.stdout.endswith("200"), done
    assert lines(balanced, client=f"{lab.net}.210")
