"""Certificates that are no longer good: by a list that is read anew when it is replaced, and by a
responder that is asked, which may be anybody."""
import threading

import pytest

from cards import HOST, Card, refused, show
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from gateway import Gateway, app, wait_until
from http2 import Http2
from lab.false_responder import (GOOD, REVOKED, UNKNOWN, FalseResponder, answer_about, nonce_of)
from lab.people import People, upn

ADDRESS = 153
PORT, FALSE_PORT = 8088, 8089
ASKING_MAX = 16
REVOKED_BY = (403, "certificate-revoked", 22042)
LIST = (503, "certificate-list", 22043)
SILENT = (503, "certificate-silent", 22044)
ANSWER = (503, "certificate-answer", 22045)
LENIENT, STRICT, AIA, REAL, BELOW, PATIENT = (f"{name}.example.com" for name in (
    "lenient", "strict", "aia", "real", "below", "patient"))


@pytest.fixture(scope="module")
def people(lab):
    return People(lab.dir / "revoked-people")


@pytest.fixture(scope="module")
def below(lab, people):
    """An authority that another one has issued, which alone stands in the file."""
    return People(lab.dir / "people-below", "People Below", above=people)


@pytest.fixture(scope="module")
def false(lab):
    running = FalseResponder(f"{lab.net}.{ADDRESS}", FALSE_PORT)
    yield running
    running.close()


@pytest.fixture(scope="module")
def signer(people):
    return people.issue("responder", extensions=["extendedKeyUsage=OCSPSigning",
                                                 "keyUsage=critical,digitalSignature"])


@pytest.fixture(scope="module")
def real(lab, people, signer):
    """openssl(1)'s answers, by people's own index."""
    running = FalseResponder(f"{lab.net}.{ADDRESS}", PORT)
    running.answer = lambda request: people.answer(request, signer)
    yield running
    running.close()


@pytest.fixture(scope="module")
def gateway(lab, people, below, false, real, tmp_path_factory):
    folder = tmp_path_factory.mktemp("revoked")
    lists = [str(authority.write_crl(folder / f"{i}.crl", der=i == 1))
             for i, authority in enumerate((people, below))]

    def provider(host, **more):
        return {"name": host.split(".")[0], "type": "certificate",
                "certificates": {"ca": str(people.pem), **more}}

    asking = {"responder": false.url, "timeout": "1s"}
    providers = {
        HOST: {"ocsp": asking},
        LENIENT: {"ocsp": {**asking, "when_silent": "accept"}},
        STRICT: {"ocsp": {**asking, "nonce": "required"}},
        AIA: {"ocsp": {"from_certificate": "on", "timeout": "1s"}},
        REAL: {"ocsp": {"responder": real.url}},
        BELOW: {"crls": lists},
        PATIENT: {"ocsp": {"responder": false.url, "timeout": "30s"}},
    }
    apps = [app(host.split(".")[0], lab.web.url, host=host, spn=lab.web.spn,
                pre_authentication=host.split(".")[0]) for host in providers]
    with Gateway(lab, folder, apps, address=ADDRESS, identity_providers=[
            provider(host, **more) for host, more in providers.items()]) as running:
        running.lists = lists
        yield running


@pytest.fixture
def alice(people):
    return people.issue("alice", upn("alice@CORP.EXAMPLE"))


def comes_in(gateway, pair, host=HOST):
    return "alice" in show(gateway, pair, host).json["gss_name"]


def test_the_real_responder_says_who_was_revoked(gateway, people, alice):
    assert comes_in(gateway, alice, REAL)
    other = people.issue("alice", upn("alice@CORP.EXAMPLE"))
    people.revoke(other[0])
    assert refused(gateway, other, REAL) == REVOKED_BY
    assert comes_in(gateway, alice, REAL)


