"""Several back ends of one app: spread, health checks, and one that goes and comes back."""
import http.server
import threading
import time

import pytest
from gateway import Gateway, app, wait_until

PORTS = 8001, 8002
INTERVAL_S = 0.2


class Member(http.server.ThreadingHTTPServer):
    """A back end that answers with its own name, and whose health can be told."""
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address, name):
        self.name, self.status, self.checks, self.posts = name, 200, [], 0
        self.connections = set()    # that requests came in by
        super().__init__(address, Handler)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def end(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    """Of one connection."""
    protocol_version = "HTTP/1.1"
    has_asked = False               # for a token; without that it takes none

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if status == 401:
            self.send_header("WWW-Authenticate", "Negotiate")
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/health":
            self.server.checks.append(dict(self.headers))
            self.answer(self.server.status)
        elif self.path == "/asks" and "Authorization" not in self.headers:
            self.has_asked = True
            self.answer(401)
        elif self.path == "/asks" and not self.has_asked:
            self.answer(403)
        else:
            self.server.connections.add(self.client_address)
            self.answer(200, self.server.name.encode())

    def do_POST(self):
        """Takes the request, and is gone without an answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posts += 1
        self.close_connection = True

    def log_message(self, *_):
        pass


@pytest.fixture
def members(lab):
    running = [Member((f"{lab.net}.122", port), f"member {port}") for port in PORTS]
    yield running
    for member in running:
        member.end()


@pytest.fixture
def gateway(lab, tmp_path, members):
    health = {"path": "/health", "interval": "200ms", "timeout": "1s", "fall": 2, "rise": 2}
    backends = [f"{lab.net}.122:{port}" for port in PORTS]
    common = {"pre_authentication": "passthrough", "backends": backends, "health": health}
    apps = [app("any", "http://any.corp.example/", sticky="off", **common),
            app("sticky", "http://sticky.corp.example/", **common),
            app("asks", "http://asks.corp.example/", sticky="off", backends=backends,
                spn=lab.web.spn, sso={"negotiate": "on_challenge"})]
    with Gateway(lab, tmp_path, apps, address=122) as running:
        yield running


def answers(gateway, count=12, host="any.example.com"):
    browser = gateway.browser(host)
    found = [browser.get("/") for _ in range(count)]
    assert all(answer.status == 200 for answer in found), [answer.text for answer in found]
    browser.close()
    return {answer.text for answer in found}


def told(gateway, event):
    return [row["detail"] for row in gateway.events() if row["event"] == event]


def test_requests_are_spread_over_all_that_are_well(gateway, members):
    assert answers(gateway, 40) == {"member 8001", "member 8002"}
    # Each thread keeps one to each, and uses it again.
    assert all(len(member.connections) <= 2 for member in members)


def test_who_has_not_signed_in_stays_at_one_by_address(gateway):
    """However often the client connects anew, and over whosever connections its requests go on."""
    found = set()
    for headers in [{}, {"If-None-Match": '"1"'}, {"Authorization": "Basic YTpi"}] * 4:
        browser = gateway.browser("sticky.example.com")
        found.add(browser.get("/", headers=headers).text)
        browser.close()
    assert len(found) == 1, found


def test_a_token_goes_over_the_connection_that_asked_for_it(gateway):
    browser = gateway.browser("asks.example.com").sign_in("alice")
    found = [browser.get("/asks") for _ in range(8)]
    assert {answer.status for answer in found} == {200}
    assert {answer.text for answer in found} == {"member 8001", "member 8002"}


def test_a_check_is_a_request_like_the_apps_without_a_token(gateway, members):
    wait_until(lambda: members[0].checks, 5, "a check")
    hosts = {check["Host"] for check in members[0].checks}
    assert hosts <= {"any.corp.example", "sticky.corp.example"}
    check = members[0].checks[0]
    assert check["User-Agent"] == "kerbgate-health" and "Authorization" not in check


def test_threads_do_not_each_ask(gateway, members):
    """Two apps with one interval, two threads."""
    wait_until(lambda: len(members[0].checks) > 3, 5, "checks")
    before, begun = len(members[0].checks), time.monotonic()
    wait_until(lambda: len(members[0].checks) >= before + 20, 10, "twenty checks")
    assert time.monotonic() - begun > 20 / 2 * INTERVAL_S * 0.8


def test_an_ill_one_is_left_out_and_comes_back(gateway, members):
    members[1].status = 503
    wait_until(lambda: told(gateway, 20007), 5, "the event")
    assert all("8002" in text and "503 to GET /health" in text for text in told(gateway, 20007))
    wait_until(lambda: len(told(gateway, 20007)) == 2, 5, "of both apps")
    assert answers(gateway) == {"member 8001"}
    members[1].status = 401     # whoever must sign in is well
    wait_until(lambda: len(told(gateway, 20008)) == 2, 5, "the event")
    assert answers(gateway) == {"member 8001", "member 8002"}


def test_no_request_fails_while_one_stops(gateway, members, lab):
    members[1].end()
    assert answers(gateway, 40) <= {"member 8001", "member 8002"}
    wait_until(lambda: told(gateway, 20007), 5, "the event")
    assert answers(gateway) == {"member 8001"}
    members[1] = Member((f"{lab.net}.122", PORTS[1]), "member 8002")
    wait_until(lambda: len(told(gateway, 20008)) == 2, 10, "the event")
    assert answers(gateway) == {"member 8001", "member 8002"}


def test_when_all_are_ill_they_are_tried_all_the_same(gateway, members):
    for member in members:
        member.status = 500
    wait_until(lambda: len(told(gateway, 20007)) == 4, 5, "the events")
    assert answers(gateway) <= {"member 8001", "member 8002"}


def test_what_may_have_been_done_is_not_done_again(gateway, members):
    answer = gateway.browser("any.example.com").request("POST", "/", b"pay")
    assert answer.status == 502
    assert sum(member.posts for member in members) == 1
