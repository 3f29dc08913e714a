"""Our own pages: in the language of whoever reads them, and fit to be read by anybody."""
import base64
import hashlib
import re
from pathlib import Path

import pytest

from gateway import Form, Gateway, app, wait_until

TITLE = "Example </title><script>alert(1)</script> & Co"
EVIL_SVG = (b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script>'
            b'<image href="https://evil.example/"/></svg>')
DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def catalogue(lab):
    """The German that is shipped, where the process that serves can read it."""
    file = lab.dir / "messages.de.yaml"
    file.write_text((DOCS / "messages.de.yaml").read_text())
    return file


@pytest.fixture(scope="module")
def gateway(lab, catalogue, tmp_path_factory):
    logo = lab.dir / "logo.svg"
    logo.write_bytes(EVIL_SVG)
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    pages = {"messages": [str(catalogue)], "title": TITLE, "footer": "<i>IT</i>", "logo": str(logo),
             "sign_in_text": "<img src=x onerror=alert(1)>",
             "colors": {"light": {"accent": "#a3261b"}}}
    with Gateway(lab, tmp_path_factory.mktemp("pages"), apps, address=158,
                 gateway__pages=pages) as running:
        yield running


def language(answer):
    said = re.search(r'<html lang="([^"]*)"', answer.text)[1]
    assert answer.headers["Content-Language"] == said
    assert answer.headers["Vary"] == "Accept-Language"
    return said


@pytest.mark.parametrize("accept, expected", [
    ("de-AT,en;q=0.5", "de"), ("en-US,en;q=0.9,de;q=0.8", "en"), ("fr", "en"), (None, "en"),
    ("de;q=0, *;q=0.1", "en"), ("\"><script>, de", "de")])
def test_a_page_comes_in_the_language_that_was_asked_for(gateway, accept, expected):
    headers = {"Accept-Language": accept} if accept else {}
    browser = gateway.browser()
    form = browser.get("/.kerbgate/sign-in", headers=headers)
    error = browser.get("/.kerbgate/none", headers=headers)
    assert language(form) == language(error) == expected
    assert ("Benutzername" in form.text) == (expected == "de")
    assert ("Diese Seite gibt es nicht" in error.text) == (expected == "de")


def test_a_refusal_and_a_sign_out_are_said_in_it_too(gateway):
    browser, headers = gateway.browser(), {"Accept-Language": "de"}
    form = Form(browser.get("/.kerbgate/sign-in", headers=headers).text)
    fields = {**form.fields, "username": "alice", "password": "wrong"}
    refused = browser.post(form.action, fields, headers=headers)
    assert refused.status == 401 and "Kennwort ist nicht richtig" in refused.text
    browser.sign_in("alice")
    out = browser.get("/.kerbgate/sign-out", headers=headers)
    assert "Sie sind angemeldet als <bdi>alice@CORP.EXAMPLE</bdi>." in out.text
    done = browser.post(Form(out.text).action, Form(out.text).fields, headers=headers)
    assert done.status == 200 and "Sie sind hier abgemeldet." in done.text


def test_a_program_reads_english(gateway):
    answer = gateway.browser().get("/.kerbgate/none", headers={"Accept": "application/json",
                                                               "Accept-Language": "de"})
    assert answer.json["title"] == "There is no such page"


def test_a_catalogue_that_was_changed_is_read_again(gateway, catalogue):
    text = catalogue.read_text()
    catalogue.write_text(text.replace('"Benutzername"', '"Dein <b>Name</b>"'))
    browser = gateway.browser()

    def says_so():
        browser.close()
        page = browser.get("/.kerbgate/sign-in", headers={"Accept-Language": "de"}).text
        return "Dein &lt;b&gt;Name&lt;/b&gt;" in page

    wait_until(says_so, 40, "the changed catalogue is in use")
    catalogue.write_text(text)


