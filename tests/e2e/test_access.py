"""Who may use what: groups of the directory, parts of an app, what kerbgate check says of it."""
import http.client
import json

import pytest

from gateway import Gateway, app

ADDRESS = 131


def rule(path, allow, **more):
    return {"path": path, "allow": allow, **more}


@pytest.fixture(scope="module")
def staff(lab):
    """user07 is in Staff by way of Payroll."""
    lab.samba_tool("group", "add", "Payroll")
    lab.samba_tool("group", "add", "Staff")
    lab.samba_tool("group", "addmembers", "Payroll", "user07")
    lab.samba_tool("group", "addmembers", "Staff", "Payroll")
    return lab.account("Staff", "objectSid")["objectSid"][0]


@pytest.fixture(scope="module")
def gateway(lab, tmp_path_factory, staff, directory):
    page = lab.web.url + "public/"
    apps = [
        app("hr", page, allow={"groups": ["Staff"]}),
        app("sid", page, allow={"groups": [staff]}),
        app("domain", page, allow={"groups": ["Domain Users"]}),
        app("admins", page, allow={"groups": ["Domain Admins", "No such group"]}),
        app("strong", page, allow={"acr": ["mfa"]}),
        app("inside", page, allow={"networks": ["192.0.2.0/24"]}),
        app("read", page, allow={"methods": ["GET"]}),
        app("never", page, allow={"hours": ["daily 00:00-24:00 Europe/Berlin"]},
            rules=[rule("/admin/", {"users": ["user08"]}), rule("/closed", "nobody"),
                   rule("/b%C3%BCro/", {"users": ["user08"]}),
                   rule("/api/", {"groups": ["Staff"]}, methods=["GET"])]),
    ]
    with Gateway(lab, tmp_path_factory.mktemp("access"), apps, address=ADDRESS,
                 connector__directory__servers=directory) as running:
        yield running


def status(gateway, user, host, path="/", method="GET"):
    browser = gateway.browser(f"{host}.example.com").sign_in(user)
    return browser.request(method, path).status


@pytest.mark.parametrize("host", ["hr", "sid"])
def test_members_of_a_group_are_let_in_also_by_way_of_another(gateway, host):
    assert status(gateway, "user07", host) == 200
    assert status(gateway, "user08", host) == 403


def test_a_name_that_every_domain_has_needs_no_directory(gateway):
    assert status(gateway, "user08", "domain") == 200
    assert status(gateway, "user08", "admins") == 403


@pytest.mark.parametrize("host", ["strong", "inside"])
def test_what_a_sign_in_does_not_say_and_where_nobody_is_lets_in_nobody(gateway, host):
    assert status(gateway, "user08", host) == 403


def test_methods_are_a_condition(gateway):
    assert status(gateway, "user08", "read") == 200
    assert status(gateway, "user08", "read", method="DELETE") == 403


@pytest.mark.parametrize("path, user07, user08", [
    ("/", 200, 200), ("/admin/", 403, 200), ("/admin", 403, 200), ("/closed", 403, 403),
    ("/closed/x", 403, 403), ("/closedness", 200, 200), ("/api/", 200, 403),
])
def test_the_rule_of_the_longest_path_counts(gateway, path, user07, user08):
    assert status(gateway, "user07", "never", path) == user07
    assert status(gateway, "user08", "never", path) == user08


@pytest.mark.parametrize("path", [
    "/ADMIN/", "//admin/", "/%2Fadmin/", "/admin;x/", "/admin%2Fx", "/admin./", "/x/../admin/",
    "/%61dmin/", "/admin%20/", "/;/admin/", "/./admin/", "/admin%5Cx",
    "/admin%3Fx", "/admin%23", "/admin::$INDEX_ALLOCATION/x",
    "/b%C3%BCro/", "/B%C3%9CRO/x", "/b%FCro/",
])
def test_no_spelling_of_a_path_goes_round_its_rule(gateway, path):
    browser = gateway.browser("never.example.com").sign_in("user07")
    connection = gateway.tls("never.example.com")
    cookie = "; ".join(f"{k}={v}" for k, v in browser.cookies.items())
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: never.example.com\r\nCookie: {cookie}\r\n"
                       "Connection: close\r\n\r\n".encode())
    response = http.client.HTTPResponse(connection)
    response.begin()
    assert response.status == 403
    connection.close()


def test_the_event_names_the_rule_and_check_says_the_same(gateway):
    answer = gateway.browser("never.example.com").sign_in("user07").get("/admin/x")
    assert answer.status == 403
    event = gateway.event(answer.activity)
    lines = gateway.file.read_text().splitlines()
    number = int(event["detail"].rsplit(":", 1)[1].rstrip(")"))
    assert event["event"] == 21007 and str(gateway.file) in event["detail"]
    assert '"/admin/"' in lines[number - 1] + lines[number]
    said = gateway.run("check", "--app", "never", "--user", "user07", "--path", "/admin/x",
                       check=False)
    assert said.returncode == 1 and f"{gateway.file}:{number}: path /admin/" in said.stdout
    assert "user07@CORP.EXAMPLE may not GET /admin/x of app never" in said.stdout


@pytest.mark.parametrize("arguments, returned, says", [
    (["--user", "user08", "--app", "never", "--path", "/admin/x"], 0, "may GET"),
    (["--user", "user07", "--app", "hr"], 1, "perhaps may"),
    (["--user", "user07", "--app", "hr", "--claims", json.dumps({"groups": ["Staff"]})], 0, "may"),
    (["--user", "user07", "--app", "hr", "--claims", "{}"], 1, "may not"),
    (["--user", "user07", "--app", "inside", "--from", "192.0.2.7"], 0, "may"),
    (["--user", "user07", "--app", "read", "--method", "PUT"], 1, "allow.methods"),
])
def test_check_answers_from_the_configuration_alone(gateway, arguments, returned, says):
    said = gateway.run("check", *arguments, check=False)
    assert said.returncode == returned and says in said.stdout, said.stdout + said.stderr
    assert f"{gateway.file}:" in said.stdout


def test_a_wrong_question_is_a_matter_of_usage(gateway):
    for arguments in (["--user", "alice"], ["--user", "alice", "--app", "nix"], ["--from", "::1"],
                      ["--user", "alice", "--app", "hr", "--claims", "[]"],
                      ["--user", "alice", "--app", "hr", "--path", "x"]):
        said = gateway.run("check", *arguments, check=False)
        assert said.returncode == 2 and said.stderr.startswith("kerbgate check: "), said.stderr