def test_an_answer_is_kept_as_long_as_it_is_good(gateway, people, false, alice):
    before = len(false.asked)
    false.answer = lambda request: answer_about(alice[0], people)
    for _ in range(3):
        assert comes_in(gateway, alice)
    kinds = [kind for kind, _ in false.asked[before:]]
    assert kinds == ["application/ocsp-request"]


def test_requests_of_one_connection_wait_for_one_look(gateway, people, false, alice):
    before, may_answer = len(false.asked), threading.Event()

    def answer(_):
        may_answer.wait(30)
        return answer_about(alice[0], people)

    false.answer = answer
    h2 = Http2(gateway, PATIENT, pair=alice)
    streams = [h2.begin("GET", f"/{i}") for i in range(40)]
    abandoned = Http2(gateway, PATIENT, pair=alice)
    abandoned.begin("GET", "/")
    # All that came before it on the connection has been read then.
    assert h2.get("/.kerbgate/none").status == abandoned.get("/.kerbgate/none").status == 404
    abandoned.close()
    may_answer.set()
    assert all(h2.finish(stream).status == 200 for stream in streams)
    h2.close()
    assert len(false.asked) == before + 2


def test_many_at_once_have_the_responder_asked_no_more_than_it_may_be(gateway, people, false,
                                                                      alice):
    before, may_answer = len(false.asked), threading.Event()

    def answer(_):
        may_answer.wait(30)
        return answer_about(alice[0], people)

    false.answer = answer
    clients = [Http2(gateway, PATIENT, pair=alice) for _ in range(ASKING_MAX + 8)]
    streams = [client.begin("GET", "/") for client in clients]
    assert all(client.get("/.kerbgate/none").status == 404 for client in clients)
    wait_until(lambda: len(false.asked) == before + ASKING_MAX, 20, "all are asked")
    may_answer.set()
    for client, stream in zip(clients, streams):
        assert client.finish(stream).status == 200
        client.close()
    assert len(false.asked) == before + ASKING_MAX


def person_signs(people):
    return people.issue("bob", upn("bob@CORP.EXAMPLE"))


def stranger_signs(people):
    other = People(people.folder.parent / "ocsp-strangers")
    return other.pem, other.key


