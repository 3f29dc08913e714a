"""What a token asks of the back end, and what the back end's answer is worth."""
import secrets
from contextlib import contextmanager

import pytest

from gateway import Gateway, app


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    trusted = {"ca": str(lab.ca.pem)}
    public = lab.web.url + "public/"
    apps = [
        app("hr", lab.web.url, spn=lab.web.spn),
        app("mutual", lab.web.url, spn=lab.web.spn, sso={"mutual": "required"}),
        app("bare", lab.web.url, spn=lab.web.spn, sso={"mutual": "required", "token": "krb5"}),
        app("unproven", public, spn=lab.web.spn, sso={"mutual": "required"}),
        app("unasked", public, spn=lab.web.spn),
        app("bound", lab.web.tls_url, spn=lab.web.spn, backend_tls=trusted,
            sso={"channel_binding": "auto", "mutual": "required"}),
        app("challenged", lab.web.url, spn=lab.web.spn, sso={"negotiate": "on_challenge"}),
        app("kept", lab.web.url + "bound/", spn=lab.web.spn, sso={"authenticate": "connection"}),
        app("forgetful", lab.web.url, spn=lab.web.spn, sso={"authenticate": "connection"}),
        app("unbound", lab.web.tls_url, spn=lab.web.spn, backend_tls=trusted,
            sso={"channel_binding": "off"}),
    ]
    with Gateway(lab, tmp_path_factory.mktemp("tokens"), apps, address=129) as running:
        yield running


@pytest.mark.parametrize("name", ["hr", "mutual", "bare", "bound", "unbound",
                                  "challenged", "kept", "forgetful"])
def test_a_back_end_that_knows_its_key_sees_who_it_is(gateway, name):
    alice = gateway.browser(f"{name}.example.com").sign_in("alice")
    for _ in range(3):
        answer = alice.get("/")
        assert answer.status == 200 and answer.json["remote_user"] == "alice"
        assert "WWW-Authenticate" not in answer.headers


def test_who_must_prove_itself_and_does_not_is_not_believed(gateway):
    """The page needs no ticket: nobody has opened it."""
    assert gateway.browser("unasked.example.com").sign_in("alice").get("/").status == 200
    answer = gateway.browser("unproven.example.com").sign_in("alice").get("/")
    assert answer.status == 502 and "prove" in answer.text
    event = gateway.event(answer.activity)
    assert (event["event"], event["error"]) == (20009, "backend-unproven")
    assert "sso.mutual" in event["hint"]


def has_token(answer):
    return any(name == "Authorization" for name, _ in answer.json["headers"])


@pytest.mark.parametrize("name, tokens", [("hr", [True] * 3), ("kept", [True, False, False])])
def test_a_token_is_sent_as_often_as_the_app_has_it(gateway, name, tokens):
    """Below /bound/ Apache takes one token for a connection; this person has none yet."""
    somebody = gateway.browser(f"{name}.example.com").sign_in("user17")
    answers = [somebody.get("/headers") for _ in tokens]
    assert [answer.json["remote_user"] for answer in answers] == ["user17"] * 3
    assert [has_token(answer) for answer in answers] == tokens


@pytest.mark.parametrize("name", ["challenged", "kept", "forgetful", "hr"])
def test_a_body_arrives_whole_however_the_app_asks_for_its_token(gateway, name):
    alice = gateway.browser(f"{name}.example.com").sign_in("alice")
    for size in (5, 200_000, 5):
        answer = alice.request("POST", "/echo", b"x" * size)
        assert answer.status == 200 and answer.body == b"x" * size


@contextmanager
def another_key(lab):
    """The service's password is set anew, and its keytab has the new key alone."""
    keytab, new = lab.apache.dir / "web.keytab", lab.dir / "renewed.keytab"
    before = keytab.read_bytes()
    lab.set_password("svc-web", f"R3newed-{secrets.token_hex(8)}")
    lab.export_keytab(new, lab.web.spn, lab.other.spn)
    try:
        put_keytab(lab, keytab, new.read_bytes())
        yield
    finally:
        put_keytab(lab, keytab, new.read_bytes() + before[2:])


def put_keytab(lab, keytab, content):
    keytab.write_bytes(content)
    lab.stop_daemon("apache")
    lab.start_daemon("apache")


def test_a_key_that_changes_costs_nobody_a_request(gateway):
    """Tickets that are held cannot be opened any more: each is renewed once."""
    alice = gateway.browser().sign_in("alice")
    assert alice.get("/").status == 200
    with another_key(gateway.lab):
        for _ in range(3):
            answer = alice.get("/")
            assert answer.status == 200, answer.text
            assert answer.json["remote_user"] == "alice"
