"""Faults of this host, its network, its clock and its configuration."""
from place import CONNECTOR, by_hand, config, samba, shell, steps
from fault import Row
from seed import both, setting
from seeds_directory import new_password
from seeds_host import (clock, kdcs, keytab, krb5, krb5_conf_of, name_server, named, numbered,
                        principal, relayed, stands_at)
from seeds_target import url

DEAD, HOLE = 41, 42       # last numbers of addresses
BRIEFLY = {"connector__kerberos__timeout": "1s"}


def at(host):
    return lambda place: f"{place.lab.net}.{host}"


def real(place):
    return place.lab.kdc


def of_the_web(place):
    return place.lab.ad.web_keytab.read_bytes()


ROWS = [
    Row("no domain controller listens", "N1", kdcs(at(DEAD)), (f".{DEAD}",),
        by_hand("88")),
    Row("a firewall drops Kerberos", "N1",
        both(kdcs(at(HOLE)), stands_at(HOLE, 88, "hole"), setting(**BRIEFLY)), (f".{HOLE}",),
        by_hand("88")),
    Row("something cuts tickets on their way", "N1", relayed("cut"), ("breaks off",),
        by_hand("inspection"), mends=False),
    Row("the first of two domain controllers is dead", "N1", kdcs(at(DEAD), real), (f".{DEAD}",),
        by_hand("88"), outcome="warn"),
    Row("the second of two domain controllers is dead", "N1", kdcs(real, at(DEAD)), (f".{DEAD}",),
        by_hand("88"), outcome="warn"),
    Row("the name of the domain controller is unknown", "N1a",
        kdcs(lambda place: "dc9.corp.example"), ("dc9.corp.example",), by_hand("krb5.conf")),
    Row("krb5.conf with another port", "N1", kdcs(lambda place: f"{real(place)}:8888"), ("8888",),
        by_hand("let the line be kdc =")),
    Row("krb5.conf that includes what is not there", "H1",
        krb5_conf_of("include /nowhere/krb5.conf\n"), ("krb5.conf", "Included"),
        by_hand("Correct")),
    Row("krb5.conf that allows none of the keys", "D12", krb5(permitted_enctypes="rc4-hmac"),
        ("aes256",), by_hand("permitted_enctypes")),
    Row("this host's clock six minutes ahead", "N4", clock("gateway", 360), ("ahead",),
        by_hand("chrony")),
    Row("this host's clock six minutes behind", "N4",
        both(clock("samba", 360), clock("apache", 360)), ("behind",), by_hand("chrony")),
    Row("the domain's clock six minutes ahead", "N4", clock("samba", 360), ("behind",),
        by_hand("chrony")),
    Row("this host's clock two minutes ahead", "N4", clock("gateway", 120), ("ahead",),
        by_hand("chrony"), outcome="warn"),
    Row("no krb5.conf", "H1", krb5_conf_of(None), ("krb5.conf", "No such file"),
        by_hand("krb5.conf")),
    Row("a krb5.conf that cannot be read", "H1", krb5_conf_of("[libdefaults\n what = {{{{"),
        ("krb5.conf",), by_hand("krb5.conf")),
    Row("a krb5.conf of another realm", "N1a",
        krb5_conf_of("[realms]\nELSE.EXAMPLE = {{\nkdc = {kdc}\n}}\n"), ("CORP.EXAMPLE",),
        by_hand("CORP.EXAMPLE = {")),
    Row("a keytab with another number", "D1", keytab(numbered(99)), ("key", "99"),
        samba("exportkeytab")),
    Row("a keytab that everybody can read", "H1",
        keytab(lambda place: place.lab.connector.keytab.read_bytes(), mode=0o644),
        ("connector.keytab",), shell("chmod")),
    Row("no keytab", "H2", keytab(lambda place: None), ("connector.keytab",),
        samba("exportkeytab")),
    Row("a keytab of rubbish", "H2", keytab(lambda place: b"\5\2no keys at all"),
        ("connector.keytab",), steps(shell("mv"), samba("exportkeytab"))),
    Row("an empty keytab", "H2", keytab(lambda place: b"\5\2"), ("connector.keytab",),
        steps(shell("mv"), samba("exportkeytab"))),
    Row("a keytab of another account", "H2", keytab(of_the_web), (CONNECTOR,),
        samba("exportkeytab")),
    Row("a keytab that is too old", "D1",
        new_password(CONNECTOR, lambda p: (p.lab.connector.keytab, CONNECTOR,
                                           p.lab.connector.spn)),
        (CONNECTOR,), samba("exportkeytab")),
    Row("the connector's name misspelled", "H2",
        principal("svc-kerbgatte@CORP.EXAMPLE"), ("svc-kerbgatte",),
        by_hand("set the principal in the configuration")),
    Row("the realm misspelled", "H2",
        principal(f"{CONNECTOR}@CROP.EXAMPLE"), ("CROP.EXAMPLE",),
        by_hand("set the principal in the configuration")),
    Row("an encryption type that the domain has not", "D12",
        krb5(permitted_enctypes="aes256-sha2"), ("aes",), by_hand("permitted_enctypes")),
    Row("one app for many hosts", "P0",
        setting(external_url="https://*.example.com/", internal_url="http://*.corp.example:8080/",
                sso__spn="HTTP/*.corp.example"), ("--host",), None, outcome="unknown"),
    Row("the app in maintenance", "P1", setting(maintenance="on"), ("maintenance",),
        config("maintenance")),
    Row("the name server is dead", "N6a",
        name_server(lambda place: f"{place.lab.net}.{DEAD}"), ("Could not contact",),
        by_hand("connector.dns")),
    Row("the application's name is unknown", "N6a",
        both(url("http://gone.corp.example:8080/"), named("gone.corp.example")),
        ("gone.corp.example",), by_hand("gone.corp.example")),
]
