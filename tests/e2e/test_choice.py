"""An app that people of several providers may use: each visitor chooses, and may choose again."""
import re
import urllib.parse

import pytest

from gateway import Form, Gateway, app
from lab.oidc_provider import OidcProvider

SECRET = "a secret of the choice"
HOST = "hr.example.com"
CHOICE = "__Host-kerbgate-by"
MEAN = "<script>alert(1)</script>\"&'"
PEOPLE = {"alice": {"upn": "alice@CORP.EXAMPLE", "groups": ["All"]},
          "boss": {"upn": "boss@CORP.EXAMPLE", "groups": ["All", "HR"]},
          MEAN: {"upn": MEAN + "\r\nSet-Cookie: x=y",
                 "groups": ["All\", \"HR", "<b>HR</b>", "hr "]}}


@pytest.fixture(scope="module")
def idp(lab):
    client = {"client_id": "kerbgate", "client_secret": SECRET,
              "redirect_uris": [f"https://{HOST}/.kerbgate/callback"],
              "response_types": ["code"], "grant_types": ["authorization_code"]}
    with OidcProvider(lab, [client], PEOPLE, gateway=159) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, idp, tmp_path_factory):
    folder = tmp_path_factory.mktemp("choice")
    secret = folder / "oidc.secret"
    secret.write_text(SECRET)
    secret.chmod(0o600)
    corp = {"name": "corp", "type": "oidc", "label": "Example <b>Corp</b> & \"Friends\"",
            "issuer": idp.issuer, "client_id": "kerbgate", "client_secret_file": str(secret),
            "ca": str(lab.ca.pem), "claims": {"user_principal_name": "upn"}}
    staff = {"name": "staff", "type": "form", "realm": lab.realm,
             "throttle": {"source_attempts": 1000}}
    both = {"pre_authentication": ["corp", "staff"]}
    apps = [app("hr", lab.web.url, spn=lab.web.spn, **both),
            app("for-hr", lab.web.url, host=HOST, allow={"groups": ["HR"]}, **both)
            | {"external_url": f"https://{HOST}/for-hr/"},
            app("for-staff", lab.web.url, host=HOST)
            | {"external_url": f"https://{HOST}/for-staff/"}]
    home = {"external_url": f"https://{HOST}/home/", **both}
    with Gateway(lab, folder, apps, address=159, identity_providers=[corp, staff],
                 home=home) as running:
        yield running


def choices(page):
    """{provider: path} in the order of the page."""
    links = [link.replace("&amp;", "&") for link in re.findall(r'class="button" href="([^"]*)"',
                                                              page.text)]
    return {urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["by"][0]: link
            for link in links}


def follow(browser, path):
    away = browser.get(path)
    assert away.status == 303
    return browser.get(away.location.removeprefix(f"https://{HOST}"))


def test_every_way_leads_to_the_address_that_was_asked_for(gateway, idp):
    browser = gateway.browser()
    page = follow(browser, "/deep/?a=1&b=%22")
    assert page.status == 200 and list(choices(page)) == ["corp", "staff"]
    assert "Example &lt;b&gt;Corp&lt;/b&gt; &amp; &quot;Friends&quot;" in page.text
    away = browser.get(choices(page)["corp"])
    back = urllib.parse.urlsplit(idp.person().walk(away.location, login="alice", password="x"))
    answer = browser.get(f"{back.path}?{back.query}")
    assert answer.location == f"https://{HOST}/deep/?a=1&b=%22"
    assert browser.get("/").json["remote_user"].startswith("alice")

    other = gateway.browser()
    form = Form(other.get(choices(follow(other, "/deep/?a=1&b=%22"))["staff"]).text)
    answer = other.post(form.action, {**form.fields, "username": "bob",
                                      "password": gateway.lab.password("bob")})
    assert answer.location == f"https://{HOST}/deep/?a=1&b=%22"
    assert other.get("/").json["remote_user"].startswith("bob")


def test_the_form_leads_back_to_the_choice_also_when_it_was_refused(gateway):
    browser = gateway.browser()
    form = browser.get("/.kerbgate/sign-in?to=%2Fdeep%2F&by=staff")
    assert "With <bdi>staff</bdi>" in form.text
    fields = {**Form(form.text).fields, "username": "alice", "password": "wrong"}
    refused = browser.post("/.kerbgate/sign-in", fields)
    assert refused.status == 401
    for page in (form, refused):
        back = re.search(r'<a href="([^"]*)">Sign in another way', page.text)[1]
        assert list(choices(browser.get(back.replace("&amp;", "&")))) == ["staff", "corp"]


