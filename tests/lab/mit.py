"""Realms of MIT Kerberos: lab.mit, with a policy of delegation of its own, lab.mit.res, which
trusts it and is trusted by it, and the false KDC.

Samba's KDC does not honour resource-based delegation; MIT's does, if its database says so. The
database is db2 behind a module of ours (kdb/kerbgate_kdb.c) that reads the policy from a text file,
and that refers names of another realm to it where there is a trust.
"""
import hashlib
from dataclasses import dataclass
from pathlib import Path

from .addomain import Account, random_password
from .keeper import HERE, LabError, run, write_secret
from .krb5_conf import krb5_conf
from .web import Web

REQUIRES_PREAUTH, OK_TO_AUTH_AS_DELEGATE, DISALLOW_FORWARDABLE = 0x80, 0x200000, 0x2
REMOVED = -1                        # of attributes: the principal goes
ATTACKER_KNOWS = "attacker-knows"
COMPILER_FLAGS = ["-O2", "-Wall", "-Wextra", "-isystem", "/usr/include/mit-krb5"]


def db2():
    for path in Path("/usr/lib").glob("*/krb5/plugins/kdb/db2.so"):
        return path
    raise LabError("no db2.so: install krb5-kdc")


@dataclass
class Principal:
    """`name`: with a realm if it is not that of the KDC; `life`: the seconds for which a ticket of
    or for it is good; 0: a day."""
    name: str
    attributes: int = 0
    keytab: Path = None
    password: str = None
    life: int = 0


class MitKdc:
    """One krb5kdc with a database of its own."""

    def __init__(self, keeper, name, realm, address, others=None):
        """others: {realm: address} of those that it knows besides."""
        self.keeper, self.name, self.realm, self.address = keeper, name, realm, address
        self.dir = keeper.dir / name
        self.dir.mkdir()
        self.krb5_conf = krb5_conf(self.dir / "krb5.conf", realm, address, more_realms=others)
        self.policy, self.passwords = self.dir / "policy", {}
        self.policy.write_text("")

    def build(self):
        run(["cc", *COMPILER_FLAGS, "-shared", "-fPIC", "-o", self.dir / "kerbgate_kdb.so",
             HERE / "kdb" / "kerbgate_kdb.c", "-lcrypto"], TMPDIR=str(self.dir))
        run(["cc", *COMPILER_FLAGS, "-o", self.dir / "fill", HERE / "kdb" / "fill.c",
             "-lkadm5srv_mit", "-lkdb5", "-lkrb5"], TMPDIR=str(self.dir))

    @property
    def environment(self):
        return {"KRB5_CONFIG": str(self.krb5_conf), "KRB5_KDC_PROFILE": str(self.dir / "kdc.conf"),
                "KERBGATE_KDB_DB2": str(db2()), "KERBGATE_KDB_POLICY": str(self.policy)}

    def create(self, principals):
        log = self.keeper.log(self.name)
        (self.dir / "kdc.conf").write_text(f"""\
[kdcdefaults]
    kdc_listen = {self.address}:88
    kdc_tcp_listen = {self.address}:88
[realms]
    {self.realm} = {{
        key_stash_file = {self.dir}/stash
        acl_file = {self.dir}/acl
        supported_enctypes = aes256-cts:normal aes128-cts:normal
        database_module = lab
        max_renewable_life = 7d
    }}
[dbmodules]
    db_module_dir = {self.dir}
    lab = {{
        db_library = kerbgate_kdb
        database_name = {self.dir}/principal
    }}
[logging]
    kdc = FILE:{log}
    default = FILE:{log}
""")
        master = random_password()
        run(["kdb5_util", "create", "-s", "-r", self.realm], f"{master}\n{master}\n",
            **self.environment)
        self.fill(principals)

    def fill(self, principals):
        """Adds them; of those that are there, sets attributes and life."""
        lines = [f"{p.name if '@' in p.name else f'{p.name}@{self.realm}'} {p.attributes} {p.life} "
                 f"{p.keytab or '-'} {p.password or '-'}\n" for p in principals]
        run([self.dir / "fill", self.realm], "".join(lines), **self.environment)

    def add_users(self, *names):
        passwords = {name: random_password() for name in names}
        self.fill([Principal(name, REQUIRES_PREAUTH, password=password)
                   for name, password in passwords.items()])
        self.passwords |= passwords

    def password(self, user):
        return self.passwords[user]

    def start(self):
        self.keeper.start(self.name, ["krb5kdc", "-n", "-r", self.realm], **self.environment)

    def wait(self):
        self.keeper.wait_until_listening(self.name, self.address, 88)


def trust(one, other, password):
    """The principals by which two realms trust each other, in either's database."""
    return [Principal(f"krbtgt/{there}@{here}", password=password)
            for here, there in ((one, other), (other, one))]


