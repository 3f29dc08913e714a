"""Clients with a certificate."""
import http.client
import socket
import ssl

from gateway import Answer

HOST = "cards.example.com"


class Card:
    """A client of HTTP/1.1 with a certificate; `sni` may be another name than it asks for."""

    def __init__(self, gateway, pair, host=HOST, sni=None, version=None):
        context = ssl.create_default_context(cafile=str(gateway.lab.ca.pem))
        if version:
            context.minimum_version = context.maximum_version = version
        context.check_hostname = False
        if pair:
            context.set_ciphers("DEFAULT:@SECLEVEL=0")  # ours is not to be the one that refuses
            context.load_cert_chain(*map(str, pair))
        raw = socket.create_connection((gateway.address, 443), timeout=30)
        self.tls = context.wrap_socket(raw, server_hostname=sni or host)
        self.host = host

    def request(self, method="GET", path="/", headers=(), host=None):
        lines = [f"{method} {path} HTTP/1.1", f"Host: {host or self.host}",
                 *(["Content-Length: 0"] if method == "POST" else []),
                 *(f"{k}: {v}" for k, v in {"Accept": "text/html", **dict(headers)}.items())]
        self.tls.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        response = http.client.HTTPResponse(self.tls, method=method)
        response.begin()
        return Answer(response, response.read())

    def get(self, path="/", **more):
        return self.request("GET", path, **more)

    def close(self):
        self.tls.close()


def show(gateway, pair, host=HOST, **more):
    card = Card(gateway, pair, host)
    try:
        return card.get(**more)
    finally:
        card.close()


def refused(gateway, pair, host=HOST):
    """(status, error, event) of what comes of a certificate that is shown."""
    answer = show(gateway, pair, host)
    assert "gss_name" not in answer.text
    found = gateway.event(answer.activity)
    return answer.status, found["error"], found["event"]
