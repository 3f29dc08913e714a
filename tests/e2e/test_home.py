"""The home: what somebody may use, and nothing of what they may not; and how our pages look."""
import re
from pathlib import Path

import pytest

from gateway import KERBGATE, Form, Gateway, app
from lab.chromium import Chromium

ADDRESS = 159
HOME = "apps.example.com"
DOCS = Path(__file__).parents[2] / "docs"
SVG = (b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle r="4" cx="4" cy="4"/>'
       b'</svg>')


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    icon = lab.dir / "icon.svg"
    icon.write_bytes(SVG)
    logo = lab.dir / "logo.example.svg"
    logo.write_bytes((DOCS / "logo.example.svg").read_bytes())
    german = lab.dir / "home.de.yaml"
    german.write_text((DOCS / "messages.de.yaml").read_text())
    apps = [
        app("hr", lab.web.url, spn=lab.web.spn, title="Personnel", icon=str(icon)),
        app("below", lab.web.url + "deep/", spn=lab.web.spn)
        | {"external_url": f"https://{HOME}/below/"},
        app("bobs", lab.web.url, spn=lab.web.spn, allow={"users": ["bob"]}, icon=str(icon)),
        app("mean", lab.web.url, title='"><script>alert(1)</script>&amp;'),
        app("partners", lab.web.url, pre_authentication="partners"),
        app("either", lab.web.url, pre_authentication=["staff", "partners"],
            title="Zeiterfassung und Abwesenheiten der Außenstellen"),
        app("secret", lab.web.url, listed="off", icon=str(icon)),
        app("open", lab.web.url + "public/", pre_authentication="passthrough"),
        app("welcome", lab.web.url + "public/", pre_authentication="passthrough", listed="on"),
        app("resting", lab.web.url, maintenance="on"),
    ]
    people = {"type": "form", "realm": lab.realm, "throttle": {"source_attempts": 1000}}
    running = Gateway(lab, tmp_path_factory.mktemp("home"), apps, address=ADDRESS)
    running.certificate, running.key = lab.ca.issue(HOME, *[f"{a['name']}.example.com"
                                                            for a in apps])
    running.write(
        identity_providers=[{"name": "staff", "label": "Staff of Example Corp", **people},
                            {"name": "partners", "label": "Partners", **people}],
        home={"external_url": f"https://{HOME}/", "pre_authentication": "staff"},
        gateway__pages={"title": "Example Corp", "logo": str(logo), "messages": [str(german)],
                        "footer": "Example Corp, IT services, extension 4711",
                        "sign_in_text": "With the password of your computer at work."})
    with running:
        yield running


def listed(page):
    return re.findall(r'<li><a href="https://([^"]*)"', page.text)


FOR_ALL = ["mean.example.com/", "either.example.com/", "welcome.example.com/",
           "resting.example.com/"]


@pytest.mark.parametrize("user, more", [("alice", []), ("bob", ["bobs.example.com/"])])
def test_everybody_sees_what_they_may_use(gateway, user, more):
    browser = gateway.browser(HOME)
    away = browser.get("/")
    assert away.status == 303
    assert away.location == f"https://{HOME}/.kerbgate/sign-in?to=%2F"
    browser.sign_in(user)
    page = browser.get("/")
    assert listed(page) == ["hr.example.com/", f"{HOME}/below/", *more, *FOR_ALL]
    assert f"<bdi>{user}@CORP.EXAMPLE</bdi>" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    for name in ("secret", "open", "partners") + (() if more else ("bobs",)):
        assert name not in page.text.replace("Partners", "")
    assert "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;" in page.text
    assert "<script" not in page.text


def test_an_app_below_the_home_has_its_sign_in(gateway):
    browser = gateway.browser(HOME).sign_in("alice")
    assert browser.get("/below/x").json["remote_user"].startswith("alice")
    assert gateway.browser("hr.example.com").get("/").status == 303


def test_signing_out_leaves_nothing(gateway):
    browser = gateway.browser(HOME).sign_in("alice")
    form = Form(browser.get("/.kerbgate/sign-out").text)
    cookie = browser.cookies["__Host-kerbgate"]
    done = browser.post(form.action, form.fields)
    assert done.status == 200 and 'class="button" href="/"' in done.text
    browser.cookies["__Host-kerbgate"] = cookie
    assert browser.get("/").status == 303 and browser.get("/.kerbgate/icon/hr").status == 404


@pytest.mark.parametrize("path, status", [
    ("/.kerbgate/icon/hr", 200), ("/.kerbgate/icon/bobs", 404), ("/.kerbgate/icon/secret", 404),
    ("/.kerbgate/icon/none", 404), ("/.kerbgate/icon/", 404), ("/.kerbgate/icon/hr%00", 400),
    ("/.kerbgate/icon/../icon/bobs", 404), ("/.kerbgate/icon/%2e%2e/icon/secret", 404),
    ("/.kerbgate/icon/..%2f..%2fetc%2fpasswd", 400), ("/.kerbgate/icon/hr/bobs", 404),
    ("/.kerbgate/icon//hr", 404), ("/.kerbgate/icon/hr?name=bobs", 200)])
def test_an_icon_is_there_for_those_who_see_its_app(gateway, path, status):
    browser = gateway.browser(HOME).sign_in("alice")
    answer = browser.get(path)
    assert answer.status == status
    if status == 200:
        assert answer.body == SVG and answer.headers["Content-Type"] == "image/svg+xml"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "private, max-age=300"
    assert gateway.browser(HOME).get(path).status in (404, 400)
    elsewhere = gateway.browser("hr.example.com").sign_in("alice")
    assert elsewhere.get(path).status in (404, 400)


