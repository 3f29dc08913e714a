"""A request that fails for want of a ticket explains itself, and the doctor runs on a schedule."""
import time
import urllib.request

import pytest

from gateway import Gateway, app, wait_until


def test_the_finding_is_under_the_activity_within_a_second(gateway):
    other = gateway.browser("other.example.com").sign_in("user07")
    answer = other.get("/")
    began = time.monotonic()
    finding = gateway.finding(answer.activity)
    assert time.monotonic() - began < 1
    assert finding["level"] == "info" and finding["app"] == "other"
    assert gateway.lab.other.spn in finding["detail"]
    assert f"samba-tool delegation add-service svc-kerbgate {gateway.lab.other.spn}" in \
        finding["hint"]


def test_both_are_printed_for_the_number_on_the_error_page(gateway):
    answer = gateway.browser("other.example.com").sign_in("user08").get("/")
    gateway.finding(answer.activity)
    text = gateway.run("events", "--activity", answer.activity).stdout
    assert text.index("13019:") < text.index("20011:")
    assert "svc-kerbgate" not in answer.text, "the page says nothing of the inside"


def test_the_same_failure_again_is_not_looked_into_again(gateway):
    other = gateway.browser("other.example.com").sign_in("user09")
    answers = [other.get("/") for _ in range(3)]
    details = {gateway.finding(answer.activity)["detail"] for answer in answers}
    assert len(details) == 1


def test_what_went_well_has_no_finding(gateway):
    answer = gateway.browser().sign_in("user10").get("/")
    assert answer.status == 200
    assert not [e for e in gateway.events() if e["event"] == 20011 and e["user"] == "user10"]


def test_a_silent_kdc_is_found_without_asking_it_again(lab, tmp_path):
    relay = lab.relay("pass")
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    with Gateway(lab, tmp_path, apps, address=103,
                 connector__kerberos__krb5_conf=str(relay.krb5_conf),
                 connector__kerberos__timeout="1s") as gateway:
        alice = gateway.browser().sign_in("alice")
        relay.set_mode("silent")
        answer = alice.get("/")
        assert answer.status == 502
        finding = gateway.finding(answer.activity)
        assert "kdc" in finding["detail"] or "domain controller" in finding["detail"], finding


def ask(gateway, path):
    url = f"http://{gateway.address}:9090{path}"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


@pytest.fixture
def scheduled(lab, tmp_path):
    apps = [app("hr", lab.web.url, spn=lab.web.spn),
            app("other", lab.other.url, spn=lab.other.spn)]
    with Gateway(lab, tmp_path, apps, address=104, gateway__admin={
                     "address": f"{lab.net}.104:9090"},
                 connector__doctor={"interval": "1s", "user": "alice"}) as gateway:
        yield gateway


def test_what_is_wrong_is_known_before_anybody_notices(scheduled, lab):
    wait_until(lambda: 'kerbgate_doctor_outcome{app="other"} 3' in ask(scheduled, "/metrics"), 20,
               "a run has ended")
    metrics, ready = ask(scheduled, "/metrics"), ask(scheduled, "/readyz")
    assert 'kerbgate_doctor_outcome{app="hr"} 0' in metrics
    assert 'kerbgate_doctor_finding{app="other",check="' in metrics
    assert ready.startswith("ready\n") and "doctor: other: broken" in ready
    assert [e for e in scheduled.events() if e["event"] == 20012 and "other" in e["detail"]]
    lab.samba_tool("delegation", "add-service", "svc-kerbgate", lab.other.spn)
    try:
        wait_until(lambda: ask(scheduled, "/readyz") == "ready\n", 20, "it is mended")
        assert [e for e in scheduled.events() if e["event"] == 20013 and "other" in e["detail"]]
    finally:
        lab.samba_tool("delegation", "del-service", "svc-kerbgate", lab.other.spn)
