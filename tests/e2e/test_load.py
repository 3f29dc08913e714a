"""Invariant 1 under load: a hundred people at once, both protocols, both kinds of back end, while
connections to them end at random. KERBGATE_FULL=1 makes it 100,000 answers."""
import os
from collections import Counter

import pytest

from gateway import Gateway, app
from load import Killer, Load, People

FULL = bool(os.environ.get("KERBGATE_FULL"))
ANSWERS = 100_000 if FULL else 6_000
CONCURRENCY = 100   # of each protocol
CUTS_PER_SECOND = 50
USERS = [f"load{n:03}" for n in range(100)]
# A request fails when its connection is cut under it, unless nothing of its answer had come, the
# connection was a kept one, and it may be sent twice. Most that are cut are idle.
FAILURES_FOR_EACH_CUT = 0.5


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    lab.add_users(*USERS)
    bound = lab.web.url + "bound/"
    apps = [
        app("each", lab.web.url, spn=lab.web.spn),
        app("challenged", lab.web.url, spn=lab.web.spn, sso={"negotiate": "on_challenge"}),
        app("kept", bound, spn=lab.web.spn, sso={"authenticate": "connection"}),
        app("asked", bound, spn=lab.web.spn,
            sso={"authenticate": "connection", "negotiate": "on_challenge"}),
    ]
    with Gateway(lab, tmp_path_factory.mktemp("load"), apps, address=114,
                 gateway__threads=4, connector__kerberos__timeout="30s") as running:
        yield running


@pytest.fixture(scope="module")
def people(gateway):
    """Everybody at one host, or, in full, at all of them, one after the other."""
    hosts = list(People(gateway).prefixes)
    pairs = [(user, host) for j, host in enumerate(hosts) for i, user in enumerate(USERS)
             if FULL or i % len(hosts) == j]
    return People(gateway).sign_in(*pairs)


def test_of_a_hundred_people_nobody_gets_an_answer_for_another(gateway, load_client, people):
    with Killer(gateway.lab.web, CUTS_PER_SECOND) as killer:
        both = [Load(load_client, people, "h1", CONCURRENCY, 1, ANSWERS // 2),
                Load(load_client, people, "h2", CONCURRENCY // 10, 10, ANSWERS // 2)]
        results = [load.finish() for load in both]
    print(killer.count, "connections cut;", results)
    for result in results:
        assert not result.wrong, result.wrongs
        assert result.answers + result.cut == ANSWERS // 2
        assert set(result.statuses) <= {200, 502}, result
    failed = sum(result.cut + result.statuses[502] for result in results)
    why = Counter((event["error"], event["detail"]) for event in gateway.events())
    assert killer.count > 20 and failed <= FAILURES_FOR_EACH_CUT * killer.count, (failed, why)
