"""gateway.admin: metrics and health, beside the data plane and never part of it."""
import http.client
import re
import socket

import pytest
from gateway import Gateway, app, wait_until

PORT = 9090


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    apps = [app("hr", lab.web.url, spn=lab.web.spn), app("limited", lab.web.url, spn=lab.web.spn,
                                                        allow={"users": ["bob"]})]
    with Gateway(lab, tmp_path_factory.mktemp("admin"), apps, address=121,
                 gateway__admin={"address": f"{lab.net}.121:{PORT}"}) as running:
        yield running


def ask(gateway, path):
    connection = http.client.HTTPConnection(gateway.address, PORT, timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def metrics(gateway):
    """{sample with its labels: value}"""
    status, text = ask(gateway, "/metrics")
    assert status == 200
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(re.fullmatch(r'[a-z_]+(\{([a-z]+="[^"]*",?)+\})? [0-9.]+', line) for line in lines)
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1]) for line in lines}


def test_what_was_sent_is_what_is_counted(gateway):
    def connections():
        return metrics(gateway)["kerbgate_client_connections"]
    # Those that asked whether the gateway is there may not have been seen to leave yet.
    wait_until(lambda: connections() == 0, 5, "nobody is connected")
    before = metrics(gateway)
    alice = gateway.browser("hr.example.com").sign_in("alice")
    for _ in range(5):
        assert alice.get("/").status == 200
    limited = gateway.browser("limited.example.com").sign_in("alice")
    assert limited.get("/").status == 403

    def since(sample):
        return metrics(gateway).get(sample, 0) - before.get(sample, 0)

    def all_counted():
        return (since('kerbgate_requests_total{app="hr",status="2xx"}') >= 6
                and since('kerbgate_requests_total{app="limited",status="4xx"}') >= 1
                and since("kerbgate_requests_in_flight") == 0)
    wait_until(all_counted, 5, "the requests are counted")   # behind their answers
    # Five answers and the sign-in page; the sign-in itself redirects.
    assert since('kerbgate_requests_total{app="hr",status="2xx"}') == 6
    assert since('kerbgate_requests_total{app="hr",status="3xx"}') == 1
    assert since('kerbgate_requests_total{app="limited",status="4xx"}') == 1
    assert since('kerbgate_errors_total{error="forbidden"}') == 1
    assert since('kerbgate_tickets_total{app="hr",ticket="new"}') in (1, 2)  # of two threads
    assert since('kerbgate_step_seconds_count{app="hr",step="mint"}') == 5
    assert since('kerbgate_request_seconds_bucket{app="hr",le="+Inf"}') == 7
    assert connections() == 2
    alice.close()
    limited.close()
    wait_until(lambda: connections() == 0, 5, "they are gone")


def test_health_and_readiness_are_told(gateway):
    assert ask(gateway, "/healthz") == (200, "ok\n")
    assert ask(gateway, "/readyz") == (200, "ready\n")
    assert ask(gateway, "/")[0] == 404


def test_a_reload_leaves_nobody_without_an_answer(gateway):
    gateway.run("reload")
    assert ask(gateway, "/readyz") == (200, "ready\n")
    status, _ = ask(gateway, "/metrics")
    assert status == 200


def test_a_taken_port_is_named_with_its_key(gateway):
    with socket.socket() as taken:
        taken.bind((gateway.address, 9091))
        taken.listen()
        gateway.write(gateway__admin={"address": f"{gateway.address}:9091"})
        done = gateway.run("reload", check=False)
        gateway.write(gateway__admin={"address": f"{gateway.address}:{PORT}"})
    assert done.returncode != 0
    assert "gateway.admin" in done.stderr and "9091" in done.stderr


def test_it_is_no_way_into_the_apps(gateway):
    for host in ("hr.example.com", gateway.address):
        connection = http.client.HTTPConnection(gateway.address, PORT, timeout=10)
        connection.request("GET", "/.kerbgate/sign-in", headers={"Host": host})
        assert connection.getresponse().status == 404
