"""The lab's back end: Apache with mod_auth_gssapi, the pages of web/web.lua, a WebSocket server."""
import gzip
import os
import shutil
import string
from dataclasses import dataclass
from pathlib import Path

from .keeper import HERE, LabError, run

PORT, TLS_PORT, SOCKET_PORT = 8080, 8443, 8090
USER, GROUP = "www-data", "www-data"


@dataclass
class Web:
    """One name under which Apache serves."""
    host: str
    address: str
    spn: str
    port: int = PORT
    tls_port: int = TLS_PORT

    @property
    def url(self):
        return f"http://{self.host}:{self.port}/"

    @property
    def tls_url(self):
        return f"https://{self.host}:{self.tls_port}/"

    @property
    def resolve(self):
        """Arguments that spare curl the DNS."""
        return [word for port in (self.port, self.tls_port)
                for word in ("--resolve", f"{self.host}:{port}:{self.address}")]


def modules():
    for folder in ("/usr/lib/apache2/modules", "/usr/lib64/httpd/modules"):
        if Path(folder, "mod_auth_gssapi.so").exists():
            return folder
    raise LabError("no mod_auth_gssapi: install apache2 and libapache2-mod-auth-gssapi")


class Apache:
    """`name`: of its daemon and directory; `host`: the last number of its address."""

    def __init__(self, keeper, keep_alive, name="apache", host=20):
        self.keeper, self.keep_alive, self.name = keeper, keep_alive, name
        self.dir, self.address = keeper.dir / name, f"{keeper.net}.{host}"
        self.field_size = 65536

    def prepare(self, certificate, key):
        """All that needs no keytab: the configuration and the small library."""
        self.dir.mkdir()
        (self.dir / "rcache").mkdir(mode=0o700)
        shutil.chown(self.dir / "rcache", USER, GROUP)
        self.certificate = certificate, key
        self.configure()
        shutil.copy(HERE / "web" / "web.lua", self.dir)     # where www-data can read it
        run(["cc", "-O2", "-shared", "-fPIC", "-o", self.dir / "weblib.so",
             HERE / "web" / "weblib.c", "-lcrypto"], TMPDIR=str(self.dir))

        self.write_files()
        shutil.copy(HERE / "web" / "echo_socket.py", self.dir)

    def configure(self):
        certificate, key = self.certificate
        text = string.Template((HERE / "web" / "web.conf").read_text())
        (self.dir / "web.conf").write_text(text.substitute(
            dir=self.dir, source=self.dir, modules=modules(), user=USER, group=GROUP,
            name=self.name, address=self.address, port=PORT, tls_port=TLS_PORT,
            socket_port=SOCKET_PORT, keep_alive=self.keep_alive, field_size=self.field_size,
            log=self.keeper.log(self.name).parent, keytab=self.dir / "web.keytab",
            certificate=certificate, key=key))

    def write_files(self):
        text = b"".join(b"line %05d\n" % n for n in range(10000))
        files = self.dir / "files"
        files.mkdir()
        (files / "lines.txt").write_bytes(text)
        (files / "lines.txt.gz").write_bytes(gzip.compress(text, mtime=0))

    def start(self, krb5_conf, *keytabs):
        """keytabs: all their keys together are Apache's."""
        self.write_keytab(*keytabs)
        self.keeper.start(self.name, ["apache2", "-f", self.dir / "web.conf", "-DFOREGROUND"],
                          KRB5_CONFIG=krb5_conf, KRB5RCACHEDIR=self.dir / "rcache")
        if self.name == "apache":
            self.keeper.start("socket", ["/usr/bin/python3", self.dir / "echo_socket.py",
                                         self.address, SOCKET_PORT])

    def write_keytab(self, *keytabs):
        """A keytab is two bytes of version, then entries, so keytabs can be put together."""
        target = self.dir / "web.keytab"
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(b"\x05\x02" + b"".join(k.read_bytes()[2:] for k in keytabs))
        shutil.chown(target, USER, GROUP)

    def wait(self):
        self.keeper.wait_until_listening(self.name, self.address, PORT, TLS_PORT)
        if self.name == "apache":
            self.keeper.wait_until_listening("socket", self.address, SOCKET_PORT)
