"""Seeds of faults in the directory: accounts, their flags, names and groups."""
import time

from place import ACCOUNT, CONNECTOR, SPN
from seed import seed

NORMAL, DISABLED, DOES_NOT_EXPIRE = 0x200, 0x2, 0x10000         # of userAccountControl
SENSITIVE, TRANSITION = 0x100000, 0x1000000
UNCONSTRAINED, NO_PAC = 0x80000, 0x2000000
USUAL = NORMAL | DOES_NOT_EXPIRE
US = USUAL | TRANSITION                                         # the connector's
LONG_AGO = 132000000000000000                                   # 2019, in units of 100 ns
EPOCH = 11644473600                                             # seconds from 1601 to 1970

TGGAU = "46a9b11d-60ae-405a-b7e8-ff8a58d456d2"                  # MS-ADA3: its attributeSecurityGUID
WINDOWS_AUTHORIZATION = "Windows Authorization Access Group"
# What the directory takes for "none" or "now", and not what was there.
UNSET = {"lockoutTime": 0, "pwdLastSet": -1}


def windows_time(seconds):
    return (int(seconds) + EPOCH) * 10**7


@seed
def account(place, name=None, **values):
    """Attributes of an account; of the row's own user if it has no name."""
    name = name or place.user
    before = place.lab.account(name, *values)
    values = {key: value() if callable(value) else value for key, value in values.items()}

    def right():
        place.lab.modify(name, **{key: UNSET.get(key, before.get(key, [])) for key in values})
    place.lab.modify(name, **values)
    place.mends.append(right)
    try:
        yield
    finally:
        right()


def locked(name=None):
    return account(name, lockoutTime=lambda: windows_time(time.time()))


@seed
def renamed(place, name):
    """sAMAccountName is another, and the userPrincipalName still what it was."""
    place.lab.modify(name, sAMAccountName=f"{name}2")
    try:
        yield
    finally:
        place.lab.modify(f"{name}2", sAMAccountName=name)


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
def moved(place, to, name=ACCOUNT, spn=SPN):
    """Another account has the SPN in the place of the right one."""
    lab = place.lab
    before = lab.account(to, "servicePrincipalName").get("servicePrincipalName", [])

    def right():
        lab.modify(to, servicePrincipalName=before)
        lab.modify(name, servicePrincipalName=[spn])
    lab.samba_tool("spn", "delete", spn, name)
    lab.samba_tool("spn", "add", spn, to)
    place.mends.append(right)
    try:
        yield
    finally:
        right()


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
