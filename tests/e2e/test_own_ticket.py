"""sso.ticket: own. People's own tickets: no delegation, and nothing of them for others to read."""
import contextlib
import json
import sqlite3

import pytest

from gateway import Gateway, app, wait_until

REFUSED = "the own ticket of user05"
OWN, DELEGATED = "own.example.com", "delegated.example.com"


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    lab.add_users("protected")
    lab.samba_tool("group", "addmembers", "Protected Users", "protected")
    # The connector may not delegate to this one.
    apps = [app("own", lab.other.url, spn=lab.other.spn, sso={"ticket": "own"}),
            app("delegated", lab.other.url, spn=lab.other.spn)]
    with Gateway(lab, tmp_path_factory.mktemp("own"), apps, address=117) as running:
        yield running


def change_sessions(gateway, sql, *values):
    gateway.stop()
    try:
        with contextlib.closing(sqlite3.connect(gateway.state / "state.db")) as store, store:
            return store.execute(sql, values).fetchall()
    finally:
        gateway.start()


@pytest.mark.parametrize("user", ["alice", "carol", "protected"])
def test_people_who_may_not_be_delegated_to_a_service_have_a_ticket_of_their_own(gateway, user):
    seen = gateway.browser(OWN).sign_in(user).get("/").json
    assert (seen["remote_user"], seen["gss_name"]) == (user, f"{user}@{gateway.lab.realm}")
    listed = gateway.run("sessions", "list", "--json", "--user", user, "--app", "own").stdout
    assert [json.loads(line)["has_own_ticket"] for line in listed.splitlines()][-1]
    answer = gateway.browser(DELEGATED).sign_in(user).get("/")
    assert answer.status == 502
    assert gateway.event(answer.activity)["event"] == 13019


def test_it_outlives_reloads_and_restarts_and_needs_no_second_sign_in(gateway):
    carol = gateway.browser(OWN).sign_in("carol")
    for step in (lambda: gateway.run("tickets", "purge"), lambda: gateway.run("reload"),
                 lambda: (gateway.stop(), carol.close(), gateway.start())):
        step()
        assert carol.get("/").json["remote_user"] == "carol"
    listed = gateway.run("tickets", "list", "--user", "carol").stdout
    assert gateway.lab.other.spn in listed


def test_only_sessions_of_hosts_with_such_an_app_have_one_and_nobody_can_read_it(gateway):
    gateway.browser(OWN).sign_in("user02")
    gateway.browser(DELEGATED).sign_in("user02")
    rows = dict(change_sessions(gateway, "SELECT host, own_ticket FROM sessions "
                                         "WHERE subject LIKE 'user02@%'"))
    assert rows[DELEGATED] is None
    for text in (b"user02", b"krbtgt", b"CORP.EXAMPLE"):
        assert text not in rows[OWN]


def test_a_session_with_anothers_ticket_gets_none(gateway):
    browsers = {user: gateway.browser(OWN).sign_in(user) for user in ("user03", "user04")}
    change_sessions(gateway, "UPDATE sessions SET own_ticket = (SELECT own_ticket FROM sessions "
                             "WHERE subject LIKE 'user03@%') WHERE subject LIKE 'user04@%'")
    answer = browsers["user04"].get("/")
    assert answer.status == 502
    event = gateway.event(answer.activity)
    assert event["error"] == "krb-wrong-client" and "user03@" in event["detail"], event
    assert browsers["user03"].get("/").json["remote_user"] == "user03"


@pytest.mark.parametrize("change", [
    "own_ticket = CAST(substr(own_ticket, 1, length(own_ticket) - 1) || "
    "CASE substr(own_ticket, -1) WHEN x'00' THEN x'01' ELSE x'00' END AS BLOB)",
    "own_ticket = NULL", "own_ends = 1", "own_ticket = NULL, own_ends = NULL"])
def test_who_has_none_that_is_good_is_asked_to_sign_in_again(gateway, change):
    user05 = gateway.browser(OWN).sign_in("user05")
    assert user05.get("/").status == 200
    change_sessions(gateway, f"UPDATE sessions SET {change} WHERE subject LIKE 'user05@%'")
    refused_before = gateway.log.read_text().count(REFUSED)
    answer = user05.get("/deep?x=1")
    assert answer.status == 303, answer.text
    assert answer.location == f"https://{OWN}/.kerbgate/sign-in?to=%2Fdeep%3Fx%3D1"
    wait_until(lambda: refused_before < gateway.log.read_text().count(REFUSED), 10,
               "the log says what is wrong with it")
    answer = user05.post("/deep", {"a": "b"})
    assert answer.status == 401 and "Please sign in" in answer.text
    assert user05.sign_in("user05").get("/").json["remote_user"] == "user05"
    change_sessions(gateway, "DELETE FROM sessions")


@pytest.mark.parametrize("name", ["user06", "chief@example.com"])
def test_somebody_on_the_list_of_the_denied_gets_no_ticket(gateway, name):
    """By whichever of her names, and whatever she signs in as."""
    gateway.lab.modify("user06", userPrincipalName="chief@example.com")
    user06 = gateway.browser(OWN).sign_in("user06")
    user06.close()  # a kept connection has one more answer of the configuration before
    gateway.write(connector__kerberos__deny_users=[name])
    gateway.run("reload")
    try:
        answer = user06.get("/")
        assert answer.status == 403
        assert gateway.event(answer.activity)["error"] == "krb-user-denied"
        assert gateway.browser(OWN).sign_in("user07").get("/").json["remote_user"] == "user07"
    finally:
        gateway.write()
        gateway.run("reload")
