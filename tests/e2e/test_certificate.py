"""People who sign in by their TLS client certificate: who they are at the back end, and who is let
in nowhere."""
import json
import socket
import ssl
import subprocess

import pytest

from cards import HOST, Card, refused, show
from gateway import Gateway, app, wait_until
from http2 import Http2
from lab.people import People, upn

ADDRESS = 152
BOTH, PLAIN = "both.example.com", "plain.example.com"


@pytest.fixture(scope="module")
def people(lab):
    return People(lab.dir / "people")


def provider(people, name="cards", **more):
    return {"name": name, "type": "certificate",
            "certificates": {"ca": str(people.pem), **more}}


STAFF = {"name": "staff", "type": "form", "realm": "CORP.EXAMPLE"}


def cards(lab, host=HOST, **more):
    return app(host.split(".")[0], lab.web.url, host=host, spn=lab.web.spn,
               **{"pre_authentication": "cards", **more})


@pytest.fixture(scope="module")
def gateway(lab, people, directory, tmp_path_factory):
    people.write_crl()
    apps = [cards(lab), cards(lab, BOTH, pre_authentication=["staff", "cards"]),
            app("plain", lab.web.url, host=PLAIN, spn=lab.web.spn),
            cards(lab, "issuers.example.com",
                  allow={"claims": [{"claim": "issuer", "any": ["CN=Other CA"]}]}),
            cards(lab, "told.example.com", sso={
                "headers": [{"name": "X-Serial", "claim": "serial"},
                            {"name": "X-Mail", "claim": "email"}]}),
            cards(lab, "sid.example.com", pre_authentication="subjects",
                  sso={"login_identity": {"claim": "sid", "as": "sid"}}),
            cards(lab, "strangers.example.com", pre_authentication="few")]
    providers = [STAFF, provider(people, crls=[str(people.crl)]),
                 provider(people, "subjects", names=[{"from": "subject"}]),
                 provider(people, "few", issuers=["CN=Other CA"])]
    with Gateway(lab, tmp_path_factory.mktemp("cards"), apps, address=ADDRESS,
                 connector__directory__servers=directory,
                 identity_providers=providers) as running:
        yield running


@pytest.fixture(scope="module")
def alice(people):
    return people.issue("alice", upn("alice@CORP.EXAMPLE"), "email:alice@example.com")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_the_back_end_is_told_whose_certificate_it_is(gateway, alice, version):
    card = Card(gateway, alice, version=version)
    for _ in range(3):
        assert card.get("/x").json["gss_name"].split("@")[0].startswith("alice")
    card.close()


def test_one_connection_is_one_event_and_no_cookie(gateway, alice):
    before = len([e for e in gateway.events() if e["event"] == 22040])
    card = Card(gateway, alice)
    answers = [card.get() for _ in range(3)]
    assert all("Set-Cookie" not in answer.headers for answer in answers)
    wait_until(lambda: len([e for e in gateway.events() if e["event"] == 22040]) == before + 1, 5,
               "one event of the connection")
    card.close()
    assert gateway.run("sessions", "list", "--user", "alice@CORP.EXAMPLE").stdout.count("\n") <= 1


def test_a_connection_is_somebody_s_for_as_long_as_the_certificate_is(gateway, people):
    short = people.issue("alice", upn("alice@CORP.EXAMPLE"), until=6 / 86400)
    card = Card(gateway, short)
    assert card.get().status == 200
    refusal = wait_until(lambda: (answer := card.get()).status == 403 and answer, 15,
                         "the certificate is over")
    assert gateway.event(refusal.activity)["error"] == "certificate-time"
    card.close()


def test_the_sid_that_the_directory_s_authority_puts_in_is_a_login_identity(gateway, people, lab):
    sid = lab.account("alice", "objectSid")["objectSid"][0].encode()
    name = piece(0xa0, bytes.fromhex("060a2b060104018237190201"), piece(0xa0, piece(4, sid)))
    pair = people.issue("somebody", extensions=[
        "extendedKeyUsage=clientAuth", f"1.3.6.1.4.1.311.25.2=DER:{piece(0x30, name).hex()}"])
    assert show(gateway, pair, "sid.example.com").json["gss_name"].startswith("alice@")


def test_curl_with_http2(gateway, alice):
    done = subprocess.run(
        ["curl", "-sS", "--http2", "--cacert", gateway.lab.ca.pem, "--cert", alice[0], "--key",
         alice[1], "--resolve", f"{HOST}:443:{gateway.address}", f"https://{HOST}/"],
        capture_output=True, text=True)
    assert "alice" in json.loads(done.stdout)["gss_name"], done


