"""An OpenID Connect provider that costs little: it asks nobody anything, and what it issues was
signed before the clock runs. One process: openid_provider.py ISSUER CERTIFICATE KEY.

POST /prepare has a list of authorization requests (their query as an object), and is answered with
a code for each."""
import http.server
import json
import secrets
import ssl
import sys
import time
import urllib.parse

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

LIFETIME = 3600   # seconds


class Provider(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def __init__(self, issuer, certificate, key):
        self.issuer, self.codes = issuer, {}
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        parts = urllib.parse.urlsplit(issuer)
        super().__init__((parts.hostname, parts.port), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        self.socket = context.wrap_socket(self.socket, server_side=True,
                                          do_handshake_on_connect=False)
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        self.pages = {
            "/.well-known/openid-configuration": {
                "issuer": issuer, "authorization_endpoint": issuer + "authorize",
                "token_endpoint": issuer + "token", "jwks_uri": issuer + "keys",
                "response_types_supported": ["code"], "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "code_challenge_methods_supported": ["S256"]},
            "/keys": {"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]}}

    def prepare(self, query):
        now = int(time.time())
        code = secrets.token_urlsafe(16)
        claims = {"iss": self.issuer, "aud": query["client_id"], "iat": now, "exp": now + LIFETIME,
                  "nonce": query["nonce"], "sub": "alice", "upn": "alice@CORP.EXAMPLE"}
        self.codes[code] = json.dumps({
            "access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 300,
            "id_token": jwt.encode(claims, self.key, "RS256", {"kid": "one"})}).encode()
        return code


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65536

    def do_GET(self):
        page = self.server.pages.get(self.path)
        self.send(200 if page else 404, json.dumps(page).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/prepare":
            self.send(200, json.dumps([self.server.prepare(q) for q in json.loads(body)]).encode())
            return
        code = dict(urllib.parse.parse_qsl(body.decode())).get("code")
        answer = self.server.codes.pop(code, None)
        self.send(200 if answer else 400, answer or b'{"error": "invalid_grant"}')

    def send(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = Provider(*sys.argv[1:])
    print("ready", flush=True)
    server.serve_forever()
