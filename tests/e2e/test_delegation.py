"""The delegation matrix: what real domain controllers allow and refuse, each with the answer that
the person sees, the event, and the evidence of who said so (rows_delegation.py).

Everybody signs in first, while all is well; then something is changed, and a page is asked for that
needs a ticket. Samba's domain stands for Active Directory; two realms of MIT Kerberos that trust
each other do what Samba does not: resource-based delegation, and delegation across realms.
"""
import json

import pytest

from gateway import Gateway, app, change_claims
from lab import Lab
from lab.mit import Principal
from rows_delegation import ROWS

ERRORS = {      # status and event, by what the error is called
    "krb-not-delegated": (502, 13019),
    "krb-not-forwardable": (502, 13019),
    "krb-connector": (502, 13019),
    "krb-kdc-unreachable": (502, 13019),
    "krb-clock-skew": (502, 13019),
    "krb-policy": (502, 13019),
    "krb-user-unknown": (403, 13019),
    "krb-user-revoked": (403, 13019),
    "krb-user-denied": (403, 13019),
    "krb-spn-unknown": (502, 13020),
    "backend-refused-ticket": (403, 13022),
}
HOSTS = {"CORP": ["web", "other", "none", "twin", "stale"], "MIT": ["web", "rbcd", "none", "stale"],
         "RES": ["app", "closed", "none"]}


@pytest.fixture(scope="module")
def lab():
    with Lab(mit=True, clocks=True) as running:
        for realm, where in (("CORP", running), ("MIT", running.mit), ("RES", running.mit.res)):
            where.add_users(*(user_of(i).split("@")[0] for i, row in enumerate(ROWS)
                              if row.user == f"@{realm}"))
        add_services(running)
        yield running


def user_of(i):
    return ROWS[i].user if ROWS[i].user[0] != "@" else f"row{i}{ROWS[i].user}"


def add_services(lab):
    """Services with an SPN that another account has, too, and such whose key is not Apache's."""
    lab.add_services(**{f"svc-{name}": {"spns": [f"HTTP/{name}.corp.example"]}
                        for name in ("twin", "other-twin", "stale")})
    lab.force("svc-other-twin", "servicePrincipalName", "HTTP/twin.corp.example")
    old = lab.export_keytab(lab.dir / "old.keytab", "HTTP/stale.corp.example")
    lab.set_password("svc-stale", lab.password("svc-twin"))
    false = lab.dir / "false.keytab"
    lab.mit.fill([Principal("HTTP/stale.mit.example"),
                  Principal("HTTP/frame.mit.example", keytab=false)])
    false.write_bytes(false.read_bytes().replace(b"frame", b"stale"))
    lab.samba_tool("delegation", "add-service", "svc-kerbgate", "HTTP/stale.corp.example")
    lab.apache.write_keytab(lab.ad.web_keytab, lab.mit.web_keytab, lab.mit.res.web_keytab, old,
                            false)


def name_of(realm, to):
    return f"{realm}-{to}".replace(".", "-").lower()


def running(lab, folder, address, realms, **kerberos):
    """A gateway with an app for each realm that people sign in to and each service."""
    where = f"http://{lab.web.address}:{lab.web.port}/"
    apps = [app(name_of(realm, f"{host}.{to}"), where, pre_authentication=realm.lower(),
                spn=f"HTTP/{host}.{to.lower()}.example")
            for realm in realms for to in realms for host in HOSTS[to]]
    providers = [{"name": realm.lower(), "type": "form", "realm": f"{realm}.EXAMPLE",
                  "throttle": {"source_attempts": 1000}} for realm in realms]
    settings = {f"connector__kerberos__{key}": value for key, value in kerberos.items()}
    gateway = Gateway(lab, folder, apps, address=address, identity_providers=providers, **settings)
    clock = lab.clocks.environment("gateway")
    return gateway.under("env", *(f"{key}={value}" for key, value in clock.items()))


