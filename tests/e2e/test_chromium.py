"""Signing in as people do it: Chromium, two providers, a deep link, tabs, scripts and none."""
import json
from pathlib import Path

import pytest

from gateway import KERBGATE, Gateway, app, wait_until
from lab.chromium import Chromium
from lab.oidc_provider import OidcProvider

ADDRESS = 162
SECRET = "s3cret-of-the-browser-tests"
PEOPLE = {"alice": {"upn": "alice@CORP.EXAMPLE"}, "bob": {"upn": "bob@CORP.EXAMPLE"}}
HR = "https://hr.example.com"
DEEP = HR + "/deep/link/?a=1&b=%2F..%2f&to=//evil"
BY_UPN = {"login_identity": "user_principal_name"}


@pytest.fixture(scope="module")
def idp(lab):
    client = {"client_id": "kerbgate", "client_secret": SECRET,
              "redirect_uris": [HR + "/.kerbgate/callback"],
              "post_logout_redirect_uris": [HR + "/.kerbgate/signed-out"],
              "backchannel_logout_uri": HR + "/.kerbgate/backchannel-logout",
              "backchannel_logout_session_required": True,
              "response_types": ["code"], "grant_types": ["authorization_code"]}
    with OidcProvider(lab, [client], PEOPLE, gateway=ADDRESS) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(lab, idp, tmp_path_factory):
    folder = tmp_path_factory.mktemp("chromium")
    secret = folder / "oidc.secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    corp = {"name": "corp", "type": "oidc", "issuer": idp.issuer, "client_id": "kerbgate",
            "client_secret_file": str(secret), "ca": str(lab.ca.pem),
            "claims": {"user_principal_name": "upn"}}
    staff = {"name": "staff", "type": "form", "realm": lab.realm,
             "throttle": {"source_attempts": 1000}}
    apps = [app("hr", lab.web.url, spn=lab.web.spn, pre_authentication="corp", sso=BY_UPN),
            app("desk", lab.web.url, spn=lab.web.spn),
            app("limited", lab.web.url, spn=lab.web.spn, allow={"users": ["bob"]})]
    with Gateway(lab, folder, apps, address=ADDRESS,
                 identity_providers=[corp, staff]) as running:
        yield running


@pytest.fixture(scope="module")
def chromium(gateway):
    running = Chromium(gateway.address, Path(KERBGATE).parent / "screenshots")
    yield running
    running.stop()


@pytest.fixture
def person(chromium):
    context = chromium.person()
    yield context
    context.close()


def at_provider(page, user):
    """Fills in the provider's pages, up to where it sends the browser."""
    page.locator("input[name=login]").fill(user)
    page.locator("input[name=password]").fill("x")
    page.locator("button[type=submit]").click()
    if "/interaction/" in page.url():       # what it asks at the first time
        page.locator("button[type=submit]").click()


def sign_in(person, url=HR + "/", user="alice"):
    page = person.newPage()
    page.goto(url)
    at_provider(page, user)
    page.waitForURL(url)
    return page


def seen(page):
    """What the back end saw of the request that the page is the answer to."""
    return json.loads(page.locator("body").innerText())


def fetch(page, path, **options):
    """As the script of a single-page application does."""
    asked = json.dumps({"headers": {}, **options})
    return page.evaluate(
        f"fetch({json.dumps(path)}, {asked}).then(async (r) => ({{status: r.status, url: r.url, "
        "redirected: r.redirected, type: r.headers.get('content-type'), "
        "challenge: r.headers.get('www-authenticate'), text: await r.text()}))")


def test_a_deep_link_leads_through_the_provider_to_the_very_address(person, idp):
    page = person.newPage()
    page.goto(DEEP)
    assert page.url().startswith(idp.issuer + "/interaction/")
    at_provider(page, "alice")
    page.waitForURL(DEEP)
    assert seen(page)["target"] == DEEP.removeprefix(HR)
    assert seen(page)["remote_user"].split("@")[0] == "alice"
    assert "callback" not in page.evaluate("document.referrer")


def test_two_tabs_that_sign_in_at_once_both_end_where_they_began(person):
    urls = [HR + "/first?tab=1", HR + "/second?tab=2"]
    tabs = [person.newPage() for _ in urls]
    for tab, url in zip(tabs, urls):
        tab.goto(url)
    for tab in tabs:
        at_provider(tab, "alice")
    for tab, url in zip(tabs, urls):
        tab.waitForURL(url)
        assert seen(tab)["target"] == url.removeprefix(HR)


