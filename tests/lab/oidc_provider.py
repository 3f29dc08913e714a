"""An OpenID Connect provider for the lab: the certified npm package oidc-provider, and what a
person's browser does with its pages."""
import base64
import html.parser
import http.client
import http.cookies
import json
import os
import secrets
import signal
import ssl
import subprocess
import urllib.parse
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, PublicFormat)

from .npm import modules

HERE = Path(__file__).parent / "oidc"


def encode(number, size=None):
    raw = number.to_bytes(size or (number.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def key_of(kind, kid):
    """A new private key as JWK: RSA, EC (P-256) or OKP (Ed25519)."""
    more = {"kid": kid, "use": "sig"}
    if kind == "RSA":
        n = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_numbers()
        parts = {"n": n.public_numbers.n, "e": n.public_numbers.e, "d": n.d, "p": n.p, "q": n.q,
                 "dp": n.dmp1, "dq": n.dmq1, "qi": n.iqmp}
        return {"kty": "RSA", **{name: encode(part) for name, part in parts.items()}, **more}
    if kind == "EC":
        n = ec.generate_private_key(ec.SECP256R1()).private_numbers()
        return {"kty": "EC", "crv": "P-256", "d": encode(n.private_value, 32),
                "x": encode(n.public_numbers.x, 32), "y": encode(n.public_numbers.y, 32), **more}
    key = ed25519.Ed25519PrivateKey.generate()
    plain = {"encoding": Encoding.Raw, "encryption_algorithm": NoEncryption()}
    raw = {"d": key.private_bytes(format=PrivateFormat.Raw, **plain),
           "x": key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)}
    return {"kty": "OKP", "crv": "Ed25519", **more,
            **{name: base64.urlsafe_b64encode(part).rstrip(b"=").decode()
               for name, part in raw.items()}}


class OidcProvider:
    """oidc-provider at an address of the lab's. Its clients are dictionaries of client metadata
    (OpenID Connect Registration 2); `people` has the claims of each, whose password is anything."""

    def __init__(self, lab, clients, people, address=110, gateway=100, **more):
        self.lab, self.host = lab, f"{lab.net}.{address}"
        self.port = 8443
        self.issuer = f"https://{self.host}:{self.port}"
        certificate, key = lab.ca.issue(self.host)
        self.settings = {
            "issuer": self.issuer, "address": self.host, "port": self.port,
            "gateway": f"{lab.net}.{gateway}", "clients": clients, "people": people,
            "claims": sorted({name for person in people.values() for name in person}),
            "certificate": str(certificate), "key": str(key), "in_id_token": False,
            "modules": str(modules(HERE)), "cookie_key": secrets.token_hex(16),
            "jwks": {"keys": [key_of("RSA", "first"), key_of("EC", "first-ec"),
                              key_of("OKP", "first-ed")]}, **more}
        self.file = lab.dir / f"oidc-{address}.json"
        self.log = lab.dir / f"oidc-{address}.log"
        self.process = None

    def __enter__(self):
        self.file.write_text(json.dumps(self.settings))
        self.file.chmod(0o600)
        environment = {"PATH": os.environ["PATH"], "NODE_EXTRA_CA_CERTS": str(self.lab.ca.pem)}
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(["node", HERE / "provider.mjs", self.file],
                                            env=environment, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.PIPE, stderr=log)
        assert self.process.stdout.readline() == b"ready\n", self.log.read_text()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def restart(self, **more):
        """Without memory, as one of another day; `more` are new settings."""
        self.__exit__()
        self.settings.update(more)
        return self.__enter__()

    def change(self, **people):
        """New claims of some people, while it runs; None: one who is disabled from now on."""
        self.settings["people"] = {**self.settings["people"], **people}
        self.file.write_text(json.dumps(self.settings))
        self.process.send_signal(signal.SIGHUP)
        assert self.process.stdout.readline() == b"people read\n", self.log.read_text()

    def granted(self, kind="refresh_token"):
        """How often it has given out tokens for that."""
        return self.log.read_text().count(f"granted {kind}\n")

    def person(self):
        return Person(self)


class Form(html.parser.HTMLParser):
    """The first form of a page with its fields; an op.logout page has several."""

    def __init__(self, text):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form" and self.action is None:
            self.action = attrs["action"]
        if tag == "input" and "name" in attrs:
            self.fields.setdefault(attrs["name"], attrs.get("value", ""))


class Person:
    """A browser at the provider: cookies by path are not needed, the last of a name counts."""

    def __init__(self, provider):
        self.provider, self.cookies = provider, {}

    def request(self, method, url, fields=None):
        parts = urllib.parse.urlsplit(url)
        context = ssl.create_default_context(cafile=str(self.provider.lab.ca.pem))
        connection = http.client.HTTPSConnection(self.provider.host, self.provider.port,
                                                 context=context, timeout=30)
        headers = {"Accept": "text/html",
                   "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, fields and urllib.parse.urlencode(fields), headers)
        response = connection.getresponse()
        text = response.read().decode()
        for line in response.headers.get_all("Set-Cookie", ()):
            for name, morsel in http.cookies.SimpleCookie(line).items():
                if morsel.value and "1970" not in morsel["expires"]:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
        connection.close()
        return response, text

    def walk(self, url, **answers):
        """Follows the provider's redirects and fills in its forms, until it sends the browser away:
        that URL; or the text of a page without a form."""
        method, fields = "GET", None
        for _ in range(20):
            response, text = self.request(method, url, fields)
            if response.status in (302, 303):
                url = urllib.parse.urljoin(url, response.headers["Location"])
                method, fields = "GET", None
                if not url.startswith(self.provider.issuer + "/"):
                    return url
                continue
            form = Form(text)
            if form.action is None:
                return text
            url, method = urllib.parse.urljoin(url, form.action), "POST"
            fields = {**form.fields, **{k: v for k, v in answers.items() if k in form.fields
                                        or k == "logout"}}
        raise AssertionError(f"twenty steps and no end: {url}")
