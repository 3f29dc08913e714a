"""Members of denied groups get no ticket, as the domain controller's ticket has them."""
import pytest

from gateway import Gateway, app

ADDRESS = 116


@pytest.fixture(scope="module")
def vault(lab):
    """The SID of a group that user05 is in by way of another one."""
    lab.samba_tool("group", "add", "Keys")
    lab.samba_tool("group", "add", "Vault")
    lab.samba_tool("group", "addmembers", "Keys", "user05")
    lab.samba_tool("group", "addmembers", "Vault", "Keys")
    return lab.account("Vault", "objectSid")["objectSid"][0]


@pytest.fixture
def denying(lab, tmp_path, directory):
    """Starts a gateway that denies the members of these groups."""
    running = []

    def start(*groups, **more):
        apps = [app("hr", lab.web.url, spn=lab.web.spn),
                app("own", lab.web.url, spn=lab.web.spn, sso={"ticket": "own"})]
        gateway = Gateway(lab, tmp_path, apps,
                          address=ADDRESS, connector__kerberos__deny_groups=list(groups),
                          connector__directory__servers=directory, **more)
        running.append(gateway)
        return gateway.start()
    yield start
    for gateway in running:
        gateway.stop()


def refusal(gateway, user, host="hr.example.com"):
    answer = gateway.browser(host).sign_in(user).get("/")
    return answer.status, gateway.event(answer.activity)


def test_a_member_of_a_denied_group_gets_no_ticket_also_by_way_of_others(denying, vault):
    gateway = denying("Enterprise Admins", vault)
    status, event = refusal(gateway, "user05")
    assert status == 403
    assert event["event"] == 13019 and event["error"] == "krb-user-denied"
    assert vault in event["detail"] and "user05" in event["detail"]
    assert gateway.browser().sign_in("user06").get("/").json["remote_user"] == "user06"


def test_domain_admins_are_denied_by_their_name(lab, denying):
    lab.add_users("dora")
    lab.samba_tool("group", "addmembers", "Domain Admins", "dora")
    gateway = denying("Domain Admins")
    status, event = refusal(gateway, "dora")
    assert status == 403 and "Domain Admins" in event["detail"]
    assert gateway.browser().sign_in("user06").get("/").status == 200


@pytest.mark.parametrize("name", ["Vault", "corp\\vault"])
def test_another_group_is_denied_by_its_name_which_the_directory_knows(denying, vault, name):
    gateway = denying(name)
    status, event = refusal(gateway, "user05")
    assert status == 403 and event["error"] == "krb-user-denied" and name in event["detail"]
    assert gateway.browser().sign_in("user06").get("/").json["remote_user"] == "user06"


@pytest.mark.parametrize("name", ["No such group", "NOWHERE\\Vault", "Administrators"])
def test_while_a_denied_group_is_not_known_nobody_gets_a_ticket(denying, vault, name):
    gateway = denying("Domain Admins", name)
    status, event = refusal(gateway, "user06")
    assert status == 502
    assert event["event"] == 13019 and event["error"] == "krb-groups-unknown"
    assert name in event["detail"]


def test_a_group_that_no_ticket_names_is_as_good_as_unknown(lab, denying):
    lab.samba_tool("group", "add", "Letters", "--group-type=Distribution")
    lab.samba_tool("group", "addmembers", "Letters", "user05")
    gateway = denying("Letters")
    for user in ("user05", "user06"):
        status, event = refusal(gateway, user)
        assert status == 502 and event["error"] == "krb-groups-unknown", event
        assert "Letters" in event["detail"] and "distribution" in event["detail"]


def test_a_group_that_is_local_to_our_domain_is_denied(lab, denying):
    lab.samba_tool("group", "add", "Local", "--group-scope=Domain")
    lab.samba_tool("group", "addmembers", "Local", "user05")
    gateway = denying("Local")
    status, event = refusal(gateway, "user05")
    assert status == 403 and event["error"] == "krb-user-denied", event
    assert gateway.browser().sign_in("user06").get("/").json["remote_user"] == "user06"


@pytest.mark.parametrize("name", ["Vault", "SID"])
def test_members_are_denied_with_tickets_of_their_own_too(denying, vault, name):
    gateway = denying(vault if name == "SID" else name)
    status, event = refusal(gateway, "user05", "own.example.com")
    assert status == 403 and event["error"] == "krb-user-denied", event
    seen = gateway.browser("own.example.com").sign_in("user06").get("/").json
    assert seen["remote_user"] == "user06"


def test_while_a_denied_group_is_not_known_nobodys_own_ticket_is_taken(denying):
    gateway = denying("No such group")
    status, event = refusal(gateway, "user06", "own.example.com")
    assert status == 502 and event["error"] == "krb-groups-unknown"
