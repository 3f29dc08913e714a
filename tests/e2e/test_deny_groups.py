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
def denying(lab, tmp_path):
    """Starts a gateway that denies the members of these groups."""
    running = []

    def start(*groups, **more):
        gateway = Gateway(lab, tmp_path, [app("hr", lab.web.url, spn=lab.web.spn)],
                          address=ADDRESS, connector__kerberos__deny_groups=list(groups),
                          **more)
        running.append(gateway)
        return gateway.start()
    yield start
    for gateway in running:
        gateway.stop()


def refusal(gateway, user):
    answer = gateway.browser().sign_in(user).get("/")
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
