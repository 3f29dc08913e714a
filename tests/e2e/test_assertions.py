"""sso.assertion: who somebody is, signed, for one application, as a back end verifies it."""
import subprocess

import pytest

import jose
from gateway import Gateway, app, change_claims, wait_until
from test_headers import USER, named, told

KINDS = {"ec": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
         "rsa": ["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
         "p384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"]}
HEADER = "kerbgate-assertion"


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Files that only root can read, as pytest's folder is."""
    folder = tmp_path_factory.mktemp("keys")
    for name, kind in KINDS.items():
        subprocess.run(["openssl", "genpkey", "-algorithm", *kind, "-out", folder / name],
                       check=True, capture_output=True)
        (folder / name).chmod(0o600)
    return folder


def start(lab, folder, *keys, name="assertions"):
    inside = lab.web.url + "public/"
    apps = [
        told("told", inside, USER, assertion={"audience": "https://told.corp.example/",
                                              "claims": ["user_principal_name", "groups"]}),
        told("other", inside, assertion={"audience": "other", "header": "X-Proof",
                                         "lifetime": "5m"}),
        app("both", lab.web.url, spn=lab.web.spn, sso={"assertion": {"audience": "both"}}),
        app("wild", lab.web.url + "public/", host="*.wild.example.com",
            sso={"mode": "headers", "assertion": {"audience": "urn:wild:*"}}),
        app("open", inside, pre_authentication="passthrough"),
    ]
    return Gateway(lab, folder, apps, name=name, address=111,
                   connector__assertion_keys=[str(key) for key in keys])


@pytest.fixture(scope="module")
def gateway(lab, keys, tmp_path_factory):
    folder = tmp_path_factory.mktemp("assertions")
    with start(lab, folder, keys / "ec", keys / "rsa") as running:
        yield running


def jwks(gateway, host="open.example.com"):
    answer = gateway.browser(host).get("/.kerbgate/jwks.json")
    assert answer.status == 200 and answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Content-Type"] == "application/jwk-set+json"
    return answer.json


def with_groups(browser):
    change_claims(browser.gateway, lambda claims: {**claims, "groups": ["HR", "R&D"]})
    browser.close()
    return browser


def assertion(browser, header=HEADER, **options):
    [(_, token)] = named(browser.get("/", **options).json, header.lower())
    return token


def test_a_back_end_can_verify_who_somebody_is(gateway):
    alice = with_groups(gateway.browser("told.example.com").sign_in("alice"))
    seen = alice.get("/").json
    [(_, token)] = named(seen, HEADER)
    claims = jose.verify(token, jwks(gateway), "https://told.corp.example/")
    assert claims["iss"] == "https://told.example.com" and claims["idp"] == "staff"
    assert claims["sub"] == claims["user_principal_name"] == "alice@CORP.EXAMPLE"
    assert claims["groups"] == ["HR", "R&D"]
    assert claims["exp"] - claims["iat"] == 60 and claims["nbf"] == claims["iat"]
    assert named(seen, "x-user") == [("X-User", "alice@CORP.EXAMPLE")]
    again = jose.verify(assertion(alice), jwks(gateway), "https://told.corp.example/")
    assert again["jti"] != claims["jti"]


def test_it_goes_beside_the_ticket_and_for_each_label(gateway):
    seen = gateway.browser("both.example.com").sign_in("alice").get("/").json
    [(_, token)] = named(seen, HEADER)
    assert jose.verify(token, jwks(gateway), "both")["sub"] == "alice@CORP.EXAMPLE"
    assert seen["remote_user"] == "alice"
    for label in ("a", "b"):
        browser = gateway.browser(f"{label}.wild.example.com").sign_in("bob")
        claims = jose.verify(assertion(browser), jwks(gateway), f"urn:wild:{label}")
        assert claims["iss"] == f"https://{label}.wild.example.com"


def test_the_keys_are_at_every_host_and_public_alone(gateway):
    sets = [jwks(gateway, host) for host in ("told.example.com", "open.example.com",
                                             "both.example.com", "x.wild.example.com")]
    assert all(found == sets[0] for found in sets)
    assert [key["alg"] for key in sets[0]["keys"]] == ["ES256", "RS256"]
    for key in sets[0]["keys"]:
        assert not {"d", "p", "q", "dp", "dq", "qi"} & set(key)