def test_check_names_what_is_missing_and_what_is_wrong(gateway, tmp_path):
    broken = tmp_path / "messages.fr.yaml"
    broken.write_text("language: fr\nmessages:\n  sign-in.wait-minutes: bientôt\n")
    gateway.write(gateway__pages={"messages": [str(broken)]})
    done = gateway.run("check", check=False)
    assert done.returncode == 1
    assert f"{broken}:3:25: messages.sign-in.wait-minutes: expected {{minutes}}" in done.stderr
    broken.write_text("language: fr\nmessages:\n  sign-in.title: Connexion\n")
    done = gateway.run("check")
    assert f"{broken}:3:3: warning: messages: " in done.stderr
    assert "said in English: sign-in.user-name," in done.stderr


def test_the_template_is_what_check_accepts(gateway, tmp_path):
    template = tmp_path / "messages.yaml"
    template.write_text(gateway.run("check", "--print-messages").stdout)
    gateway.write(gateway__pages={"messages": [str(template)]})
    assert "warning: messages" not in gateway.run("check").stderr


def test_what_is_configured_is_text_on_every_page(gateway):
    for path in ("/.kerbgate/sign-in", "/.kerbgate/sign-out", "/.kerbgate/none"):
        page = gateway.browser().get(path)
        assert "&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co</title>" in page.text
        assert "<footer>&lt;i&gt;IT&lt;/i&gt;</footer>" in page.text
        assert "<script" not in page.text and "<img src=x" not in page.text
        assert "--mark:#a3261b;" in page.text
        style = page.text.split("<style>")[1].split("</style>")[0]
        digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
        assert page.headers["Content-Security-Policy"] == (
            f"default-src 'none'; style-src 'sha256-{digest}'; img-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'")


def test_a_logo_can_do_nothing_but_be_seen(gateway):
    logo = gateway.browser().get("/.kerbgate/logo")
    assert logo.status == 200 and logo.body == EVIL_SVG
    assert logo.headers["Content-Type"] == "image/svg+xml"
    assert logo.headers["X-Content-Type-Options"] == "nosniff"
    assert logo.headers["Content-Security-Policy"] == (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox")
    assert gateway.browser().post("/.kerbgate/logo", {}).status == 405
    for path in ("/.kerbgate/logo/", "/.kerbgate/logo.svg", "/.kerbgate/logo/../../etc/passwd"):
        assert gateway.browser().get(path).status in (303, 404)


@pytest.mark.parametrize("content", [
    b"<html><svg>", b"<?xml version='1.0'?><!DOCTYPE svg><svg/>", b"GIF89a", b"", b"<svg " * 20000,
    b"#!/bin/sh\n"])
def test_a_file_that_is_no_image_of_ours_is_refused_by_check_and_at_the_start(gateway, tmp_path,
                                                                              content):
    logo = tmp_path / "logo.png"
    logo.write_bytes(content)
    gateway.write(gateway__pages={"logo": str(logo)})
    done = gateway.run("check", check=False)
    assert done.returncode == 1
    assert f"gateway.pages.logo: {logo}: expected a PNG, an ICO, or an SVG" in done.stderr


def test_colours_that_nobody_can_read_are_refused(gateway):
    gateway.write(gateway__pages={"colors": {"light": {"accent": "#ffd400"}}})
    done = gateway.run("check", check=False)
    assert done.returncode == 1
    assert "has a contrast of 1.43 to 1, expected at least 4.5" in done.stderr


@pytest.mark.parametrize("pages", [
    {"logo": "/etc/hostname"}, {"messages": ["/etc/hostname"]}, {"logo": "/nowhere.svg"},
    {"colors": {"dark": {"text": "#000"}}}])
def test_pages_that_are_not_right_are_not_put_into_use(gateway, pages):
    gateway.write(gateway__pages=pages)
    done = gateway.run("reload", check=False)
    assert done.returncode == 1 and "gateway.pages." in done.stderr + done.stdout
    page = gateway.browser().get("/.kerbgate/sign-in").text
    assert "<footer>&lt;i&gt;IT&lt;/i&gt;</footer>" in page
