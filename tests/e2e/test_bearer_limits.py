"""How long access tokens count, how many are remembered and checked, and what their end is."""
import json
import threading
import time

import pytest

from gateway import Gateway, app, wait_until
from http2 import Http2, Reset
from lab.false_provider import FalseProvider, public_jwk
from test_bearer_attacks import API, OVER, SIGNATURE, ask, refused, sign_with, token
from websocket import Streamed, Upgraded


@pytest.fixture(scope="module")
def idp(lab):
    with FalseProvider(lab, 151) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, idp, tmp_path_factory):
    provider = {"name": "api", "type": "bearer", "issuer": idp.issuer, "audiences": [API],
                "ca": str(lab.ca.pem), "timeout": "2s"}
    late = {**provider, "name": "late", "jwks_uri": idp.issuer + "/late"}
    apps = [app("jobs", lab.web.url + "public/", pre_authentication="api"),
            app("late", lab.web.url + "public/", pre_authentication="late"),
            app("socket", lab.web.url, spn=lab.web.spn, pre_authentication=["api"],
                sso={"login_identity": {"claim": "upn", "as": "upn"}})]
    with Gateway(lab, tmp_path_factory.mktemp("bearer-limits"), apps, address=151,
                 identity_providers=[provider, late], gateway__limits__bearer_tokens=16,
                 gateway__limits__requests_per_client=2000) as running:
        yield running


@pytest.fixture(autouse=True)
def honest(idp):
    idp.reset()
    yield
    idp.reset()


def test_a_key_that_is_replaced_is_found_and_unknown_ones_cost_a_few_fetches(gateway, idp):
    fetches, honest_answer = [], idp.answer
    idp.answer = lambda request, form: (fetches.append(request.path), honest_answer(request, form))
    try:
        idp.keys = [public_jwk(idp.other, "two")]
        new = sign_with(idp.other, "RS256", "two")
        # Others may have used up the fetches of this minute; one comes back after 20 seconds.
        wait_until(lambda: ask(gateway, token(idp, new)).status == 200, 40, "the new key")
        refused(gateway, ask(gateway, token(idp)), SIGNATURE)  # by the key that is gone
        fetches.clear()
        for number in range(200):
            bad = token(idp, sign_with(idp.other, "RS256", f"k{number}"))
            assert ask(gateway, bad).status == 401
        assert len(fetches) <= 4
        idp.keys = [public_jwk(idp.key, "one"), public_jwk(idp.other, "two"),
                    public_jwk(idp.curve, "curve")]
        wait_until(lambda: ask(gateway, token(idp)).status == 200, 60, "the old key again")
    finally:
        idp.answer = honest_answer


def test_floods_of_bad_tokens_push_out_no_good_one(gateway, idp):
    good = token(idp)
    assert ask(gateway, good).status == 200
    worker = gateway.children()["worker"]
    statuses = []

    def flood():
        browser = gateway.browser("jobs.example.com")
        for _ in range(250):
            bad = token(idp, sign_with(idp.other, "RS256", "one"))
            statuses.append(browser.get("/", headers={"Authorization": f"Bearer {bad}"}).status)

    threads = [threading.Thread(target=flood) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == 1000 and set(statuses) <= {401, 503}
    idp.answers = {"/keys": (500, b""), "/.well-known/openid-configuration": (500, b"")}
    assert ask(gateway, good).status == 200
    assert gateway.children()["worker"] == worker


def test_while_keys_do_not_come_so_many_wait_and_no_more(gateway, idp):
    """The rest is answered at once, and honest tokens of other issuers are checked beside them."""
    is_over = threading.Event()
    idp.answers = {"/late": lambda _: is_over.wait(20)}
    one = [("authorization", f"Bearer {token(idp)}")]
    connections = [Http2(gateway, "late.example.com") for _ in range(12)]
    streams = [(h2, h2.begin("GET", "/public.json", one)) for h2 in connections for _ in range(100)]
    try:
        assert ask(gateway, token(idp)).status in (200, 503)
        for h2, stream in streams:
            h2.finish(stream)
    finally:
        is_over.set()
        for h2 in connections:
            h2.close()
    assert {stream.status for _, stream in streams} == {503}
    said = [json.loads(stream.body)["error"] for _, stream in streams]
    assert said.count("idp-down") == 1024 and said.count("busy") == 176
    assert ask(gateway, token(idp)).status == 200


def test_more_good_tokens_than_are_remembered_are_all_let_in(gateway, idp):
    tokens = [token(idp) for _ in range(60)]
    for one in tokens + tokens:
        assert ask(gateway, one).status == 200


@pytest.mark.parametrize("kind", [Upgraded, Streamed])
def test_a_websocket_ends_with_its_token(gateway, idp, kind):
    short = token(idp, exp=int(time.time()) + 5, upn="alice@CORP.EXAMPLE")
    longer_one = token(idp, upn="bob@CORP.EXAMPLE")
    hers, his = (kind(gateway, "socket.example.com", "/socket", [("authorization", f"Bearer {t}")])
                 for t in (short, longer_one))
    shown = hers.receive()
    assert json.loads(shown)["path"] == "/socket" and short not in shown and his.receive()
    assert hers.echo("x") == "x"
    (hers.socket if kind is Upgraded else hers.h2.socket).settimeout(18)  # a look each 10 s
    with pytest.raises((EOFError, Reset)):
        hers.receive()
    assert his.echo("y") == "y"
    his.close()
    refused(gateway, ask(gateway, short, "socket.example.com", "/"), OVER)


def test_what_is_under_way_is_cut_when_somebody_takes_a_persons_access_away(gateway, idp):
    hers, his = (Upgraded(gateway, "socket.example.com", "/socket",
                          [("Authorization", f"Bearer {token(idp, sub=who, upn=who)}")])
                 for who in ("alice@CORP.EXAMPLE", "bob@CORP.EXAMPLE"))
    assert hers.receive() and his.receive()
    gateway.run("sessions", "revoke", "--user", "alice@CORP.EXAMPLE", check=False)
    hers.socket.settimeout(3)  # not first when somebody sweeps
    with pytest.raises(EOFError):
        hers.receive()
    assert his.echo("y") == "y"
    his.close()


def test_a_token_that_was_good_is_refused_from_its_last_second_on(gateway, idp):
    end = int(time.time()) + 3
    short = token(idp, exp=end)
    assert ask(gateway, short).status == 200
    answer = wait_until(lambda: (lambda a: a if a.status != 200 else None)(ask(gateway, short)), 10,
                        "the end of a token")
    assert time.time() >= end
    refused(gateway, answer, OVER)
