"""A certification authority for one lab: lab.ca.pem, and lab.ca.issue(name) for certificates."""
from .keeper import run

EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", "-sha256"]


class Authority:
    def __init__(self, folder):
        folder.mkdir(exist_ok=True)
        self.folder, self.pem, self.key = folder, folder / "ca.pem", folder / "ca.key"
        run(["openssl", "req", "-x509", *EC_KEY, "-subj", "/CN=Lab CA", "-days", "30",
             "-addext", "basicConstraints=critical,CA:TRUE",
             "-addext", "keyUsage=critical,keyCertSign,cRLSign",
             "-keyout", self.key, "-out", self.pem])
        self.key.chmod(0o600)

    def issue(self, name, *more_names, days=30):
        """A server certificate for the names (or addresses); returns (certificate, key), paths."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        names = ",".join(f"{'IP' if n.replace('.', '').isdigit() else 'DNS'}:{n}"
                         for n in (name, *more_names))
        run(["openssl", "req", "-x509", *EC_KEY, "-CA", self.pem, "-CAkey", self.key,
             "-subj", f"/CN={name}", "-days", str(days), "-addext", f"subjectAltName={names}",
             "-addext", "basicConstraints=critical,CA:FALSE",
             "-addext", "extendedKeyUsage=serverAuth,clientAuth",
             "-keyout", key, "-out", certificate])
        key.chmod(0o600)
        return certificate, key
