"""The README's word: its commands make an account that works, its configuration is one."""
import re
import subprocess
from pathlib import Path

from gateway import Gateway, app

README = (Path(__file__).parents[2] / "README.md").read_text()


def block(language, word):
    """The one block of that language with this word in it."""
    found = [text for text in re.findall(rf"```{language}\n(.*?)```", README, re.S) if word in text]
    assert len(found) == 1, f"{len(found)} blocks of {language} with {word}"
    return found[0]


def type_in(lab, folder, commands):
    """A domain controller's shell: samba-tool finds the lab's domain by itself."""
    tool = folder / "samba-tool"
    tool.write_text(f'#!/bin/sh\nexec /usr/bin/samba-tool "$@" -s {lab.ad.smb_conf}\n')
    tool.chmod(0o755)
    commands = commands.replace("/var/lib/samba/private", str(lab.ad.dir / "private"))
    commands = commands.replace("svc-kerbgate", "svc-readme")
    commands = commands.replace("HTTP/kerbgate.", "HTTP/readme.")
    commands = commands.replace("HTTP/hr.corp.example", lab.web.spn)
    done = subprocess.run(["sh", "-eu"], input=commands, cwd=folder, text=True, capture_output=True,
                          env={"PATH": f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin"})
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_commands_for_samba_make_an_account_that_may_delegate(lab, tmp_path):
    type_in(lab, tmp_path, block("sh", "exportkeytab"))
    type_in(lab, tmp_path, block("sh", "delegation add-service"))
    keytab = tmp_path / "connector.keytab"
    keytab.chmod(0o600)
    listed = subprocess.run(["klist", "-kte", keytab], capture_output=True, text=True).stdout
    assert "aes256" in listed
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    with Gateway(lab, tmp_path, apps, address=113, connector__kerberos__keytab=str(keytab),
                 connector__kerberos__principal="svc-readme@CORP.EXAMPLE") as gateway:
        assert gateway.browser().sign_in("alice").get("/").json["remote_user"] == "alice"


def test_the_configuration_is_fine(lab, tmp_path):
    gateway = Gateway(lab, tmp_path, [app("hr", lab.web.url, spn=lab.web.spn)], address=113)
    text = block("yaml", "gateway:").replace("tls/fullchain.pem", str(gateway.certificate))
    text = text.replace("tls/key.pem", str(gateway.key)).replace("/var/lib/kerbgate", str(tmp_path))
    text = text.replace("connector.keytab", str(lab.connector.keytab))
    text = text.replace("kerbgate, broker_user: kerbgate-broker", "nobody, broker_user: daemon")
    gateway.file.write_text(text)
    assert "configuration is fine" in gateway.run("check").stdout


def test_the_links_lead_somewhere():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (Path(__file__).parents[2] / target).exists(), target
