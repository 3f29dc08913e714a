#!/usr/bin/python3
"""Makes the corpus anew, in a lab of its own: tests/decode/make.py. A minute; see README.md."""
import base64
import json
import shutil
import socket
import subprocess
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from blob_clients import (Blob, Clients, ENCTYPES, Recorder, size_of, values,  # noqa: E402
                          without_noise)
from lab import Lab  # noqa: E402

HERE = Path(__file__).parent
WEB = "web.corp.example"
NTLM_BEGINS = "NTLM type 1, a client that begins to sign in without Kerberos"


def gss(c):
    """Every encryption type, mechanism and set of flags."""
    c.sign_in("alice", "alice")
    for enctype, (bits, _) in ENCTYPES.items():
        account, host = f"svc-{enctype}", f"{enctype}.corp.example"
        c.lab.add_services(**{account: {"spns": [f"HTTP/{host}"]}})
        c.lab.modify(account, **{"msDS-SupportedEncryptionTypes": str(bits)})
        c.lab.set_password(account, c.lab.password(account) + "x")
        for mech in ("spnego", "krb5"):
            for name, flags in (("plain", []), ("mutual", ["mutual_authentication"]),
                                ("delegated", ["mutual_authentication", "delegate_to_peer"])):
                yield c.gss(f"gss-{mech}-{enctype}-{name}", "alice", mech, host, account, enctype,
                            flags=flags)
    yield c.gss("gss-bound", "alice", "spnego", WEB, "svc-web", "aes256",
                flags=["mutual_authentication"], bindings="tls-server-end-point:of the test")


def groups(c):
    """People in many groups."""
    for user, count in (("user03", 100), ("user04", 1000), ("user05", 4000)):
        c.lab.add_groups(user, count)
        c.sign_in(user, user)
        for mech in ("spnego", "krb5")[:1 if count == 4000 else 2]:
            blob = c.gss(f"groups-{count}-{mech}", user, mech, WEB, "svc-web", "aes256")
            if count >= 1000:
                blob.lines.append("more than IIS reads by default (16,384;" if count == 4000
                                  else "more than Apache (LimitRequestFieldSize 8190)")
            yield blob


def samba_kerberos(c):
    for mech in ("spnego", "krb5"):
        token = c.samba(mech=mech, kerberos=True)[0]
        blob = c.ticket(f"samba-{mech}", f"Samba's GENSEC, {mech}, as Windows does it", token,
                        f"http/{WEB}", "svc-web", "aes256", mech)
        if mech == "spnego":
            blob.lines.append("mechanisms, in order of preference: Kerberos (Windows) "
                              "(1.2.840.48018.1.2.2), Kerberos (1.2.840.113554.1.2.2)")
            blob.lines.append("the token is of the first mechanism: yes")
        yield blob
    c.lab.samba_tool("spn", "add", "http/dc1.corp.example", "DC1$")
    answer = c.samba(mech="krb5", kerberos=True, target="dc1.corp.example", answers=1)[1]
    yield Blob("samba-ap-rep", "Samba's GENSEC as a server", answer, "Kerberos AP-REP, the "
               f"server's proof that it could open the ticket, {size_of(answer)}")
    offer = c.samba(mech="spnego", answers=1, server_first=True)[0]
    yield Blob("samba-negtokeninit2", "Samba's GENSEC as a server that speaks first", offer,
               f"Offer of SPNEGO: Kerberos NTLM, without a token, {size_of(offer)}", [
                   "hint: not_defined_in_RFC4178@please_ignore", "form: NegTokenInit2"])


def ntlm_of(name, source, tokens, inside, who, lines=(), never=()):
    """The three messages of one sign-in."""
    init, answer = (", inside SPNEGO", ", inside an answer of SPNEGO") if inside else ("", "")
    yield Blob(f"{name}-1", source, tokens[0], f"{NTLM_BEGINS}{init}, {size_of(tokens[0])}", [
        "NTLM, type: 1"])
    yield Blob(f"{name}-2", source, tokens[1], "NTLM type 2, the challenge of a server of CORP"
               f"{answer}, {size_of(tokens[1])}", ["domain in DNS: corp.example"])
    yield Blob(f"{name}-3", source, tokens[2], f"NTLM type 3, {who}{answer}, {size_of(tokens[2])}",
               list(lines), list(never))


