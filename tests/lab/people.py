"""An authority for people's certificates, with its revocation list and its OCSP responder, all made
by openssl(1): People(folder) and one more below it, People(folder, above=root)."""
import datetime

from .keeper import run

CONFIG = """
[ca]
default_ca = this
[this]
database = {folder}/index.txt
serial = {folder}/serial
crlnumber = {folder}/crlnumber
new_certs_dir = {folder}/issued
certificate = {folder}/ca.pem
private_key = {folder}/ca.key
default_md = sha256
default_days = 30
default_crl_days = 30
unique_subject = no
copy_extensions = none
email_in_dn = no
policy = any
string_mask = utf8only
[any]
commonName = optional
organizationName = optional
"""
UPN = "otherName:1.3.6.1.4.1.311.20.2.3;UTF8:{}"
FORM = "%y%m%d%H%M%SZ"


def upn(name):
    return UPN.format(name)


def moment(days):
    return (datetime.datetime.now(datetime.timezone.utc)
            + datetime.timedelta(days=days)).strftime(FORM)


def key_options(kind):
    if kind == "ec":
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    return ["-newkey", f"rsa:{kind}"]


class People:
    def __init__(self, folder, name="People CA", above=None):
        self.folder, self.name = folder, name
        (folder / "issued").mkdir(parents=True)
        (folder / "index.txt").touch()
        (folder / "serial").write_text("1000\n")
        (folder / "crlnumber").write_text("01\n")
        self.config = folder / "openssl.cnf"
        self.config.write_text(CONFIG.format(folder=folder))
        self.pem, self.key, self.crl = folder / "ca.pem", folder / "ca.key", folder / "ca.crl"
        if above:
            pem, key = above.issue(name, extensions=["basicConstraints=critical,CA:TRUE",
                                                     "keyUsage=critical,keyCertSign,cRLSign"])
            self.pem.write_text(pem.read_text())
            self.key.write_text(key.read_text())
        else:
            run(["openssl", "req", "-x509", *key_options("ec"), "-noenc", "-sha256",
                 "-subj", f"/CN={name}", "-days", "30",
                 "-addext", "basicConstraints=critical,CA:TRUE",
                 "-addext", "keyUsage=critical,keyCertSign,cRLSign",
                 "-keyout", self.key, "-out", self.pem])

    def issue(self, name, *alternative, purpose="clientAuth", key="ec", extensions=(),
              since=-1, until=20, subject=None, responder=None):
        """A certificate for a person with these subjectAltNames; (certificate, key), paths.
        `since` and `until` are days from now."""
        stem = self.folder / f"{name.replace(' ', '-')}-{len(list(self.folder.iterdir()))}"
        pem, secret, request = (stem.with_suffix(s) for s in (".pem", ".key", ".csr"))
        extra = stem.with_suffix(".ext")
        lines = list(extensions) or ["basicConstraints=CA:FALSE", "keyUsage=digitalSignature"]
        lines += [f"extendedKeyUsage={purpose}"] if purpose and not extensions else []
        lines += [f"subjectAltName={','.join(alternative)}"] if alternative else []
        lines += [f"authorityInfoAccess=OCSP;URI:{responder}"] if responder else []
        extra.write_text("\n".join(lines) + "\n")
        run(["openssl", "req", "-new", *key_options(key), "-noenc", "-utf8",
             "-subj", subject or f"/CN={name}", "-keyout", secret, "-out", request])
        run(["openssl", "ca", "-batch", "-notext", "-utf8", "-config", self.config,
             "-in", request, "-out", pem, "-extfile", extra,
             "-startdate", moment(since), "-enddate", moment(until)])
        secret.chmod(0o600)
        return pem, secret

    def revoke(self, pem):
        run(["openssl", "ca", "-config", self.config, "-revoke", pem])

    def write_crl(self, to=None, der=False, since=None, until=None):
        """The list of now; `since` and `until` are days from now."""
        times = []
        if until is not None:
            times = ["-crl_lastupdate", moment(since), "-crl_nextupdate", moment(until)]
        plain = self.folder / "new.crl"
        run(["openssl", "ca", "-config", self.config, "-gencrl", "-out", plain, *times])
        made = to or self.crl
        if der:
            run(["openssl", "crl", "-in", plain, "-outform", "DER", "-out", made])
        else:
            made.write_bytes(plain.read_bytes())
        return made

    def answer(self, request, signer=None, minutes=5):
        """What openssl(1) answers to an OCSP request, whose own server would listen everywhere."""
        pem, key = signer or (self.pem, self.key)
        asked, said = self.folder / "ocsp.request", self.folder / "ocsp.answer"
        asked.write_bytes(request)
        run(["openssl", "ocsp", "-index", self.folder / "index.txt", "-CA", self.pem,
             "-rsigner", pem, "-rkey", key, "-reqin", asked, "-respout", said,
             "-nmin", str(minutes)])
        return said.read_bytes()
