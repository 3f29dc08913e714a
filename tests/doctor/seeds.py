"""How faults are made: each is a function of its details that answers a seed, which is a context
manager of a place. What a seed does is undone at its end, whether or not the remedy was run."""
import time
from contextlib import ExitStack, contextmanager

from lab.faulty import BackEnd, OnlyHttp2, usual
from lab.krb5_conf import krb5_conf
from lab.mit import OK_TO_AUTH_AS_DELEGATE, REMOVED, REQUIRES_PREAUTH, Principal
from lab.rubbish import hole, rubbish
from place import ACCOUNT, CONNECTOR, HOST, SPN, TWIN_SPN, put

NORMAL, DISABLED, DOES_NOT_EXPIRE = 0x200, 0x2, 0x10000         # of userAccountControl
SENSITIVE, TRANSITION = 0x100000, 0x1000000
UNCONSTRAINED, NO_PAC = 0x80000, 0x2000000
USUAL = NORMAL | DOES_NOT_EXPIRE
US = USUAL | TRANSITION                                         # the connector's
MANY = 700                                                      # groups: a token of 9 KB
LONG_AGO = 132000000000000000                                   # 2019, in units of 100 ns
EPOCH = 11644473600                                             # seconds from 1601 to 1970

TGGAU = "46a9b11d-60ae-405a-b7e8-ff8a58d456d2"                  # MS-ADA3: its attributeSecurityGUID
WINDOWS_AUTHORIZATION = "Windows Authorization Access Group"
# What the directory takes for "none" or "now", and not what was there.
UNSET = {"lockoutTime": 0, "pwdLastSet": -1}


def windows_time(seconds):
    return (int(seconds) + EPOCH) * 10**7


def seed(function):
    """Makes a function of (place, details) one of (details) that answers a seed."""
    def made(*details, **named):
        return lambda place: contextmanager(function)(place, *details, **named)
    made.__doc__ = function.__doc__
    return made


@seed
def both(place, *seeds):
    with ExitStack() as stack:
        for one in seeds:
            stack.enter_context(one(place))
        yield


@seed
def nothing(place):
    yield


@seed
def setting(place, **values):
    """How the configuration is: of the app, sso__token for one, or of the whole."""
    for name, value in values.items():
        put(place, name, value(place) if callable(value) else value)
    yield


# The directory.

@seed
def account(place, name=None, **values):
    """Attributes of an account; of the row's own user if it has no name."""
    name = name or place.user
    before = place.lab.account(name, *values)
    values = {key: value() if callable(value) else value for key, value in values.items()}
    place.lab.modify(name, **values)
    try:
        yield
    finally:
        place.lab.modify(name, **{key: UNSET.get(key, before.get(key, [])) for key in values})


def locked(name=None):
    return account(name, lockoutTime=lambda: windows_time(time.time()))


@seed
def member(place, group, name=None):
    name = name or place.user
    place.lab.samba_tool("group", "addmembers", group, name)
    try:
        yield
    finally:
        place.lab.samba_tool("group", "removemembers", group, name)


@seed
def doubled(place, spn=SPN, intruder="svc-other"):
    """Another account has the SPN, too."""
    before = place.lab.account(intruder, "servicePrincipalName")
    place.lab.force(intruder, "servicePrincipalName", spn)
    try:
        yield
    finally:
        place.lab.modify(intruder, **before)


@seed
def new_password(place, name, export=None):
    """The password is set anew. export: the file that has the old keys, which gets the new ones at
    the end."""
    place.lab.set_password(name, place.lab.password("bob") + name)
    try:
        yield
    finally:
        if export:
            path, *principals = export(place)
            path.unlink()
            place.lab.export_keytab(path, *principals)


@seed
def taken_away(place, name=ACCOUNT, spn=SPN):
    """The account has the SPN no more."""
    lab = place.lab
    lab.samba_tool("spn", "delete", spn, name)
    place.mends.append(lambda: lab.samba_tool("spn", "add", spn, name))
    try:
        yield
    finally:
        lab.modify(name, servicePrincipalName=[spn])