def samba_ntlm(c):
    for mech, inside in (("ntlmssp", False), ("spnego", True)):
        source = f"Samba's GENSEC, {mech} with NTLM"
        yield from ntlm_of(f"samba-{mech}-ntlmv2", source, c.samba(mech=mech, answers=2), inside,
                           "the response of CORP\\alice at DESK-17",
                           ["kind of response: NTLMv2", f"SPN that the client means: http/{WEB}"])
        yield from ntlm_of(f"samba-{mech}-ntlmv1", source, c.samba(
            mech=mech, answers=2, options={"client ntlmv2 auth": "no",
                                           "client use spnego": "yes"}), inside,
                           "the response of CORP\\alice at DESK-17", ["kind of response: NTLMv1"])
        yield from ntlm_of(f"samba-{mech}-anonymous", source, c.samba(
            mech=mech, answers=2, anonymous=True), inside, "of nobody (anonymous)")
    for name, user in (("umlaut", "jürgen.müller"), ("kanji", "田中"), ("emoji", "🙂")):
        yield from list(ntlm_of(f"samba-ntlm-{name}", "Samba's GENSEC, ntlmssp", c.samba(
            mech="ntlmssp", answers=2, user=user, domain="BÜRO", workstation="PC-3"), False,
            f"the response of BÜRO\\{user} at PC-3"))[2:]
    escape = "\x1b[31mroot\x1b[0m\n"
    yield list(ntlm_of("samba-ntlm-escape", "Samba's GENSEC with a hostile name", c.samba(
        mech="ntlmssp", answers=2, user=escape, workstation="PC"), False,
        "the response of CORP\\\\x1b[31mroot\\x1b[0m\\x0a at PC", never=["\x1b"]))[2]


def curl(c):
    web, version = c.lab.web, subprocess.run(["curl", "--version"], capture_output=True,
                                             text=True).stdout.split()[1]
    c.sign_in("bob", "bob")
    dump = c.curl("--negotiate", "-u", ":", *web.resolve, web.url, cache="bob")
    sent, answered = values(dump, "Authorization"), values(dump, "WWW-Authenticate")
    yield c.ticket("curl-negotiate", f"curl {version} --negotiate", sent[0].split()[1],
                   web.spn, "svc-web", "aes256", "spnego", text=f"Authorization: {sent[0]}")
    yield Blob("mod-auth-gssapi-ap-rep", "mod_auth_gssapi's answer to curl",
               f"WWW-Authenticate: {answered[-1]}", "Kerberos AP-REP, the server's proof that it "
               "could open the ticket, inside an answer of SPNEGO, "
               + size_of(answered[-1].split()[1]), ["state: accept-completed (0)"])
    yield Blob("curl-dump", f"curl {version} -v --negotiate", without_noise(dump),
               "The server took the ticket and proved itself: Kerberos ticket for "
               f"{web.spn} in {c.lab.realm}, inside SPNEGO, {size_of(sent[0].split()[1])}")
    yield Blob("curl-no-ticket", f"curl {version} -v --negotiate without a ticket", without_noise(
        c.curl("--negotiate", "-u", ":", *web.resolve, web.url)),
        "The server offers Negotiate (Kerberos, or NTLM if that fails)")
    yield Blob("curl-401", f"curl {version} -v", without_noise(c.curl(*web.resolve, web.url)),
               "The server offers Negotiate (Kerberos, or NTLM if that fails)")
    yield Blob("curl-basic", f"curl {version} --basic", without_noise(
        c.curl("--basic", "-u", "carol:s3cret-of-carol", *web.resolve, web.url)),
        "The client signs in with Basic, name and password", ["user: carol"],
        ["s3cret-of-carol"])


def curl_ntlm(c):
    challenge = c.challenge()
    with Recorder(c.address, ["Negotiate", "NTLM", 'Basic realm="of the test, too"'],
                  lambda value: ([f"NTLM {challenge}"] if value.startswith("NTLM TlRMTVNTUAAB")
                                 else None)) as server:
        resolve = ["--resolve", f"{WEB}:{server.server_port}:{c.address}"]
        url = f"http://{WEB}:{server.server_port}/"
        dump = c.curl("--ntlm", "-u", "CORP\\alice:of-the-test", *resolve, url)
        first, third = server.tokens("NTLM")
        yield Blob("curl-ntlm-1", "curl --ntlm", f"Authorization: NTLM {first}",
                   f"{NTLM_BEGINS}, {size_of(first)}")
        yield Blob("curl-ntlm-3", "curl --ntlm", f"Authorization: NTLM {third}",
                   f"NTLM type 3, the response of CORP\\alice at WORKSTATION, {size_of(third)}",
                   ["kind of response: NTLMv2"], ["of-the-test"])
        yield Blob("curl-ntlm-dump", "curl -v --ntlm", without_noise(dump),
                   "The client signs in with NTLM, not with Kerberos", ["NTLM, type: 3"])
        yield Blob("offer-all", "curl -v of a server with three schemes",
                   without_noise(c.curl(*resolve, url)), "The server offers Negotiate, NTLM, Basic")
    for name, asks, verdict in (
            ("ntlm-only", ["NTLM"], "The server offers NTLM, and nothing else"),
            ("ntlm-first", ["NTLM", "Negotiate"], "The server offers Negotiate, NTLM"),
            ("one-line", ['Negotiate, NTLM, Digest realm="a", qop="auth,auth-int", nonce="1"'],
             "The server offers Negotiate, NTLM, Digest"),
            ("bearer", ['Bearer realm="https://login.example.com/"'],
             "The server offers Bearer (a token of OAuth)")):
        with Recorder(c.address, asks) as server:
            yield Blob(f"offer-{name}", "curl -v", without_noise(c.curl(
                "--resolve", f"{WEB}:{server.server_port}:{c.address}",
                f"http://{WEB}:{server.server_port}/")), verdict)


