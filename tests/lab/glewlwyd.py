"""A second OpenID Connect provider that nobody of ours has written: Glewlwyd, a program in C with a
code base of its own (Debian's package). It is set up by its own administration API."""
import http.client
import http.cookies
import json
import secrets
import sqlite3
import ssl
import urllib.parse
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, PublicFormat)

TABLES = Path("/usr/share/dbconfig-common/data/glewlwyd/install/sqlite3")
PORT = 8443


def key_pair():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return (key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            key.public_key().public_bytes(Encoding.PEM,
                                          PublicFormat.SubjectPublicKeyInfo).decode())


class Glewlwyd:
    """At an address of the lab's, with one client and people, whose passwords are random.

    A context manager; `host` is that of the client's redirect URI. `people` has of each what
    becomes the claim upn."""

    def __init__(self, lab, host, people, address, gateway):
        self.lab, self.people, self.client_host = lab, people, host
        self.gateway = gateway
        self.address = f"{lab.net}.{address}"
        self.url = f"https://{self.address}:{PORT}"
        self.issuer = self.url + "/api/oidc"
        self.secret = secrets.token_urlsafe(24)
        self.passwords = {name: secrets.token_urlsafe(12) for name in people}
        self.name = f"glewlwyd-{address}"
        self.dir = lab.dir / self.name

    def write(self):
        self.dir.mkdir(mode=0o700)
        database = sqlite3.connect(self.dir / "state.db")
        database.executescript(TABLES.read_text())
        database.close()
        (self.dir / "hosts").write_text(f"{self.gateway} {self.client_host}\n")
        certificate, key = self.lab.ca.issue(self.address)
        lines = {
            "port": PORT, "bind_address": self.address, "external_url": self.url,
            "login_url": "login.html", "api_prefix": "api", "log_mode": "file",
            "log_level": "WARNING", "log_file": self.dir / "log",
            "static_files_path": "/usr/share/glewlwyd/webapp/", "cookie_secure": 1,
            "session_key": "GLEWLWYD2_SESSION_ID", "session_expiration": 3600,
            "admin_scope": "g_admin", "profile_scope": "g_profile",
            "user_module_path": "/usr/lib/glewlwyd/user",
            "client_module_path": "/usr/lib/glewlwyd/client",
            "user_auth_scheme_module_path": "/usr/lib/glewlwyd/scheme",
            "plugin_module_path": "/usr/lib/glewlwyd/plugin",
            "use_secure_connection": True, "secure_connection_key_file": key,
            "secure_connection_pem_file": certificate, "hash_algorithm": "SHA512"}

        def value(of):
            return str(of).lower() if isinstance(of, bool) else json.dumps(
                of if isinstance(of, int) else str(of))
        text = "".join(f"{name} = {value(of)}\n" for name, of in lines.items())
        (self.dir / "conf").write_text(
            f'{text}database = {{ type = "sqlite3"; path = "{self.dir}/state.db"; }};\n'
            'static_files_mime_types = ({ extension = ".html"; mime_type = "text/html"; },\n'
            ' { extension = ".js"; mime_type = "application/javascript"; },\n'
            ' { extension = ".css"; mime_type = "text/css"; },\n'
            ' { extension = ".json"; mime_type = "application/json"; });\n')

    def __enter__(self):
        self.write()
        # It finds names and authorities where the system has them: in a place of its own, these.
        places = ((self.dir / "hosts", "/etc/hosts"),
                  (self.lab.ca.pem, "/etc/ssl/certs/ca-certificates.crt"))
        mounts = "".join(f"mount --bind {file} {place} && " for file, place in places)
        self.lab.keeper.start(self.name, [
            "unshare", "--mount", "sh", "-c", f"{mounts}exec glewlwyd -c {self.dir}/conf"])
        self.lab.keeper.wait_until_listening(self.name, self.address, PORT)
        self.set_up()
        return self

    def __exit__(self, *_):
        self.lab.keeper.end(self.name)

    def set_up(self):
        admin = Person(self, "admin", "password")      # as its package makes it
        key, public = key_pair()
        admin.ask("POST", "mod/plugin/", {
            "module": "oidc", "name": "oidc", "display_name": "oidc", "parameters": {
                "iss": self.issuer, "jwt-type": "rsa", "jwt-key-size": "256", "key": key,
                "cert": public, "oauth-as-iss-id": True, "subject-type": "public",
                "access-token-duration": 600, "refresh-token-duration": 3600, "code-duration": 60,
                "auth-type-code-enabled": True, "auth-type-code-revoke-replayed": True,
                "auth-type-refresh-enabled": True, "refresh-token-rolling": True,
                "refresh-token-one-use": "always", "pkce-allowed": True, "pkce-required": True,
                "pkce-method-plain-allowed": False, "allow-non-oidc": False, "jwks-show": True,
                "allowed-scope": ["openid"], "session-management-allowed": True,
                "session-cookie-name": "SID", "session-cookie-expiration": 3600,
                "front-channel-logout-allowed": True, "back-channel-logout-allowed": True,
                "claims": [{"name": "upn", "user-property": "email", "type": "string",
                            "mandatory": True}]}})
        at = f"https://{self.client_host}/.kerbgate"
        admin.ask("POST", "client/", {
            "client_id": "kerbgate", "name": "kerbgate", "confidential": True, "enabled": True,
            "client_secret": self.secret, "token_endpoint_auth_method": ["client_secret_basic"],
            "redirect_uri": [f"{at}/callback"], "authorization_type": ["code", "refresh_token"],
            "post_logout_redirect_uri": f"{at}/signed-out", "scope": [],
            "backchannel_logout_uri": f"{at}/backchannel-logout",
            "backchannel_logout_session_required": "1"})
        for name, upn in self.people.items():
            admin.ask("POST", "user/", {
                "username": name, "name": name, "email": upn, "password": self.passwords[name],
                "enabled": True, "scope": ["openid", "g_profile"]})

    def person(self, name):
        """Somebody who has signed in at the provider, and lets kerbgate know who it is."""
        person = Person(self, name, self.passwords[name])
        person.ask("PUT", "auth/grant/kerbgate/", {"scope": "openid"})
        return person