@seed
def resource(place, connector, name=ACCOUNT):
    """The account lets that one act for people, by resource."""
    place.lab.samba_tool("delegation", "add-principal", name, connector)
    try:
        yield
    finally:
        place.lab.modify(name, **{"msDS-AllowedToActOnBehalfOfOtherIdentity": []})


@seed
def named_alike(place, intruder):
    """Another account has the person's name as its user principal name."""
    before = place.lab.account(intruder, "userPrincipalName")
    alike = f"{place.user}@corp.example"
    place.lab.modify(place.user, userPrincipalName=f"{place.user}@mail.example")
    place.lab.force(intruder, "userPrincipalName", alike, replaces=True)

    def right():
        place.lab.modify(intruder, **before)
        place.lab.modify(place.user, userPrincipalName=alike)
    place.mends.append(right)
    try:
        yield
    finally:
        right()


@seed
def trusted_domain(place, name, direction):
    place.lab.set_trust(name, direction)
    try:
        yield
    finally:
        place.lab.set_trust(name, 0)


@seed
def groups_hidden(place):
    """The connector may not read which groups the person is in."""
    sid = place.lab.account(CONNECTOR, "objectSid")["objectSid"][0]
    place.lab.samba_tool("dsacl", "set", "--objectdn", f"CN={place.user},CN=Users,DC=corp,"
                         "DC=example", "--sddl", f"(OD;;RP;{TGGAU};;{sid})")
    try:
        yield
    finally:
        place.lab.samba_tool("group", "removemembers", WINDOWS_AUTHORIZATION, CONNECTOR)


@seed
def many_groups(place, count):
    place.lab.add_groups(place.user, count)
    yield


# This host and its network.

@seed
def denied(place, what, entries):
    """deny_users or deny_groups has the entries."""
    name = f"connector__kerberos__deny_{what}"
    put(place, name, entries(place) if callable(entries) else entries)
    place.mends.append(lambda: put(place, name, []))
    yield


@seed
def kdcs(place, *addresses):
    """krb5.conf names these domain controllers, each a function of the place."""
    found = [address(place) for address in addresses]
    place.krb5_conf = krb5_conf(place.folder / "krb5.conf", place.lab.realm, found)
    place.settings["connector__kerberos__krb5_conf"] = str(place.krb5_conf)
    place.mends.append(lambda: krb5_conf(place.krb5_conf, place.lab.realm, place.lab.kdc))
    yield


@seed
def krb5(place, **libdefaults):
    """krb5.conf says this in libdefaults."""
    path = krb5_conf(place.folder / "krb5.conf", place.lab.realm, place.lab.kdc, libdefaults)
    place.settings["connector__kerberos__krb5_conf"] = str(path)
    place.mends.append(lambda: krb5_conf(path, place.lab.realm, place.lab.kdc))
    yield


@seed
def directory_at(place, host):
    """The configuration has the directory's server at that address."""
    name = f"dc{host}.corp.example"
    place.lab.set_dns(name, ("A", f"{place.lab.net}.{host}"))
    right = place.settings["connector__directory__servers"]
    place.settings["connector__directory__servers"] = [f"{name}:389"]
    place.mends.append(lambda: put(place, "connector__directory__servers", right))
    yield


@seed
def clock(place, host, seconds):
    place.mends.append(lambda: place.lab.clocks.set(host, 0))
    with place.lab.clocks.ahead(host, seconds):
        yield


@seed
def dns(place, *records, name=HOST, right_host=20):
    """The name has these records, with {net} in them, and not the address that it should have."""
    def right():
        place.lab.set_dns(name, ("A", f"{place.lab.net}.{right_host}"))
    place.lab.set_dns(name, *[(kind, text.format(net=place.lab.net)) for kind, text in records])
    place.mends.append(right)
    try:
        yield
    finally:
        right()


@seed
def named(place, name):
    """The name is in no DNS until somebody puts it there."""
    place.mends.append(lambda: place.lab.set_dns(name, ("A", place.lab.web.address)))
    yield


