"""A careless administrator: what is wrong is named before anything is served, and never crashes."""
import os
import shutil
import subprocess

import pytest

from gateway import KERBGATE, Gateway, app


@pytest.fixture
def gateway(lab, tmp_path):
    return Gateway(lab, tmp_path, [app("hr", lab.web.url, spn=lab.web.spn)], address=110)


def refused(gateway, **environment):
    """What kerbgate run says, which must end by itself and say it on standard error."""
    done = subprocess.run([KERBGATE, "run", "--config", gateway.file], capture_output=True,
                          text=True, timeout=40, stdin=subprocess.DEVNULL,
                          env={**os.environ, **environment})
    assert done.returncode == 1, done.stderr
    assert done.stdout == ""
    return done.stderr


def test_a_keytab_that_is_missing_is_named(gateway):
    gateway.write(connector__kerberos__keytab="/nowhere/connector.keytab")
    said = refused(gateway)
    assert "/nowhere/connector.keytab" in said and "connector.kerberos.keytab" in said


def test_a_keytab_of_another_account_is_told_with_what_it_holds(gateway, lab, tmp_path):
    keytab = lab.export_keytab(tmp_path / "other.keytab", "svc-other")
    gateway.write(connector__kerberos__keytab=str(keytab))
    said = refused(gateway)
    assert "svc-kerbgate@CORP.EXAMPLE" in said and "svc-other" in said
    assert "exportkeytab" in said


def test_a_keytab_that_is_none_is_told(gateway, tmp_path):
    keytab = tmp_path / "broken.keytab"
    keytab.write_bytes(b"this is not a keytab")
    keytab.chmod(0o600)
    gateway.write(connector__kerberos__keytab=str(keytab))
    assert str(keytab) in refused(gateway)


def test_a_certificate_that_cannot_be_read_is_named(gateway, tmp_path):
    gateway.write(gateway__listen__0__certificate="/nowhere/chain.pem")
    assert "/nowhere/chain.pem" in refused(gateway)
    broken = tmp_path / "broken.pem"
    broken.write_text("-----BEGIN CERTIFICATE-----\nnothing\n-----END CERTIFICATE-----\n")
    gateway.write(gateway__listen__0__certificate=str(broken))
    assert str(broken) in refused(gateway)


def test_a_key_of_another_certificate_is_told(gateway, lab):
    gateway.write(gateway__listen__0__key=str(lab.ca.issue("another.example.com")[1]))
    assert "gateway.listen.key" in refused(gateway)


def test_an_unknown_key_is_told_with_its_place_and_the_nearest(gateway):
    gateway.file.write_text(gateway.file.read_text().replace('"apps"', '"app"'))
    said = refused(gateway)
    assert 'unknown key "app"' in said and 'did you mean "apps"?' in said
    assert said.startswith(f"{gateway.file}:")


def test_an_account_that_does_not_exist_is_told(gateway):
    gateway.write(gateway__run_as__user="no-such-account")
    assert "no-such-account" in refused(gateway)


def test_an_address_that_is_taken_is_named(gateway):
    with gateway:
        other = Gateway(gateway.lab, gateway.folder, gateway.apps, name="other", address=110)
        said = refused(other)
    assert f"{gateway.address} port 443" in said and "ss -ltnp" in said


def test_a_folder_the_worker_may_not_write_in_is_told(gateway):
    gateway.state.mkdir(mode=0o700)
    said = refused(gateway)
    assert str(gateway.state) in said and "chown nobody" in said


def test_nobody_is_told_to_give_a_folder_of_others_away(gateway):
    gateway.state.mkdir(mode=0o700)
    (gateway.state / "somebody-elses").write_text("kept")
    said = refused(gateway)
    assert "chown" not in said and f"sqlite:{gateway.state}/kerbgate/state.db" in said


def test_a_keytab_of_the_account_that_serves_is_refused(gateway, lab, tmp_path):
    keytab = lab.export_keytab(tmp_path / "served.keytab", "svc-kerbgate")
    shutil.chown(keytab, "nobody")
    gateway.write(connector__kerberos__keytab=str(keytab))
    assert f"chown root: {keytab}" in refused(gateway)


def test_the_environment_is_no_second_configuration(gateway, lab, tmp_path):
    """KRB5_CONFIG and its like could send us to another KDC, cache or trace file."""
    trace = tmp_path / "krb5.trace"
    gateway.prefix = ["env", "KRB5_CONFIG=/nowhere/krb5.conf", f"KRB5_TRACE={trace}",
                      "KRB5CCNAME=FILE:/nowhere/cc", "KRB5_KTNAME=/nowhere/keytab",
                      "KRB5RCACHETYPE=none", f"SSLKEYLOGFILE={tmp_path / 'keys'}"]
    with gateway:
        assert gateway.browser().sign_in("alice").get("/").json["remote_user"] == "alice"
    assert not trace.exists() and not (tmp_path / "keys").exists()


def test_without_a_kdc_it_starts_and_says_so_at_sign_in(gateway, lab):
    relay = lab.relay("refuse")
    gateway.write(connector__kerberos__krb5_conf=str(relay.krb5_conf))
    with gateway:
        answer = gateway.browser().try_sign_in("alice", lab.password("alice"))
        assert answer.status == 503
        event = gateway.event(answer.text.split("Activity ")[1][:36])
        assert event["event"] == 21005 and "CORP.EXAMPLE" in event["detail"]
        relay.set_mode("pass")
        gateway.browser().sign_in("alice")
