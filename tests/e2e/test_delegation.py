"""The delegation matrix: what real domain controllers allow and refuse, each with the outcome that
the person sees, the event, and the evidence of who said so.

Everybody signs in first, while all is well; then something is changed, and a page is asked for that
needs a ticket. Samba's domain stands for Active Directory; two realms of MIT Kerberos that trust
each other do what Samba does not: resource-based delegation, and delegation across realms.
"""
import json
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

import pytest

from gateway import Gateway, app, change_claims
from lab import Lab

BADOPTION, S_UNKNOWN, C_UNKNOWN = 13, 7, 6      # RFC 4120 7.5.9


@dataclass
class Row:
    """`to`: the SPN's host; `change`: a context manager of the lab that makes the fault; `said`:
    (step, error code, KDC) of the answer that decided."""
    what: str
    user: str
    to: str
    error: str = None
    said: tuple = None
    change: callable = lambda lab: nullcontext()
    words: list = field(default_factory=list)


ERRORS = {      # status and event, by what the error is called
    None: (200, None),
    "krb-not-delegated": (502, 13019),
    "krb-not-forwardable": (502, 13019),
}


def mit_policy(**allowed):
    @contextmanager
    def change(lab):
        mit = lab.mit
        mit.allow(**allowed)
        try:
            yield
        finally:
            mit.allow(classic=[mit.web.spn, mit.brief.spn], resource_based=[mit.rbcd.spn])
    return change


MIT, RES = "MIT.EXAMPLE", "RES.EXAMPLE"
WEB, RBCD = "HTTP/web.mit.example", "HTTP/rbcd.mit.example"

ROWS = [
    Row("the classic way", "alice@MIT", "web.mit"),
    Row("the classic way, not allowed", "bob@MIT", "web.mit", "krb-not-delegated",
        ("S4U2Proxy", BADOPTION, "mit"), mit_policy(resource_based=[RBCD]), [WEB]),
    Row("by resource", "alice@MIT", "rbcd.mit"),
    Row("by resource, not allowed", "bob@MIT", "rbcd.mit", "krb-not-delegated",
        ("S4U2Proxy", BADOPTION, "mit"), mit_policy(classic=[WEB]), [RBCD]),
    Row("who must not be delegated, the classic way", "carol@MIT", "web.mit",
        "krb-not-forwardable", ("S4U2Proxy", BADOPTION, "mit"), words=["carol"]),
    Row("who must not be delegated, by resource", "carol@MIT", "rbcd.mit",
        "krb-not-forwardable", ("S4U2Proxy", BADOPTION, "mit"), words=["carol"]),
    Row("a person of the other realm, the classic way", "rita@RES", "web.mit"),
    Row("a person of the other realm, by resource", "rita@RES", "rbcd.mit"),
    Row("a service of the other realm", "alice@MIT", "app.res"),
    Row("both of the other realm", "rita@RES", "app.res"),
    Row("a service of the other realm, not allowed", "alice@MIT", "closed.res",
        "krb-not-delegated", ("S4U2Proxy", BADOPTION, "res"), words=["HTTP/closed.res.example"]),
    Row("both of the other realm, not allowed", "rita@RES", "closed.res",
        "krb-not-delegated", ("S4U2Proxy", BADOPTION, "res"), words=["HTTP/closed.res.example"]),
    Row("who must not be delegated, of the other realm", "rolf@RES", "web.mit",
        "krb-not-forwardable", ("S4U2Proxy", BADOPTION, "mit"), words=["rolf"]),
    Row("who must not be delegated, to the other realm", "carol@MIT", "app.res",
        "krb-not-forwardable", ("S4U2Proxy", BADOPTION, "mit"), words=["carol"]),
    Row("who must not be delegated, both of the other realm", "rolf@RES", "app.res",
        "krb-not-forwardable", ("S4U2Proxy", BADOPTION, "mit"), words=["rolf"]),
]


@pytest.fixture(scope="module")
def lab():
    with Lab(mit=True) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    """An app for each service and each realm that people sign in to."""
    mit = lab.mit
    webs = {"web.mit": mit.web, "rbcd.mit": mit.rbcd, "app.res": mit.res.app,
            "closed.res": mit.res.closed}
    apps = [app(f"{realm}-{name}".replace(".", "-").lower(), f"http://{web.address}:{web.port}/",
                spn=web.spn, pre_authentication=realm.lower())
            for realm in ("MIT", "RES") for name, web in webs.items()]
    providers = [{"name": realm.lower(), "type": "form", "realm": f"{realm}.EXAMPLE",
                  "throttle": {"source_attempts": 1000}} for realm in ("MIT", "RES")]
    with Gateway(lab, tmp_path_factory.mktemp("mit"), apps, address=113,
                 identity_providers=providers,
                 connector__kerberos__keytab=str(mit.connector.keytab),
                 connector__kerberos__principal=mit.connector.principal,
                 connector__kerberos__krb5_conf=str(mit.krb5_conf)) as running:
        yield running


def signed_in(gateway, user, to):
    name, realm = user.split("@")
    browser = gateway.browser(f"{realm}-{to}".replace(".", "-").lower() + ".example.com")
    lab = {"MIT": gateway.lab.mit, "RES": gateway.lab.mit.res}[realm]
    answer = browser.try_sign_in(name, lab.password(name))
    assert answer.status == 303, answer.text + gateway.log.read_text()
    return browser


@pytest.mark.parametrize("row", ROWS, ids=[row.what for row in ROWS])
def test_delegation(gateway, row):
    browser = signed_in(gateway, row.user, row.to)
    with row.change(gateway.lab):
        answer = browser.get("/")
    status, number = ERRORS[row.error]
    if row.error is None:
        assert answer.status == 200, gateway.event(answer.activity)
        assert answer.json["gss_name"] == f"{row.user}.EXAMPLE"
        return
    assert answer.status == status, answer.json
    event = gateway.event(answer.activity)
    step, code, kdc = row.said
    address = {"mit": gateway.lab.mit.address, "res": gateway.lab.mit.res.address}[kdc]
    found = {k: event.get(k) for k in ("event", "error", "kdc_step", "kdc_code", "kdc")}
    assert found == {"event": number, "error": row.error, "kdc_step": step, "kdc_code": code,
                     "kdc": f"{address}:88"}, event
    assert all(word in event["detail"] + event["hint"] for word in row.words), event


def test_names_that_a_directory_has_to_look_up_lead_to_people_of_either_realm(gateway):
    """As an identity provider has them: user principal names, which no KDC has proven."""
    browsers = [signed_in(gateway, user, to) for user in ("alice@MIT", "rita@RES")
                for to in ("web.mit", "rbcd.mit", "app.res")]
    change_claims(gateway, lambda claims: {
        **claims, "user_principal_name": claims["user_principal_name"].lower()})
    seen = [browser.get("/").json["gss_name"].split("\\")[0] for browser in browsers]
    assert seen == ["alice"] * 3 + ["rita"] * 3


def test_a_ticket_of_another_realm_is_listed_as_what_it_is(gateway):
    assert signed_in(gateway, "user01@MIT", "app.res").get("/").status == 200
    done = gateway.run("tickets", "list", "--json", "--user", "user01")
    ticket, = [json.loads(line) for line in done.stdout.splitlines()]
    assert (ticket["spn"], ticket["server"]) == ("HTTP/app.res.example",
                                                 "HTTP/app.res.example@RES.EXAMPLE")
    assert ticket["kdc"] == f"{gateway.lab.mit.res.address}:88"
