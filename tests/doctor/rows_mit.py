"""Faults in realms of MIT Kerberos, which have no directory to look into: resource-based
delegation, and what goes from one realm to another. A row's user is NAME@REALM."""
from lab.mit import REMOVED, REQUIRES_PREAUTH
from place import CONNECTOR, by_hand, says
from fault import Row
from seed import both, setting
from seeds_host import clock, kdcs
from seeds_mit import daemon_down, mit_account, mit_new_key, mit_policy, mit_us, to

WEB, RBCD = "HTTP/web.mit.example", "HTTP/rbcd.mit.example"

ROWS = [
    Row("MIT: not in the list", "E3|D3", both(to("web.mit"), mit_policy(resource_based=[RBCD])),
        (WEB,), by_hand(WEB), user="user01@MIT"),
    Row("MIT: no protocol transition", "E3|D2", both(to("web.mit"), mit_us(REQUIRES_PREAUTH)),
        (CONNECTOR,), by_hand("any"), user="user01@MIT"),
    Row("MIT: by resource, not allowed", "E3|D3|D4",
        both(to("rbcd.mit"), mit_policy(classic=[WEB])), (RBCD,), by_hand(RBCD),
        user="user01@MIT"),
    Row("MIT: by resource, no protocol transition", "E3|D2",
        both(to("rbcd.mit"), mit_us(REQUIRES_PREAUTH)), (CONNECTOR,), by_hand("any"),
        user="user01@MIT"),
    Row("MIT: must not be delegated", "E3|D8", to("rbcd.mit"), ("carol",), None, user="carol@MIT"),
    Row("MIT: SPN unknown", "E3|D6",
        both(to("none.mit"), mit_policy(classic=["HTTP/none.mit.example"])),
        ("HTTP/none.mit.example",), None, user="user01@MIT"),
    Row("MIT: person unknown", "E2|P3", both(to("web.mit"), mit_account("bob", REMOVED)), ("bob",),
        None, user="bob@MIT"),
    Row("MIT: a key of the connector's that is too old", "E1|D1",
        both(to("web.mit"), mit_new_key()), (CONNECTOR,), by_hand("keytab"), user="user01@MIT"),
    Row("MIT: clock ahead", "N4", both(to("web.mit"), clock("mit", 360)), ("behind",),
        by_hand("chrony"), user="user01@MIT"),
    Row("a domain controller of another realm in krb5.conf", "D1",
        kdcs(lambda place: place.lab.mit.kdc), (".30:88", "dc1.corp.example"),
        by_hand("below [realms]"), user="alice"),
    Row("a realm that no trust leads to", "D14",
        setting(identity_providers__0__realm="MIT.EXAMPLE"), ("MIT.EXAMPLE",),
        says("connector.kerberos.accounts"), user="user01@MIT", mends=False),
    Row("RES: the service does not allow it", "E3|D4|D5", to("closed.res"),
        ("HTTP/closed.res.example",), None, user="user01@MIT"),
    Row("RES: the service is unknown", "E3|D6", to("none.res"), ("HTTP/none.res.example",), None,
        user="user01@MIT"),
    Row("RES: no domain controller there", "E3|E2", both(to("app.res"), daemon_down("res")),
        ("RES.EXAMPLE",), by_hand("RES.EXAMPLE"), user="user01@MIT"),
    Row("RES: clock ahead", "E3|N4", both(to("app.res"), clock("res", 360)), ("RES.EXAMPLE",),
        by_hand("chrony"), user="user01@MIT"),
    Row("RES: the person's domain controller is down", "E2|N1",
        both(to("web.mit"), daemon_down("res")), ("RES.EXAMPLE",), by_hand("port 88"),
        user="rita@RES"),
    Row("RES: the person must not be delegated", "E3|D8", to("web.mit"), ("rolf",), None,
        user="rolf@RES"),
]
