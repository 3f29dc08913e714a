"""Seeds of faults in realms of MIT Kerberos."""
from lab.mit import OK_TO_AUTH_AS_DELEGATE, REMOVED, REQUIRES_PREAUTH, Principal
from place import CONNECTOR
from seed import seed


@seed
def to(place, host):
    """An app of lab.mit's connector to a name of a realm; the person is of the place's realm."""
    mit, name = place.lab.mit, f"{host}.example"
    place.app["internal_url"] = f"http://{place.lab.web.address}:{place.lab.web.port}/"
    place.app["sso"]["spn"] = f"HTTP/{name}"
    place.settings |= {"connector__kerberos__keytab": str(mit.connector.keytab),
                       "connector__kerberos__principal": mit.connector.principal,
                       "connector__kerberos__krb5_conf": str(mit.krb5_conf),
                       "identity_providers__0__realm": place.realm}
    del place.settings["connector__directory__servers"]
    yield


@seed
def mit_policy(place, **allowed):
    place.lab.mit.allow(**allowed)
    place.mends.append(place.lab.mit.allow_usual)
    try:
        yield
    finally:
        place.lab.mit.allow_usual()


@seed
def mit_us(place, attributes):
    """The connector's attributes in its KDC."""
    mit = place.lab.mit

    def usual():
        mit.fill([Principal(CONNECTOR, REQUIRES_PREAUTH | OK_TO_AUTH_AS_DELEGATE)])
    mit.fill([Principal(CONNECTOR, attributes)])
    place.mends.append(usual)
    try:
        yield
    finally:
        usual()


@seed
def mit_account(place, name, attributes):
    place.lab.mit.fill([Principal(name, attributes)])
    yield


@seed
def daemon_down(place, name):
    place.lab.stop_daemon(name)
    place.mends.append(lambda: place.lab.start_daemon(name))
    try:
        yield
    finally:
        place.lab.start_daemon(name)


@seed
def mit_new_key(place):
    """The connector's key is another now, and the keytab has the old one."""
    mit = place.lab.mit
    old, keytab = mit.connector.keytab.read_bytes(), mit.connector.keytab
    mit.fill([Principal(CONNECTOR, REMOVED)])
    usual = Principal(CONNECTOR, REQUIRES_PREAUTH | OK_TO_AUTH_AS_DELEGATE, keytab)
    mit.fill([usual])
    new = keytab.read_bytes()
    keytab.write_bytes(old)
    place.mends.append(lambda: keytab.write_bytes(new))
    try:
        yield
    finally:
        keytab.write_bytes(new)
