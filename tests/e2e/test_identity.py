"""Invariants 1, 2 and 4: the right name, on the right connection, from the right SPN."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway import Gateway, app, change_claims

USERS = [f"user{n:02}" for n in range(1, 21)]
ANSWERS = 500   # of each user: 10,000 in all


def ask(gateway, host, user, count):
    """The names and connections that a user's answers came with."""
    browser = gateway.browser(host).sign_in(user)
    names, connections = set(), set()
    for n in range(count):
        if n % 50 == 49:
            browser.close()     # another connection of the same person's, perhaps another thread's
        seen = browser.get(f"/{user}/{n}").json
        assert seen["target"].endswith(f"/{user}/{n}")
        names.add(seen["remote_user"])
        connections.add(seen["connection"])
    return names, connections


@pytest.mark.parametrize("host, count", [("hr.example.com", ANSWERS), ("bound.example.com", 100)])
def test_twenty_users_at_once_never_get_an_answer_for_another(gateway, host, count):
    with ThreadPoolExecutor(len(USERS)) as pool:
        results = list(pool.map(lambda user: ask(gateway, host, user, count), USERS))
    for user, (names, _) in zip(USERS, results):
        assert names == {user}
    connections = [c for _, used in results for c in used]
    assert len(connections) == len(set(connections)), "two people shared a connection"
    assert len(connections) < len(USERS) * count / 5, "connections are not kept"


def test_two_people_on_one_client_connection_use_two_back_end_connections(gateway):
    """A shared machine, or a proxy before us: the client's connection says nothing about who."""
    alice, bob = gateway.browser("bound.example.com"), gateway.browser("bound.example.com")
    alice.sign_in("alice")
    bob.sign_in("bob")
    alice.close()
    alice.connection = bob.connection
    seen = [browser.get("/").json for browser in (alice, bob, alice, bob)]
    assert [s["remote_user"] for s in seen] == ["alice", "bob", "alice", "bob"]
    assert seen[0]["connection"] == seen[2]["connection"] != seen[1]["connection"]


def with_relay(lab, folder, mode, **more):
    relay = lab.relay(mode, **more)
    return Gateway(lab, folder, [app("hr", lab.web.url, spn=lab.web.spn)], address=101,
                   connector__kerberos__krb5_conf=str(relay.krb5_conf))


@pytest.fixture
def alias(lab):
    """Gives an account another user principal name, which a ticket then shows in its place."""
    changed = []

    def give(account, name):
        changed.append(account)
        lab.modify(account, userPrincipalName=f"{name}@{lab.realm.lower()}")
        return f"{name}@{lab.realm.lower()}"
    yield give
    for account in changed:
        lab.modify(account, userPrincipalName=f"{account}@{lab.realm.lower()}")


def ask_as(gateway, name):
    """alice's session, with another user principal name, as a provider could have sent it."""
    alice = gateway.browser().sign_in("alice")
    change_claims(gateway, lambda claims: {**claims, "user_principal_name": name})
    alice.close()
    return alice.get("/")


@pytest.mark.parametrize("name", ["svc-kerbgate@corp.example", "SVC-Kerbgate@CORP.EXAMPLE",
                                  "boss@corp.example"])
def test_a_ticket_for_ourselves_is_refused_and_never_sent(lab, tmp_path, alias, name):
    """Invariant 2. The back end would let the connector's own account in. A name of it that only
    the directory knows is seen in the ticket that the directory gives."""
    alias("svc-kerbgate", "boss")
    with Gateway(lab, tmp_path, [app("hr", lab.web.url, spn=lab.web.spn)], address=101) as gateway:
        answer = ask_as(gateway, name)
        assert answer.status == 502
        event = gateway.event(answer.activity)
        assert event["event"] == 13019 and event["error"] == "krb-wrong-client"


@pytest.mark.parametrize("name", ["bob@corp.example", "Bob@CORP.EXAMPLE", "robert@corp.example"])
def test_nobody_on_the_deny_list_is_impersonated_whatever_the_name(lab, tmp_path, alias, name):
    alias("bob", "robert")
    with Gateway(lab, tmp_path, [app("hr", lab.web.url, spn=lab.web.spn)], address=101,
                 connector__kerberos__deny_users=["bob"]) as gateway:
        answer = ask_as(gateway, name)
        assert answer.status == 403
        event = gateway.event(answer.activity)
        assert event["event"] == 13019 and event["error"] == "krb-user-denied"
        assert "deny_users" in event["detail"]


def test_a_false_kdc_signs_nobody_in(lab, tmp_path):
    """Whoever answers in the KDC's place knows a password of their own choice, but not our key."""
    lie = lab.false_kdc().address
    with with_relay(lab, tmp_path, "lying", lie=lie) as gateway:
        answer = gateway.browser().try_sign_in("alice", "attacker-knows")
        assert answer.status == 503, answer.text
        assert "__Host-kerbgate" not in gateway.browser().cookies


def test_the_spn_is_the_configured_one_whatever_the_dns_says(lab, tmp_path):
    """Invariant 4. hr.corp.example is an alias of web.corp.example, whose SPN would work."""
    lab.set_dns("alias.corp.example", ("CNAME", "web.corp.example"))
    apps = [app("right", "http://alias.corp.example:8080/", spn=lab.web.spn),
            app("wrong", "http://alias.corp.example:8080/", spn="HTTP/alias.corp.example")]
    with Gateway(lab, tmp_path, apps, address=101) as gateway:
        assert gateway.browser("right.example.com").sign_in("alice").get("/").status == 200
        answer = gateway.browser("wrong.example.com").sign_in("alice").get("/")
        assert answer.status == 502
        event = gateway.event(answer.activity)
        assert event["event"] == 13020 and event["spn"] == "HTTP/alias.corp.example"


def test_a_host_header_or_forged_headers_change_neither_name_nor_path(gateway, alice):
    forged = {
        "X-Forwarded-For": "10.9.9.9", "X-Forwarded-Host": "evil.example",
        "X-Forwarded-User": "bob",
        "X_Forwarded_For": "10.9.9.8", "x.forwarded.for": "10.9.9.7", "Forwarded": "for=10.9.9.6",
        "X-Real-IP": "10.9.9.5", "Kerbgate-User": "bob", "kerbgate_user": "bob",
        "Authorization": "Negotiate YIIForged", "Proxy-Authorization": "Basic Zm9yZ2Vk",
        "Cookie": "; ".join([f"__Host-kerbgate={alice.cookies['__Host-kerbgate']}",
                             "__host-kerbgate-x=1", "mine=2"]),
    }
    seen = alice.get("/", headers=forged).json
    assert seen["remote_user"] == "alice"
    told = {name.lower(): value for name, value in seen["headers"]}
    assert told["cookie"] == "mine=2"
    everything = str(seen["headers"])
    for trace in ("10.9.9", "evil", "bob", "Forged", "Zm9yZ2Vk", "kerbgate"):
        assert trace not in everything, everything
