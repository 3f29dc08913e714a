"""The rows of the delegation matrix, and how each fault is made.

A row's user is NAME@REALM; without a name it is somebody of the row's own, whom nothing else has
touched. `to` is the host of the SPN. `change` is a context manager of (lab, user) that makes the
fault when that person has signed in. `said` is what decided: the step, the KDC's error code and
which KDC that was. (None of these KDCs adds an NTSTATUS.) `words` stand in what is said, or in what
to type.
"""
import time
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

from lab.mit import OK_TO_AUTH_AS_DELEGATE, REMOVED, REQUIRES_PREAUTH, Principal

# RFC 4120 7.5.9
NAME_EXPIRED, C_UNKNOWN, S_UNKNOWN, POLICY, BADOPTION, REVOKED = 1, 6, 7, 12, 13, 18
KEY_EXPIRED, NOT_YET_VALID, SKEW = 23, 33, 37
NORMAL, NEVER_EXPIRES, DISABLED = 0x10200, 0x10000, 0x2     # of userAccountControl
SENSITIVE, TRANSITION = 0x100000, 0x1000000
DISALLOW_ALL_TIX = 0x40                                     # of MIT's database
US = "svc-kerbgate"
WEB, RBCD = "HTTP/web.mit.example", "HTTP/rbcd.mit.example"


@dataclass
class Row:
    what: str
    user: str
    to: str
    error: str = None
    said: tuple = None
    words: tuple = ()
    change: object = lambda lab, user: nullcontext()


def account(name=None, **values):
    """Attributes of an account of the directory; of the row's own user if it has no name."""
    @contextmanager
    def change(lab, user):
        before = lab.account(name, *values) if name else None
        lab.modify(name or user, **values)
        try:
            yield
        finally:
            if name:
                lab.modify(name, **{key: before.get(key, []) for key in values})
    return change


def renamed(lab, user):
    return account(sAMAccountName=f"{user}-gone", userPrincipalName=f"{user}-gone@corp.example")(
        lab, user)


def locked_out(lab, user):
    now = (int(time.time()) + 11644473600) * 10**7      # in units of 100 ns since 1601
    return account(lockoutTime=now)(lab, user)


def mit_account(attributes, realm="mit"):
    """Attributes of the row's own user in a realm of MIT Kerberos."""
    @contextmanager
    def change(lab, user):
        kdc = {"mit": lab.mit, "res": lab.mit.res}[realm]
        kdc.fill([Principal(user, attributes)])
        yield
    return change


@contextmanager
def not_any_protocol(lab, user):
    lab.mit.fill([Principal(US, REQUIRES_PREAUTH)])
    try:
        yield
    finally:
        lab.mit.fill([Principal(US, REQUIRES_PREAUTH | OK_TO_AUTH_AS_DELEGATE)])


def mit_policy(**allowed):
    @contextmanager
    def change(lab, user):
        lab.mit.allow(**allowed)
        try:
            yield
        finally:
            lab.mit.allow_usual()
    return change


def clock(hosts, seconds):
    @contextmanager
    def change(lab, user):
        with ExitStack() as stack:
            for host in hosts.split():
                stack.enter_context(lab.clocks.ahead(host, seconds))
            yield
    return change


@contextmanager
def res_is_down(lab, user):
    lab.stop_daemon("res")
    try:
        yield
    finally:
        lab.start_daemon("res")