def test_an_assertion_for_one_application_is_nothing_to_another(gateway):
    token = assertion(gateway.browser("other.example.com").sign_in("bob"), "X-Proof")
    assert jose.verify(token, jwks(gateway), "other")["sub"] == "bob@CORP.EXAMPLE"
    with pytest.raises(jose.Refused, match="aud"):
        jose.verify(token, jwks(gateway), "https://told.corp.example/")
    with pytest.raises(jose.Refused, match="exp"):
        jose.verify(token, jwks(gateway), "other", now=2_000_000_000 + 2**32)
    head, payload, signature = token.split(".")
    other = "B" if payload[10] == "A" else "A"
    with pytest.raises((jose.Refused, ValueError)):
        jose.verify(f"{head}.{payload[:10]}{other}{payload[11:]}.{signature}", jwks(gateway),
                   "other")


@pytest.mark.parametrize("name", ["kerbgate-assertion", "Kerbgate_Assertion", "kerbgate.assertion",
                                  "X-Proof", "x_proof", "X.PROOF"])
@pytest.mark.parametrize("host", ["both", "open"])
def test_nobody_passes_on_anothers_assertion(gateway, host, name):
    """Invariant 6. bob's, by alice, under every name that a back end could read as the header."""
    bobs = assertion(gateway.browser("other.example.com").sign_in("bob"), "X-Proof")
    browser = gateway.browser(f"{host}.example.com")
    if host != "open":
        browser.sign_in("alice")
    seen = browser.get("/", headers={name: bobs}).json
    assert bobs not in str(seen)
    assert len(named(seen, HEADER)) == (host != "open")


def test_a_missing_claim_is_an_error_and_never_left_out(gateway):
    alice = gateway.browser("told.example.com").sign_in("alice")
    change_claims(gateway, lambda claims: {k: v for k, v in claims.items() if k != "groups"})
    alice.close()
    answer = alice.get("/")
    assert answer.status == 403
    event = gateway.event(answer.activity)
    assert event["event"] == 13016 and event["error"] == "claim-missing"
    assert '"groups" in its assertion' in event["detail"]


def test_no_assertion_is_written_anywhere(gateway):
    """Invariant 9."""
    token = assertion(gateway.browser("other.example.com").sign_in("alice"), "X-Proof")
    signature = token.rpartition(".")[2].encode()
    for path in [gateway.log, *gateway.state.iterdir()]:
        assert signature not in path.read_bytes(), path


def test_a_key_is_announced_signs_and_goes(gateway, keys):
    other = gateway.browser("other.example.com").sign_in("alice")

    def reload(*order):
        gateway.write(connector__assertion_keys=[str(keys / name) for name in order])
        gateway.run("reload")
        other.close()
        algorithms = [{"ec": "ES256", "rsa": "RS256"}[name] for name in order]
        wait_until(lambda: [key["alg"] for key in jwks(gateway)["keys"]] == algorithms, 10,
                   "the reload is in force")
        token, published = assertion(other, "X-Proof"), jwks(gateway)
        assert jose.verify(token, published, "other")
        return token, published
    old, _ = reload("ec")
    for order in (["ec", "rsa"], ["rsa", "ec"]):
        _, published = reload(*order)
        jose.verify(old, published, "other")
    new, published = reload("rsa")
    with pytest.raises(jose.Refused, match="key"):
        jose.verify(old, published, "other")
    _, published = reload("ec", "rsa")
    jose.verify(new, published, "other")


@pytest.mark.parametrize("name, words", [("p384", "is on another curve than P-256"),
                                         ("none", "No such file or directory")])
def test_a_key_that_cannot_be_used_refuses_the_start(lab, keys, tmp_path, name, words):
    gateway = start(lab, tmp_path, keys / "ec", keys / name)
    checked = gateway.run("check", check=False)
    assert checked.returncode == 1
    assert "connector.assertion_keys" in checked.stderr and words in checked.stderr
    gateway.start(wait=False)
    assert gateway.process.wait(20) == 1
    assert words in gateway.log.read_text() and str(keys / name) in gateway.log.read_text()