class ResourceRealm(MitKdc):
    """lab.mit.res: a realm with people of its own, rita and rolf (who must not be delegated), and
    with services that lab.mit's connector may act for people to, by resource: app, not closed."""

    def __init__(self, keeper, web_address, mit_realm, mit_address):
        super().__init__(keeper, "res", "RES.EXAMPLE", f"{keeper.net}.31",
                         {mit_realm: mit_address})
        self.kdc, self.mit_realm = self.address, mit_realm
        self.passwords = {name: random_password() for name in ("rita", "rolf")}
        self.app = Web("app.res.example", web_address, "HTTP/app.res.example")
        self.closed = Web("closed.res.example", web_address, "HTTP/closed.res.example")
        self.web_keytab = self.dir / "web.keytab"

    def populate(self, trust_password, connector):
        self.build()
        self.create([
            Principal("rita", REQUIRES_PREAUTH, password=self.passwords["rita"]),
            Principal("rolf", REQUIRES_PREAUTH | DISALLOW_FORWARDABLE,
                      password=self.passwords["rolf"]),
            Principal(self.app.spn, keytab=self.web_keytab),
            Principal(self.closed.spn, keytab=self.web_keytab),
            *trust(self.realm, self.mit_realm, trust_password)])
        self.policy.write_text(f"{self.app.spn}@{self.realm} accepts-from {connector}\n")


class MitRealm(MitKdc):
    """lab.mit: alice, bob, user01; the connector; web and brief (classic delegation), rbcd (by
    resource). A ticket for brief is good for ten seconds."""

    def __init__(self, keeper, web_address):
        self.res = ResourceRealm(keeper, web_address, "MIT.EXAMPLE", f"{keeper.net}.30")
        super().__init__(keeper, "mit", "MIT.EXAMPLE", f"{keeper.net}.30",
                         {self.res.realm: self.res.address})
        self.kdc = self.address
        self.passwords = {name: random_password() for name in ("alice", "bob", "carol", "user01")}
        self.connector = Account(f"svc-kerbgate@{self.realm}", self.dir / "svc-kerbgate.keytab",
                                 f"svc-kerbgate@{self.realm}")
        self.web = Web("web.mit.example", web_address, "HTTP/web.mit.example")
        self.rbcd = Web("rbcd.mit.example", web_address, "HTTP/rbcd.mit.example")
        self.brief = Web("brief.mit.example", web_address, "HTTP/brief.mit.example")
        self.web_keytab = self.dir / "web.keytab"

    def populate(self):
        trust_password = random_password()
        self.res.populate(trust_password, self.connector.principal)
        self.build()
        self.create([
            *trust(self.realm, self.res.realm, trust_password),
            *(Principal(name, REQUIRES_PREAUTH | (DISALLOW_FORWARDABLE if name == "carol" else 0),
                        password=password) for name, password in self.passwords.items()),
            self.us(),
            Principal(self.web.spn, keytab=self.web_keytab),
            Principal(self.rbcd.spn, keytab=self.web_keytab),
            Principal(self.brief.spn, keytab=self.web_keytab, life=10),
        ])
        self.allow_usual()

    def allow_usual(self):
        self.allow(classic=[self.web.spn, self.brief.spn], resource_based=[self.rbcd.spn])

    def us(self, life=0):
        return Principal("svc-kerbgate", REQUIRES_PREAUTH | OK_TO_AUTH_AS_DELEGATE,
                         self.connector.keytab, life=life)

    def set_our_life(self, seconds):
        """How long a ticket-granting ticket of the connector's is good from now on; 0: a day."""
        self.fill([self.us(life=seconds)])

    def know_certificate(self, der, user):
        """Whose it is from now on, until the policy is set anew."""
        with open(self.policy, "a") as policy:
            policy.write(f"{hashlib.sha256(der).hexdigest()} is-certificate-of "
                         f"{user}@{self.realm}\n")

    def allow(self, classic=(), resource_based=()):
        """Sets the whole policy; it acts at once."""
        connector = self.connector.principal
        lines = [f"{connector} may-delegate-to {spn}@{self.realm}\n" for spn in classic]
        lines += [f"{spn}@{self.realm} accepts-from {connector}\n" for spn in resource_based]
        self.policy.write_text("".join(lines))


def false_kdc(keeper, realm, domain):
    """A KDC that claims the realm: knows alice by a password of its own, and keys of its own making
    for the names that a client might ask for. Returns its krb5.conf."""
    kdc = MitKdc(keeper, "false_kdc", realm, f"{keeper.net}.40")
    kdc.build()
    kdc.create([*(Principal(name, REQUIRES_PREAUTH, password=ATTACKER_KNOWS)
                  for name in ("alice", "bob")),
                *(Principal(name) for name in domain.passwords if name.startswith("svc-")),
                Principal(domain.connector.spn)])
    kdc.start()
    kdc.wait()
    return kdc
