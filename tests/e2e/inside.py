"""Computers inside: people with tickets, and what their browsers send to a gateway."""
import base64
import functools
import json
import subprocess
import urllib.parse

from gateway import Gateway, app
from lab.addomain import random_password

HR, ONLY, SHIFT, BOUND = ("hr.example.com", "only.example.com", "shift.example.com",
                          "bound.example.com")
WRONG, STALE = "wrong.example.com", "stale.example.com"

SIGN_IN = "/.kerbgate/sign-in"
TOKEN = """
import base64, functools, json, operator, sys, gssapi
asked = json.loads(sys.stdin.readline())
flags = [getattr(gssapi.RequirementFlag, flag) for flag in ["integrity", *asked["flags"]]]
bindings = asked["bindings"] and gssapi.raw.ChannelBindings(
    application_data=b"tls-server-end-point:" + bytes.fromhex(asked["bindings"]))
context = gssapi.SecurityContext(
    name=gssapi.Name(asked["service"], gssapi.NameType.hostbased_service), usage="initiate",
    mech=gssapi.OID.from_int_seq(asked["mech"]), flags=functools.reduce(operator.or_, flags),
    channel_bindings=bindings)
print(base64.b64encode(context.step()).decode(), flush=True)
answer = sys.stdin.readline()
if answer:
    more = context.step(base64.b64decode(answer))
    print(json.dumps(context.complete and not more and str(context.target_name)))
"""
# As Windows does: by two names of Kerberos, then NTLM, and with proof.
WINDOWS = """
import base64, json, sys
from samba import credentials, gensec, param
asked = json.loads(sys.stdin.readline())
parameters = param.LoadParm()
parameters.load(asked["smb_conf"])
mine = credentials.Credentials()
mine.set_conf(parameters)
mine.set_username(asked["user"])
mine.set_password(asked["password"])
mine.set_realm(asked["realm"])
mine.set_kerberos_state(credentials.MUST_USE_KERBEROS)
client = gensec.Security.start_client({"lp_ctx": parameters, "target_hostname": asked["host"]})
client.set_credentials(mine)
client.set_target_service("HTTP")
client.set_target_hostname(asked["host"])
client.want_feature(gensec.FEATURE_SIGN)
client.start_mech_by_name("spnego")
_, token = client.update(b"")
print(base64.b64encode(token).decode(), flush=True)
finished, more = client.update(base64.b64decode(sys.stdin.readline()))
print(json.dumps(bool(finished and not more)))
"""
MECHS = {"spnego": "1.3.6.1.5.5.2", "krb5": "1.2.840.113554.1.2.2"}


class Person:
    """Somebody who has signed in to a computer of the domain: `cache` has the tickets."""

    def __init__(self, lab, user, *options, conf=None, password=None):
        self.lab, self.user, self.conf = lab, user, conf
        self.cache = f"inside-{user}-{'-'.join(options) or 'usual'}"
        self.environment = lab.environment(self.cache, conf)
        subprocess.run(["kinit", *(options or ["-f"]), user], env=self.environment, text=True,
                       input=(password or lab.password(user)) + "\n", check=True,
                       capture_output=True)

    def token(self, host, mech="spnego", service="HTTP", flags=(), bindings=None,
              environment=()):
        """What a browser sends behind Negotiate, as bytes."""
        question = {"service": f"{service}@{host}", "mech": MECHS[mech], "flags": list(flags),
                    "bindings": bindings}
        done = subprocess.run(["/usr/bin/python3", "-c", TOKEN], text=True,
                              env={**self.environment, **dict(environment)},
                              input=json.dumps(question) + "\n", capture_output=True)
        assert done.returncode == 0, done.stderr
        return base64.b64decode(done.stdout)

    def talk(self, program, question):
        """A token of the program's, and a function that takes our answer and says what the program
        makes of it."""
        talker = subprocess.Popen(["/usr/bin/python3", "-c", program], env=self.environment,
                                  text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        talker.stdin.write(json.dumps(question) + "\n")
        talker.stdin.flush()
        token = base64.b64decode(talker.stdout.readline())

        def finish(answer):
            said, _ = talker.communicate(answer + "\n", timeout=30)
            assert talker.returncode == 0
            return json.loads(said)
        return token, finish

    def talk_gss(self, host, mech):
        return self.talk(TOKEN, {"service": f"HTTP@{host}", "mech": MECHS[mech], "bindings": None,
                                 "flags": ["mutual_authentication"]})

    def talk_windows(self, host):
        return self.talk(WINDOWS, {"smb_conf": str(self.lab.ad.smb_conf), "host": host,
                                   "user": self.user, "realm": self.lab.realm,
                                   "password": self.lab.password(self.user)})

    def curl(self, gateway, host, path="/", *more):
        """(status, body) behind all redirects, of curl --negotiate."""
        jar = self.lab.dir / f"{self.cache}-{host}.jar"
        done = subprocess.run(
            ["curl", "-sS", "--negotiate", "-u", ":", "-L", "-H", "Accept: text/html",
             "-c", jar, "-b", jar,
             "--cacert", self.lab.ca.pem, "--resolve", f"{host}:443:{gateway.address}",
             "-w", "\n%{http_code}", *more, f"https://{host}{path}"],
            env=self.environment, text=True, capture_output=True)
        assert done.returncode == 0, done.stderr
        body, status = done.stdout.rsplit("\n", 1)
        return int(status), body


def present(browser, token, to="/", **more):
    """The sign-in address with this for a token (bytes, or text as it is sent)."""
    text = base64.b64encode(token).decode() if isinstance(token, bytes) else token
    return browser.get(SIGN_IN + "?" + urllib.parse.urlencode({"to": to}),
                       headers={"Authorization": f"Negotiate {text}", **more})


def access_log(lab, address):
    """Not in pytest's folder, which is closed to the account that serves."""
    folder = lab.dir / "negotiate-log"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o777)
    return folder / f"access-{address}.log"


