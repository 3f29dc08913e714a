"""Tokens of real clients: MIT's GSS by python3-gssapi, and Samba's GENSEC, which does what Windows
does. A program, because both take their credentials from the environment.

    tokens.py gss  {"target": …, "mech": "spnego"|"krb5", "flags": […], "bindings": …}
    tokens.py samba {"mech": …, "target": …, "user": …, "password": …, …}

Prints a JSON list of the tokens that go to and fro, the client's first, in base64.
"""
import base64
import functools
import json
import operator
import sys

MECHS = {"krb5": "1.2.840.113554.1.2.2", "spnego": "1.3.6.1.5.5.2"}


def gss(question):
    import gssapi
    from gssapi.raw import ChannelBindings
    name = gssapi.Name(question["target"], gssapi.NameType.hostbased_service)
    mech = gssapi.OID.from_int_seq(MECHS[question["mech"]])
    flags = [getattr(gssapi.RequirementFlag, flag)
             for flag in ["integrity", *question.get("flags", [])]]
    bindings = question.get("bindings")
    context = gssapi.SecurityContext(
        name=name, mech=mech, usage="initiate",
        flags=functools.reduce(operator.or_, flags),
        channel_bindings=bindings and ChannelBindings(application_data=bindings.encode()))
    return [context.step()]


def samba(question):
    """With "answers", a server of Samba's answers to the client, and to the answer the client."""
    from samba import auth, credentials, gensec, param
    parameters = param.LoadParm()
    parameters.load(question["smb_conf"])
    for name, value in question.get("options", {}).items():
        parameters.set(name, value)
    settings = {"lp_ctx": parameters, "target_hostname": question["target"]}
    mine = credentials.Credentials()
    mine.set_conf(parameters)
    if question.get("anonymous"):
        mine.set_anonymous()
    else:
        mine.set_username(question["user"])
        mine.set_password(question["password"])
        mine.set_domain(question.get("domain", "CORP"))
        mine.set_realm(question.get("realm", "CORP.EXAMPLE"))
    mine.set_workstation(question.get("workstation", "DESK-17"))
    mine.set_kerberos_state(credentials.MUST_USE_KERBEROS if question.get("kerberos")
                            else credentials.DONT_USE_KERBEROS)
    client = gensec.Security.start_client(settings)
    client.set_credentials(mine)
    client.set_target_service("http")
    client.set_target_hostname(question["target"])
    if question.get("seal"):
        client.want_feature(gensec.FEATURE_SEAL)
    client.start_mech_by_name(question["mech"])
    server = None
    if question.get("answers"):
        server = gensec.Security.start_server(settings, auth.AuthContext(lp_ctx=parameters))
        host = credentials.Credentials()
        host.guess(parameters)
        host.set_machine_account(parameters)
        server.set_credentials(host)
        server.start_mech_by_name(question["mech"])
    if question.get("server_first"):
        return [server.update(b"")[1]]
    tokens = [client.update(b"")[1]]
    for _ in range(question.get("answers", 0)):
        try:
            answer = server.update(tokens[-1])[1]
        except Exception as error:  # it refused; what it said counts
            print(error, file=sys.stderr)
            break
        if not answer:
            break
        tokens.append(answer)
        try:
            more = client.update(answer)[1]
        except Exception as error:
            print(error, file=sys.stderr)
            break
        if not more:
            break
        tokens.append(more)
    return tokens


if __name__ == "__main__":
    said = {"gss": gss, "samba": samba}[sys.argv[1]](json.loads(sys.argv[2]))
    json.dump([base64.b64encode(token).decode() for token in said], sys.stdout)
