"""People in a great many groups: tickets of a real size, and back ends that do not take them."""
import sys
from pathlib import Path

import pytest

from gateway import Gateway, app, wait_until

sys.path.append(str(Path(__file__).parents[1] / "http"))

import back_ends  # noqa: E402

MANY, VERY_MANY = 1000, 4000    # groups: a token of 13 KB and one of 45 KB
# As they are installed, and what they say to the larger one.
SMALL = {"apache": (8091, 400, "LimitRequestFieldSize"),
         "lighttpd": (8093, 431, "server.max-request-field-size"),
         "haproxy": (8094, 400, "tune.bufsize")}


@pytest.fixture(scope="module")
def small(lab):
    """Back ends that know no Kerberos, and do not come to see that there is some."""
    address = f"{lab.net}.119"
    for name, (port, _, _) in SMALL.items():
        folder = lab.keeper.dir / f"small-{name}"
        folder.mkdir()
        folder.chmod(0o777)
        start = getattr(back_ends, name)
        lab.keeper.start(f"small-{name}", start(folder, f"{address}:{port}", folder / "log"))
        lab.keeper.wait_until_listening(f"small-{name}", address, port)
    return address


@pytest.fixture(scope="module")
def gateway(lab, small, tmp_path_factory):
    lab.add_users("many", "verymany")
    lab.add_groups("many", MANY)
    lab.add_groups("verymany", VERY_MANY)
    apps = [app("hr", lab.web.url, spn=lab.web.spn),
            app("own", lab.web.url, spn=lab.web.spn, sso={"ticket": "own"})]
    apps += [app(name, f"http://{small}:{port}/", spn=lab.web.spn)
             for name, (port, _, _) in SMALL.items()]
    with Gateway(lab, tmp_path_factory.mktemp("groups"), apps, address=119,
                 connector__kerberos__timeout="30s") as running:
        yield running


@pytest.mark.parametrize("host", ["hr", "own"])
@pytest.mark.parametrize("user, least", [("many", 12_000), ("verymany", 40_000)])
def test_a_large_ticket_reaches_the_application_whole(gateway, user, least, host):
    browser = gateway.browser(f"{host}.example.com").sign_in(user)
    for _ in range(3):
        seen = browser.get("/").json
        assert seen["remote_user"] == user
    token = next(value for name, value in seen["headers"] if name == "Authorization")
    assert int(token.split("length=")[1].split()[0]) > least, token


@pytest.mark.parametrize("name", SMALL)
def test_a_back_end_that_does_not_take_it_is_told_from_one_that_fails(gateway, name):
    _, status, limit = SMALL[name]
    browser = gateway.browser(f"{name}.example.com").sign_in("verymany")
    assert browser.get("/").status == status
    event = wait_until(lambda: [event for event in gateway.events() if event["event"] == 20010
                                and event["app"] == name], 5, "it is written down")[0]
    assert (event["error"], event["status"]) == ("backend-head-too-large", status)
    assert limit in event["hint"]
    head, token = [int(word) for word in event["detail"].split() if word.isdigit()][1:3]
    assert head > token > 40_000
    small = gateway.browser(f"{name}.example.com").sign_in("alice")
    assert small.get("/index.html").status == 200