@functools.cache
def services(lab):
    """The keytabs of accounts. The one that opens tickets may hand them on, and may not become
    anybody by itself."""
    lab.add_services(**{
        "svc-edge": {"spns": [f"HTTP/{host}" for host in (HR, ONLY, SHIFT, BOUND)],
                     "delegate_to": [lab.web.spn]},
        "svc-shift": {"spns": ["HTTP/svc-shift"], "any_protocol": True,
                      "delegate_to": [lab.web.spn]},
        "svc-stale": {"spns": [f"HTTP/{STALE}"]},
        "svc-wrong": {"spns": [f"HTTP/{WRONG}", "HTTP/foreign.example.com"]},
    })
    folder = lab.dir / "edge"
    folder.mkdir()
    keytabs = {name: lab.export_keytab(folder / f"{name}.keytab", name)
               for name in ("svc-edge", "svc-shift", "svc-stale")}
    lab.set_password("svc-stale", random_password())
    return keytabs


def edge(lab, directory, folder, address, has_stale=False):
    """A gateway whose apps are signed in to with a ticket. has_stale: one of its accounts has an
    old keytab, with which it signs in to the domain in vain until it is locked out."""
    keytabs = services(lab)
    accounts = ["shift", *(["stale"] if has_stale else [])]
    inside = {"name": "inside", "type": "negotiate", "sources": ["127.0.0.0/8"]}
    providers = [inside, inside | {"name": "strict", "channel_binding": "required"},
                 inside | {"name": "stale", "account": accounts[-1]},
                 {"name": "staff", "type": "form", "realm": lab.realm,
                  "throttle": {"source_attempts": 1000}}]
    both = {"pre_authentication": ["inside", "staff"]}
    apps = [app("hr", lab.web.url, spn=lab.web.spn, **both),
            app("only", lab.web.url, spn=lab.web.spn, pre_authentication="inside"),
            app("shift", lab.web.url, spn=lab.web.spn, **both,
                sso={"account": "shift", "protocol_transition": "on"}),
            app("bound", lab.web.url, spn=lab.web.spn, pre_authentication=["strict", "staff"]),
            app("wrong", lab.web.url, spn=lab.web.spn, **both),
            app("stale", lab.web.url + "public/", pre_authentication="stale"),
            app("members", lab.web.url + "public/", host=HR, **both, allow={"groups": ["HR"]})
            | {"external_url": f"https://{HR}/members/"}]
    kerberos = {"keytab": str(keytabs["svc-edge"]), "principal": f"svc-edge@{lab.realm}",
                "krb5_conf": str(lab.krb5_conf), "timeout": "5s", "deny_users": ["user09"],
                "deny_groups": ["Protected Users"],
                "accounts": [{"name": name, "keytab": str(keytabs[f"svc-{name}"]),
                              "principal": f"svc-{name}@{lab.realm}"}
                             for name in accounts]}
    return Gateway(
        lab, folder, apps, address=address, identity_providers=providers,
        connector__kerberos=kerberos, connector__directory__servers=directory,
        gateway__access_log={"file": str(access_log(lab, address)), "format": "json"},
        gateway__trusted_proxies=["127.0.0.0/8"],
        gateway__limits__request_head="96KiB")