ROWS = [
    Row("allowed", "@CORP", "web.corp"),
    Row("SPN not in the list", "@CORP", "other.corp", "krb-not-delegated",
        ("S4U2Proxy", BADOPTION, "samba"), ("add-service svc-kerbgate HTTP/other.corp",)),
    Row("no list at all", "@CORP", "web.corp", "krb-not-delegated",
        ("S4U2Proxy", BADOPTION, "samba"), ("add-service svc-kerbgate HTTP/web.corp",),
        account(US, **{"msDS-AllowedToDelegateTo": []})),
    Row("not any protocol", "@CORP", "web.corp", "krb-not-forwardable",
        ("S4U2Proxy", BADOPTION, "samba"),
        ("for-any-protocol", "svc-kerbgate may not use protocol transition: "),
        account(US, userAccountControl=NORMAL)),
    Row("sensitive", "@CORP", "web.corp", "krb-not-forwardable",
        ("S4U2Proxy", BADOPTION, "samba"), (' is marked "sensitive', "AccountNotDelegated"),
        account(userAccountControl=NORMAL | SENSITIVE)),
    Row("sensitive, and not any protocol", "carol@CORP", "web.corp", "krb-not-forwardable",
        ("S4U2Proxy", BADOPTION, "samba"), ('carol@CORP.EXAMPLE is marked "sensitive',),
        account(US, userAccountControl=NORMAL)),
    Row("disabled", "@CORP", "web.corp", "krb-policy",      # Samba adds no NTSTATUS
        ("S4U2Self", POLICY, "samba"), ("disabled",),
        account(userAccountControl=NORMAL | DISABLED)),
    Row("expired", "@CORP", "web.corp", "krb-user-revoked",
        ("S4U2Self", NAME_EXPIRED, "samba"), ("has expired",),
        account(accountExpires=132000000000000000)),
    Row("locked out", "@CORP", "web.corp", "krb-user-revoked",
        ("S4U2Self", REVOKED, "samba"), ("locked",), locked_out),
    Row("password expired", "@CORP", "web.corp", "krb-user-revoked",
        ("S4U2Proxy", KEY_EXPIRED, "samba"), ("password",),
        account(userAccountControl=NORMAL & ~NEVER_EXPIRES, pwdLastSet=0)),
    Row("unknown", "@CORP", "web.corp", "krb-user-unknown",
        ("S4U2Self", C_UNKNOWN, "samba"), ("does not know",), renamed),
    Row("SPN unknown", "@CORP", "none.corp", "krb-spn-unknown",
        ("S4U2Proxy", S_UNKNOWN, "samba"), ("on no account of CORP.EXAMPLE, or on two",)),
    Row("SPN doubled", "@CORP", "twin.corp", "krb-spn-unknown",
        ("S4U2Proxy", S_UNKNOWN, "samba"), ("on no account of CORP.EXAMPLE, or on two",)),
    Row("denied by name", "user20@CORP", "web.corp", "krb-user-denied",
        words=("deny_users",)),
    Row("old key at the back end", "@CORP", "stale.corp", "backend-refused-ticket",
        words=("its key has number 2", "setspn -Q HTTP/stale.corp.example")),
    Row("connector disabled", "@CORP", "web.corp", "krb-policy",    # like that of the person
        ("S4U2Self", POLICY, "samba"), ("or svc-kerbgate is disabled",),
        account(US, userAccountControl=NORMAL | TRANSITION | DISABLED)),
    Row("connector without an SPN", "@CORP", "web.corp", "krb-connector",
        ("S4U2Self", S_UNKNOWN, "samba"), ("no SPN",), account(US, servicePrincipalName=[])),
    # Four minutes do not matter, six are too many.
    *(Row(f"clock of {host} {seconds:+} s", user, to, change=clock(host, seconds))
      for host, user, to in (("gateway", "@CORP", "web.corp"), ("samba", "@CORP", "web.corp"),
                             ("apache", "@CORP", "web.corp"), ("mit", "@MIT", "web.mit"),
                             ("res", "@MIT", "app.res"))
      for seconds in (240, -240)),
    Row("clock of gateway +360 s", "@CORP", "web.corp", "krb-clock-skew",
        ("S4U2Self", SKEW, "samba"), ("this host", "s ahead", "CORP.EXAMPLE", "chronyc"),
        clock("gateway", 360)),
    # All others are ahead: to its own clock, put back, the session would be of the future.
    Row("clock of gateway -360 s", "@CORP", "web.corp", "krb-clock-skew",
        ("S4U2Self", SKEW, "samba"), ("this host", "s behind", "CORP.EXAMPLE", "chronyc"),
        clock("samba apache", 360)),
    Row("clock of samba +360 s", "@CORP", "web.corp", "krb-clock-skew",
        ("S4U2Self", SKEW, "samba"), ("s behind", "CORP.EXAMPLE"), clock("samba", 360)),
    Row("clock of samba -360 s", "@CORP", "web.corp", "krb-clock-skew",
        ("S4U2Self", SKEW, "samba"), ("s ahead", "CORP.EXAMPLE"), clock("samba", -360)),
    Row("clock of apache +360 s", "@CORP", "web.corp", "backend-refused-ticket",
        None, ("its clock", "s ahead", "w32tm", "chronyc"), clock("apache", 360)),
    Row("clock of apache -360 s", "@CORP", "web.corp", "backend-refused-ticket",
        None, ("its clock", "s behind", "w32tm", "chronyc"), clock("apache", -360)),
    Row("clock of mit +360 s", "@MIT", "web.mit", "krb-clock-skew",
        ("S4U2Self", SKEW, "mit"), ("s behind", "MIT.EXAMPLE"), clock("mit", 360)),
    Row("clock of mit -360 s", "@MIT", "web.mit", "krb-clock-skew",
        ("S4U2Self", SKEW, "mit"), ("s ahead", "MIT.EXAMPLE"), clock("mit", -360)),
    Row("clock of res +360 s", "@MIT", "app.res", "krb-clock-skew",
        ("S4U2Proxy", SKEW, "res"), ("s behind", "RES.EXAMPLE"), clock("res", 360)),
    Row("clock of res -360 s", "@MIT", "app.res", "krb-clock-skew",
        ("S4U2Proxy", NOT_YET_VALID, "res"), ("s ahead", "RES.EXAMPLE"), clock("res", -360)),

    Row("the classic way", "@MIT", "web.mit"),
    Row("the classic way, not allowed", "@MIT", "web.mit", "krb-not-delegated",
        ("S4U2Proxy", BADOPTION, "mit"), (WEB,), mit_policy(resource_based=[RBCD])),
    Row("the classic way, not any protocol", "@MIT", "web.mit", "krb-not-forwardable",
        ("S4U2Proxy", BADOPTION, "mit"), ("for-any-protocol",), not_any_protocol),
    Row("by resource", "@MIT", "rbcd.mit"),
    Row("by resource, not any protocol", "@MIT", "rbcd.mit", "krb-not-forwardable",
        ("S4U2Proxy", BADOPTION, "mit"), ("for-any-protocol",), not_any_protocol),
    Row("by resource, not allowed", "@MIT", "rbcd.mit", "krb-not-delegated",
        ("S4U2Proxy", BADOPTION, "mit"), (RBCD,), mit_policy(classic=[WEB])),
    Row("must not be delegated, classic", "carol@MIT", "web.mit",
        "krb-not-forwardable", ("S4U2Proxy", BADOPTION, "mit"), ("carol",)),
    Row("must not be delegated, by resource", "carol@MIT", "rbcd.mit",
        "krb-not-forwardable", ("S4U2Proxy", BADOPTION, "mit"), ("carol",)),
    Row("disabled at MIT", "@MIT", "web.mit", "krb-user-revoked",
        ("S4U2Self", REVOKED, "mit"), ("MIT.EXAMPLE",), mit_account(DISALLOW_ALL_TIX)),
    Row("unknown at MIT", "@MIT", "web.mit", "krb-user-unknown",
        ("S4U2Self", C_UNKNOWN, "mit"), ("MIT.EXAMPLE does not know",), mit_account(REMOVED)),
    Row("SPN unknown at MIT", "@MIT", "none.mit", "krb-spn-unknown",
        ("S4U2Proxy", S_UNKNOWN, "mit"), ("on no account of MIT.EXAMPLE",)),
    Row("another key of that number", "@MIT", "stale.mit", "backend-refused-ticket",
        None, ("its key has number 1", "keytab"),
        mit_policy(classic=["HTTP/stale.mit.example"])),

    Row("a person from there, the classic way", "@RES", "web.mit"),
    Row("a person from there, not allowed", "@RES", "web.mit", "krb-not-delegated",
        ("S4U2Proxy", BADOPTION, "mit"), (WEB,), mit_policy(resource_based=[RBCD])),
    Row("a person from there, by resource", "@RES", "rbcd.mit"),
    Row("a service there", "@MIT", "app.res"),
    Row("both there", "@RES", "app.res"),
    Row("a service there, not allowed", "@MIT", "closed.res", "krb-not-delegated",
        ("S4U2Proxy", BADOPTION, "res"), ("of HTTP/closed.res.example in RES", "resource-based")),
    Row("both there, not allowed", "@RES", "closed.res", "krb-not-delegated",
        ("S4U2Proxy", BADOPTION, "res"), ("of HTTP/closed.res.example in RES", "resource-based")),
    Row("a service there, unknown", "@MIT", "none.res", "krb-spn-unknown",
        ("S4U2Proxy", S_UNKNOWN, "res"), ("on no account of RES.EXAMPLE",)),
    Row("must not be delegated, from there", "rolf@RES", "web.mit",
        "krb-not-forwardable", ("S4U2Proxy", BADOPTION, "mit"), ("rolf",)),
    Row("must not be delegated, to there", "carol@MIT", "app.res",
        "krb-not-forwardable", ("S4U2Proxy", BADOPTION, "mit"), ("carol",)),
    Row("must not be delegated, both there", "rolf@RES", "app.res",
        "krb-not-forwardable", ("S4U2Proxy", BADOPTION, "mit"), ("rolf",)),
    Row("disabled there", "@RES", "web.mit", "krb-user-revoked",
        ("S4U2Self", REVOKED, "res"), ("RES.EXAMPLE",), mit_account(DISALLOW_ALL_TIX, "res")),
    Row("unknown there", "@RES", "web.mit", "krb-user-unknown",
        ("S4U2Self", C_UNKNOWN, "res"), ("RES.EXAMPLE does not know",),
        mit_account(REMOVED, "res")),
    Row("no KDC there", "@RES", "web.mit", "krb-kdc-unreachable",
        ("S4U2Self", None, "res"), ("RES.EXAMPLE",), res_is_down),
]