def test_what_was_chosen_last_is_first_and_nothing_else_is_kept(gateway):
    browser = gateway.browser()
    assert list(choices(browser.get("/.kerbgate/sign-in"))) == ["corp", "staff"]
    assert CHOICE not in browser.cookies
    browser.get("/.kerbgate/sign-in?by=staff")
    assert browser.cookies[CHOICE] == "staff"
    page = browser.get("/.kerbgate/sign-in")
    assert list(choices(page)) == ["staff", "corp"] and "(used last)" in page.text
    browser.get("/.kerbgate/sign-in?by=corp")
    assert browser.cookies[CHOICE] == "corp"


@pytest.mark.parametrize("cookie", ["none", "\"><script>", "passthrough", "", "corp; a=b"])
def test_a_cookie_of_somebodys_making_changes_nothing_but_the_order(gateway, cookie):
    page = gateway.browser().get("/.kerbgate/sign-in", headers={"Cookie": f"{CHOICE}={cookie}"})
    assert list(choices(page)) == ["corp", "staff"] and "<script" not in page.text


@pytest.mark.parametrize("query", [
    "by=another", "by=corp&by=staff", "by=", "by=passthrough", "by=%00", "by=CORP",
    "by=corp%0d%0aSet-Cookie:x=y"])
def test_a_provider_that_the_app_does_not_have_is_a_choice_again(gateway, query):
    page = gateway.browser().get(f"/.kerbgate/sign-in?{query}")
    assert page.status == 200 and list(choices(page)) == ["corp", "staff"]
    assert page.headers["Set-Cookie"] is None


@pytest.mark.parametrize("to", [
    "https://evil.example/", "//evil.example/", "/\\evil.example", "/%5cevil.example",
    "/.kerbgate/sign-out", "/%2e%2e//evil.example", "javascript:alert(1)", "\"><script>"])
def test_no_choice_leads_anywhere_else(gateway, to):
    query = urllib.parse.urlencode({"to": to})
    page = gateway.browser().get(f"/.kerbgate/sign-in?{query}")
    for link in choices(page).values():
        there = urllib.parse.parse_qs(urllib.parse.urlsplit(link).query)["to"][0]
        assert there.startswith("/") and not there.startswith(("//", "/\\", "/.kerbgate"))
    assert "<script" not in page.text


def test_a_form_that_names_another_provider_is_still_one_of_a_page_of_ours(gateway):
    """The choice takes nothing from the proof that a form is from here."""
    browser = gateway.browser()
    fields = {"username": "alice", "password": gateway.lab.password("alice"), "to": "/",
              "by": "staff", "csrf": "A" * 43}
    forged = browser.post("/.kerbgate/sign-in", fields)
    assert forged.status == 403 and "__Host-kerbgate" not in browser.cookies
    form = Form(browser.get("/.kerbgate/sign-in?by=staff").text)
    answer = browser.post(form.action, {**form.fields, **fields, "csrf": form.fields["csrf"],
                                        "by": "corp"})
    assert answer.status == 503 and "__Host-kerbgate" not in browser.cookies


def at_home(gateway, idp, user):
    browser = gateway.browser()
    away = browser.get("/.kerbgate/sign-in?to=%2Fhome%2F&by=corp")
    back = urllib.parse.urlsplit(idp.person().walk(away.location, login=user, password="x"))
    answer = browser.get(f"{back.path}?{back.query}")
    assert answer.location == f"https://{HOST}/home/" and "x=y" not in str(answer.headers)
    return browser.get("/home/")


def test_a_home_judges_apps_by_the_provider_that_somebody_is_of(gateway, idp):
    """What one provider says of her says nothing at an app of the other alone."""
    for user, more in (("alice", []), ("boss", [f"https://{HOST}/for-hr/"])):
        page = at_home(gateway, idp, user)
        assert re.findall(r'<li><a href="([^"]*)"', page.text) == [f"https://{HOST}/", *more]
    browser = gateway.browser()
    form = Form(browser.get("/.kerbgate/sign-in?to=%2Fhome%2F&by=staff").text)
    browser.post(form.action, {**form.fields, "username": "alice",
                               "password": gateway.lab.password("alice")})
    assert f"https://{HOST}/for-staff/" in browser.get("/home/").text


def test_claims_are_text_on_the_home_and_make_nobody_a_member(gateway, idp):
    page = at_home(gateway, idp, MEAN)
    assert page.status == 200 and "x=y" not in str(page.headers)
    assert "<script" not in page.text and "for-hr" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;&#39;" in page.text
