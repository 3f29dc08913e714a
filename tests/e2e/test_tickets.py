"""kerbgate tickets: what is held, of whom, and what becomes of it at a sign-out."""
import json

import pytest

from gateway import Form, Gateway, app, wait_until


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    apps = [app("hr", lab.web.url, spn=lab.web.spn),
            app("names", lab.web.url, spn=lab.web.spn,
                sso={"login_identity": "user_principal_username"})]
    with Gateway(lab, tmp_path_factory.mktemp("tickets"), apps, address=115) as running:
        yield running


def held(gateway, *arguments):
    done = gateway.run("tickets", "list", "--json", *arguments)
    return [json.loads(line) for line in done.stdout.splitlines()]


def principals(gateway, *arguments):
    return sorted({ticket["principal"] for ticket in held(gateway, *arguments)})


@pytest.fixture(autouse=True)
def nothing_is_held(gateway):
    gateway.run("tickets", "purge")
    assert held(gateway) == []


def test_a_ticket_is_shown_with_what_is_known_of_it(gateway, lab):
    alice = gateway.browser().sign_in("alice")
    for _ in range(3):
        assert alice.get("/").status == 200
    ticket, = held(gateway)
    assert ticket["principal"] == "alice@CORP.EXAMPLE" and ticket["uses"] == 3
    assert ticket["spn"] == lab.web.spn and ticket["server"] == f"{lab.web.spn}@CORP.EXAMPLE"
    assert ticket["key"] == ticket["ticket_key"] == "aes256-cts" and "F" in ticket["flags"]
    assert ticket["kdc"] == f"{lab.kdc}:88" and ticket["kdc_us"] > 0 and ticket["kvno"] > 0
    assert ticket["starts"] < ticket["ends"] and ticket["bytes"] > 500
    table = gateway.run("tickets", "list").stdout.splitlines()
    assert table[0].split() == ["PRINCIPAL", "SPN", "ENDS", "USES", "FLAGS", "KEY", "KVNO", "KDC"]
    assert table[1].split()[:2] == ["alice@CORP.EXAMPLE", lab.web.spn] and len(table) == 2


def test_one_person_can_be_listed_and_purged_alone(gateway):
    for user in ("alice", "bob"):
        assert gateway.browser().sign_in(user).get("/").status == 200
    assert principals(gateway, "--user", "alice") == ["alice@CORP.EXAMPLE"]
    assert principals(gateway, "--user", "BOB@corp.example") == ["bob@CORP.EXAMPLE"]
    assert gateway.run("tickets", "purge", "--user", "alice").stdout == "1 ticket dropped\n"
    assert principals(gateway) == ["bob@CORP.EXAMPLE"]
    assert "no tickets" in gateway.run("tickets", "list", "--user", "alice").stderr


def test_who_signs_out_leaves_no_ticket_behind(gateway):
    """Also not of the other app, on the other host, nor in another thread."""
    bob = gateway.browser().sign_in("bob")
    assert bob.get("/").status == 200
    people = [gateway.browser(f"{name}.example.com").sign_in("alice") for name in ("hr", "names")]
    for _ in range(4):  # connections of their own, so that every thread has its turn
        for alice in people:
            assert alice.get("/").status == 200
            alice.close()
    assert principals(gateway) == ["alice@CORP.EXAMPLE", "bob@CORP.EXAMPLE"]
    form = Form(people[0].get("/.kerbgate/sign-out").text)
    assert people[0].post(form.action, form.fields).status == 200
    wait_until(lambda: principals(gateway) == ["bob@CORP.EXAMPLE"], 5, "her tickets are dropped")
    assert people[1].get("/").status == 200  # whose session goes on, with a new one