@pytest.mark.parametrize("to", [
    "https://evil.example/", "//evil.example/", "/\\evil.example/", "/%5cevil.example",
    "/%2f%2fevil.example", "http:evil.example", "javascript:alert(1)", "/.kerbgate/sign-out",
    "/\r\nLocation: https://evil.example/", "/../../evil.example", "\x00//evil.example",
    "https://apps.example.com.evil.example/", "https://apps.example.com@evil.example/"])
def test_the_home_leads_to_no_other_place(gateway, to):
    browser = gateway.browser(HOME)
    answer = browser.try_sign_in("alice", gateway.lab.password("alice"), to)
    assert answer.status == 303 and answer.location.startswith(f"https://{HOME}/")
    assert "evil" not in answer.location.split(f"https://{HOME}/")[0]
    assert "Location" not in answer.location and len(answer.headers.get_all("Location")) == 1
    assert not answer.location.removeprefix(f"https://{HOME}").startswith(("//", "/\\"))


def test_the_home_is_one_page_that_is_looked_at(gateway):
    browser = gateway.browser(HOME).sign_in("alice")
    assert browser.get("/index.html").status == 404
    refused = browser.post("/", {"a": "b"})
    assert refused.status == 405 and refused.headers["Allow"] == "GET, HEAD"
    assert browser.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    answer = gateway.browser(HOME).get("/", headers={"Accept": "application/json"})
    assert answer.status == 401 and "sign-in=" in answer.headers["WWW-Authenticate"]


def test_a_session_of_another_host_or_a_made_up_one_opens_no_home(gateway):
    other = gateway.browser("hr.example.com").sign_in("alice")
    browser = gateway.browser(HOME)
    for cookie in (other.cookies["__Host-kerbgate"], "A" * 43, ""):
        browser.cookies["__Host-kerbgate"] = cookie
        assert browser.get("/").status == 303


def test_check_says_where_the_home_is_and_what_is_wrong_with_it(gateway):
    assert f"home: https://{HOME}/" in gateway.run("check").stdout
    kept = gateway.file.read_text()
    rows = [
        (f"https://{HOME}/", "none", '"none" is not defined'),
        (f"https://{HOME}/", "passthrough", "passthrough"),
        (f"http://{HOME}/", "staff", "by TLS alone, expected https://"),
        ("https://hr.example.com/", "staff", "has this address"),
        ("https://*.example.com/", "staff", "expected no '*'"),
        (f"https://{HOME}/.kerbgate/home/", "staff", "are under /.kerbgate/"),
    ]
    try:
        for url, provider, expected in rows:
            gateway.write(home={"external_url": url, "pre_authentication": provider})
            done = gateway.run("check", check=False)
            assert done.returncode == 1 and expected in done.stderr, (url, done.stderr)
    finally:
        gateway.file.write_text(kept)


@pytest.fixture(scope="module")
def chromium(gateway):
    running = Chromium(gateway.address, Path(KERBGATE).parent / "screenshots")
    yield running
    running.stop()


PAGES = {"choice": "https://either.example.com/.kerbgate/sign-in",
         "branded-form": f"https://{HOME}/.kerbgate/sign-in?to=/",
         "branded-error": f"https://{HOME}/.kerbgate/none"}
GERMAN = {"locale": "de-DE"}


@pytest.mark.parametrize("name, options", [
    ("light", {}), ("dark", {"colorScheme": "dark"}),
    ("narrow", {"viewport": {"width": 320, "height": 640}}),
    ("zoomed", {"viewport": {"width": 320, "height": 256}, "deviceScaleFactor": 4}),
    ("german", GERMAN), ("without-scripts", {"javaScriptEnabled": False})])
def test_pages_fit_and_keep_their_own_rules(chromium, gateway, name, options):
    person = chromium.person(**options)
    page = person.newPage()
    for title, url in PAGES.items():
        page.goto(url)
        chromium.picture(page, f"{title}-{name}")
        fits(page, options)
    page.goto(f"https://{HOME}/")
    names = page.locator("label")
    assert names.first().innerText() == ("Benutzername" if options == GERMAN else "User name")
    page.locator("#username").fill("bob")
    page.locator("#password").fill(gateway.lab.password("bob"))
    page.locator("button").click()
    page.waitForURL(f"https://{HOME}/")
    chromium.picture(page, f"home-{name}")
    fits(page, options)
    assert page.locator("ul.apps li").count() == 7
    assert [text for text in page.problems() if "404" not in text] == []
    person.close()


def fits(page, options):
    if options.get("javaScriptEnabled", True):
        width = page.evaluate("document.documentElement.clientWidth")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate("document.querySelectorAll('main h1').length") == 1
    page.locator("header img").waitFor()


def test_the_home_and_the_choice_need_no_mouse(chromium, gateway):
    person = chromium.person()
    page = person.newPage()
    page.goto("https://either.example.com/")
    page.locator("body").press("Tab")
    page.locator(":focus").press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.locator(":focus").press("Enter")
    page.waitForURL("https://either.example.com/.kerbgate/sign-in?**by=partners")
    assert page.locator("p:has-text('With Partners')").isVisible()
    page.locator("text=Sign in another way").press("Enter")
    page.waitForURL("https://either.example.com/.kerbgate/sign-in?to=%2F&choose=1")
    assert page.locator("ul.choice a").first().innerText() == "Partners (used last)"
    person.close()
