"""One app for every host of a pattern: the label goes along to the back end and into the SPN, and
nothing else does."""
import urllib.parse

import pytest

from gateway import Gateway, app


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    """The lab's web server is one of many that the pattern allows."""
    inside = urllib.parse.urlsplit(lab.web.url)
    label, _, domain = inside.hostname.partition(".")
    many = app("many", f"http://*.{domain}:{inside.port}/", host="*.apps.example.com",
               spn=f"HTTP/*.{domain}")
    with Gateway(lab, tmp_path_factory.mktemp("wildcard"), [many], address=125) as running:
        running.host = f"{label}.apps.example.com"
        yield running


def test_the_label_of_the_host_is_the_back_ends_and_the_spns(gateway):
    answer = gateway.browser(gateway.host).sign_in("alice").get("/headers")
    assert answer.status == 200, answer.text
    headers = dict(answer.json["headers"])
    assert answer.json["remote_user"] == "alice"
    assert headers["Host"].startswith("web.corp.example")
    assert headers["X-Forwarded-Host"] == gateway.host


def test_another_label_is_another_service_with_a_right_of_its_own(gateway):
    """The server is there, but the connector may not delegate to it."""
    answer = gateway.browser("other.apps.example.com").sign_in("alice").get("/")
    assert answer.status == 502
    event = gateway.event(answer.activity)
    assert event["error"] == "krb-not-delegated" and "HTTP/other.corp.example" in event["detail"]


def test_a_label_of_nobodys_is_told_apart_from_a_refusal(gateway):
    answer = gateway.browser("nobody.apps.example.com").sign_in("alice").get("/")
    assert answer.status == 502
    event = gateway.event(answer.activity)
    assert event["event"] == 13020 and "HTTP/nobody." in event["spn"]


@pytest.mark.parametrize("host", ["a.b.apps.example.com", "apps.example.com", ".apps.example.com",
                                  "*.apps.example.com", "a%2eb.apps.example.com"])
def test_what_is_no_single_label_is_no_app(gateway, host):
    connection = gateway.tls(gateway.host)
    connection.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert connection.recv(100).split()[1] in (b"400", b"404", b"421")
    connection.close()


def test_a_session_of_one_host_is_none_at_another(gateway):
    """The cookie is bound to the host that signed in."""
    alice = gateway.browser(gateway.host).sign_in("alice")
    other = gateway.browser("other.apps.example.com")
    other.cookies = dict(alice.cookies)
    answer = other.get("/")
    assert answer.status in (302, 303) and "/.kerbgate/sign-in" in answer.location