@seed
def name_server(place, address):
    place.settings["connector__dns"] = [address(place)]
    place.mends.append(lambda: place.settings.update(connector__dns=[place.lab.dns]))
    yield


@seed
def alias(place, name, of):
    place.lab.set_dns(name, ("CNAME", of))
    yield


@seed
def keytab(place, content, mode=0o600):
    """The connector's is a file of this place's with that content, a function of the place."""
    path = place.folder / "connector.keytab"
    data = content(place)
    if data is not None:
        path.write_bytes(data)
        path.chmod(mode)
    place.keytab = path
    place.settings["connector__kerberos__keytab"] = str(path)

    def right():
        path.write_bytes(place.lab.connector.keytab.read_bytes())
        path.chmod(0o600)
    place.mends.append(right)
    yield


@seed
def principal(place, name):
    """The configuration has the connector by that name."""
    place.settings["connector__kerberos__principal"] = name
    place.mends.append(lambda: place.settings.update(
        connector__kerberos__principal=place.lab.connector.principal))
    yield


@seed
def stands_at(place, host, port, mode):
    """Something that is no server (rubbish.py) at an address of the lab's."""
    address = f"{place.lab.net}.{host}"
    with hole(address, port) if mode == "hole" else rubbish(address, port, mode):
        yield


# The application.

@seed
def url(place, text):
    """internal_url, with {net} and {host} in it."""
    before = place.app["internal_url"]
    place.app["internal_url"] = text.format(net=place.lab.net, host=HOST)
    place.mends.append(lambda: place.app.update(internal_url=before))
    yield


@seed
def backend(place, page, host=130, port=8080, certificate=None, keys=None, mended=usual, **more):
    """The app's server is one of lab.faulty's with this page (or a function of the place that
    answers one), at its name; `mended`: what its administrator makes of it."""
    lab = place.lab
    address = f"{lab.net}.{host}"
    tls = certificate(place) if certificate else None
    keytab_file = keys(place) if keys else lab.app_keytab
    server = OnlyHttp2 if page == "h2" else BackEnd
    lab.set_dns(HOST, ("A", address))
    place.app["internal_url"] = f"{'https' if tls else 'http'}://{HOST}:{port}/"
    if tls:
        place.app.setdefault("backend_tls", {"ca": str(lab.ca.pem)})
    place.backend = server(address, port, page, keytab_file, tls)
    if hasattr(page, "needs_place"):
        place.backend.page = page(place)

    def mend():
        place.backend.page = mended
        place.backend.use(lab.app_keytab)
        if tls:
            place.backend.tls.load_cert_chain(*map(str, lab.ca.issue(HOST)))
    place.mends.append(mend)
    try:
        yield
    finally:
        place.backend.stop()
        lab.set_dns(HOST, ("A", lab.web.address))


@seed
def old_key(place):
    """The application's account has a new password, and its server the old key."""
    lab, keytab = place.lab, place.lab.app_keytab
    before = place.lab.account(ACCOUNT, "msDS-KeyVersionNumber")
    lab.set_password(ACCOUNT, lab.password("bob") + "app")

    def renew():
        keytab.unlink(missing_ok=True)
        lab.export_keytab(keytab, SPN)
        lab.write_web_keytab()
    place.mends.append(renew)
    try:
        yield before
    finally:
        renew()


@seed
def anothers_key(place):
    """What the server has for the SPN is the key of another account, of the same number."""
    lab = place.lab
    wrong = lab.export_keytab(place.folder / "wrong.keytab", TWIN_SPN)
    wrong.write_bytes(wrong.read_bytes().replace(b"apx.corp", b"app.corp"))
    lab.write_web_keytab(wrong)
    place.mends.append(lab.write_web_keytab)
    try:
        yield
    finally:
        lab.write_web_keytab()


