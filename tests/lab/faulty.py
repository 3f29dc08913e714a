"""Back ends that behave like those of other makers, or are set up wrongly: what Apache and nginx
cannot be made to do. They run in threads of the test's process; what one does is its `page`, a
function of this file, and can be replaced while it runs.
"""
import base64
import hashlib
import http.server
import itertools
import json
import ssl
import threading
import time

import gssapi

NEGOTIATE = "Negotiate"
SPNEGO_OID = bytes.fromhex("06062b0601050502")      # RFC 4178, as it stands in a token
FLAG = gssapi.RequirementFlag
KRB5 = gssapi.OID.from_int_seq("1.2.840.113554.1.2.2")
SPNEGO = gssapi.OID.from_int_seq("1.3.6.1.5.5.2")
END_POINT = b"tls-server-end-point:"    # RFC 5929 4
# What an HTTP/2 server says first to whoever does not speak it: SETTINGS and GOAWAY with
# PROTOCOL_ERROR (RFC 9113 3.4).
NTLM_CHALLENGE = b"NTLMSSP\0" + (2).to_bytes(4, "little") + bytes(48)
ONLY_HTTP2 = (bytes.fromhex("000000040000000000") +
              bytes.fromhex("0000080700000000000000000000000001"))


def der(tag, *content):
    data = b"".join(content)
    size = len(data)
    length = bytes([size]) if size < 128 else bytes([0x81, size])
    return bytes([tag]) + length + data


def krb_error(realm, spn, code):
    """The token in which an acceptor says that of an AP-REQ (RFC 4120 5.9.1, RFC 4121 4.1)."""
    def integer(value):
        return der(0x02, value.to_bytes(4, "big"))

    def text(value):
        return der(0x1b, value.encode())
    now = time.strftime("%Y%m%d%H%M%SZ", time.gmtime()).encode()
    names = der(0x30, *map(text, spn.split("/")))
    error = der(0x7e, der(0x30, der(0xa0, integer(5)), der(0xa1, integer(30)),
                          der(0xa4, der(0x18, now)), der(0xa5, integer(0)),
                          der(0xa6, integer(code)), der(0xa9, text(realm)),
                          der(0xaa, der(0x30, der(0xa0, integer(2)), der(0xa1, names)))))
    return der(0x60, bytes.fromhex("06092a864886f712010202"), b"\3\0", error)


class Acceptor(gssapi.SecurityContext):
    """Raises an error at once, with the answer in it."""


Acceptor.__DEFER_STEP_ERRORS__ = False      # its metaclass overrides what the class says


class Request(http.server.BaseHTTPRequestHandler):
    """What a page gets; `has_asked`: a request without a token came before, on this connection."""
    protocol_version = "HTTP/1.1"
    has_asked, reply, turn = False, None, None

    def parse_request(self):
        self.reply = None
        return super().parse_request()

    def do_GET(self):
        size = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(size)
        self.server.seen.append((self.path, self.token is not None))
        self.server.page(self)
        self.has_asked |= self.token is None

    do_POST = do_HEAD = do_GET

    @property
    def token(self):
        """The GSS token of the request; None: it has none."""
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != NEGOTIATE.lower():
            return None
        try:
            return base64.b64decode(value, validate=True)
        except ValueError:
            return b""

    def sign_in(self, certificate=None):
        """The name of who signs in and whether the token is bound to the certificate (in DER); a
        token that is not good: (None, False). `reply` is then what the acceptor answers."""
        bindings = certificate and gssapi.raw.ChannelBindings(
            application_data=END_POINT + hashlib.sha256(certificate).digest())
        try:
            context = Acceptor(usage="accept", creds=self.server.credentials,
                               channel_bindings=bindings)
            self.reply = context.step(self.token)
            return str(context.initiator_name), FLAG.channel_bound in context.actual_flags
        except gssapi.exceptions.GSSError as error:
            self.reply = getattr(error, "token", None)
            return None, False

    def answer(self, status, body="", **headers):
        data = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            for one in value if isinstance(value, list) else [value]:
                self.send_header(name.replace("_", "-"), one)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def challenge(self, *schemes):
        """401, with the acceptor's answer behind Negotiate if it has one."""
        said = [f"{NEGOTIATE} {base64.b64encode(self.reply).decode()}"
                if scheme == NEGOTIATE and self.reply else scheme for scheme in schemes]
        self.answer(401, "sign in", WWW_Authenticate=said)

    def greet(self, name, status=200, proves=True, **headers):
        """The page itself, with the acceptor's proof."""
        if proves and self.reply:
            proof = base64.b64encode(self.reply).decode()
            headers["WWW_Authenticate"] = f"{NEGOTIATE} {proof}"
        self.answer(status, json.dumps({"remote_user": name.split("@")[0], "gss_name": name}),
                    **headers)

    def log_message(self, *_):
        pass


def usual(request):
    """As it should be; the others are this but for one thing."""
    name, _ = request.sign_in() if request.token else (None, False)
    if name:
        request.greet(name)
    else:
        request.challenge(NEGOTIATE)


def only(*schemes):
    """Offers these and knows no other."""
    def page(request):
        request.challenge(*schemes)
    return page