class Person:
    """A browser at the provider."""

    def __init__(self, provider, name, password):
        self.provider, self.cookies = provider, http.cookies.SimpleCookie()
        self.ask("POST", "auth/", {"username": name, "password": password})

    def request(self, method, path, body=None):
        context = ssl.create_default_context(cafile=str(self.provider.lab.ca.pem))
        connection = http.client.HTTPSConnection(self.provider.address, PORT, context=context,
                                                 timeout=30)
        headers = {"Cookie": "; ".join(f"{m.key}={m.value}" for m in self.cookies.values())}
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection.request(method, path, body and json.dumps(body), headers)
        response = connection.getresponse()
        text = response.read().decode()
        for line in response.headers.get_all("Set-Cookie", ()):
            self.cookies.load(line)
        connection.close()
        return response, text

    def ask(self, method, path, body=None):
        response, text = self.request(method, "/api/" + path, body)
        assert response.status == 200, f"{method} {path}: {response.status} {text}"
        return text

    def walk(self, url):
        """Where the provider sends the browser that kerbgate has sent to it, once its page, which
        is a script, was told to go on."""
        query = urllib.parse.urlsplit(self.sent(url)).query
        return self.sent(dict(urllib.parse.parse_qsl(query))["callback_url"] + "&g_continue")

    def sent(self, url):
        parts = urllib.parse.urlsplit(url)
        response, text = self.request("GET", f"{parts.path}?{parts.query}")
        assert response.status == 302, f"{response.status} {text}"
        return response.headers["Location"]

    def end(self, sid):
        """Signs out at the provider, which tells kerbgate."""
        self.ask("DELETE", f"oidc/session/{sid}/")
