"""Identity providers that are broken, how they are reached, and logout by the back channel."""
import socket
import socketserver
import threading
import time

import pytest

from gateway import Gateway, app
# The same provider and gateway, and with them what makes the provider honest again.
from test_oidc_attacks import (  # noqa: F401
    NOW, attempt, gateway, honest, idp, signed_by)
from test_oidc import SECRET


def unfinished(request):
    request.send_response(200)
    request.send_header("Content-Length", "100")
    request.end_headers()
    request.wfile.write(b"{")
    request.close_connection = True


def slow(request):
    time.sleep(4)  # lint: banned: longer than the timeout of the provider
    request.close_connection = True


def redirect(request):
    request.send_response(302)
    request.send_header("Location", "https://evil.example/")
    request.send_header("Content-Length", "0")
    request.end_headers()


RUBBISH = {
    "no JSON": ((200, b"<html>"), 22001), "empty": ((200, b""), 22001),
    "a list": ((200, []), 22001),
    "large": ((200, b" " * 300000 + b"{}"), 22001), "500": ((500, {}), 22001),
    "two of a name": ((200, b'{"access_token":"a","access_token":"b"}'), 22001),
    "deep": ((200, b"[" * 100000), 22001), "unfinished": (unfinished, 22001), "slow": (slow, 22001),
    "redirect": (redirect, 22001), "nothing": ((200, {}), 22001),
    "no ID token": ((200, {"access_token": "x", "token_type": "Bearer"}), 22001),
    "a number": ((200, {"id_token": 7}), 22001), "401": ((401, {"error": "invalid_client"}), 22006),
    "rubbish error": ((400, {"error": "<script>\r\n"}), 22006),
    "huge token": ((200, {"id_token": "x" * 20000}), 13014),
    "two parts": ((200, {"id_token": "e30.e30"}), 13014),
    "five parts": ((200, {"id_token": "e30.e30.e30.e30.e30"}), 13014),
    "equals": ((200, {"id_token": "e30=.e30=.e30="}), 13014),
    "nul": ((200, b'{"id_token": "e30.\\u0000"}'), 22001),
}


@pytest.mark.parametrize("what", RUBBISH)
def test_an_answer_that_is_rubbish(gateway, idp, what):
    answer, number = RUBBISH[what]
    idp.answers["/token"] = answer
    begun = time.monotonic()
    _, page = attempt(gateway, idp)
    assert page.status in (403, 502, 503) and "Sign in" in page.text
    assert gateway.event(page.activity)["event"] == number
    assert time.monotonic() - begun < 5


def end(gateway, token):
    return gateway.browser().post("/.kerbgate/backchannel-logout", {"logout_token": token})


def test_a_logout_token_ends_sessions_once(gateway, idp):
    first, _ = attempt(gateway, idp)
    token = idp.logout_token()
    answer = end(gateway, token)
    assert answer.status == 200 and answer.headers["Cache-Control"] == "no-store"
    assert first.get("/").status == 303
    second, _ = attempt(gateway, idp)
    again = end(gateway, token)
    assert again.status == 400 and gateway.event(again.activity)["event"] == 22009
    assert second.get("/").status == 200


BAD_LOGOUTS = {
    "nobody": {"sub": None}, "somebody else's": {"aud": "other"}, "issuer": {"iss": "https://x/"},
    "nonce": {"nonce": "x"}, "no events": {"events": None}, "other events": {"events": {"x": {}}},
    "no number": {"jti": None}, "expired": {"exp": NOW - 900}, "future": {"iat": NOW + 7200},
}


@pytest.mark.parametrize("what", BAD_LOGOUTS)
def test_a_logout_token_that_is_none(gateway, idp, what):
    browser, _ = attempt(gateway, idp)
    answer = end(gateway, idp.logout_token(**BAD_LOGOUTS[what]))
    assert answer.status == 400 and gateway.event(answer.activity)["event"] == 22009
    assert browser.get("/").status == 200


def test_a_logout_token_that_is_not_signed_or_an_id_token(gateway, idp):
    browser, _ = attempt(gateway, idp)
    tokens = ["", "x", "x" * 15000, idp.id_token({"nonce": "x"})]
    idp.sign = signed_by(idp.other, "RS256", "one")
    tokens.append(idp.logout_token())
    idp.sign, idp.header = idp.unsigned, {"alg": "none"}
    tokens.append(idp.logout_token())
    for token in tokens:
        answer = end(gateway, token)
        assert answer.status == 400 and gateway.event(answer.activity)["event"] == 22009
    assert gateway.browser().get("/.kerbgate/backchannel-logout").status == 405
    assert browser.get("/").status == 200


