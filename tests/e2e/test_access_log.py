"""The access log: a line for each request, with what it cost and never with its secrets."""
import json
import stat

import pytest
from gateway import Gateway, app, wait_until


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("access")
    apps = [app("hr", lab.web.url, spn=lab.web.spn)]
    log = {"file": str(folder / "access.log"), "format": "json"}
    with Gateway(lab, folder, apps, address=121, gateway__access_log=log) as running:
        yield running


def lines(gateway, count, name="access.log", **like):
    """The newest `count` lines of requests like that, which are written behind their answers."""
    def read():
        text = (gateway.folder / name).read_text()
        found = [json.loads(line) for line in text.splitlines(True) if line.endswith("\n")]
        found = [line for line in found if like.items() <= line.items()]
        return found[-count:] if len(found) >= count else None
    return wait_until(read, 5, f"{count} lines like {like} in {name}")


def test_a_request_leaves_a_line_with_the_person_the_ticket_and_the_time_of_each_step(gateway):
    browser = gateway.browser().sign_in("alice")
    assert browser.get("/?secret=1").status == 200
    assert browser.get("/?secret=2").status == 200
    first, second = lines(gateway, 2, app="hr", status=200, path="/")
    assert first["user"] == "alice@CORP.EXAMPLE"
    assert first["ticket"] == "new" and second["ticket"] == "cached"
    assert second["connection"] == "kept"
    assert first["spn"] == gateway.lab.web.spn and first["protocol"] == "HTTP/1.1"
    steps = ["head", "session", "ticket", "connect", "mint", "response", "body"]
    for line in first, second:
        assert sum(line[f"{step}_us"] for step in steps) <= line["total_us"]
    assert first["ticket_us"] > second["ticket_us"]


def test_what_is_refused_leaves_its_error_and_the_number_on_the_page(gateway):
    answer = gateway.browser().request("TRACE", "/")
    assert answer.status in (405, 501)
    line = lines(gateway, 1, id=answer.activity)[0]
    assert line["status"] == answer.status and line["error"]
    wait_until(lambda: answer.activity in gateway.log.read_text(), 5, "a line of the log")


def test_no_line_has_a_query_a_cookie_or_a_password(gateway):
    browser = gateway.browser().sign_in("alice")
    browser.get("/?secret=3")
    lines(gateway, 1, app="hr", status=200)
    text = (gateway.folder / "access.log").read_text()
    assert "secret" not in text and gateway.lab.password("alice") not in text
    for value in browser.cookies.values():
        assert value not in text


def test_only_the_group_may_read_it(gateway):
    mode = (gateway.folder / "access.log").stat().st_mode
    assert stat.S_IMODE(mode) == 0o640


def test_a_reload_begins_the_next_file_when_this_one_was_renamed(gateway):
    (gateway.folder / "access.log").rename(gateway.folder / "access.log.1")
    gateway.run("reload")
    assert gateway.browser().get("/after").status == 303
    lines(gateway, 1, path="/after")


def test_what_cannot_be_opened_is_said_before_anything_serves(gateway, tmp_path):
    gateway.write(gateway__access_log={"file": str(tmp_path / "none" / "access.log")})
    done = gateway.run("reload", check=False)
    gateway.write()
    assert done.returncode != 0
    assert "access_log" in done.stderr and "none" in done.stderr
