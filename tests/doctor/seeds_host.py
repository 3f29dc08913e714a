"""Seeds of faults of this host, its network and its configuration."""
from lab.krb5_conf import krb5_conf
from lab.rubbish import hole, rubbish
from place import HOST, put
from seed import seed


@seed
def denied(place, what, entries):
    """deny_users or deny_groups has the entries."""
    name = f"connector__kerberos__deny_{what}"
    put(place, name, entries(place) if callable(entries) else entries)
    place.mends.append(lambda: put(place, name, []))
    yield


@seed
def kdcs(place, *addresses):
    """krb5.conf names these domain controllers, each a function of the place."""
    found = [address(place) for address in addresses]
    place.krb5_conf = krb5_conf(place.folder / "krb5.conf", place.lab.realm, found)
    place.settings["connector__kerberos__krb5_conf"] = str(place.krb5_conf)
    place.mends.append(lambda: krb5_conf(place.krb5_conf, place.lab.realm, place.lab.kdc))
    yield


@seed
def relayed(place, mode):
    """Before the domain controller stands a relay (kdc_relay.py), which knows TCP alone."""
    relay = place.lab.relay(mode)
    place.settings["connector__kerberos__krb5_conf"] = str(relay.krb5_conf)
    place.mends.append(lambda: relay.set_mode("pass"))
    try:
        yield
    finally:
        relay.stop()


@seed
def krb5(place, **libdefaults):
    """krb5.conf says this in libdefaults."""
    path = krb5_conf(place.folder / "krb5.conf", place.lab.realm, place.lab.kdc, libdefaults)
    place.settings["connector__kerberos__krb5_conf"] = str(path)
    place.mends.append(lambda: krb5_conf(path, place.lab.realm, place.lab.kdc))
    yield


@seed
def krb5_conf_of(place, text):
    """krb5.conf is this text, with {kdc} in it; None: it is not there."""
    path = place.folder / "krb5.conf"
    place.settings["connector__kerberos__krb5_conf"] = str(path)
    if text is not None:
        path.write_text(text.format(kdc=place.lab.kdc))
    place.mends.append(lambda: krb5_conf(path, place.lab.realm, place.lab.kdc))
    yield


@seed
def directory_at(place, host):
    """The configuration has the directory's server at that address."""
    name = f"dc{host}.corp.example"
    place.lab.set_dns(name, ("A", f"{place.lab.net}.{host}"))
    right = place.settings["connector__directory__servers"]
    place.settings["connector__directory__servers"] = [f"{name}:389"]
    place.mends.append(lambda: put(place, "connector__directory__servers", right))
    yield


@seed
def clock(place, host, seconds):
    place.mends.append(lambda: place.lab.clocks.set(host, 0))
    with place.lab.clocks.ahead(host, seconds):
        yield


@seed
def dns(place, *records, name=HOST, right_host=20):
    """The name has these records, with {net} in them, and not the address that it should have."""
    def right():
        place.lab.set_dns(name, ("A", f"{place.lab.net}.{right_host}"))
    place.lab.set_dns(name, *[(kind, text.format(net=place.lab.net)) for kind, text in records])
    place.mends.append(right)
    try:
        yield
    finally:
        right()


@seed
def named(place, name):
    """The name is in no DNS until somebody puts it there."""
    place.mends.append(lambda: place.lab.set_dns(name, ("A", place.lab.web.address)))
    yield


@seed
def name_server(place, address):
    place.settings["connector__dns"] = [address(place)]
    place.mends.append(lambda: place.settings.update(connector__dns=[place.lab.dns]))
    yield


@seed
def alias(place, name, of):
    place.lab.set_dns(name, ("CNAME", of))
    yield


@seed
def keytab(place, content, mode=0o600):
    """The connector's is a file of this place's with that content, a function of the place."""
    path = place.folder / "connector.keytab"
    data = content(place)
    if data is not None:
        path.write_bytes(data)
        path.chmod(mode)
    place.keytab = path
    place.settings["connector__kerberos__keytab"] = str(path)

    def right():
        path.write_bytes(place.lab.connector.keytab.read_bytes())
        path.chmod(0o600)
    place.mends.append(right)
    yield


def numbered(number):
    """The connector's keys, with another number than the account's, for keytab()."""
    def content(place):
        entries, rest = [], place.lab.connector.keytab.read_bytes()[2:]
        while rest:
            size = int.from_bytes(rest[:4], "big")
            entries.append(renumbered(rest[4:4 + size], number))
            rest = rest[4 + size:]
        return b"\5\2" + b"".join(len(one).to_bytes(4, "big") + one for one in entries)
    return content


def renumbered(entry, number):
    """An entry of a keytab: count, realm, components (each with a length), name type, time, number,
    encryption type, key (with a length), and perhaps the number once more."""
    at = 2
    for _ in range(int.from_bytes(entry[:2], "big") + 1):
        at += 2 + int.from_bytes(entry[at:at + 2], "big")
    key = at + 13 + int.from_bytes(entry[at + 11:at + 13], "big")
    return entry[:at + 8] + bytes([number]) + entry[at + 9:key]


@seed
def principal(place, name):
    """The configuration has the connector by that name."""
    place.settings["connector__kerberos__principal"] = name
    place.mends.append(lambda: place.settings.update(
        connector__kerberos__principal=place.lab.connector.principal))
    yield


@seed
def stands_at(place, host, port, mode):
    """Something that is no server (rubbish.py) at an address of the lab's."""
    address = f"{place.lab.net}.{host}"
    with hole(address, port) if mode == "hole" else rubbish(address, port, mode):
        yield
