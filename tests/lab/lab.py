"""Lab: starts and stops the whole, and is what tests talk to. README.md shows its use."""
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from . import addomain
from .addomain import AdDomain
from .ca import Authority
from .clocks import Clocks
from .kdc_relay import Relay
from .keeper import ENVIRONMENT, Keeper
from .krb5_conf import krb5_conf
from .mit import MitRealm, false_kdc
from .web import Apache, Web


class Lab:
    """A running lab. Lab(mit=True) also has two realms of MIT Kerberos, lab.mit and lab.mit.res.

    keep_alive: seconds after which Apache closes an idle connection; clock_skew: for how many
    more it takes a ticket that is over, where there are all realms; clocks: whether the clock of
    each host can be put ahead, lab.clocks.
    """

    def __init__(self, mit=False, keep_alive=60, clock_skew=300, clocks=False):
        begun = time.monotonic()
        self.timing = {}
        self.relays, self.nodes, self.mit, self.false = [], {}, None, None
        with self.phase("guardian"):
            self.keeper = Keeper()
        try:
            self.dir, self.net = self.keeper.dir, self.keeper.net
            self.dns = self.kdc = f"{self.net}.10"
            self.realm, self.domain = addomain.REALM, addomain.DOMAIN
            self.clocks = self.keeper.clocks = Clocks(self.dir) if clocks else None
            self.start(mit, keep_alive, clock_skew)
        except BaseException:
            self.keeper.stop()
            raise
        self.timing["total"] = round(time.monotonic() - begun, 3)

    @contextmanager
    def phase(self, name):
        begun = time.monotonic()
        yield
        self.timing[name] = round(time.monotonic() - begun, 3)

    def start(self, mit, keep_alive, clock_skew):
        self.ad = AdDomain(self.keeper)
        self.apache = Apache(self.keeper, keep_alive)
        self.connector = self.ad.connector
        self.krb5_conf = krb5_conf(self.dir / "krb5.conf", self.realm, self.kdc)
        self.web = Web("web.corp.example", self.apache.address, "HTTP/web.corp.example")
        self.other = Web("other.corp.example", self.apache.address, "HTTP/other.corp.example")
        with self.phase("certificates"):
            self.ca = Authority(self.dir / "ca")
            self.ad.write_smb_conf(*self.ca.issue("dc1.corp.example", self.kdc), self.ca.pem)
        with ThreadPoolExecutor() as pool:
            beside = pool.submit(self.start_beside, mit, clock_skew)
            with self.phase("domain and accounts"):
                self.timing |= {f"  {name}": s for name, s in self.ad.create().items()}
            with self.phase("samba"):
                self.ad.start()
                keytabs, conf = beside.result()
                with self.phase("  apache"):
                    self.apache.start(conf, self.ad.web_keytab, *keytabs)
                    self.apache.wait()
                self.ad.wait()

    def start_beside(self, mit, clock_skew):
        """What need not wait for the domain; the keytabs and the krb5.conf Apache is to have."""
        with self.phase("(beside) back end"):
            self.apache.prepare(*self.ca.issue("web.corp.example", "other.corp.example",
                                               "web.mit.example"))
        if not mit:
            return [], self.krb5_conf
        with self.phase("(beside) MIT realm"):
            self.mit = MitRealm(self.keeper, self.apache.address)
            self.mit.populate()
            for realm in (self.mit, self.mit.res):
                realm.start()
                realm.wait()
        return [self.mit.web_keytab, self.mit.res.web_keytab], self.all_realms(clock_skew)

    def all_realms(self, clock_skew):
        """Apache's: names of any realm are known by their first part."""
        return krb5_conf(self.apache.dir / "krb5.conf", self.realm, self.kdc,
                         libdefaults={"clockskew": clock_skew},
                         more_realms={self.mit.realm: self.mit.kdc,
                                      self.mit.res.realm: self.mit.res.kdc},
                         realm_options={"auth_to_local": "RULE:[1:$1]"})

    def node(self, name, host, *keytabs, certificate=None):
        """One more Apache, at the address of that last number: as the first, with its own keys."""
        node = Apache(self.keeper, 60, name, host)
        node.prepare(*(certificate or self.ca.issue(f"{name}.corp.example", "web.corp.example",
                                                    "other.corp.example")))
        node.start(self.krb5_conf, *keytabs)
        node.wait()
        self.nodes[name] = node
        return node

    def relay(self, mode="pass", kdc=None, lie=None):
        """A relay before a KDC (Samba's if not said otherwise); relay.krb5_conf leads there.

        lie: the KDC that answers AS-REQs in mode "lying", lab.false_kdc().address.
        """
        address = f"{self.net}.{50 + len(self.relays)}"
        relay = Relay(address, kdc or self.kdc, mode, lie)
        realm = self.mit.realm if self.mit and kdc == self.mit.kdc else self.realm
        relay.krb5_conf = krb5_conf(self.dir / f"relay-{address}.conf", realm, address)
        self.relays.append(relay)
        return relay

    def false_kdc(self):
        """A KDC of the attacker's for our realm: .krb5_conf, .address; alice's password there is
        "attacker-knows"."""
        if not self.false:
            self.false = false_kdc(self.keeper, self.realm, self.ad)
        return self.false

    def stop(self):
        for relay in self.relays:
            relay.stop()
        self.keeper.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def password(self, account):
        return self.ad.password(account)

    def add_users(self, *names):
        """More people in the directory, all at once."""
        self.ad.add_users(*names)

    def add_groups(self, account, count):
        self.ad.add_groups(account, count)

    def add_services(self, **services):
        """More accounts of applications: add_services(**{"svc-hr": {"spns": ["HTTP/hr"]}})."""
        self.ad.add_services(services)

    def set_password(self, account, password):
        self.ad.set_password(account, password)

    def bad_password_count(self, account):
        return int(self.ad.account(account, "badPwdCount").get("badPwdCount", ["0"])[0])

    def account(self, account, *attributes):
        """{attribute: [values]} of an account, as the directory has them."""
        return self.ad.account(account, *attributes)

    def snapshot(self):
        """{DN: {attribute: digest of its values}} of the whole directory."""
        return self.ad.ask("snapshot")

    def modify(self, account, **values):
        """Replaces attributes of an account; an empty list removes one."""
        self.ad.modify(account, **values)

    def force(self, account, attribute, value, replaces=False):
        """Adds a value that the directory would refuse, as an SPN that another account has; or puts
        it in the place of what is there."""
        self.ad.force(account, attribute, value, replaces)

    def set_trust(self, name, direction, attributes=8):
        """A trust to that domain, which does not exist: 1 they trust us, 2 we trust them, 3 both, 0
        none any more. attributes: trustAttributes; 8: of a forest."""
        self.ad.ask("trust", name=name, direction=direction, attributes=attributes)

    def samba_tool(self, *arguments):
        """Runs samba-tool on the domain's files; its output, or LabError."""
        return self.ad.samba_tool(*arguments)

    def run_ldb(self, command):
        """Runs a shell's command that is written for sam.ldb of a domain controller of Debian's."""
        self.ad.run_ldb(command)

    def set_dns(self, name, *records):
        """Replaces a name's records: set_dns("hr.corp.example", ("CNAME", "web.corp.example"))."""
        self.ad.set_dns(name, *records)

    def export_keytab(self, path, *principals):
        """Writes the keys the directory has now for the principals to a keytab of mode 0600."""
        return self.ad.export_keytab(path, *principals)

    def environment(self, cache="ccache", conf=None):
        """The environment of a Kerberos client, with a credential cache of that name in lab.dir."""
        return {**os.environ, **ENVIRONMENT, "KRB5_CONFIG": str(conf or self.krb5_conf),
                "KRB5CCNAME": f"FILE:{self.dir / cache}"}

    def stop_daemon(self, name):
        """Ends samba, apache, … at once, with all its processes."""
        self.keeper.end(name)

    def start_daemon(self, name):
        self.keeper.restart(name)
        mit = {"mit": self.mit, "res": self.mit.res} if self.mit else {}
        {"samba": self.ad, "apache": self.apache, **self.nodes, **mit}[name].wait()

    @contextmanager
    def paused(self, name):
        """samba, mit, … and all its processes stand still meanwhile; the kernel takes connections
        for them."""
        self.keeper.signal(name, signal.SIGSTOP)
        try:
            yield
        finally:
            self.keeper.signal(name, signal.SIGCONT)

    def describe(self):
        """Where everything is, for people and programs outside Python."""
        webs = {name: {"url": w.url, "tls_url": w.tls_url, "spn": w.spn, "address": w.address}
                for name, w in (("web", self.web), ("other", self.other))}
        return {"dir": str(self.dir), "net": self.net, "kdc": self.kdc, "dns": self.dns,
                "realm": self.realm, "domain": self.domain, "krb5_conf": str(self.krb5_conf),
                "ca": str(self.ca.pem), "smb_conf": str(self.ad.smb_conf),
                "connector": {"principal": self.connector.principal, "spn": self.connector.spn,
                              "keytab": str(self.connector.keytab)}, **webs}