def self_signed(people, name):
    pem, key = people.folder / f"{name}.pem", people.folder / f"{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-noenc", "-subj", "/CN=alice", "-days", "9",
                    "-addext", f"subjectAltName={upn('alice@CORP.EXAMPLE')}",
                    "-addext", "extendedKeyUsage=clientAuth", "-keyout", key, "-out", pem],
                   check=True, capture_output=True)
    return pem, key


@pytest.fixture(scope="module")
def strangers(lab):
    """Another authority that calls itself by the same name."""
    return People(lab.dir / "strangers")


def as_alice(**more):
    return lambda people: people.issue("alice", upn("alice@CORP.EXAMPLE"), **more)


def named(*alternative, **more):
    return lambda people: people.issue("alice", *alternative, **more)


def piece(tag, *content):
    """DER, of fewer than 128 bytes."""
    return bytes([tag, len(b"".join(content))]) + b"".join(content)


def raw_upn(name):
    """A subjectAltName that openssl would not write."""
    oid = bytes.fromhex("060a2b060104018237140203")
    other = piece(0x30, piece(0xa0, oid, piece(0xa0, piece(0x0c, name))))
    return lambda people: people.issue("alice", "DER:" + other.hex())


AUTHORITY = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign",
             "extendedKeyUsage=clientAuth", f"subjectAltName={upn('alice@CORP.EXAMPLE')}"]
UNTRUSTED = (403, "certificate-untrusted", 22041)
TIME = (403, "certificate-time", 22041)
NAMELESS = (403, "certificate-name", 22046)
ATTACKS = {
    "signed by itself": (lambda people: self_signed(people, "self"), UNTRUSTED),
    "expired": (as_alice(since=-9, until=-1), TIME),
    "not valid yet": (as_alice(since=1, until=9), TIME),
    "for servers alone": (as_alice(purpose="serverAuth"), UNTRUSTED),
    "for any purpose": (as_alice(purpose="anyExtendedKeyUsage"), UNTRUSTED),
    "for no purpose that is said": (as_alice(purpose=None), UNTRUSTED),
    "an authority's": (as_alice(extensions=AUTHORITY), UNTRUSTED),
    "of a weak key": (as_alice(key="1024"), UNTRUSTED),
    "without a name": (named(), NAMELESS),
    "with two names": (named(upn("alice@CORP.EXAMPLE"), upn("bob@CORP.EXAMPLE")), NAMELESS),
    "with the same name twice": (named(upn("alice@CORP.EXAMPLE"), upn("alice@CORP.EXAMPLE")),
                                 NAMELESS),
    "with a mail address alone": (named("email:alice@CORP.EXAMPLE"), NAMELESS),
    "with a name without a domain": (named(upn("alice")), NAMELESS),
    "with a NUL in the name": (raw_upn(b"alice@CORP.EXAMPLE\0.evil"), NAMELESS),
    "with a name of another type": (
        named("otherName:1.3.6.1.4.1.311.20.2.3;IA5:alice@CORP.EXAMPLE"), NAMELESS),
    "with a line end in the name": (raw_upn(b"alice@CORP.EXAMPLE\r\nX: y"), NAMELESS),
    "with a name that is no UTF-8": (raw_upn(b"alice@CORP.EXAMPL\xc3"), NAMELESS),
}


@pytest.mark.parametrize("case", ATTACKS)
def test_what_is_no_good_certificate_lets_nobody_in(gateway, people, case):
    make, expected = ATTACKS[case]
    pair = make(people)
    assert refused(gateway, pair) == expected
    # Nor where there is another way to sign in, which the page then tells of.
    answer = show(gateway, pair, BOTH)
    assert (answer.status, "/.kerbgate/sign-in" in answer.text) == (expected[0], True)
    # Elsewhere nobody has asked for it.
    assert show(gateway, pair, PLAIN).location.startswith(f"https://{PLAIN}/.kerbgate/sign-in")


def test_another_authority_of_the_same_name_is_another(gateway, strangers):
    assert refused(gateway, as_alice()(strangers)) == UNTRUSTED


def test_whoever_has_a_person_s_key_issues_nothing(gateway, people, alice, lab):
    """A certificate that alice has made for bob, with her own as its issuer."""
    pem, key = people.folder / "made.pem", people.folder / "made.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-noenc", "-subj", "/CN=bob", "-CA", alice[0],
                    "-CAkey", alice[1], "-addext", f"subjectAltName={upn('bob@CORP.EXAMPLE')}",
                    "-addext", "extendedKeyUsage=clientAuth", "-keyout", key, "-out", pem],
                   check=True, capture_output=True)
    pem.write_text(pem.read_text() + alice[0].read_text())
    assert refused(gateway, (pem, key)) == UNTRUSTED


