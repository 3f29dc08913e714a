"""The cases of people who have to sign in by OpenID Connect: kerbgate beside Apache httpd with
mod_auth_openidc, at the same provider and before the same back end, without Kerberos."""
import signal
import subprocess
import sys
from pathlib import Path

import bench_load
from proxy import LOAD_CPU, PROXY_CPU, ROOT, Apache, Proxy, pinned
from gateway import Gateway, app, wait_until

HERE = Path(__file__).parent
HOST, CLIENT, SECRET = "portal.example.com", "kerbgate", "bench-secret-of-some-length"
SIGN_INS, REQUESTS = 150, 20000     # in a second, about


class Provider:
    """openid_provider.py, on the processor of the client and the back end."""

    def __init__(self, testbed, number):
        self.at = f"{testbed.net}.{number}:8443"
        self.issuer = f"https://{self.at}/"
        pair = testbed.lab.ca.issue(self.at.split(":")[0])
        self.process = subprocess.Popen(
            pinned(LOAD_CPU, sys.executable, HERE / "openid_provider.py", self.issuer, *pair),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        assert self.process.stdout.readline() == b"ready\n"

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)
        self.process.stdout.close()


class SignInGate(Proxy):
    name = "kerbgate-openid"

    def __init__(self, site, number, provider):
        super().__init__(site, number)
        secret = self.folder / "secret"
        secret.write_text(SECRET + "\n")
        secret.chmod(0o600)
        corp = {"name": "corp", "type": "oidc", "issuer": provider.issuer, "client_id": CLIENT,
                "client_secret_file": str(secret), "ca": str(site.lab.ca.pem)}
        back = f"http://{site.back_end.address}/"
        self.gateway = Gateway(site.lab, self.folder,
                               [app("portal", back, pre_authentication="corp")], address=number,
                               identity_providers=[corp], gateway__threads=1,
                               gateway__limits__requests_per_client=100000)

    def start(self):
        self.gateway.under(*pinned(PROXY_CPU))
        self.gateway.start()
        self.process = self.gateway.process

    def stop(self):
        self.gateway.stop()


class ApacheOpenid(Proxy):
    name = "mod_auth_openidc"

    def __init__(self, site, number, provider):
        super().__init__(site, number)
        self.provider = provider

    def command(self):
        """One process with threads, as the other Apache of these benchmarks; sessions in memory."""
        certificate, key = self.site.lab.ca.issue(HOST)
        modules = ("mpm_event authz_core authz_user authn_core proxy proxy_http ssl http2 headers "
                   "socache_shmcb auth_openidc")
        load = "\n".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so"
                         for m in modules.split())
        conf = self.folder / "apache.conf"
        conf.write_text(f"""
ServerRoot {self.folder}
PidFile {self.folder}/pid
{load}
User www-data
Group www-data
ServerName {HOST}
Listen {self.address}:443
{Apache.THREADS}
ErrorLog {self.folder}/error.log
LogFormat "%h %l %u %t \\"%r\\" %>s %b" common
CustomLog {self.folder}/access.log common
OIDCProviderMetadataURL {self.provider.issuer}.well-known/openid-configuration
OIDCClientID {CLIENT}
OIDCClientSecret {SECRET}
OIDCRedirectURI https://{HOST}/callback
OIDCCryptoPassphrase {SECRET}
OIDCPKCEMethod S256
OIDCScope openid
OIDCRemoteUserClaim upn
OIDCCABundlePath {self.site.lab.ca.pem}
OIDCSessionInactivityTimeout 3600
OIDCStateMaxNumberOfCookies 0
OIDCCacheShmMax 50000
OIDCStripCookies mod_auth_openidc_session
<VirtualHost {self.address}:443>
ServerName {HOST}
SSLEngine on
SSLCertificateFile {certificate}
SSLCertificateKeyFile {key}
Protocols h2 http/1.1
<Location />
AuthType openid-connect
Require valid-user
</Location>
ProxyPass / http://{self.site.back_end.address}/ keepalive=On max=512
</VirtualHost>
""")
        return ["apache2", "-DFOREGROUND", "-f", conf]

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(pinned(PROXY_CPU, *self.command()), stdout=log,
                                            stderr=log, stdin=subprocess.DEVNULL)
        wait_until(self.answers, 20, f"{self.name} answers")

    def answers(self):
        """With the way to the provider, which it asks where that is."""
        done = subprocess.run(["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}",
                               "--connect-to", f"::{self.address}:443", f"https://{HOST}/"],
                              capture_output=True, text=True)
        return done.stdout == "302"


class Side:
    """Both with the provider, for as long as the testbed is."""

    def __init__(self, testbed):
        self.provider = Provider(testbed, 147)
        self.proxies = {"kerbgate": SignInGate(testbed, 148, self.provider),
                        "mod_auth_openidc": ApacheOpenid(testbed, 149, self.provider)}
        self.cookies, self.round = {}, 0
        for name, proxy in self.proxies.items():
            proxy.start()
            self.sign_in(name, 16)

    def sign_in(self, name, count):
        """So many sign-ins: the seconds they took. The last session is kept for other cases."""
        done = bench_load.run(sys.executable, HERE / "openid_client.py",
                              self.proxies[name].address, HOST, self.provider.at, count)
        seconds, self.cookies[name] = done.strip().split(" ", 1)
        return bench_load.Result(count, float(seconds))

    def compare(self, put):
        """put(name, proxy) of each, in an order that turns: {figure: {name: value}}."""
        names, figures = list(self.proxies), {"processor time": {}, "rate": {}}
        self.round += 1
        for name in names[self.round % 2:] + names[:self.round % 2]:
            proxy = self.proxies[name]
            before = proxy.processor_seconds()
            result = put(name, proxy)
            spent = proxy.processor_seconds() - before
            figures["processor time"][name] = spent / result.count * 1e6
            figures["rate"][name] = result.rate
        return figures

    def stop(self):
        for proxy in self.proxies.values():
            proxy.stop()
        self.provider.stop()


def side(testbed):
    if not testbed.openid:
        testbed.openid = Side(testbed)
    return testbed.openid


def sign_ins(testbed, seconds):
    of = side(testbed)
    return of.compare(lambda name, _: of.sign_in(name, max(16, int(SIGN_INS * seconds))))


def signed_in(protocol):
    def run(testbed, seconds):
        of = side(testbed)
        count = int(REQUESTS * seconds)
        return of.compare(lambda name, proxy: bench_load.requests(
            proxy.address, "https", protocol, count, of.cookies[name], host=HOST))
    return run


CASES = {"openid sign-in": sign_ins, "h1 tls openid session": signed_in("h1"),
         "h2 tls openid session": signed_in("h2")}
