"""Faults of the application and of the way to it."""
import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from lab import faulty
from lab.ca import Authority
from place import ACCOUNT, CONNECTOR, HOST, LIST, SPN, TWIN_SPN, also, by_hand, config, says, steps
from fault import Row
from seed import both, setting
from seeds_directory import account
from seeds_host import alias, clock, dns, stands_at
from seeds_target import anothers_key, backend, farm, of_place, old_key, small_heads, tls, url

HOLE = 132


def issued(*names, **more):
    def certificate(place):
        return place.lab.ca.issue(*names, **more)
    return certificate


RIGHT = issued("app.corp.example")


@of_place
def bound(place):
    return faulty.bound_to(place.lab.ca.folder / "app.corp.example.pem")


@of_place
def bound_elsewhere(place):
    certificate, _ = place.lab.ca.issue("balancer.corp.example")
    return faulty.bound_to(certificate, demands=False)


@of_place
def replayed(place):
    """What MIT's library says to a token that is in its replay cache (RFC 4120 5.9.1)."""
    return faulty.answers_with(faulty.krb_error(place.lab.realm, SPN, 34))


def dated(begins, ends):
    """A certificate that is good from so many days from now until so many."""
    def certificate(place):
        return dated_certificate(place, datetime.timedelta(days=begins),
                                 datetime.timedelta(days=ends))
    return certificate


def dated_certificate(place, begins, ends):
    now = datetime.datetime.now(datetime.timezone.utc)
    ca, certificate = place.lab.ca, place.folder / "dated.pem"
    issuer = x509.load_pem_x509_certificate(ca.pem.read_bytes())
    signer = serialization.load_pem_private_key(ca.key.read_bytes(), None)
    _, key = place.lab.ca.issue(HOST)
    ours = serialization.load_pem_private_key(key.read_bytes(), None)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    made = (x509.CertificateBuilder().subject_name(name).issuer_name(issuer.subject)
            .public_key(ours.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now + begins).not_valid_after(now + ends)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
            .sign(signer, hashes.SHA256()))
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return certificate, key


def of_a_stranger(place):
    """A certificate of another authority."""
    place.stranger = Authority(place.folder / "stranger")
    return place.stranger.issue(HOST)


def wrong_keys(place):
    wrong = place.lab.export_keytab(place.folder / "wrong.keytab", TWIN_SPN)
    wrong.write_bytes(wrong.read_bytes().replace(b"apx.corp", b"app.corp"))
    return wrong


def trusted(name):
    """backend_tls: by the lab's authority, to that name."""
    return lambda place: {"ca": str(place.lab.ca.pem), "name": name}


