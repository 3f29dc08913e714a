"""Guessing passwords through us: slowed down before the domain would lock the account."""
import pytest

from gateway import Gateway, app

LIMIT = 3


@pytest.fixture
def gateway(lab, tmp_path):
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    with Gateway(lab, tmp_path, apps, address=104) as running:
        yield running


def test_a_user_is_throttled_before_the_directory_locks_the_account(gateway):
    lab = gateway.lab
    before = lab.bad_password_count("user11")
    answers = [gateway.browser().try_sign_in("user11", f"wrong{n}") for n in range(LIMIT + 3)]
    assert [a.status for a in answers] == [401] * LIMIT + [429] * 3
    assert int(answers[-1].headers["Retry-After"]) > 60
    assert lab.bad_password_count("user11") - before <= LIMIT
    assert gateway.browser().try_sign_in("user11", lab.password("user11")).status == 429
    gateway.browser().sign_in("user12")


def test_other_spellings_of_a_name_are_the_same_user(gateway):
    before = gateway.lab.bad_password_count("user13")
    spellings = ["user13", "USER13", "user13@CORP.EXAMPLE", "corp\\User13", "corp\\ user13",
                 "corp\\  user13", "user13 @CORP.EXAMPLE"]
    statuses = [gateway.browser().try_sign_in(name, "wrong").status for name in spellings]
    assert statuses == [401] * LIMIT + [429] + [401] * 3
    assert gateway.lab.bad_password_count("user13") - before == LIMIT
    assert gateway.browser().try_sign_in("corp\\ user13",
                                         gateway.lab.password("user13")).status == 401


def test_an_answer_that_comes_too_late_counts_all_the_same(lab, tmp_path):
    """The directory may have counted a password whose answer we did not wait for."""
    relay = lab.relay("pass")
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    with Gateway(lab, tmp_path, apps, address=105, connector__kerberos__timeout="1s",
                 connector__kerberos__krb5_conf=str(relay.krb5_conf)) as gateway:
        relay.set_mode("silent")
        statuses = [gateway.browser().try_sign_in("user16", "wrong").status for _ in range(LIMIT)]
        assert statuses == [503] * LIMIT
        relay.set_mode("pass")
        assert gateway.browser().try_sign_in("user16", "wrong").status == 429


def test_two_providers_of_one_realm_do_not_double_the_attempts(lab, tmp_path):
    apps = [app("hr", lab.web.url, spn=lab.web.spn),
            app("pay", lab.web.url, spn=lab.web.spn, pre_authentication="others")]
    providers = [{"name": name, "type": "form", "realm": lab.realm} for name in ("staff", "others")]
    with Gateway(lab, tmp_path, apps, address=105, identity_providers=providers) as gateway:
        statuses = [gateway.browser(f"{host}.example.com").try_sign_in("user17", "wrong").status
                    for host in ("hr", "pay") * 2]
    assert statuses == [401] * LIMIT + [429]


def test_a_success_forgets_the_failures_before_it(gateway):
    for _ in range(2):
        for _ in range(LIMIT - 1):
            assert gateway.browser().try_sign_in("user14", "wrong").status == 401
        gateway.browser().sign_in("user14")


def test_a_restart_hands_out_no_new_attempts(gateway):
    for n in range(LIMIT):
        assert gateway.browser().try_sign_in("user15", f"wrong{n}").status == 401
    gateway.stop()
    gateway.start()
    assert gateway.browser().try_sign_in("user15", "wrong").status == 429


def test_one_source_cannot_try_many_users(lab, tmp_path):
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    gateway = Gateway(lab, tmp_path, apps, address=105)
    gateway.write(identity_providers__0__throttle={"source_attempts": 4})
    with gateway:
        statuses = [gateway.browser().try_sign_in(f"nobody{n}", "wrong").status for n in range(6)]
    assert statuses == [401] * 4 + [429] * 2
