"""What goes wrong in a domain is told on the page, in the event, and by name (invariants 3, 8). Why
a domain controller or a back end refuses a person has a table of its own: test_delegation.py."""
import pytest

from gateway import Gateway, app, wait_until


def test_the_delegation_taken_away_is_seen_and_given_back_works_again(gateway):
    lab = gateway.lab
    lab.samba_tool("delegation", "del-service", "svc-kerbgate", lab.web.spn)
    try:
        answer = gateway.browser().sign_in("user05").get("/")
        assert answer.status == 502
        assert gateway.event(answer.activity)["error"] == "krb-not-delegated"
    finally:
        lab.samba_tool("delegation", "add-service", "svc-kerbgate", lab.web.spn)
    user05 = gateway.browser().sign_in("user05")
    answer = wait_until(lambda: (got := user05.get("/")).status == 200 and got, 5,
                        "what failed is asked anew")
    assert answer.json["remote_user"] == "user05"


@pytest.mark.parametrize("user, status, words", [
    ("dave", 401, "The user name or password is not right."),
    ("eve", 401, "must be changed"),
])
def test_an_account_that_cannot_sign_in_is_told_what_it_may_know(gateway, user, status, words):
    answer = gateway.browser().try_sign_in(user, gateway.lab.password(user))
    assert answer.status == status
    assert words in answer.text


def test_that_a_password_has_expired_is_told_only_to_those_who_know_it(gateway):
    for user in ("eve", "alice"):
        answer = gateway.browser().try_sign_in(user, "wrong")
        assert answer.status == 401
        assert "The user name or password is not right." in answer.text


def test_an_answer_in_json_carries_the_activity(gateway):
    browser = gateway.browser("other.example.com").sign_in("alice")
    answer = browser.get("/", headers={"Accept": "application/json"})
    assert answer.status == 502 and answer.json["error"] == "krb-not-delegated"
    assert gateway.event(answer.json["activity"])


def test_the_walk_of_a_request_can_be_read_on_the_terminal(gateway):
    answer = gateway.browser("other.example.com").sign_in("alice").get("/path")
    gateway.event(answer.activity)
    text = gateway.run("events", "--activity", answer.activity).stdout
    for word in ("alice", "/path", "13019", "HTTP/other.corp.example", "samba-tool"):
        assert word in text, text


@pytest.fixture(scope="module")
def broken(lab, tmp_path_factory):
    """Apps whose back ends fail in ways of their own."""
    apps = [
        app("down", "http://web.corp.example:1/", spn=lab.web.spn),
        app("nowhere", "http://nowhere.corp.example/", spn=lab.web.spn),
        app("untrusted", lab.web.tls_url, spn=lab.web.spn),
        app("trusted", lab.web.tls_url, spn=lab.web.spn,
            backend_tls={"ca": str(lab.ca.pem)}),
        app("misnamed", lab.web.tls_url, spn=lab.web.spn,
            backend_tls={"ca": str(lab.ca.pem), "name": "somebody.else.example"}),
        app("slow", lab.web.url, spn=lab.web.spn, timeout="1s"),
        app("plain", lab.web.url, spn=None),
    ]
    apps[-1]["sso"] = {"mode": "none"}
    with Gateway(lab, tmp_path_factory.mktemp("broken"), apps, address=102) as running:
        yield running


@pytest.mark.parametrize("name, path, status, event, words", [
    ("down", "/", 502, 13006, ["web.corp.example", "1", "refused"]),
    ("nowhere", "/", 502, 13006, ["nowhere.corp.example"]),
    ("untrusted", "/", 502, 13001, ["web.corp.example", "backend_tls.ca"]),
    ("misnamed", "/", 502, 13001, ["backend_tls.name"]),
    ("slow", "/slow/5", 504, 13007, ["timeout"]),
    ("slow", "/drop", 502, 13006, ["without an answer"]),
])
def test_a_back_end_that_fails_is_named(broken, name, path, status, event, words):
    answer = broken.browser(f"{name}.example.com").sign_in("alice").get(path)
    assert answer.status == status
    found = broken.event(answer.activity)
    assert found["event"] == event
    for word in words:
        assert word in found["detail"] + found["hint"], found


def test_a_back_end_with_tls_that_can_be_trusted_is_used(broken):
    browser = broken.browser("trusted.example.com").sign_in("alice")
    assert browser.get("/").json["remote_user"] == "alice"


def test_a_kdc_that_does_not_answer_costs_a_clear_error_in_time(lab, tmp_path):
    relay = lab.relay("pass")
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    with Gateway(lab, tmp_path, apps, address=103,
                 connector__kerberos__krb5_conf=str(relay.krb5_conf),
                 connector__kerberos__timeout="2s") as gateway:
        alice = gateway.browser().sign_in("alice")
        bob = gateway.browser().sign_in("bob")
        assert alice.get("/").status == 200
        relay.mode = "silent"
        answer = bob.get("/")
        assert answer.status == 502
        assert gateway.event(answer.activity)["error"] == "krb-kdc-unreachable"
        assert alice.get("/").status == 200, "who has a ticket needs no KDC"
        assert gateway.browser().try_sign_in("bob", lab.password("bob")).status == 503
        relay.mode = "pass"
        assert bob.get("/").json["remote_user"] == "bob"


def test_a_store_that_is_gone_lets_nobody_in(lab, tmp_path):
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    with Gateway(lab, tmp_path, apps, address=103) as gateway:
        alice = gateway.browser().sign_in("alice")
        gateway.stop()
        (gateway.state / "state.db").write_bytes(b"this is no database " * 500)
        gateway.start(wait=False)
        gateway.process.wait(20)
        assert gateway.process.returncode == 1
        assert "state.db" in gateway.log.read_text()
        del alice
