"""The lab's Active Directory: Samba with the services dns, kdc, ldap and cldap, all in lab.dir.

Accounts are made by directory.py in one process before the server starts. Passwords reach it on
standard input or in a file of mode 0600, never in an argument list.
"""
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from .keeper import HERE, LabError, run, write_secret

PYTHON = "/usr/bin/python3"        # Debian's, which has Samba's modules
REALM, DOMAIN = "CORP.EXAMPLE", "CORP"
USERS = ["alice", "bob", "carol", "dave", "eve", "pat", *(f"user{n:02}" for n in range(1, 21))]
GROUPS = {"HR": ["alice", "bob"], "Engineering": ["user01", "user02"], "Protected Users": ["pat"]}
SERVICES = {
    "svc-kerbgate": {"spns": ["HTTP/gateway.corp.example"], "any_protocol": True,
                     "delegate_to": ["HTTP/web.corp.example"]},
    "svc-web": {"spns": ["HTTP/web.corp.example"]},
    "svc-other": {"spns": ["HTTP/other.corp.example"]},
}
NAMES = {"web": ".20", "other": ".20", "gateway": ".100"}       # in Samba's DNS
DIRECTORIES = {
    "private dir": "private", "lock directory": "lock", "state directory": "state",
    "cache directory": "cache", "pid directory": "pid", "ncalrpc dir": "ncalrpc",
    "binddns dir": "bind-dns", "winbindd socket directory": "winbindd",
    "usershare path": "usershares", "ntp signd socket directory": "ntp",
}
PORTS = 88, 464, 53, 389, 636


@dataclass
class Account:
    """An account with a keytab."""
    principal: str
    keytab: Path
    spn: str


def random_password():
    return f"Aa1-{secrets.token_urlsafe(15)}"


class AdDomain:
    def __init__(self, keeper):
        self.keeper, self.dir = keeper, keeper.dir / "samba"
        self.address, self.realm = f"{keeper.net}.10", REALM
        self.smb_conf = self.dir / "smb.conf"
        self.passwords = {name: random_password() for name in [*USERS, *SERVICES, "Administrator"]}
        self.connector = Account(f"svc-kerbgate@{REALM}", keeper.dir / "svc-kerbgate.keytab",
                                 SERVICES["svc-kerbgate"]["spns"][0])
        self.web_keytab = self.dir / "web.keytab"

    def write_smb_conf(self, certificate, key, ca):
        for name in ("", *DIRECTORIES.values(), "state/sysvol"):
            (self.dir / name).mkdir(exist_ok=True)
        settings = {
            "workgroup": DOMAIN, "realm": REALM, "netbios name": "DC1",
            "server role": "active directory domain controller",
            "server services": "dns, kdc, ldap, cldap", "prefork children": "1",
            "interfaces": f"{self.address}/8", "bind interfaces only": "yes",
            "vfs objects": "", "ldb:nosync": "true", "disable netbios": "yes",
            "load printers": "no", "printing": "bsd", "panic action": "",
            "dns update command": "/bin/true",
            "tls certfile": certificate, "tls keyfile": key, "tls cafile": ca,
            "logging": "file", "log file": self.keeper.log("samba"), "max log size": "0",
            **{setting: self.dir / name for setting, name in DIRECTORIES.items()},
        }
        shares = ["[sysvol]", f"path = {self.dir}/state/sysvol",
                  "[netlogon]", f"path = {self.dir}/state/sysvol/{REALM.lower()}/scripts"]
        lines = ["[global]", *(f"{name} = {value}" for name, value in settings.items()), *shares]
        self.smb_conf.write_text("\n".join(lines) + "\n")

    def create(self):
        """Makes the domain; returns the seconds its steps took."""
        question = self.dir / "question.json"
        write_secret(question, json.dumps({
            "question": "provision", "smb_conf": str(self.smb_conf), "realm": REALM,
            "domain": DOMAIN, "address": self.address, "passwords": self.passwords, "users": USERS,
            "groups": GROUPS, "services": SERVICES,
            "names": {f"{name}.{REALM.lower()}": self.keeper.net + host
                      for name, host in NAMES.items()},
            "keytabs": {str(self.connector.keytab): ["svc-kerbgate", self.connector.spn],
                        str(self.web_keytab): ["HTTP/web.corp.example", "HTTP/other.corp.example"]},
        }))
        self.keeper.start("provision", [PYTHON, HERE / "directory.py"], stdin=question)
        said = self.keeper.finish("provision")
        question.unlink()
        return json.loads(said[said.rindex("{"):])

    def start(self):
        # --debug-stdout: else it opens the system's log before it has read smb.conf.
        self.keeper.start("samba", ["samba", "-F", "--debug-stdout", "--no-process-group", "-s",
                                    self.smb_conf],
                          KRB5_CONFIG=self.dir / "private" / "krb5.conf", TMPDIR=self.dir)

    def wait(self):
        self.keeper.wait_until_listening("samba", self.address, *PORTS)

    def ask(self, question, **more):
        answer = run([PYTHON, HERE / "directory.py"],
                     json.dumps({"question": question, "smb_conf": str(self.smb_conf),
                                 "realm": REALM, **more}))
        return json.loads(answer)

    def samba_tool(self, *arguments):
        for argument in arguments:
            if "password=" in argument or "adminpass=" in argument:
                raise ValueError("no password in an argument list: use set_password")
        return run(["samba-tool", *arguments, "-s", self.smb_conf])

    def run_ldb(self, command):
        ours = command.replace("/var/lib/samba/private/sam.ldb", str(self.dir / "private/sam.ldb"))
        if str(self.dir) not in ours:
            raise LabError(f"it is not for sam.ldb: {command}")
        # Nothing behind the last program says whether the first ones worked.
        said = run(["bash", "-o", "pipefail", "-c", ours], SMB_CONF_PATH=self.smb_conf)
        if "Modified 1 records" not in said:
            raise LabError(f"{ours}: {said}")

    def add_users(self, *names):
        passwords = {name: random_password() for name in names}
        self.ask("add_users", passwords=passwords)
        self.passwords |= passwords

    def add_groups(self, account, count):
        """Makes the account a member of so many more groups, of all kinds."""
        self.ask("add_groups", account=account, count=count)

    def add_services(self, services):
        passwords = {name: random_password() for name in services}
        self.ask("add_services", passwords=passwords, services=services)
        self.passwords |= passwords

    def set_password(self, account, password):
        self.ask("set_password", account=account, password=password)
        self.passwords[account] = password

    def account(self, account, *attributes):
        return self.ask("account", account=account, attributes=attributes)

    def modify(self, account, **values):
        lists = {name: [value] if isinstance(value, (str, int)) else list(value)
                 for name, value in values.items()}
        self.ask("modify", account=account,
                 values={name: [str(v) for v in value] for name, value in lists.items()})

    def force(self, account, attribute, value, replaces=False):
        self.ask("force", account=account, values={attribute: [value]}, replaces=replaces)

    def set_dns(self, name, *records):
        self.ask("dns", name=name, records=records)

    def export_keytab(self, path, *principals):
        self.ask("keytab", path=str(path), principals=principals)
        return path

    def password(self, account):
        try:
            return self.passwords[account]
        except KeyError:
            raise LabError(f"no account {account}") from None
