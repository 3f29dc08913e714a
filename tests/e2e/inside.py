"""Computers inside: people with tickets, and what their browsers send to a gateway."""
import base64
import json
import subprocess
import urllib.parse

SIGN_IN = "/.kerbgate/sign-in"
TOKEN = """
import base64, functools, json, operator, sys, gssapi
asked = json.load(sys.stdin)
flags = [getattr(gssapi.RequirementFlag, flag) for flag in ["integrity", *asked["flags"]]]
bindings = asked["bindings"] and gssapi.raw.ChannelBindings(
    application_data=b"tls-server-end-point:" + bytes.fromhex(asked["bindings"]))
context = gssapi.SecurityContext(
    name=gssapi.Name(asked["service"], gssapi.NameType.hostbased_service), usage="initiate",
    mech=gssapi.OID.from_int_seq(asked["mech"]), flags=functools.reduce(operator.or_, flags),
    channel_bindings=bindings)
print(base64.b64encode(context.step()).decode())
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
