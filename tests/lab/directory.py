"""Works on the files of the lab's Active Directory: creates the domain and changes accounts in it.

A program of its own (python3-samba stays out of the owner's process) that reads one JSON question
from standard input, so that no password is ever in an argument list, and prints one JSON answer.
The questions are the functions at the end, named in QUESTIONS.
"""
import hashlib
import json
import logging
import os
import sys
import time

import ldb
from samba import dsdb, enable_net_export_keytab
from samba.auth import system_session
from samba.dcerpc import dnsp, security
from samba.ndr import ndr_pack
from samba.net import Net
from samba.param import LoadParm
from samba.samdb import SamDB

AES_ONLY = 24                       # AES128 and AES256 in msDS-SupportedEncryptionTypes
NORMAL, DISABLED = 0x200, 0x2       # bits of userAccountControl
NEVER_EXPIRES = 0x10000
SENSITIVE, PROTOCOL_TRANSITION = 0x100000, 0x1000000
GROUP_TYPES = (dsdb.GTYPE_SECURITY_GLOBAL_GROUP, dsdb.GTYPE_SECURITY_UNIVERSAL_GROUP,
               dsdb.GTYPE_SECURITY_DOMAIN_LOCAL_GROUP)
LOCKOUT_THRESHOLD = 5
HALF_AN_HOUR = -30 * 60 * 10**7     # an interval of Active Directory, in units of 100 ns


def load(smb_conf):
    parameters = LoadParm()
    parameters.load(smb_conf)
    return parameters


def open_directory(smb_conf):
    parameters = load(smb_conf)
    return SamDB(url=parameters.samdb_url(), session_info=system_session(parameters), lp=parameters)


def dn_of(directory, account):
    found = directory.search(attrs=["dn"],
                             expression=f"(sAMAccountName={ldb.binary_encode(account)})")
    if len(found) != 1:
        raise LookupError(f"no account {account}")
    return found[0].dn


def change(directory, dn, values, flag=ldb.FLAG_MOD_REPLACE):
    message = ldb.Message()
    message.dn = dn if isinstance(dn, ldb.Dn) else ldb.Dn(directory, dn)
    for name, value in values.items():
        message[name] = ldb.MessageElement(value, flag, name)
    directory.modify(message)


def quoted(password):
    return f'"{password}"'.encode("utf-16-le")


def add_account(directory, name, realm, password, control=NORMAL | NEVER_EXPIRES, **more):
    """One write per account: what the keys depend on is there when the password is set."""
    directory.add({
        "dn": f"CN={name},CN=Users,{directory.domain_dn()}",
        "objectClass": "user",
        "sAMAccountName": name,
        "displayName": name.capitalize(),
        "userPrincipalName": f"{name}@{realm.lower()}",
        "userAccountControl": str(control),
        "unicodePwd": quoted(password),
        **more,
    })


def add_service(directory, name, realm, password, service):
    more = {"servicePrincipalName": service["spns"],
            "msDS-SupportedEncryptionTypes": str(AES_ONLY)}
    if service.get("delegate_to"):
        more["msDS-AllowedToDelegateTo"] = service["delegate_to"]
    transition = PROTOCOL_TRANSITION if service.get("any_protocol") else 0
    add_account(directory, name, realm, password, NORMAL | NEVER_EXPIRES | transition, **more)


def name_controller(directory, realm):
    """A domain controller gives itself this name when it starts; here that script is off."""
    name = f"ldap/dc1.{realm.lower()}"
    change(directory, dn_of(directory, "DC1$"), {"servicePrincipalName": name}, ldb.FLAG_MOD_ADD)


def add_accounts(directory, question):
    realm, passwords = question["realm"], question["passwords"]
    domain = realm.lower()
    usual = NORMAL | NEVER_EXPIRES
    control = {"carol": usual | SENSITIVE, "dave": usual | DISABLED, "eve": NORMAL}
    for name in question["users"]:
        add_account(directory, name, realm, passwords[name], control.get(name, usual),
                    mail=f"{name}@{domain}")
    for name, service in question["services"].items():
        add_service(directory, name, realm, passwords[name], service)
    for group, members in question["groups"].items():
        dn = f"CN={group},CN=Users,{directory.domain_dn()}"
        if group != "Protected Users":
            directory.add({"dn": dn, "objectClass": "group", "sAMAccountName": group})
        if members:
            change(directory, dn, {"member": [str(dn_of(directory, m)) for m in members]},
                   ldb.FLAG_MOD_ADD)
    change(directory, dn_of(directory, "eve"), {"pwdLastSet": "0"})