def after_a_challenge(request):
    """Takes no token from whom it has not asked for one."""
    if request.token and not request.has_asked:
        request.answer(400, "nobody asked")
    else:
        usual(request)


def only_spnego(request):
    """Knows tokens by SPNEGO's OID."""
    if request.token and SPNEGO_OID not in request.token[:16]:
        request.challenge(NEGOTIATE)
    else:
        usual(request)


def only_krb5(request):
    """Has never heard of SPNEGO."""
    if request.token and SPNEGO_OID in request.token[:16]:
        request.challenge(NEGOTIATE)
    else:
        usual(request)


def bound_to(certificate, demands=True):
    """Extended Protection: the token must be bound to the certificate, a file in PEM; if it does
    not demand it, one that is not bound is good, too, and one that is bound elsewhere is not."""
    der = ssl.PEM_cert_to_DER_cert(certificate.read_text())

    def page(request):
        name, is_bound = request.sign_in(der) if request.token else (None, False)
        if name and (is_bound or not demands):
            request.greet(name)
        else:
            request.challenge(NEGOTIATE)
    return page


def status(code):
    """Knows who it is, and answers with this status."""
    def page(request):
        name, _ = request.sign_in() if request.token else (None, False)
        if name:
            request.greet(name, code)
        else:
            request.challenge(NEGOTIATE)
    return page


def asks_by_form(request):
    """Has a form to sign in with, and no eye for tickets."""
    if request.path.startswith("/login"):
        request.answer(200, "<form method=post><input type=password name=p></form>")
    else:
        request.answer(302, Location="/login")


def leads_to(url):
    """Sends whoever has signed in to another place."""
    def page(request):
        name, _ = request.sign_in() if request.token else (None, False)
        if name:
            request.greet(name, 302, Location=url)
        else:
            request.challenge(NEGOTIATE)
    return page


def below(path):
    """Asks nobody but below the path."""
    def page(request):
        if request.path.startswith(path):
            usual(request)
        else:
            request.answer(200, "welcome, whoever you are")
    return page


def unproven(request):
    """Never proves that it knows its key."""
    name, _ = request.sign_in() if request.token else (None, False)
    if name:
        request.greet(name, proves=False)
    else:
        request.challenge(NEGOTIATE)


def of_host(host):
    """Serves this Host alone, and sends others there."""
    def page(request):
        if request.headers.get("Host", "").split(":")[0] == host:
            usual(request)
        else:
            request.answer(404, "no such site")
    return page


def after(seconds):
    """Thinks for so long before it answers."""
    def page(request):
        request.server.ended.wait(seconds)
        usual(request)
    return page


def balanced(request):
    """Stands before two servers, in turn for each connection; one of them has another key."""
    if request.turn is None:
        request.turn = next(request.server.turns)
    if request.token and request.turn % 2:
        request.challenge(NEGOTIATE)
    else:
        usual(request)


def forbids(request):
    """403 to everybody, before it asks who they are."""
    request.answer(403, "TLS required")


def answers_with(token):
    """Says 401 to each token, with this one of its own."""
    def page(request):
        request.reply = token if request.token else None
        request.challenge(NEGOTIATE)
    return page


def open_to_all(request):
    """Lets everybody in as the last one who signed in: what is in front of it shares connections
    that have been let in."""
    name, _ = request.sign_in() if request.token else (request.server.last, False)
    request.server.last = name
    if name:
        request.greet(name)
    else:
        request.challenge(NEGOTIATE)


class BackEnd(http.server.ThreadingHTTPServer):
    """A server of one page at an address and port. keytab: a file of keys; tls: (certificate, key),
    files. `seen`: (path, whether it had a token) of each request."""
    daemon_threads, allow_reuse_address, request_queue_size = True, True, 64

    def __init__(self, address, port, page=usual, keytab=None, tls=None):
        self.page, self.tls, self.seen, self.ended = page, None, [], threading.Event()
        self.last, self.turns = None, itertools.count()
        if tls:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(*map(str, tls))
        self.use(keytab)
        super().__init__((address, port), Request)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def use(self, keytab):
        """Other keys from now on. A replay cache would be a file outside the lab."""
        self.credentials = keytab and gssapi.Credentials(
            usage="accept", mechs=[KRB5, SPNEGO],
            store={"keytab": f"FILE:{keytab}", "rcache": "none:"})

    def finish_request(self, request, client_address):
        if self.tls:
            request.settimeout(10)
            request = self.tls.wrap_socket(request, server_side=True)
            request.settimeout(None)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        """A client that goes away is nothing to print."""

    def stop(self):
        self.ended.set()
        self.shutdown()
        self.server_close()


class OnlyHttp2(BackEnd):
    """Answers whoever speaks HTTP/1.1 as an HTTP/2 server does."""

    def __init__(self, *details, **named):
        super().__init__(*details, **named)
        if self.tls:
            self.tls.set_alpn_protocols(["h2"])

    def finish_request(self, request, client_address):
        if self.tls:
            request = self.tls.wrap_socket(request, server_side=True)
        request.recv(65536)
        request.sendall(ONLY_HTTP2)
        request.close()
