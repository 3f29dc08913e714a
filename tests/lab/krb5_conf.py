"""Writes krb5.conf files: one realm (or several), its KDCs by address, nothing looked up in DNS."""


def krb5_conf(path, realm, kdcs, libdefaults=None, realm_options=None, more_realms=None):
    """Writes path and returns it. kdcs: one address or several; more_realms: {realm: kdcs}.

    forwardable: without it S4U2Proxy always fails. udp_preference_limit: tickets with a PAC seldom
    fit a datagram, and the relay (kdc_relay.py) speaks TCP only.
    """
    defaults = {
        "default_realm": realm, "dns_lookup_kdc": "false", "dns_lookup_realm": "false",
        "dns_canonicalize_hostname": "false", "rdns": "false", "forwardable": "true",
        "udp_preference_limit": "1", **(libdefaults or {}),
    }
    lines = ["[libdefaults]", *(f"    {k} = {v}" for k, v in defaults.items()), "[realms]"]
    for name, addresses in {realm: kdcs, **(more_realms or {})}.items():
        addresses = [addresses] if isinstance(addresses, str) else addresses
        options = [f"        kdc = {a}" for a in addresses]
        options += [f"        {k} = {v}" for k, v in (realm_options or {}).items()]
        lines += [f"    {name} = {{", *options, "    }"]
    lines.append("[domain_realm]")
    for name in {realm: kdcs, **(more_realms or {})}:
        lines += [f"    .{name.lower()} = {name}", f"    {name.lower()} = {name}"]
    path.write_text("\n".join(lines) + "\n")
    return path