ROWS = [
    # The way there.
    Row("nothing listens", "N6b", url("http://{host}:1/"), ("refused",),
        by_hand("port 1", "internal_url")),
    Row("behind a hole", "N6b",
        both(dns(("A", "{net}.132")), stands_at(HOLE, 8080, "hole"),
             setting(connect_timeout="1s")), (".132",), by_hand("8080")),
    Row("one address of two is dead", "N6b", farm(20, 24), (".24",), by_hand(".24"),
        outcome="warn"),
    Row("http at a port of https", "N6c",
        url("http://{host}:8443/"), ("8443",),
        steps(config("https://"), also(backend_tls=trusted("web.corp.example")))),
    Row("https at a port of http", "N6c", url("https://{host}:8080/"), ("8080",),
        config("http://")),
    Row("certificate expired", "N6d", backend(faulty.usual, certificate=dated(-30, -1)),
        ("expired",), by_hand("certificate")),
    Row("certificate of a stranger", "N6d", backend(faulty.usual, certificate=of_a_stranger),
        ("certificate",),
        steps(says("backend_tls", "ca"),
              also(backend_tls=lambda place: {"ca": str(place.stranger.pem)}))),
    Row("certificate of another name", "N6d",
        backend(faulty.usual, certificate=issued("other.name.example")), ("other.name.example",),
        
        config("name")),
    Row("certificate not yet good", "N6d", backend(faulty.usual, certificate=dated(2, 30)),
        ("not valid yet",), by_hand("chronyc")),
    Row("certificate that ends soon", "N6d", backend(faulty.usual, certificate=dated(-1, 5)),
        ("ends on",), by_hand("Renew the certificate"), outcome="warn"),
    Row("TLS of long ago", "N6d",
        both(backend(faulty.usual, certificate=RIGHT), tls(ciphers="AES128-SHA")), ("cipher",),
        by_hand("TLS 1.2")),
    Row("a certificate wanted of us", "N6d",
        both(backend(faulty.usual, certificate=RIGHT), tls(authority=True)), ("certificate",),
        by_hand("sslFlags")),
    Row("a name that is an alias, the SPN of which nobody has", "N5|D6",
        both(alias("alias.corp.example", HOST), url("http://alias.corp.example:8080/"),
             setting(sso__spn="HTTP/alias.corp.example"),
             account(CONNECTOR, **{LIST: [SPN, "HTTP/alias.corp.example"]})),
        ("alias.corp.example", SPN), config(SPN)),
    Row("a loop to ourselves", "A14",
        both(backend(faulty.usual, host=133, port=443, certificate=RIGHT),
             dns(("A", "{net}.140"), right_host=133)), (".140",), by_hand(HOST)),

    # How it wants to be spoken to.
    Row("NTLM alone", "A1", backend(faulty.only("NTLM")), ("NTLM",), by_hand("Negotiate")),
    Row("Basic alone", "A1", backend(faulty.only('Basic realm="x"')), ("Basic",),
        by_hand("Negotiate")),
    Row("a token only after a challenge", "A10", backend(faulty.after_a_challenge), ("400",),
        config("on_challenge")),
    Row("bare Kerberos alone", "A11", backend(faulty.only_krb5), ("krb5",),
        config("krb5")),
    Row("SPNEGO alone", "A11", both(backend(faulty.only_spnego), setting(sso__token="krb5")),
        ("spnego",), config("spnego")),
    Row("bindings demanded", "A7",
        both(backend(bound, certificate=RIGHT), setting(sso__channel_binding="off")), ("bound",),
        config("channel_binding: auto")),
    Row("bindings of a balancer demanded", "A7",
        backend(bound_elsewhere, certificate=RIGHT), ("bound",),
        config("channel_binding: off")),
    Row("HTTP/2 alone", "A12", backend("h2"), ("HTTP/2",), by_hand("HTTP/1.1"), mends=False),
    Row("HTTP/2 alone, over TLS", "A12", backend("h2", certificate=RIGHT), ("HTTP/2",),
        by_hand("HTTP/1.1"), mends=False),
    Row("another Host", "A13",
        backend(faulty.of_host("hr.example.com")), ("external",),
        config("host_header")),
    Row("an anonymous page", "A15", url("http://{host}:8080/public/"), ("200",), None,
        outcome="warn", works=None),
    Row("no proof", "A2b", both(backend(faulty.unproven), setting(sso__mutual="required")),
        ("mutual",), config("mutual")),

    # What it makes of the ticket.
    Row("an answer by NTLM to a ticket", "A3|A1",
        backend(faulty.answers_with(faulty.NTLM_CHALLENGE)), ("NTLM",),
        by_hand("GssapiAllowedMech krb5")),
    Row("a token that was seen before", "A4b", backend(replayed), ("34",), by_hand("replay")),
    Row("everybody is let in as somebody else", "A2", backend(faulty.open_to_all), (),
        by_hand("connections"), outcome="warn"),
    Row("an old key", "A4", old_key(), (ACCOUNT, "2"), by_hand(ACCOUNT)),
    Row("an RC4 ticket to a server with AES keys", "A4",
        account(ACCOUNT, **{"msDS-SupportedEncryptionTypes": []}), ("RC4", "D12"),
        by_hand("exportkeytab")),
    Row("the key of another account", "A4", anothers_key(), (ACCOUNT,), by_hand(ACCOUNT)),
    Row("one node of a farm with another key", "A6", farm(20, 22, keys=wrong_keys), (".22",),
        by_hand("Set that server up as the others"), works=None),
    Row("a form to sign in with", "A15", backend(faulty.asks_by_form), ("/login",),
        by_hand("Windows authentication"), outcome="warn"),
    Row("a balancer before a server with another key", "A6", backend(faulty.balanced),
        ("now and then",), by_hand("Set that server up as the others"), works=None),
    Row("403 after the sign-in", "A8", backend(faulty.status(403)), ("403",), by_hand("app")),
    Row("403 of Apache's", "A8", url("http://{host}:8080/forbidden/"), ("403",), None),
    Row("too large a ticket", "D11b", small_heads(), ("head", "16384"),
        by_hand("LimitRequestFieldSize")),
    Row("403 to everybody", "A17", backend(faulty.forbids), ("403",), by_hand("403.4")),
    Row("an app without tickets, and a server that wants one", "A1", setting(sso={"mode": "none"}),
        ("sso.mode",), config("sso: { mode: kerberos"), outcome="warn"),
    Row("500 after the sign-in", "A17", backend(faulty.status(500)), ("500",), by_hand()),
    Row("a redirect out of the app", "N6",
        backend(faulty.leads_to("http://else.corp.example/")), ("else.corp.example",), by_hand()),
    Row("an answer that comes too late", "N10",
        both(backend(faulty.after(1)), setting(timeout="300ms")), ("300 ms",),
        config("timeout")),
    Row("the web server's clock six minutes ahead", "N4b", clock("apache", 360), ("ahead",),
        by_hand("chronyc")),
    Row("the web server's clock six minutes behind", "N4b", clock("apache", -360), ("behind",),
        by_hand("chronyc")),
]
