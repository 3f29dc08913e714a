"""Invariant 11: after sign-in nobody is sent anywhere but to an app of ours."""
import urllib.parse

import pytest

from gateway import Form

START = "https://hr.example.com/"
EVIL = "evil.example"
HOSTILE = sorted({
    f"{before}{middle}{EVIL}{after}"
    for before in ("", "/", "//", "///", "////", "\\", "\\\\", "/\\", "\\/", "/\t/", "/\n/", "/\r/",
                   " //", "\t//", "/%09/", "/%5c", "/%5C%5C", "/%2f", "/.//", "/..//", "/./\\",
                   "/%2e%2e//", "%2f%2f", "\x00//", "/\x00/", "//@", "/;@", "//hr.example.com@")
    for middle in ("",)
    for after in ("", "/", "/%2e%2e", "?hr.example.com", "#hr.example.com")
} | {
    f"{scheme}{EVIL}" for scheme in (
        "http://", "https://", "HTTPS://", "https:", "https:/", "https:///", "http:\\\\", "ftp://",
        "javascript:alert(1)//", "JaVaScRiPt:alert(1)//", "data:text/html,", "vbscript:", "//user@",
        "https://hr.example.com@", "https://hr.example.com.", "https://hr.example.com%00.",
        "https://hr.example.com\\@", "https://hr.example.com:443@", "https://hr.example.comevil.")
} | {"/.kerbgate/sign-out", "/.kerbgate/sign-in?to=/", "/x/../.kerbgate/sign-out", "/%2ekerbgate/x",
     "/\r\nLocation: https://evil.example/", "/%0d%0aSet-Cookie:x=y", "/a\r\nSet-Cookie: x=y", ""})


def is_ours(location):
    """What a browser would make of it."""
    url = urllib.parse.urlsplit(location)
    return (location.startswith(START) and url.hostname == "hr.example.com" and url.port is None
            and not url.path.startswith("/.kerbgate") and url.path[1:2] not in ("/", "\\")
            and not any(c in location for c in "\r\n\t\\\0 "))


def test_there_are_at_least_a_hundred_spellings():
    assert len(HOSTILE) >= 100


def test_a_sign_in_leads_only_to_an_app(gateway):
    """One sign-in for each spelling, through both ways in: the query of the page and the form."""
    browser = gateway.browser()
    password = gateway.lab.password("alice")
    for to in HOSTILE:
        page = browser.get("/.kerbgate/sign-in?to=" + urllib.parse.quote(to, safe=""))
        form = Form(page.text)
        assert is_ours(START + form.fields["to"].removeprefix("/")), (to, form.fields["to"])
    for to in HOSTILE[::4]:
        form = Form(browser.sign_in_page().text)
        answer = browser.post(form.action, {**form.fields, "to": to, "username": "alice",
                                            "password": password})
        assert answer.status == 303 and is_ours(answer.location), (to, answer.location)


@pytest.mark.parametrize("to", ["/", "/a/b?c=d&e=%2F", "/a%20b", "/x?y=//evil.example"])
def test_a_deep_link_within_the_app_is_kept(gateway, to):
    answer = gateway.browser().try_sign_in("alice", gateway.lab.password("alice"), to)
    assert answer.location == START + to[1:]


@pytest.mark.parametrize("change, headers", [
    ({"csrf": ""}, {}),
    ({"csrf": "A" * 43}, {}),
    ({}, {"Cookie": "__Host-kerbgate-form=" + "A" * 43}),
    ({}, {"Cookie": ""}),
    ({}, {"Origin": "https://evil.example"}),
    ({}, {"Origin": "null"}),
    ({}, {"Sec-Fetch-Site": "cross-site"}),
    ({}, {"Sec-Fetch-Site": "same-site"}),
])
def test_a_form_that_is_not_ours_signs_nobody_in(gateway, change, headers):
    browser = gateway.browser()
    form = Form(browser.sign_in_page().text)
    fields = {**form.fields, "username": "alice", "password": gateway.lab.password("alice"),
              **change}
    answer = browser.post(form.action, fields, headers)
    assert answer.status == 403 and "__Host-kerbgate" not in browser.cookies
