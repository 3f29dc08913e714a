"""Faults in the directory: the connector's account, the person, the list, the SPN."""
from place import ACCOUNT, CONNECTOR, LIST, SPN, by_hand, config, ldb, samba, says, steps
from fault import Row
from seed import both, nothing, setting
from seeds_directory import (DISABLED, LONG_AGO, NO_PAC, NORMAL, SENSITIVE, UNCONSTRAINED, US,
                             USUAL, account, doubled, groups_hidden, locked, many_groups, member,
                             moved, named_alike, renamed, resource, taken_away,
                             trusted_domain)
from seeds_host import denied, directory_at, keytab

DEAD = 41       # the last number of an address that nobody has
BY_THE_DIRECTORY = {"claim": "on_premises_sam_account_name", "as": "sam_account_name"}


def listed(*spns):
    return account(CONNECTOR, **{LIST: list(spns)})


ROWS = [
    # The connector's account.
    Row("connector disabled", "D1", account(CONNECTOR, userAccountControl=US | DISABLED),
        (CONNECTOR, "disabled"), samba("enable")),
    Row("connector expired", "D1", account(CONNECTOR, accountExpires=LONG_AGO),
        (CONNECTOR, "expired"), ldb("accountExpires")),
    Row("connector locked out", "D1", locked(CONNECTOR), (CONNECTOR, "lock"), samba("unlock")),
    Row("connector must change its password", "D1",
        account(CONNECTOR, userAccountControl=US & ~0x10000, pwdLastSet=0), (CONNECTOR, "password"),
        None),
    Row("connector without an SPN", "D1", account(CONNECTOR, servicePrincipalName=[]),
        (CONNECTOR, "SPN"), samba("spn add")),
    Row("connector called otherwise", "D1",
        both(keytab(lambda place: place.lab.connector.keytab.read_bytes()), renamed(CONNECTOR)),
        (f"{CONNECTOR}2",), steps(config("principal"), samba("exportkeytab"))),
    Row("connector that does not say which encryption types it may use", "D12",
        account(CONNECTOR, **{"msDS-SupportedEncryptionTypes": []}), ("RC4",),
        by_hand("msDS-SupportedEncryptionTypes")),
    Row("connector of RC4 alone", "D12",
        account(CONNECTOR, **{"msDS-SupportedEncryptionTypes": 4}), ("RC4",),
        by_hand("msDS-SupportedEncryptionTypes")),
    Row("connector sensitive", "D8", account(CONNECTOR, userAccountControl=US | SENSITIVE),
        (CONNECTOR,), samba("sensitive", "off")),
    Row("connector in Protected Users", "D8", member("Protected Users", CONNECTOR),
        (CONNECTOR, "Protected Users"), samba("removemembers")),
    Row("krbtgt sensitive", "D9", account("krbtgt", userAccountControl=0x202 | SENSITIVE),
        ("krbtgt",), samba("sensitive", "off"), outcome="warn"),     # but to Windows it is all
    Row("unconstrained delegation", "D18",
        account(CONNECTOR, userAccountControl=US | UNCONSTRAINED), (CONNECTOR,),
        samba("for-any-service", "off"), outcome="warn"),

    # What it may do.
    Row("no protocol transition", "D2", account(CONNECTOR, userAccountControl=USUAL),
        (CONNECTOR,), samba("for-any-protocol")),
    Row("SPN not in the list", "D3", listed("HTTP/web.corp.example"), (SPN,),
        samba("add-service", SPN)),
    Row("no list at all", "D3", listed(), (SPN,), samba("add-service", SPN)),
    Row("list has the short name", "D3", listed("HTTP/app"), (SPN, "HTTP/app"),
        samba("add-service", SPN)),
    Row("list has the port", "D3", listed(f"{SPN}:8080"), (f"{SPN}:8080",),
        samba("add-service", SPN)),
    Row("list has another class", "D3", listed("HOST/app.corp.example"), ("HOST/",),
        samba("add-service", SPN)),
    Row("list has the name misspelled", "D3", listed("HTTP/ap.corp.example"),
        ("HTTP/ap.corp.example",), samba("add-service", SPN)),

    Row("by resource alone, which this domain does not know", "D5",
        both(listed(), resource(CONNECTOR)), (ACCOUNT,), samba("add-service", SPN)),
    Row("by resource, and for another", "D4", both(listed(), resource("svc-other")), (ACCOUNT,),
        samba("add-service", SPN)),

    Row("list has a blank at the end", "D3", listed(f"{SPN} "), (SPN,),
        samba("add-service", SPN)),

    # The SPN.
    Row("SPN on the connector itself", "D7", moved(CONNECTOR), (CONNECTOR,), by_hand(SPN)),
    Row("SPN on the wrong account", "A4", moved("svc-twin"), ("svc-twin",), by_hand(SPN)),
    Row("SPN on no account", "D6", taken_away(), (SPN,), by_hand(f"samba-tool spn add {SPN}")),
    Row("SPN on two accounts", "D6", doubled(), (ACCOUNT, "svc-other"),
        samba("spn delete", "svc-other")),
    Row("SPN doubled by letter case", "D6", doubled("http/APP.corp.example"),
        (ACCOUNT, "svc-other"), samba("spn delete", "svc-other")),
    Row("SPN misspelled in the configuration", "D6",
        both(setting(sso__spn="HTTP/apq.corp.example"), listed(SPN, "HTTP/apq.corp.example")),
        ("HTTP/apq.corp.example", SPN), config(SPN)),
    Row("the application's account disabled", "D7",
        account(ACCOUNT, userAccountControl=USUAL | DISABLED), (ACCOUNT, "disabled"),
        samba("enable", ACCOUNT), outcome="warn"),
    Row("the application's account without PAC", "D17",
        account(ACCOUNT, userAccountControl=USUAL | NO_PAC), (ACCOUNT,),
        ldb("userAccountControl")),

    # The person.
    Row("person unknown", "P3", setting(), ("nobody-here",), says("claim"),
        user="nobody-here", mends=False),
    Row("person disabled", "D8", account(userAccountControl=NORMAL | DISABLED), ("disabled",),
        samba("enable")),
    Row("person locked out", "D8", locked(), ("lock",), samba("unlock")),
    Row("person expired", "D8", account(accountExpires=LONG_AGO), ("expired",),
        ldb("accountExpires")),
    Row("person must change the password", "D8",
        account(userAccountControl=NORMAL, pwdLastSet=0), ("password",), None),
    # Samba gives the ticket all the same; Windows does not.
    Row("person outside the logon hours", "D8", account(logonHours="\0" * 21), ("hours",),
        ldb("logonHours"), outcome="warn"),
    Row("person sensitive", "D8", account(userAccountControl=USUAL | SENSITIVE), ("sensitive",),
        samba("sensitive", "off")),
    Row("person in Protected Users", "D8", member("Protected Users"), ("Protected Users",),
        samba("removemembers"), outcome="warn"),
    Row("person denied by name", "P6", denied("users", lambda place: [place.user]),
        ("deny_users",), by_hand("deny_users", "reload")),
    Row("person denied by a group", "P6", both(denied("groups", ["HR"]), member("HR")),
        ("deny_groups", "HR"), by_hand("deny_groups", "reload")),
    Row("a denied group that there is not", "P6", denied("groups", ["No Such Group"]),
        ("No Such Group",), by_hand("deny_groups")),
    Row("person not allowed to the app", "P1", setting(allow={"users": ["bob"]}), ("allow",),
        config("allow"), user="user19"),
    Row("no claim of that name", "P2", setting(sso__login_identity={"claim": "email", "as": "upn"}),
        ("email",), config("login_identity")),
    Row("a guest", "P4", nothing(), ("#EXT#",), says("shadow account"), works=None, mends=False,
        asks="eve_partner.example#EXT#@corp.example"),
    Row("a suffix that the forest has not", "P3", nothing(), ("elsewhere.example",),
        says("claim"), works=None, mends=False, asks="alice@elsewhere.example"),
    Row("two accounts of one name", "P3", named_alike("svc-other"), ("svc-other",),
        by_hand("userPrincipalName"), outcome="warn"),
    Row("the directory is closed to this host", "L1", directory_at(DEAD), (f"dc{DEAD}",), None,
        outcome="warn"),        # another of its servers answers
    Row("a name that only the directory knows, and it is closed", "L1",
        both(directory_at(DEAD), setting(sso__login_identity=BY_THE_DIRECTORY)), (f"dc{DEAD}",),
        by_hand("connector.directory.servers")),
    Row("a trust that goes one way", "D14", trusted_domain("partner.example", 1),
        ("partner.example", "trustDirection = 1"), says("samba-tool domain trust create"),
        works=None, mends=False, asks="rita@partner.example"),
    Row("a trust to a domain that this host knows nothing of", "E2",
        trusted_domain("partner.example", 3), ("PARTNER.EXAMPLE",), says("below [realms]"),
        works=None, mends=False, asks="rita@partner.example"),
    # The access is denied by name, which no group outweighs.
    Row("groups that the connector may not read", "D10", groups_hidden(), ("may not read",),
        samba("addmembers"), outcome="warn", mends=False),
    Row("more groups than Windows takes", "D11", many_groups(1050), ("10",), None, outcome="warn"),
]