def set_policy(directory):
    change(directory, directory.domain_dn(), {
        "lockoutThreshold": str(LOCKOUT_THRESHOLD),
        "lockoutDuration": str(HALF_AN_HOUR),
        "lockOutObservationWindow": str(HALF_AN_HOUR),
        "minPwdAge": "0",
    })


def dns_record(kind, value):
    record = dnsp.DnssrvRpcRecord()
    record.wType = {"A": dnsp.DNS_TYPE_A, "CNAME": dnsp.DNS_TYPE_CNAME}[kind]
    record.rank, record.dwTtlSeconds, record.dwSerial = dnsp.DNS_RANK_ZONE, 60, 1
    record.data = value
    return record


def set_dns(directory, realm, name, records):
    """Writes the records of a name where the DNS server reads them."""
    zone = f"DC={realm.lower()},CN=MicrosoftDNS,DC=DomainDnsZones,{directory.domain_dn()}"
    label = name.lower().removesuffix("." + realm.lower())
    dn = ldb.Dn(directory, zone)
    dn.add_child(f"DC={label}")
    if not directory.search(base=zone, scope=ldb.SCOPE_ONELEVEL, expression=f"(name={label})"):
        directory.add({"dn": dn, "objectClass": "dnsNode", "dNSTombstoned": "FALSE"})
    directory.dns_replace_by_dn(dn, [dns_record(*record) for record in records])


def only_aes(keytab):
    """Samba also exports the RC4 key, for a client's name even where only AES is allowed."""
    kept, rest = [keytab[:2]], keytab[2:]
    while rest:
        size = int.from_bytes(rest[:4], "big", signed=True)
        entry, rest = rest[4:4 + abs(size)], rest[4 + abs(size):]
        if size > 0 and encryption_type(entry) in (17, 18):
            kept.append(size.to_bytes(4, "big") + entry)
    return b"".join(kept)


def encryption_type(entry):
    """An entry: count, realm, components (each with a length), name type, time, version, key."""
    at = 2
    for _ in range(int.from_bytes(entry[:2], "big") + 1):
        at += 2 + int.from_bytes(entry[at:at + 2], "big")
    return int.from_bytes(entry[at + 9:at + 11], "big")


def export_keytab(parameters, path, principals):
    enable_net_export_keytab()
    network = Net(None, parameters)
    for principal in principals:
        network.export_keytab(keytab=path, principal=principal)
    with open(path, "r+b") as file:
        keys = only_aes(file.read())
        file.seek(0)
        file.truncate()
        file.write(keys)
    os.chmod(path, 0o600)


class Timer:
    def __init__(self):
        self.laps, self.last = {}, time.monotonic()

    def lap(self, name):
        now = time.monotonic()
        self.laps[name], self.last = round(now - self.last, 3), now


def provision(question):
    """Creates the domain, its accounts, names and keytabs; answers how long each step took."""
    from samba.provision import provision as create
    timer = Timer()
    parameters = load(question["smb_conf"])
    quiet = logging.getLogger("provision")
    quiet.addHandler(logging.NullHandler())
    made = create(quiet, system_session(), smbconf=question["smb_conf"], realm=question["realm"],
                  domain=question["domain"], hostname="dc1", hostip=question["address"],
                  adminpass=question["passwords"]["Administrator"], dns_backend="SAMBA_INTERNAL",
                  serverrole="active directory domain controller", lp=parameters, batch_mode=True,
                  dom_for_fun_level=dsdb.DS_DOMAIN_FUNCTION_2008_R2)
    timer.lap("domain")
    directory = made.samdb
    directory.transaction_start()
    set_policy(directory)
    name_controller(directory, question["realm"])
    add_accounts(directory, question)
    for name, address in question["names"].items():
        set_dns(directory, question["realm"], name, [("A", address)])
    directory.transaction_commit()
    timer.lap("accounts")
    for path, principals in question["keytabs"].items():
        export_keytab(parameters, path, principals)
    timer.lap("keytabs")
    return timer.laps


def add_users(question):
    directory = open_directory(question["smb_conf"])
    directory.transaction_start()
    for name, password in question["passwords"].items():
        add_account(directory, name, question["realm"], password)
    directory.transaction_commit()