def relay(one, other):
    try:
        while data := one.recv(65536):
            other.sendall(data)
    except OSError:
        pass
    other.close()


class Proxy(socketserver.ThreadingTCPServer):
    """A forward proxy that knows CONNECT and writes down what for."""
    allow_reuse_address = daemon_threads = True

    def __init__(self, address):
        self.asked = []
        super().__init__(address, None)

    def finish_request(self, request, client_address):
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += request.recv(1)
        target = head.split()[1].decode()
        self.asked.append(target)
        host, port = target.split(":")
        other = socket.create_connection((host, int(port)))
        request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        threading.Thread(target=relay, args=(other, request), daemon=True).start()
        relay(request, other)


def test_through_a_proxy_with_a_certificate_of_ours(lab, idp, tmp_path):
    certificate, key = lab.ca.issue("kerbgate.example.com")
    with Proxy((f"{lab.net}.112", 3128)) as proxy:
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        provider = {"name": "corp", "type": "oidc", "issuer": idp.issuer, "client_id": "kerbgate",
                    "client_authentication": "tls_client_auth", "client_key_file": str(key),
                    "client_certificate": str(certificate), "ca": str(lab.ca.pem),
                    "proxy": f"http://{lab.net}.112:3128"}
        entry = app("hr", lab.web.url + "public/", pre_authentication="corp")
        with Gateway(lab, tmp_path, [entry], address=122,
                     identity_providers=[provider]) as gateway:
            browser, answer = attempt(gateway, idp)
            assert answer.status == 303 and browser.get("/").status == 200
        assert proxy.asked and set(proxy.asked) == {f"{idp.host}:{idp.port}"}
        assert "kerbgate.example.com" in str(idp.last_peer)
        assert idp.last_form["client_id"] == "kerbgate" and "client_secret" not in idp.last_form
        proxy.shutdown()


def test_a_provider_with_a_certificate_of_somebody_else(lab, idp, tmp_path):
    secret = tmp_path / "s"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    provider = {"name": "corp", "type": "oidc", "issuer": idp.issuer, "client_id": "kerbgate",
                "client_secret_file": str(secret)}  # the system's authorities alone
    entry = app("hr", lab.web.url, pre_authentication="corp")
    with Gateway(lab, tmp_path, [entry], address=122, identity_providers=[provider]) as gateway:
        answer = gateway.browser().get("/.kerbgate/sign-in")
        assert answer.status == 503
        event = gateway.event(answer.activity)
        assert event["event"] == 22001 and "certificate" in event["detail"]


METADATA = {
    "issuer": {"issuer": "https://evil.example/"}, "no issuer": {"issuer": None},
    "http": {"token_endpoint": "http://evil.example/"}, "no keys": {"jwks_uri": None},
    "user": {"authorization_endpoint": "https://a@evil.example/"},
    "fragment": {"authorization_endpoint": "https://evil.example/#x"},
    "script": {"authorization_endpoint": "javascript:alert(1)"},
    "header": {"authorization_endpoint": "https://evil.example/\r\nX: y"},
    "no S256": {"code_challenge_methods_supported": ["plain"]},
    "no code": {"response_types_supported": ["id_token"]},
    "our way is unknown": {"token_endpoint_auth_methods_supported": ["none"]},
}


def test_metadata_that_do_not_fit(lab, idp, tmp_path_factory):
    for what, change in METADATA.items():
        folder = tmp_path_factory.mktemp("metadata")
        idp.reset()
        idp.metadata = change
        secret = folder / "s"
        secret.write_text(SECRET)
        secret.chmod(0o600)
        provider = {"name": "corp", "type": "oidc", "issuer": idp.issuer, "client_id": "kerbgate",
                    "client_secret_file": str(secret), "ca": str(lab.ca.pem)}
        entry = app("hr", lab.web.url, pre_authentication="corp")
        with Gateway(lab, folder, [entry], address=122, identity_providers=[provider]) as other:
            answer = other.browser().get("/.kerbgate/sign-in")
            assert answer.status == 502, what
            assert other.event(answer.activity)["event"] == 22007, what
