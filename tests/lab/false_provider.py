"""A second OpenID Connect provider, by python3-jwt, that says what a test wants, true or not."""
import base64
import hashlib
import http.server
import json
import secrets
import ssl
import threading
import time
import urllib.parse

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from .oidc_provider import encode


def public_jwk(key, kid, **more):
    n = key.public_key().public_numbers()
    if isinstance(key, rsa.RSAPrivateKey):
        return {"kty": "RSA", "n": encode(n.n), "e": encode(n.e), "kid": kid, "use": "sig", **more}
    size = (n.curve.key_size + 7) // 8
    return {"kty": "EC", "crv": f"P-{n.curve.key_size}", "x": encode(n.x, size),
            "y": encode(n.y, size), "kid": kid, "use": "sig", **more}


def segment(data):
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class FalseProvider:
    """`claims`, `header`, `sign` and `answers` are a test's to change; `reset` makes it honest."""

    def __init__(self, lab, address, port=8443):
        self.lab, self.host, self.port = lab, f"{lab.net}.{address}", port
        self.issuer = f"https://{self.host}:{self.port}/tenant/v2.0"
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.curve = ec.generate_private_key(ec.SECP384R1())
        self.codes, self.asked = {}, []
        self.refresh_tokens, self.renewals = set(), []
        self.reset()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*lab.ca.issue(self.host))
        context.load_verify_locations(lab.ca.pem)
        context.verify_mode = ssl.CERT_OPTIONAL
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                provider.answer(self, None)

            def do_POST(self):
                size = int(self.headers["Content-Length"])
                provider.answer(self, dict(urllib.parse.parse_qsl(self.rfile.read(size).decode())))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((self.host, self.port), Handler)
        self.server.daemon_threads = True
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                 do_handshake_on_connect=False)

    def reset(self):
        self.claims, self.header, self.answers = {}, {}, {}
        self.sign = self.honest
        self.keys = [public_jwk(self.key, "one"), public_jwk(self.curve, "curve")]
        self.metadata, self.tokens, self.person = {}, {}, {"sub": "alice"}
        self.renewed = {}

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def honest(self, payload, header):
        return jwt.encode(payload, self.key, "RS256", {"kid": "one", **header})

    def unsigned(self, payload, header):
        return f"{segment({'typ': 'JWT', **header})}.{segment(payload)}."

    def authorize(self, url, **more):
        """What this provider would do with a browser: the URL to come back to."""
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(url).query))
        self.asked.append(query)
        code = secrets.token_urlsafe(8)
        self.codes[code] = query
        answer = {"code": code, "state": query["state"], "iss": self.issuer, **more}
        answer = {name: value for name, value in answer.items() if value is not None}
        return query["redirect_uri"] + "?" + urllib.parse.urlencode(answer)

    def id_token(self, query, client="kerbgate"):
        now = int(time.time())
        payload = {"iss": self.issuer, "aud": client, "iat": now, "exp": now + 300,
                   "nonce": query.get("nonce"), **self.person, **self.claims}
        payload = {name: value for name, value in payload.items() if value is not None}
        return self.sign(payload, self.header)

    def logout_token(self, **changes):
        now = int(time.time())
        payload = {"iss": self.issuer, "aud": "kerbgate", "iat": now, "exp": now + 120,
                   "jti": secrets.token_urlsafe(8), "sub": "alice",
                   "events": {"http://schemas.openid.net/event/backchannel-logout": {}}, **changes}
        payload = {name: value for name, value in payload.items() if value is not None}
        return self.sign(payload, {"typ": "logout+jwt", **self.header})

    def refresh_token(self):
        """One that is good once."""
        token = "rt-" + secrets.token_urlsafe(24)
        self.refresh_tokens.add(token)
        return token

    def renew(self, form):
        self.renewals.append(form["refresh_token"])
        if form["refresh_token"] not in self.refresh_tokens:
            return 400, {"error": "invalid_grant"}
        self.refresh_tokens.remove(form["refresh_token"])
        answer = {"access_token": "at", "token_type": "Bearer", "id_token": self.id_token({}),
                  "refresh_token": self.refresh_token(), **self.renewed}
        return 200, {name: value for name, value in answer.items() if value is not None}

    def redeem(self, form):
        if form["grant_type"] == "refresh_token":
            return self.renew(form)
        query = self.codes.pop(form.get("code"), None)
        if not query:
            return 400, {"error": "invalid_grant"}
        challenge = segment(hashlib.sha256(form["code_verifier"].encode()).digest())
        if (challenge != query["code_challenge"] or query["code_challenge_method"] != "S256"
                or form["redirect_uri"] != query["redirect_uri"]):
            return 400, {"error": "invalid_grant", "error_description": "<script>x</script>"}
        return 200, {"access_token": "at", "token_type": "Bearer",
                     "id_token": self.id_token(query), **self.tokens}

    def answer(self, request, form):
        path = urllib.parse.urlsplit(request.path).path.removeprefix("/tenant/v2.0")
        scripted = self.answers.get(path)
        if callable(scripted):
            scripted(request)
            return
        if scripted:
            status, body = scripted
        elif path == "/.well-known/openid-configuration":
            status, body = 200, {
                "issuer": self.issuer, "authorization_endpoint": self.issuer + "/authorize",
                "token_endpoint": self.issuer + "/token", "jwks_uri": self.issuer + "/keys",
                "userinfo_endpoint": self.issuer + "/userinfo",
                "authorization_response_iss_parameter_supported": True, **self.metadata}
        elif path == "/keys":
            status, body = 200, {"keys": self.keys}
        elif path == "/token":
            self.last_form, self.last_peer = form, request.connection.getpeercert()
            status, body = self.redeem(form)
        else:
            status, body = 200, self.person
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(raw)))
        request.end_headers()
        request.wfile.write(raw)
