"""Seeds of faults of the application: where it is, what it is, and which keys it has."""
import ssl

from lab.faulty import BackEnd, OnlyHttp2, usual
from place import ACCOUNT, HOST, SPN, TWIN_SPN
from seed import seed

MANY = 700      # groups: a token of 9 KB


@seed
def url(place, text):
    """internal_url, with {net} and {host} in it."""
    before = place.app["internal_url"]
    place.app["internal_url"] = text.format(net=place.lab.net, host=HOST)
    place.mends.append(lambda: place.app.update(internal_url=before))
    yield


@seed
def backend(place, page, host=130, port=8080, certificate=None, keys=None, mended=usual, **more):
    """The app's server is one of lab.faulty's with this page (or a function of the place that
    answers one), at its name; `mended`: what its administrator makes of it."""
    lab = place.lab
    address = f"{lab.net}.{host}"
    tls = certificate(place) if certificate else None
    keytab_file = keys(place) if keys else lab.app_keytab
    server = OnlyHttp2 if page == "h2" else BackEnd
    lab.set_dns(HOST, ("A", address))
    place.app["internal_url"] = f"{'https' if tls else 'http'}://{HOST}:{port}/"
    if tls:
        place.app.setdefault("backend_tls", {"ca": str(lab.ca.pem)})
    place.backend = server(address, port, page, keytab_file, tls)
    if hasattr(page, "needs_place"):
        place.backend.page = page(place)

    def mend():
        place.backend.page = mended
        place.backend.use(lab.app_keytab)
        if tls:
            place.backend.tls.load_cert_chain(*map(str, lab.ca.issue(HOST)))
    place.mends.append(mend)
    try:
        yield
    finally:
        place.backend.stop()
        lab.set_dns(HOST, ("A", lab.web.address))


@seed
def tls(place, ciphers=None, authority=None):
    """What the server of backend() has of TLS: those ciphers of 1.2, or a certificate asked of
    clients."""
    context = place.backend.tls
    if ciphers:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers(ciphers)
    if authority:
        context.load_verify_locations(str(place.lab.ca.pem))
        context.verify_mode = ssl.CERT_REQUIRED

    def right():
        context.maximum_version = ssl.TLSVersion.MAXIMUM_SUPPORTED
        context.verify_mode = ssl.CERT_NONE
    place.mends.append(right)
    yield


@seed
def old_key(place):
    """The application's account has a new password, and its server the old key."""
    lab, keytab = place.lab, place.lab.app_keytab
    before = place.lab.account(ACCOUNT, "msDS-KeyVersionNumber")
    lab.set_password(ACCOUNT, lab.password("bob") + "app")

    def renew():
        keytab.unlink(missing_ok=True)
        lab.export_keytab(keytab, SPN)
        lab.write_web_keytab()
    place.mends.append(renew)
    try:
        yield before
    finally:
        renew()


@seed
def anothers_key(place):
    """What the server has for the SPN is the key of another account, of the same number."""
    lab = place.lab
    wrong = lab.export_keytab(place.folder / "wrong.keytab", TWIN_SPN)
    wrong.write_bytes(wrong.read_bytes().replace(b"apx.corp", b"app.corp"))
    lab.write_web_keytab(wrong)
    place.mends.append(lab.write_web_keytab)
    try:
        yield
    finally:
        lab.write_web_keytab()


@seed
def farm(place, *hosts, keys=None):
    """The application's name has these addresses; 20 is Apache's, 22 another's, with `keys` at
    first."""
    lab = place.lab
    addresses = [f"{lab.net}.{host}" for host in hosts]
    if 22 in hosts:
        node = lab.nodes.get("node22") or lab.node("node22", 22, lab.app_keytab)
        node.write_keytab(keys(place) if keys else lab.app_keytab)
        place.mends.append(lambda: node.write_keytab(lab.app_keytab))
    place.mends.append(lambda: lab.set_dns(HOST, ("A", lab.web.address)))
    lab.set_dns(HOST, *[("A", address) for address in addresses])
    try:
        yield
    finally:
        lab.set_dns(HOST, ("A", lab.web.address))


@seed
def small_heads(place):
    """The application's server takes header fields of 8 KiB, as Apache does if nobody says more,
    and the person is in so many groups that the ticket is larger."""
    lab = place.lab
    lab.add_groups(place.user, MANY)
    node = lab.nodes.get("small") or lab.node("small", 23, lab.app_keytab)
    node.write_keytab(lab.app_keytab)

    def allow(size):
        node.field_size = size
        node.configure()
        lab.stop_daemon("small")
        lab.start_daemon("small")
    allow(8190)
    place.mends.append(lambda: allow(65536))
    lab.set_dns(HOST, ("A", node.address))
    try:
        yield
    finally:
        lab.set_dns(HOST, ("A", lab.web.address))


def of_place(function):
    """A page that depends on the place."""
    function.needs_place = True
    return function
