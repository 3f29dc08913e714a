"""kerbgate decode over what real clients sent: tests/decode."""
import base64
import json
import os
import subprocess
from pathlib import Path

import pytest

KERBGATE = os.environ["KERBGATE"]
FOLDER = Path(__file__).parents[1] / "decode"
TABLE = json.loads((FOLDER / "blobs.json").read_text())
TOKEN = (FOLDER / "blobs" / "gss-spnego-aes256-mutual").read_text()


def decode(text, *arguments):
    return subprocess.run([KERBGATE, "decode", *arguments], input=text, text=True, timeout=30,
                          capture_output=True)


def test_the_corpus_is_whole():
    assert len(TABLE) >= 60
    assert {row["name"] for row in TABLE} == {file.name for file in (FOLDER / "blobs").iterdir()}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["name"])
def test_what_real_clients_send_is_understood(row):
    text = (FOLDER / "blobs" / row["name"]).read_text()
    done = decode(text, "-")
    assert done.returncode == row["exit"], done.stderr
    assert done.stdout.splitlines()[0].startswith(row["verdict"]), done.stdout
    for line in row["lines"]:
        assert line in done.stdout
    for secret in row["never"]:
        assert secret not in done.stdout + done.stderr
    told = decode(text, "--json")
    assert told.returncode == row["exit"]
    answer = json.loads(told.stdout)
    assert answer["verdict"] + "\n" == done.stdout.splitlines(True)[0]
    for secret in row["never"]:
        assert secret not in told.stdout


def test_an_argument_is_as_good_as_standard_input():
    assert decode(None, TOKEN).stdout == decode(TOKEN).stdout == decode(TOKEN, "-").stdout


def test_json_has_what_a_program_asks_for():
    answer = json.loads(decode(f"Authorization: Negotiate {TOKEN}", "--json").stdout)
    value = answer["values"][0]
    assert (value["header"], value["line"], value["scheme"]) == ("Authorization", 1, "Negotiate")
    told = value["decoded"]
    assert told["size"] == len(base64.b64decode(TOKEN))
    assert told["base64_size"] == len(TOKEN)
    assert told["header_size"] == len("Authorization: Negotiate ") + len(TOKEN)
    assert told["token_fits_first_mechanism"] is True
    inner = told["mech_token"]
    assert inner["ticket"]["service"] == {"name": "HTTP/aes256.corp.example",
                                          "realm": "CORP.EXAMPLE", "type": 3,
                                          "type_name": "NT-SRV-HST"}
    assert inner["ticket"]["encrypted"]["enctype_name"] == "aes256-cts"
    assert inner["ap_options"] == ["mutual-required"]


def test_a_password_is_never_shown():
    secret = "correct-horse"
    value = base64.b64encode(f"carol:{secret}:more".encode()).decode()
    for arguments in ([], ["--json"]):
        done = decode(f"Authorization: Basic {value}", *arguments)
        assert done.returncode == 0 and "carol" in done.stdout
        assert secret not in done.stdout and value not in done.stdout


@pytest.mark.parametrize("header, words", [
    ("Authorization: Bearer eyJhbGciOi.J9.x", "signs in with Bearer"),
    ('Authorization: Digest username="dora", response="0123abc"', "signs in with Digest"),
])
def test_other_schemes_are_named_and_not_shown(header, words):
    done = decode(header)
    assert done.returncode == 0 and words in done.stdout
    assert header.split()[-1] not in done.stdout


@pytest.mark.parametrize("text, reason", [
    ("", "there is no input, expected a token or a header"),
    ("  \n", "there is no input"),
    ("Host: web.corp.example\nGET / HTTP/1.1\n", "there is no header of authentication in it"),
    ("Negotiate YII!", "character 4, '!', is none of base64"),
    ("AAAA", "it begins with 000000, as no token of Kerberos, NTLM or SPNEGO does"),
    pytest.param("x" * (1 << 20) + "x", "the input is longer than 1 MB", id="long"),
    (base64.b64encode(b"\x05\x02" + b"\0" * 40).decode(), "this is a keytab, with keys in it"),
])
def test_what_cannot_be_decoded_is_said_why(text, reason):
    done = decode(text)
    assert done.returncode == 1
    assert reason in done.stderr


def test_two_arguments_are_one_too_many():
    done = decode(None, "Negotiate", "YII")
    assert (done.returncode, done.stdout) == (2, "")
    assert "unexpected argument 'YII'; quote a header with blanks in it" in done.stderr


def test_what_is_too_much_is_said_to_be_left_out():
    done = decode("WWW-Authenticate: NTLM\n" * 65)
    assert done.stdout.count("  The server offers NTLM\n") == 64
    assert "There are more than 64 headers in it; the others are not shown." in done.stdout


def test_offers_of_a_server_are_judged():
    done = decode("HTTP/1.1 401 Unauthorized\nWWW-Authenticate: NTLM\n")
    assert done.stdout.startswith("The server offers NTLM, and nothing else\n")
    assert "add the provider Negotiate" in done.stdout
    done = decode("WWW-Authenticate: NTLM\nWWW-Authenticate: Negotiate\n")
    assert "NTLM before Negotiate" in done.stdout