def chromium(c):
    version = subprocess.run(["chromium", "--version"], capture_output=True,
                             text=True).stdout.strip()
    for user in ("alice", "user04"):
        with Recorder(c.address, ["Negotiate"]) as server:
            c.chromium(server, user, 1)
            token = server.tokens("Negotiate")[0]
            yield c.ticket(f"chromium-negotiate-{user}", version, token, c.lab.web.spn, "svc-web",
                           "aes256", "spnego", text=f"authorization: Negotiate {token}")
    challenge = c.challenge()
    with Recorder(c.address, ["NTLM"], lambda value: (
            [f"NTLM {challenge}"] if "TlRMTVNTUAAB" in value else None)) as server:
        c.chromium(server, "nobody", 2, user="CORP%5Calice:of-the-test")
        for number, token in zip((1, 3), server.tokens("NTLM")):
            verdict = NTLM_BEGINS if number == 1 else (
                "NTLM type 3, the response of CORP\\alice at " + socket.gethostname())
            yield Blob(f"chromium-ntlm-{number}", version, f"authorization:\nNTLM {token}",
                       f"{verdict}, {size_of(token)}", [f"NTLM, type: {number}"], ["of-the-test"])


def refusals(c):
    """mod_auth_gssapi with another key than the ticket's, and with another time."""
    web, keytab = c.lab.web, c.lab.apache.dir / "web.keytab"
    before, new = keytab.read_bytes(), c.lab.dir / "renewed.keytab"

    def ask(name, source, error, code, mech="spnego"):
        token = c.tokens("gss", "alice", mech=mech, target=f"HTTP@{WEB}",
                         flags=["mutual_authentication"])[0]
        dump = c.curl("-H", f"Authorization: Negotiate {token}", *web.resolve, web.url)
        answer = [value for value in values(dump, "WWW-Authenticate") if " " in value]
        yield Blob(f"{name}-dump", source, without_noise(dump), (
            f"The server refused the ticket: Kerberos error {error} ({code})" if answer else
            f"The server answered 401 to the ticket: Kerberos ticket for {web.spn} in "
            f"{c.lab.realm}"))
        if answer:
            yield Blob(name, source, f"WWW-Authenticate: {answer[0]}",
                       f"Kerberos error {error} ({code})", [f"error: {error} ({code})"])

    with c.lab.clocks.ahead("apache", 3600 * 20):
        for mech in ("spnego", "krb5"):
            yield from ask(f"refused-expired-{mech}", "mod_auth_gssapi, its clock 20 hours ahead",
                           "KRB_AP_ERR_TKT_EXPIRED", 32, mech)
    with c.lab.clocks.ahead("apache", 900):
        for mech in ("spnego", "krb5"):
            yield from ask(f"refused-skew-{mech}", "mod_auth_gssapi, its clock 15 minutes ahead",
                           "KRB_AP_ERR_SKEW", 37, mech)
    c.lab.set_password("svc-web", "of-another-time-1A")
    c.lab.export_keytab(new, web.spn, c.lab.other.spn)
    keytab.write_bytes(new.read_bytes())
    c.lab.stop_daemon("apache")
    c.lab.start_daemon("apache")
    for mech in ("spnego", "krb5"):
        yield from ask(f"refused-kvno-{mech}", "mod_auth_gssapi with a newer key alone",
                       "KRB_AP_ERR_BADKEYVER", 44, mech)
    put_another_key(keytab, web.spn, c.lab.realm, c.kvno("svc-web"))
    c.lab.stop_daemon("apache")
    c.lab.start_daemon("apache")
    c.sign_in("alice", "alice")
    for mech in ("spnego", "krb5"):
        yield from ask(f"refused-key-{mech}", "mod_auth_gssapi with the key of another account",
                       "KRB_AP_ERR_BAD_INTEGRITY", 31, mech)
    keytab.write_bytes(before)