def add_groups(question):
    """So many groups of the three kinds, in turn, each with the account."""
    directory = open_directory(question["smb_conf"])
    account, member = question["account"], str(dn_of(directory, question["account"]))
    directory.transaction_start()
    for n in range(question["count"]):
        kind = GROUP_TYPES[n % len(GROUP_TYPES)]
        directory.add({"dn": f"CN={account}-{n},CN=Users,{directory.domain_dn()}",
                       "objectClass": "group", "groupType": str(kind),
                       "sAMAccountName": f"{account}-{n}", "member": member})
    directory.transaction_commit()


def add_services(question):
    directory = open_directory(question["smb_conf"])
    directory.transaction_start()
    for name, service in question["services"].items():
        add_service(directory, name, question["realm"], question["passwords"][name], service)
    directory.transaction_commit()


def set_password(question):
    directory = open_directory(question["smb_conf"])
    change(directory, dn_of(directory, question["account"]),
           {"unicodePwd": quoted(question["password"])})


def account(question):
    """The attributes of an account, each a list of strings."""
    directory = open_directory(question["smb_conf"])
    found = directory.search(base=dn_of(directory, question["account"]), scope=ldb.SCOPE_BASE,
                             attrs=question["attributes"])[0]
    return {name: [text(name, value) for value in found[name]] for name in found if name != "dn"}


def text(name, value):
    if name.lower() == "objectsid":
        return directory_sid(value)
    return bytes(value).decode("utf-8", "backslashreplace")


def directory_sid(value):
    from samba.ndr import ndr_unpack
    return str(ndr_unpack(security.dom_sid, bytes(value)))


def snapshot(question):
    """{DN: {attribute: digest of its values}} of every object there is."""
    directory = open_directory(question["smb_conf"])
    found = directory.search(scope=ldb.SCOPE_SUBTREE, attrs=["*", "replPropertyMetaData"],
                             controls=["search_options:1:2", "show_recycled:1"])
    return {str(one.dn): {name: hashlib.sha256(repr([bytes(v) for v in one[name]]).encode())
                          .hexdigest() for name in one if name != "dn"} for one in found}


def modify(question):
    """Replaces attributes of an account; an empty list removes one."""
    directory = open_directory(question["smb_conf"])
    change(directory, dn_of(directory, question["account"]), question["values"])


def trust(question):
    """Trust to another domain, in name only: nobody is there. direction: 1 they trust us, 2 we
    trust them, 3 both (MS-ADTS 6.1.6.7.12); 0: there is none any more."""
    directory = open_directory(question["smb_conf"])
    name = question["name"]
    dn = f"CN={name},CN=System,{directory.domain_dn()}"
    if directory.search(base=f"CN=System,{directory.domain_dn()}", scope=ldb.SCOPE_ONELEVEL,
                        expression=f"(cn={name})"):
        directory.delete(dn)
    if question["direction"]:
        directory.add({"dn": dn, "objectClass": "trustedDomain", "trustPartner": name,
                       "flatName": name.split(".")[0].upper(),
                       "trustDirection": str(question["direction"]), "trustType": "2",
                       "trustAttributes": str(question["attributes"]),
                       "securityIdentifier": ndr_pack(security.dom_sid("S-1-5-21-1-2-3"))},
                      controls=["local_oid:1.3.6.1.4.1.7165.4.3.32:0"])   # CreateTrustedDomain


def force(question):
    """Adds values, or puts them in the place of those that are there, past what the directory
    allows: in the file of the partition itself."""
    directory = open_directory(question["smb_conf"])
    name = f"sam.ldb.d/{directory.domain_dn().upper()}.ldb"
    file = ldb.Ldb(load(question["smb_conf"]).private_path(name), flags=ldb.FLG_DONT_CREATE_DB)
    flag = ldb.FLAG_MOD_REPLACE if question["replaces"] else ldb.FLAG_MOD_ADD
    change(file, str(dn_of(directory, question["account"])), question["values"], flag)


def dns(question):
    set_dns(open_directory(question["smb_conf"]), question["realm"], question["name"],
            question["records"])


def keytab(question):
    export_keytab(load(question["smb_conf"]), question["path"], question["principals"])


QUESTIONS = {f.__name__: f for f in (provision, add_users, add_groups, add_services, set_password,
                                     account, snapshot, modify, trust, force, dns, keytab)}

if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(QUESTIONS[asked["question"]](asked), sys.stdout)