def test_only_the_issuers_that_are_named_issue_people_s_certificates(gateway, alice):
    assert refused(gateway, alice, "strangers.example.com") == UNTRUSTED


def test_without_a_certificate_the_page_says_so_or_leads_to_the_other_provider(gateway):
    answer = show(gateway, None)
    assert answer.status == 403 and "Your browser showed no certificate" in answer.text
    assert show(gateway, None, BOTH).location.startswith(f"https://{BOTH}/.kerbgate/sign-in?to=")
    # Its sign-in page would have nothing to ask for: back to where the certificate is looked at.
    assert show(gateway, None, path="/.kerbgate/sign-in?to=%2Fx").location == "/x"


def test_where_both_are_good_no_page_is_shown_and_who_signs_in_goes_before(gateway, alice):
    assert "alice" in show(gateway, alice, BOTH).json["gss_name"]
    browser = gateway.browser(BOTH).sign_in("bob")
    cookie = "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
    seen = show(gateway, alice, BOTH, headers={"Cookie": cookie}).json
    assert seen["gss_name"].startswith("bob")
    # It is of another provider than this host's.
    assert "alice" in show(gateway, alice, headers={"Cookie": cookie}).json["gss_name"]


@pytest.mark.parametrize("sni, host", [
    (PLAIN, HOST), (HOST, BOTH), (BOTH, HOST), ("unknown.example.com", HOST)])
def test_a_certificate_is_for_the_host_of_the_handshake_alone(gateway, alice, sni, host):
    card = Card(gateway, alice, host, sni=sni)
    assert card.get().status == 421
    card.close()


def test_a_connection_with_a_certificate_brings_it_to_no_other_host(gateway, alice):
    h2 = Http2(gateway, HOST, pair=alice)
    assert h2.get("/").status == 200
    h2.host = PLAIN
    assert h2.get("/", [("accept", "text/html")]).status == 303
    h2.host = BOTH
    assert h2.get("/").status == 421
    h2.close()


def test_nothing_is_resumed_where_certificates_are_looked_at(gateway, alice):
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=str(gateway.lab.ca.pem))
        context.minimum_version = context.maximum_version = version
        sessions = {}
        for host, name in ((PLAIN, PLAIN), (HOST, HOST)):
            context.load_cert_chain(*map(str, alice))
            with context.wrap_socket(socket.create_connection((gateway.address, 443)),
                                     server_hostname=name) as tls:
                tls.sendall(f"GET /.kerbgate/x HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
                tls.recv(4096)
                sessions[host] = tls.session
        for source, target in ((PLAIN, HOST), (HOST, HOST)):
            with context.wrap_socket(socket.create_connection((gateway.address, 443)),
                                     server_hostname=target, session=sessions[source]) as tls:
                assert not tls.session_reused


@pytest.mark.parametrize("method, headers, status", [
    ("GET", {}, 200),
    ("POST", {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"}, 200),
    ("POST", {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200),
    ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
             "Sec-Fetch-Dest": "document"}, 200),
    ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
             "Sec-Fetch-Dest": "iframe"}, 403),
    ("GET", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
    ("POST", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate",
              "Sec-Fetch-Dest": "document"}, 403),
    ("POST", {"Origin": "https://evil.example"}, 403),
    ("POST", {"Origin": "null"}, 403),
    ("POST", {"Origin": f"https://{HOST}"}, 200),
])
def test_pages_of_other_sites_do_not_act_with_somebody_s_certificate(gateway, alice, method,
                                                                     headers, status):
    card = Card(gateway, alice)
    answer = card.request(method, headers=headers)
    assert answer.status == status
    if status == 403:
        assert gateway.event(answer.activity)["event"] == 22047
    card.close()


def test_what_the_certificate_says_are_claims_that_go_nowhere_by_themselves(gateway, alice, people):
    assert show(gateway, alice, "issuers.example.com").status == 403
    seen = dict(show(gateway, alice, "told.example.com").json["headers"])
    assert seen["X-Mail"] == "alice@example.com"
    serial = subprocess.run(["openssl", "x509", "-noout", "-serial", "-in", alice[0]],
                            capture_output=True, text=True).stdout.split("=")[1].strip()
    assert seen["X-Serial"] == serial.lower()
    der = ssl.PEM_cert_to_DER_cert(alice[0].read_text())
    answer = show(gateway, alice)
    assert answer.status == 200, answer.text
    plain = json.dumps(answer.json)
    for secret in (serial.lower(), "alice@example.com", der.hex()[:40]):
        assert secret not in plain