def put_another_key(keytab, spn, realm, kvno):
    """A key of the right name, version and type, and of another password: as with an application
    that runs as another account than the one that has the SPN."""
    keytab.unlink()
    subprocess.run(["ktutil"], text=True, check=True, capture_output=True, input=(
        f"addent -password -p {spn}@{realm} -k {kvno} -e aes256-cts-hmac-sha1-96\n"
        f"of another account\nwkt {keytab}\nquit\n"))
    shutil.chown(keytab, "www-data", "www-data")


def ways_to_write(blobs):
    """Tokens of the above as people paste them, and parts of them."""
    first = blobs["gss-spnego-aes256-mutual"]
    token, verdict = first.text, first.verdict
    raw, whole = base64.b64decode(token), len(base64.b64decode(token))
    lines = "\n".join(token[i:i + 76] for i in range(0, len(token), 76))
    for name, text in (
            ("base64url", base64.urlsafe_b64encode(raw).decode().rstrip("=")),
            ("wrapped", lines + "\n"), ("blanks", " ".join([token[:9], token[9:40], token[40:]])),
            ("hex", raw.hex()), ("hex-colons", raw.hex(":").upper()),
            ("scheme", f"Negotiate {token}"), ("case", f"AUTHORIZATION: nEGOTIATE {token}\r\n"),
            ("proxy", f"Proxy-Authorization: Negotiate {token}"),
            ("curl-h", f"-H 'Authorization: Negotiate {token}' \\"),
            ("header-wrapped", f"Authorization: Negotiate\n{lines}"),
            ("java-log", '17:03:01 DEBUG http-out-0 >> "GET / HTTP/1.1[\\r][\\n]"\n17:03:01 DEBUG '
             f'http-out-0 >> "Authorization: Negotiate {token}[\\r][\\n]"\n'),
            ("json", f'{{"Host": "web",\n  "Authorization": "Negotiate {token}",\n  "A": "*/*"}}'),
            ("wireshark", f"    Authorization: Negotiate {token}\\r\\n\n    Host: web\\r\\n"),
            ("python", f"{{'Authorization': 'Negotiate {token}', 'Accept': '*/*'}}"),
            ("apache-log", "[trace5] mod_x.c(12): [client 10.0.0.5:4711] "
             f"Authorization: Negotiate {token}"),
            ("http2", f":method: GET\n:path: /\nauthorization: Negotiate {token}\naccept: */*\n")):
        yield Blob(f"written-{name}", "the same token, written in another way", text, verdict)
    bare = base64.b64decode(blobs["gss-krb5-aes256-mutual"].text)
    message = base64.b64encode(bare[bare.index(b"\1\0\x6e") + 2:]).decode()
    yield Blob("written-raw-ap-req", "an AP-REQ without the frame of GSS", message,
               verdict.split(", ")[0] + f", {size_of(message)}")
    for n in (30, 150, 1000, whole - 1):
        yield Blob(f"cut-{n}" if n < whole - 1 else "cut-last", "the same token, cut off",
                   base64.b64encode(raw[:n]).decode(),
                   (verdict.rsplit(", ", 1)[0] if n > 200 else "") + ("" if n < 200 else
                   f", {n:,} bytes, cut off"),
                   [f"problem: the token ends after {n:,} of {whole:,} bytes"], exit=1)
    yield Blob("more", "the same token with something behind it",
               base64.b64encode(raw + b"\0\0\0").decode(), "Kerberos ticket for",
               ["3 bytes that do not belong to it follow the token"], exit=1)


MAKERS = (gss, groups, samba_kerberos, samba_ntlm, curl, curl_ntlm, chromium, refusals)


def main():
    blobs = {}
    with Lab(clocks=True) as lab:
        clients = Clients(lab, f"{lab.net}.140")
        for maker in MAKERS:
            for blob in maker(clients):
                blobs[blob.name] = blob
                print(blob.name, len(blob.text), flush=True)
    for blob in list(ways_to_write(blobs)):
        blobs[blob.name] = blob
    for old in (HERE / "blobs").glob("*"):
        old.unlink()
    (HERE / "blobs").mkdir(exist_ok=True)
    table = []
    for name, blob in sorted(blobs.items()):
        (HERE / "blobs" / name).write_text(blob.text)
        table.append({key: value for key, value in vars(blob).items() if key != "text"})
    (HERE / "blobs.json").write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n")
    print(len(table), "blobs,", sum(len(blob.text) for blob in blobs.values()), "bytes")


if __name__ == "__main__":
    main()