@pytest.fixture(scope="module")
def gateways(lab, tmp_path_factory):
    """{realm of the person: gateway}"""
    mit = lab.mit
    with running(lab, tmp_path_factory.mktemp("corp"), 112, ["CORP"],
                 deny_users=["user20"], threads=1) as corp, \
         running(lab, tmp_path_factory.mktemp("mit"), 113, ["MIT", "RES"],
                 keytab=str(mit.connector.keytab), principal=mit.connector.principal,
                 krb5_conf=str(mit.krb5_conf)) as other:
        yield {"CORP": corp, "MIT": other, "RES": other}


def signed_in(gateways, user, to):
    name, realm = user.split("@")
    gateway = gateways[realm]
    lab = {"CORP": gateway.lab, "MIT": gateway.lab.mit, "RES": gateway.lab.mit.res}[realm]
    browser = gateway.browser(f"{name_of(realm, to)}.example.com")
    answer = browser.try_sign_in(name, lab.password(name))
    assert answer.status == 303, answer.text
    return browser


@pytest.mark.parametrize("i", range(len(ROWS)), ids=[row.what for row in ROWS])
def test_the_outcome_the_event_and_the_evidence_are_right(gateways, lab, i):
    row, user = ROWS[i], user_of(i)
    browser = signed_in(gateways, user, row.to)
    with row.change(lab, user.split("@")[0]):
        answer = browser.get("/")
    if row.error is None:
        assert answer.status == 200, browser.gateway.event(answer.activity)
        assert answer.json["gss_name"] == f"{user}.EXAMPLE"
        return
    assert answer.status != 200, "nothing is amiss"
    event = browser.gateway.event(answer.activity)
    assert (answer.status, event["event"], event["error"]) == (*ERRORS[row.error], row.error), event
    assert "svc-kerbgate" not in answer.text, "the page says nothing of the inside"
    if row.said:
        step, code, kdc = row.said
        address = {"samba": lab.kdc, "mit": lab.mit.kdc, "res": lab.mit.res.kdc}[kdc]
        found = (event.get("kdc_step"), event.get("kdc_code"), event["kdc"])
        assert found == (step, code, f"{address}:88"), event
        assert 0 < event["kdc_us"] <= event["ticket_us"], event
    for word in row.words:
        assert word in event["detail"] + event["hint"], event


def test_names_that_a_directory_has_to_look_up_lead_to_people_of_either_realm(gateways):
    """As an identity provider has them: user principal names, which no KDC has proven."""
    browsers = [signed_in(gateways, user, to) for user in ("alice@MIT", "rita@RES")
                for to in ("web.mit", "rbcd.mit", "app.res")]
    change_claims(gateways["MIT"], lambda claims: {
        **claims, "user_principal_name": claims["user_principal_name"].lower()})
    seen = [browser.get("/").json["gss_name"].split("\\")[0] for browser in browsers]
    assert seen == ["alice"] * 3 + ["rita"] * 3


def test_a_ticket_of_another_realm_is_listed_as_what_it_is(gateways, lab):
    assert signed_in(gateways, "user01@MIT", "app.res").get("/").status == 200
    done = gateways["MIT"].run("tickets", "list", "--json", "--user", "user01")
    ticket, = [json.loads(line) for line in done.stdout.splitlines()]
    assert (ticket["spn"], ticket["server"]) == ("HTTP/app.res.example",
                                                 "HTTP/app.res.example@RES.EXAMPLE")
    assert ticket["kdc"] == f"{lab.mit.res.kdc}:88"


def test_a_clock_that_was_off_when_somebody_signed_in_is_forgotten(gateways, lab):
    """libkrb5 goes by the domain controller's clock from then on, in that thread: with it, a clock
    that is off would not be seen, and one that was mended would seem to be off."""
    def people(*numbers):
        return [signed_in(gateways, f"user{n:02}@CORP", "web.corp") for n in numbers]
    with lab.clocks.ahead("gateway", 360):
        answers = [browser.get("/") for browser in people(*range(1, 7))]
    errors = {gateways["CORP"].event(answer.activity)["error"] for answer in answers}
    assert errors == {"krb-clock-skew"}
    before = people(*range(7, 13))
    with lab.clocks.ahead("gateway", 360):
        people(*range(13, 19))      # so many that every thread of the broker has had one
    assert {browser.get("/").status for browser in before} == {200}