def try_later(*_):
    return ocsp.OCSPResponseBuilder.build_unsuccessful(
        ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(Encoding.DER)


# What comes for a certificate of alice's: (pem, people) -> what FalseResponder.answer gives.
FALSE = {
    "revoked": (lambda pem, p: answer_about(pem, p, REVOKED), REVOKED_BY),
    "not known": (lambda pem, p: answer_about(pem, p, UNKNOWN), ANSWER),
    "about another certificate": (
        lambda pem, p: answer_about(p.issue("other")[0], p), ANSWER),
    "an old one": (lambda pem, p: answer_about(pem, p, since=-9, until=-1), ANSWER),
    "an old one that says no end": (lambda pem, p: answer_about(pem, p, since=-1, until=None),
                                    ANSWER),
    "from the future": (lambda pem, p: answer_about(pem, p, since=1, until=2), ANSWER),
    "signed by a stranger": (lambda pem, p: answer_about(pem, p, signer=stranger_signs(p)), ANSWER),
    "signed by a person": (lambda pem, p: answer_about(pem, p, signer=person_signs(p)), ANSWER),
    "to another question": (lambda pem, p: answer_about(pem, p, nonce=b"x" * 32), ANSWER),
    "huge": (lambda pem, p: b"\x30" * (1 << 20), ANSWER),
    "rubbish": (lambda pem, p: b"no", ANSWER),
    "a page": (lambda pem, p: (404, b"<html>"), SILENT),
    "an error of its own": (lambda pem, p: (500, b""), SILENT),
    "a request to try later": (try_later, SILENT),
    "nothing, for ever": (lambda pem, p: None, SILENT),
}


@pytest.mark.parametrize("case", FALSE)
def test_what_the_responder_says_is_believed_when_it_is_its_own_word(gateway, people, false, alice,
                                                                     case):
    make, expected = FALSE[case]
    made = make(alice[0], people)
    false.answer = lambda request: made
    assert refused(gateway, alice) == expected
    # Who lets in when it is silent does not when it lies.
    if expected == SILENT:
        assert comes_in(gateway, alice, LENIENT)
        assert any(e["event"] == 22044 for e in gateway.events())
    else:
        assert refused(gateway, alice, LENIENT) == expected


def test_somebody_whom_the_authority_has_charged_may_sign(gateway, people, false, signer, alice):
    false.answer = lambda request: answer_about(alice[0], people, signer=signer)
    assert comes_in(gateway, alice)


def test_a_nonce_is_required_where_that_is_said(gateway, people, false, alice):
    false.answer = lambda request: answer_about(alice[0], people)
    assert refused(gateway, alice, STRICT) == ANSWER
    false.answer = lambda request: answer_about(alice[0], people, nonce=nonce_of(request))
    other = people.issue("alice", upn("alice@CORP.EXAMPLE"))
    false.answer = lambda request: answer_about(other[0], people, nonce=nonce_of(request))
    assert comes_in(gateway, other, STRICT)


def test_a_certificate_names_its_responder_where_that_is_allowed(gateway, people, false, alice):
    before = len(false.asked)
    named = people.issue("alice", upn("alice@CORP.EXAMPLE"), responder=false.url)
    false.answer = lambda request: answer_about(named[0], people)
    assert comes_in(gateway, named, AIA)
    assert len(false.asked) == before + 1
    assert refused(gateway, alice, AIA) == SILENT


def test_nobody_has_a_responder_asked_without_a_certificate_of_ours(gateway, people, false):
    before = len(false.asked)
    strangers = People(people.folder.parent / "more-strangers")
    pair = strangers.issue("alice", upn("alice@CORP.EXAMPLE"), responder=false.url)
    assert refused(gateway, pair, AIA)[1] == "certificate-untrusted"
    assert len(false.asked) == before


def chain(pair, *authorities):
    pem = pair[0].with_suffix(".chain.pem")
    pem.write_text(pair[0].read_text() + "".join(a.pem.read_text() for a in authorities))
    return pem, pair[1]


def replace(gateway, number, authority, **when):
    """Another list in the place of one in use, and the wait until it is taken."""
    before = len([e for e in gateway.events() if e["event"] == 20005])
    made = authority.write_crl(gateway.folder / "next.crl", **when)
    made.rename(gateway.lists[number])
    wait_until(lambda: len([e for e in gateway.events() if e["event"] == 20005]) > before, 40,
               "the new list is in use")


def test_a_list_is_read_when_it_is_replaced_and_counts_until_its_end(gateway, people, below):
    pair = chain(below.issue("alice", upn("alice@CORP.EXAMPLE")), below)
    other = chain(below.issue("alice", upn("alice@CORP.EXAMPLE")), below)
    assert comes_in(gateway, pair, BELOW) and comes_in(gateway, other, BELOW)
    held = Card(gateway, other, BELOW)
    assert held.get().status == 200
    below.revoke(other[0])
    replace(gateway, 1, below, der=True)
    assert refused(gateway, other, BELOW) == REVOKED_BY
    assert comes_in(gateway, pair, BELOW)
    held.close()
    replace(gateway, 1, below, since=-2, until=-1)
    assert refused(gateway, pair, BELOW) == LIST
    assert "event 22043" in gateway.run("check").stdout + gateway.run("check").stderr
    replace(gateway, 1, below)
    assert comes_in(gateway, pair, BELOW)


def test_a_list_of_every_authority_on_the_way_is_needed(gateway, people, below):
    pair = chain(below.issue("alice", upn("alice@CORP.EXAMPLE")), below)
    people.revoke(below.pem)
    replace(gateway, 0, people)
    assert refused(gateway, pair, BELOW) == REVOKED_BY