@seed
def farm(place, *hosts, keys=None):
    """The application's name has these addresses; 20 is Apache's, 22 another's, with `keys` at
    first."""
    lab = place.lab
    addresses = [f"{lab.net}.{host}" for host in hosts]
    if 22 in hosts:
        node = lab.nodes.get("node22") or lab.node("node22", 22, lab.app_keytab)
        node.write_keytab(keys(place) if keys else lab.app_keytab)
        place.mends.append(lambda: node.write_keytab(lab.app_keytab))
    place.mends.append(lambda: lab.set_dns(HOST, ("A", lab.web.address)))
    lab.set_dns(HOST, *[("A", address) for address in addresses])
    try:
        yield
    finally:
        lab.set_dns(HOST, ("A", lab.web.address))


@seed
def small_heads(place):
    """The application's server takes header fields of 8 KiB, as Apache does if nobody says more,
    and the person is in so many groups that the ticket is larger."""
    lab = place.lab
    lab.add_groups(place.user, MANY)
    node = lab.nodes.get("small") or lab.node("small", 23, lab.app_keytab)
    node.write_keytab(lab.app_keytab)

    def allow(size):
        node.field_size = size
        node.configure()
        lab.stop_daemon("small")
        lab.start_daemon("small")
    allow(8190)
    place.mends.append(lambda: allow(65536))
    lab.set_dns(HOST, ("A", node.address))
    try:
        yield
    finally:
        lab.set_dns(HOST, ("A", lab.web.address))


def of_place(function):
    """A page that depends on the place."""
    function.needs_place = True
    return function


@seed
def directory_account_gone(place, name):
    """The account is called otherwise."""
    before = place.lab.account(name, "sAMAccountName", "userPrincipalName")
    place.lab.modify(name, sAMAccountName=f"{name}-gone",
                     userPrincipalName=f"{name}-gone@corp.example")

    def back():
        place.lab.modify(f"{name}-gone", **before)
    place.mends.append(back)
    try:
        yield
    finally:
        if back in place.mends:
            try:
                back()
            except Exception:   # it has been mended
                pass


# Realms of MIT Kerberos.

@seed
def to(place, host):
    """An app of lab.mit's connector to a name of a realm; the person is of the place's realm."""
    mit, name = place.lab.mit, f"{host}.example"
    place.app["internal_url"] = f"http://{place.lab.web.address}:{place.lab.web.port}/"
    place.app["sso"]["spn"] = f"HTTP/{name}"
    place.settings |= {"connector__kerberos__keytab": str(mit.connector.keytab),
                       "connector__kerberos__principal": mit.connector.principal,
                       "connector__kerberos__krb5_conf": str(mit.krb5_conf),
                       "identity_providers__0__realm": place.realm}
    del place.settings["connector__directory__servers"]
    yield


@seed
def mit_policy(place, **allowed):
    place.lab.mit.allow(**allowed)
    place.mends.append(place.lab.mit.allow_usual)
    try:
        yield
    finally:
        place.lab.mit.allow_usual()


@seed
def mit_us(place, attributes):
    """The connector's attributes in its KDC."""
    mit = place.lab.mit

    def usual():
        mit.fill([Principal(CONNECTOR, REQUIRES_PREAUTH | OK_TO_AUTH_AS_DELEGATE)])
    mit.fill([Principal(CONNECTOR, attributes)])
    place.mends.append(usual)
    try:
        yield
    finally:
        usual()


@seed
def mit_account(place, name, attributes):
    place.lab.mit.fill([Principal(name, attributes)])
    yield


@seed
def daemon_down(place, name):
    place.lab.stop_daemon(name)
    place.mends.append(lambda: place.lab.start_daemon(name))
    try:
        yield
    finally:
        place.lab.start_daemon(name)


@seed
def mit_new_key(place):
    """The connector's key is another now, and the keytab has the old one."""
    mit = place.lab.mit
    old, keytab = mit.connector.keytab.read_bytes(), mit.connector.keytab
    mit.fill([Principal(CONNECTOR, REMOVED)])
    usual = Principal(CONNECTOR, REQUIRES_PREAUTH | OK_TO_AUTH_AS_DELEGATE, keytab)
    mit.fill([usual])
    new = keytab.read_bytes()
    keytab.write_bytes(old)
    place.mends.append(lambda: keytab.write_bytes(new))
    try:
        yield
    finally:
        keytab.write_bytes(new)
