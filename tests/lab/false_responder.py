"""An OCSP responder that answers whatever a test wants, in FalseResponder.answer; `asked` has the
requests. People's openssl one is in people.py."""
import datetime
import http.server
import threading

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509 import ocsp

HOUR = datetime.timedelta(hours=1)
GOOD, REVOKED, UNKNOWN = (ocsp.OCSPCertStatus.GOOD, ocsp.OCSPCertStatus.REVOKED,
                          ocsp.OCSPCertStatus.UNKNOWN)


def certificate_of(path):
    return x509.load_pem_x509_certificate(path.read_bytes())


def answer_about(pem, people, status=GOOD, signer=None, since=-1, until=1, nonce=None):
    """DER that says this about a certificate; `since` and `until` are hours from now, until None:
    it does not say; `signer`: (certificate, key) other than the authority's."""
    signer_pem, signer_key = signer or (people.pem, people.key)
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None, microsecond=0)
    is_revoked = status == REVOKED
    builder = ocsp.OCSPResponseBuilder().add_response(
        cert=certificate_of(pem), issuer=certificate_of(people.pem), algorithm=hashes.SHA1(),
        cert_status=status, this_update=now + since * HOUR,
        next_update=None if until is None else now + until * HOUR,
        revocation_time=now - 2 * HOUR if is_revoked else None,
        revocation_reason=x509.ReasonFlags.key_compromise if is_revoked else None)
    certificate = certificate_of(signer_pem)
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, certificate)
    if signer:
        builder = builder.certificates([certificate])
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), False)
    key = load_pem_private_key(signer_key.read_bytes(), None)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


def nonce_of(request):
    return ocsp.load_der_ocsp_request(request).extensions.get_extension_for_class(
        x509.OCSPNonce).value.nonce


class FalseResponder:
    """`answer(request)` gives the bytes of an answer, (status, bytes), or None: none ever comes."""

    def __init__(self, address, port):
        self.url, self.asked, self.answer = f"http://{address}:{port}/", [], lambda request: b""
        self.is_over = threading.Event()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                request = self.rfile.read(int(self.headers["Content-Length"]))
                owner.asked.append((self.headers["Content-Type"], request))
                made = owner.answer(request)
                if made is None:
                    owner.is_over.wait(60)
                    return
                status, body = made if isinstance(made, tuple) else (200, made)
                self.send_response(status)
                self.send_header("Content-Type", "application/ocsp-response")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:
                    pass  # it had enough

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.is_over.set()
        self.server.shutdown()
        self.server.server_close()
