"""Our own pages: in the language of whoever reads them, and fit to be read by anybody."""
import re
from pathlib import Path

import pytest

from gateway import Form, Gateway, app, wait_until

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def catalogue(lab):
    """The German that is shipped, where the process that serves can read it."""
    file = lab.dir / "messages.de.yaml"
    file.write_text((DOCS / "messages.de.yaml").read_text())
    return file


@pytest.fixture(scope="module")
def gateway(lab, catalogue, tmp_path_factory):
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    with Gateway(lab, tmp_path_factory.mktemp("pages"), apps, address=158,
                 gateway__pages={"messages": [str(catalogue)]}) as running:
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
