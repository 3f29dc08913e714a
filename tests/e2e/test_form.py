"""What the form tells whom: accounts that cannot sign in, and passwords that have expired."""
import time

import pytest

from gateway import Form, Gateway, app, wait_until

URL = "https://password.example.com/?whr=corp.example"
NOT_RIGHT = "The user name or password is not right."
EXPIRED = "The password is right, but has expired or must be changed."
NORMAL = 0x200


def filetime(seconds_ago):
    return str(int((time.time() - seconds_ago + 11644473600) * 10_000_000))


LONG_AGO = filetime(400 * 86400)


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    """People in all states that an account can have."""
    lab.add_users("closed", "night", "stale", "locked")
    lab.modify("closed", accountExpires=LONG_AGO)
    lab.modify("night", logonHours="\0" * 21)
    lab.modify("stale", userAccountControl=NORMAL)
    lab.force("stale", "pwdLastSet", LONG_AGO, replaces=True)
    lab.modify("locked", lockoutTime=filetime(0))
    staff = {"name": "staff", "type": "form", "realm": lab.realm, "password_change_url": URL,
             "throttle": {"source_attempts": 1000}}
    folder = tmp_path_factory.mktemp("form")
    with Gateway(lab, folder, [app("hr", lab.web.url, spn=lab.web.spn)], address=156,
                 identity_providers=[staff]) as running:
        yield running


def refused(gateway, user, password):
    before = len(gateway.events())
    answer = gateway.browser().try_sign_in(user, password)
    assert answer.status == 401
    events = wait_until(lambda: (all_ := gateway.events())[before:] and all_, 5, "its event")
    return answer.text, events[-1]["detail"]


@pytest.mark.parametrize("user, nt_status", [("eve", "C0000224"), ("stale", "C0000071")])
def test_an_expired_password_is_told_to_those_who_know_it(gateway, user, nt_status):
    text, detail = refused(gateway, user, gateway.lab.password(user))
    assert EXPIRED in text and f'<a href="{URL}">' in text
    assert nt_status in detail
    text, detail = refused(gateway, user, "wrong")
    assert NOT_RIGHT in text and URL not in text and "expired" not in text
    assert "error 24" in detail


@pytest.mark.parametrize("user, why", [
    ("dave", "C0000072"), ("closed", "C0000193"), ("night", "C000006F"), ("locked", "error 18")])
def test_nothing_else_about_an_account_is_told(gateway, user, why):
    nobody, _ = refused(gateway, f"no-{user}", "wrong")
    unlike = {password: refused(gateway, user, password)
              for password in ("wrong", gateway.lab.password(user))}
    assert why in unlike[gateway.lab.password(user)][1]
    for text, _ in unlike.values():
        assert notice(text) == notice(nobody)


def notice(text):
    return text.split('role="alert">')[1].split("</p>")[0]


def test_the_time_of_a_refusal_tells_nothing_either(gateway):
    """A domain controller answers sooner about whom it does not know."""
    for user in ("nobody-at-all", "user20", "dave"):
        browser = gateway.browser()
        form = Form(browser.sign_in_page().text)
        begun = time.monotonic()
        answer = browser.post(form.action, {**form.fields, "username": user, "password": "wrong"})
        assert answer.status == 401 and time.monotonic() - begun >= 0.5


def test_a_person_with_two_names_is_not_locked_out_by_the_rule_for_two(lab, tmp_path):
    """docs/form.md: user_attempts below half of the threshold, which is five here."""
    lab.add_users("double")
    lab.modify("double", userPrincipalName="second.name@corp.example")
    staff = {"name": "staff", "type": "form", "realm": lab.realm, "throttle": {"user_attempts": 2}}
    with Gateway(lab, tmp_path, [app("hr", lab.web.url, spn=lab.web.spn)], address=157,
                 identity_providers=[staff]) as running:
        statuses = [running.browser().try_sign_in(name, "wrong").status
                    for name in ("double", "second.name") for _ in range(3)]
    assert statuses == [401, 401, 429] * 2
    assert lab.bad_password_count("double") == 4
    assert lab.account("double", "lockoutTime").get("lockoutTime", ["0"]) == ["0"]