def test_signing_out_ends_it_here_and_at_the_provider(person, chromium, idp):
    page = sign_in(person)
    page.goto(HR + "/.kerbgate/sign-out")
    chromium.picture(page, "sign-out")
    page.getByRole("button", {"name": "Sign out"}).click()
    page.waitForURL(idp.issuer + "/**")
    page.locator("button[name=logout]").first().click()
    page.waitForURL(HR + "/.kerbgate/signed-out**")
    chromium.picture(page, "signed-out")
    assert page.getByRole("heading", {"name": "Signed out"}).isVisible()
    page.goto(HR + "/")
    assert page.url().startswith(idp.issuer + "/interaction/")
    assert page.locator("input[name=login]").isVisible()


def test_a_script_of_an_expired_session_is_told_where_to_sign_in(person, gateway):
    page = sign_in(person, HR + "/app")
    assert fetch(page, "/api/items")["status"] == 200
    gateway.run("sessions", "revoke", "--user", "alice@CORP.EXAMPLE")
    for options in ({}, {"method": "POST", "body": "x"}, {"headers": {"Accept": "*/*"}}):
        answer = fetch(page, "/api/items?x=1", **options)
        assert answer["status"] == 401 and not answer["redirected"]
        assert answer["url"] == HR + "/api/items?x=1"
        sign_in_url = answer["challenge"].split('sign-in="')[1].split('"')[0]
        assert sign_in_url.startswith(HR + "/.kerbgate/sign-in")
    assert page.url() == HR + "/app" and not page.getByLabel("Password").count()
    page.goto(sign_in_url)      # the provider still knows who it is
    page.waitForURL(HR + "/api/items?x=1")


def test_a_provider_that_signs_somebody_out_ends_the_open_page(person, idp):
    page = sign_in(person, HR + "/app")
    other = person.newPage()
    other.goto(idp.issuer + "/session/end")
    other.locator("button[name=logout]").first().click()
    wait_until(lambda: fetch(page, "/api/items")["status"] == 401, 10, "the session has ended")


def test_the_form_works_without_scripts(chromium, gateway):
    person = chromium.person(javaScriptEnabled=False)
    page = person.newPage()
    page.goto("https://desk.example.com/desk?x=1")
    chromium.picture(page, "form")
    page.getByLabel("User name").fill("alice")
    page.getByLabel("Password").fill("wrong")
    page.getByRole("button", {"name": "Sign in"}).click()
    assert "not right" in page.getByRole("alert").innerText()
    chromium.picture(page, "form-wrong-password")
    page.getByLabel("Password").fill(gateway.lab.password("alice"))
    page.getByRole("button", {"name": "Sign in"}).click()
    page.waitForURL("https://desk.example.com/desk?x=1")
    assert seen(page)["remote_user"] == "alice"
    person.close()


def test_the_form_needs_no_mouse_and_says_what_is_wrong(person, gateway):
    page = person.newPage()
    page.goto("https://desk.example.com/")
    page.locator(":focus").pressSequentially("alice")
    page.locator(":focus").press("Tab")
    page.locator(":focus").fill(gateway.lab.password("alice"))
    page.locator(":focus").press("Enter")
    page.waitForURL("https://desk.example.com/")
    assert seen(page)["remote_user"] == "alice"
    assert page.problems() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_our_pages_fit_and_keep_their_own_rules(chromium, gateway, width, scheme):
    person = chromium.person(viewport={"width": width, "height": 640}, colorScheme=scheme)
    page = person.newPage()
    for name, path in {"form": "/.kerbgate/sign-in", "not-found": "/.kerbgate/none",
                       "sign-out": "/.kerbgate/sign-out"}.items():
        page.goto("https://desk.example.com" + path)
        chromium.picture(page, f"{name}-{width}-{scheme}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{path} is {wide} wide"
    told = [text for text in page.problems() if "404" not in text]
    assert told == []
    person.close()


def test_who_may_not_use_an_app_is_told_so_with_a_number_to_ask_about(person, chromium, gateway):
    page = person.newPage()
    page.goto("https://limited.example.com/")
    page.getByLabel("User name").fill("alice")
    page.getByLabel("Password").fill(gateway.lab.password("alice"))
    page.getByRole("button", {"name": "Sign in"}).click()
    page.waitForURL("https://limited.example.com/")
    chromium.picture(page, "forbidden")
    activity = page.locator("dt:has-text('Activity') + dd").innerText()
    assert gateway.event(activity)["event"] == 21007
