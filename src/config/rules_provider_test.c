/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#define REST CONNECTOR "apps:\n" APP("hr", "")
/* The provider begins in column 22 of line 2. */
#define OIDC(keys) GATEWAY "identity_providers: [{name: staff, type: oidc" keys "}]\n" REST
#define FINE ", issuer: \"https://login.example.com/\", client_id: kerbgate"
#define SECRET FINE ", client_secret_file: s"

static void an_oidc_provider_has_what_it_needs_and_nothing_of_another_kind(void **state) {
    static const struct report_row ROWS[] = {
        {"with a secret", OIDC(SECRET), ""},
        {"with a key",
         OIDC(FINE ", client_authentication: private_key_jwt, client_key_file: oidc.key"), ""},
        {"with a certificate",
         OIDC(FINE ", client_authentication: tls_client_auth, client_key_file: oidc.key, "
                   "client_certificate: oidc.pem"),
         ""},
        {"with nothing", OIDC(""),
         "k.yaml:2:22: identity_providers.issuer is missing, which type oidc needs\n"
         "k.yaml:2:22: identity_providers.client_id is missing, which type oidc needs\n"
         "k.yaml:2:22: identity_providers.client_secret_file is missing, which "
         "client_authentication needs\n"},
        {"a realm", OIDC(SECRET ", realm: CORP"),
         "k.yaml:2:137: identity_providers.realm: this is for type form, expected it left out\n"},
        {"a page to change passwords", OIDC(SECRET ", password_change_url: \"https://x/\""),
         "k.yaml:2:151: identity_providers.password_change_url: this is for type form, expected it "
         "left out\n"},
        {"a secret that nobody uses",
         OIDC(SECRET ", client_authentication: private_key_jwt, client_key_file: k"),
         "k.yaml:2:127: identity_providers.client_secret_file: client_authentication is another, "
         "expected this left out\n"},
        {"a key that nobody uses", OIDC(SECRET ", client_key_file: k"),
         "k.yaml:2:147: identity_providers.client_key_file: client_authentication is another, "
         "expected this left out\n"},
        {"a form without a realm", GATEWAY "identity_providers: [{name: staff, type: form}]\n" REST,
         "k.yaml:2:22: identity_providers.realm is missing, which type form needs\n"},
        {"a form with an issuer",
         GATEWAY "identity_providers: [{name: staff, type: form, realm: CORP, issuer: "
                 "\"https://x/\"}]\n" REST,
         "k.yaml:2:69: identity_providers.issuer: this is for types oidc and bearer, expected it "
         "left out\n"},
        {"a form with proxy and timeout",
         GATEWAY "identity_providers: [{name: staff, type: form, realm: CORP, timeout: 3s, proxy: "
                 "\"http://p:1\"}]\n" REST,
         "k.yaml:2:70: identity_providers.timeout: this is for types oidc and bearer, expected it "
         "left out\n"
         "k.yaml:2:81: identity_providers.proxy: this is for types oidc and bearer, expected it "
         "left out\n"},
        {"a throttle of others", OIDC(SECRET ", throttle: {user_attempts: 5}"),
         "k.yaml:2:156: identity_providers.throttle.user_attempts: this is for type form, expected "
         "it left out\n"},
    };
    (void)state;
    CHECK_REPORTS(ROWS);
}

#define EXPECTED ", expected a URL such as https://login.example.com/\n"
#define BEARER(keys) GATEWAY "identity_providers: [{name: staff, type: bearer" keys "}]\n" REST
#define KNOWN ", issuer: \"https://i/\", audiences: [api]"
#define AT_COLUMN(column) "k.yaml:2:" #column ": identity_providers."

static void an_issuer_of_access_tokens_has_what_it_needs_and_no_secret(void **state) {
    static const struct report_row ROWS[] = {
        {"enough", BEARER(KNOWN), ""},
        {"all",
         BEARER(KNOWN ", scopes: [read, write], acr_values: [a], max_age: 5m, ca: c.pem, timeout: "
                      "1s, keep: 1m, jwks_uri: \"https://i/k\", algorithms: [ES256, EdDSA], "
                      "claims: {user_principal_name: upn}"),
         ""},
        {"nothing", BEARER(""),
         "k.yaml:2:22: identity_providers.issuer is missing, which type bearer needs\n"
         "k.yaml:2:22: identity_providers.audiences is missing, which type bearer needs\n"},
        {"for nobody", BEARER(", issuer: \"https://i/\", audiences: []"),
         "k.yaml:2:83: identity_providers.audiences is empty, expected the names by which the "
         "issuer knows what is here: a token for anybody else is refused\n"},
        {"a secret", BEARER(KNOWN ", client_secret_file: s"),
         AT_COLUMN(110) "client_secret_file: this is for type oidc, expected it left out\n"},
        {"a realm", BEARER(KNOWN ", realm: CORP"),
         AT_COLUMN(97) "realm: this is for type form, expected it left out\n"},
        {"no signature", BEARER(KNOWN ", algorithms: [none]"),
         AT_COLUMN(
             103) "algorithms: \"none\" is no signature with a key pair, expected RS256, PS256, "
                  "ES256, their longer kin, or EdDSA\n"},
        {"a shared secret", BEARER(KNOWN ", algorithms: [HS256]"),
         AT_COLUMN(
             103) "algorithms: \"HS256\" is no signature with a key pair, expected RS256, PS256, "
                  "ES256, their longer kin, or EdDSA\n"},
        {"two scopes in one", BEARER(KNOWN ", scopes: [\"a b\"]"),
         AT_COLUMN(99) "scopes: \"a b\" is not one scope, expected a list of them\n"},
        {"keys over plain http", BEARER(KNOWN ", jwks_uri: \"http://i/k\""),
         AT_COLUMN(100) "jwks_uri: \"http://i/k\" is not https: whoever is on the way could be "
                        "anybody" EXPECTED},
        {"keys of type oidc", OIDC(SECRET ", jwks_uri: \"https://i/k\""),
         "k.yaml:2:140: identity_providers.jwks_uri: this is for type bearer, expected it left "
         "out\n"},
    };
    (void)state;
    CHECK_REPORTS(ROWS);
}

#define ISSUER(text) OIDC(", client_id: c, client_secret_file: s, issuer: \"" text "\"")
#define AT "k.yaml:2:93: identity_providers.issuer: "

#define LINK(text)                                                                                 \
    GATEWAY "identity_providers: [{name: staff, type: form, realm: CORP, password_change_url: "    \
            "\"" text "\"}]\n" REST
#define AT_LINK "k.yaml:2:82: identity_providers.password_change_url: "
#define EXPECTED_LINK ", expected a URL such as https://password.example.com/change?from=vpn\n"

static void passwords_are_changed_at_an_https_url(void **state) {
    static const struct report_row ROWS[] = {
        {"plain", LINK("https://password.example.com/change"), ""},
        {"with a query", LINK("https://password.example.com/?whr=corp.example&a=%20"), ""},
        {"http", LINK("http://x/"),
         AT_LINK "\"http://x/\" is not https: whoever is on the way could be "
                 "anybody" EXPECTED_LINK},
        {"a script", LINK("javascript:alert(1)"),
         AT_LINK "\"javascript:alert(1)\" is not https: whoever is on the way could be "
                 "anybody" EXPECTED_LINK},
        {"a blank in the query", LINK("https://x/?a b"),
         AT_LINK "\"https://x/?a b\" has a query with blanks or other bytes that have to be "
                 "escaped (%20)" EXPECTED_LINK},
        {"a fragment", LINK("https://x/?a#b"),
         AT_LINK "\"https://x/?a#b\" has a query with blanks or other bytes that have to be "
                 "escaped (%20)" EXPECTED_LINK},
        {"a password", LINK("https://a:b@x/"), AT_LINK "the value has a user" EXPECTED_LINK},
    };
    (void)state;
    CHECK_REPORTS(ROWS);
}

#define FACTOR(keys)                                                                               \
    GATEWAY "identity_providers: [{name: staff, type: form, realm: CORP, second_factor: {" keys    \
            "}}]\n" REST

static void every_key_of_a_second_factor(void **state) {
    (void)state;
    struct config *c = parse_fine(FACTOR("type: totp, required: enrolled, key_file: /t.key, "
                                         "issuer: Corp, algorithm: sha256, digits: 8"));
    const struct config_second_factor *s = &c->providers[0].second_factor;
    assert_int_equal(s->type, FACTOR_TOTP);
    assert_true(s->is_for_enrolled && s->is_sha256 && s->has_8_digits);
    assert_string_equal(s->key_file, "/t.key");
    assert_string_equal(s->issuer, "Corp");
    config_free(c);
    c = parse_fine(FACTOR("type: totp, key_file: /t.key"));
    s = &c->providers[0].second_factor;
    assert_false(s->is_for_enrolled || s->is_sha256 || s->has_8_digits);
    assert_string_equal(s->issuer, "kerbgate");
    config_free(c);
    c = parse_fine(BASE);
    assert_int_equal(c->providers[0].second_factor.type, FACTOR_NOTHING);
    config_free(c);
}

static void a_second_factor_has_a_key_of_its_own(void **state) {
    static const struct report_row ROWS[] = {
        {"fine", FACTOR("type: totp, key_file: t"), ""},
        {"none", FACTOR("type: none"), ""},
        {"without a key", FACTOR("type: totp"),
         "k.yaml:2:22: identity_providers.second_factor.key_file is missing, which type totp "
         "needs\n"},
        {"a key that nobody uses", FACTOR("key_file: t"),
         "k.yaml:2:87: identity_providers.second_factor.key_file: nobody is asked for a second "
         "factor, expected type: totp beside it\n"},
        {"an issuer that ends early", FACTOR("type: totp, key_file: t, issuer: \"a:b\""),
         "k.yaml:2:110: identity_providers.second_factor.issuer: there is a ':' in it, which ends "
         "it for authenticator apps\n"},
        {"seven digits", FACTOR("type: totp, key_file: t, digits: 7"),
         "k.yaml:2:110: identity_providers.second_factor.digits: \"7\" is unknown, expected 6 or "
         "8; did you mean \"6\"?\n"},
        {"of a provider elsewhere", OIDC(SECRET ", second_factor: {type: totp}"),
         "k.yaml:2:152: identity_providers.second_factor.type: this is for type form, expected it "
         "left out\n"},
    };
    (void)state;
    CHECK_REPORTS(ROWS);
}

static void an_issuer_is_an_https_url(void **state) {
    static const struct report_row ROWS[] = {
        {"http", ISSUER("http://login.example.com/"),
         AT "\"http://login.example.com/\" is not https: whoever is on the way could be "
            "anybody" EXPECTED},
        {"loopback, too", ISSUER("http://127.0.0.1/"),
         AT "\"http://127.0.0.1/\" is not https: whoever is on the way could be anybody" EXPECTED},
        {"with a tenant", ISSUER("https://login.example.com/tenant/v2.0"), ""},
        {"with a query", ISSUER("https://login.example.com/?x"),
         AT "\"https://login.example.com/?x\" has a query" EXPECTED},
        {"with a password", ISSUER("https://a:b@login.example.com/"),
         AT "the value has a user" EXPECTED},
    };
    (void)state;
    CHECK_REPORTS(ROWS);
}

static void what_the_sign_in_itself_says_is_nobody_elses(void **state) {
    static const struct report_row ROWS[] = {
        {"fine", OIDC(SECRET ", parameters: [\"domain_hint=corp\", \"a.b-c=\"]"), ""},
        {"the redirect", OIDC(SECRET ", parameters: [\"redirect_uri=https://evil/\"]"),
         "k.yaml:2:143: identity_providers.parameters: redirect_uri is set by the sign-in "
         "itself\n"},
        {"the state, in capitals", OIDC(SECRET ", parameters: [\"STATE=x\"]"),
         "k.yaml:2:143: identity_providers.parameters: state is set by the sign-in itself\n"},
        {"no value", OIDC(SECRET ", parameters: [\"x\"]"),
         "k.yaml:2:143: identity_providers.parameters: \"x\" is not name=value with a name of "
         "letters, digits, '_', '-' and '.'\n"},
        {"two in one", OIDC(SECRET ", parameters: [\"a&state=x\"]"),
         "k.yaml:2:143: identity_providers.parameters: \"a&state=x\" is not name=value with a name "
         "of letters, digits, '_', '-' and '.'\n"},
        {"no openid", OIDC(SECRET ", scopes: [profile]"),
         "k.yaml:2:138: identity_providers.scopes: openid is missing: without it nobody is told "
         "who signed in\n"},
        {"refresh tokens", OIDC(SECRET ", refresh: 15m, scopes: [openid, offline_access]"), ""},
        {"refresh tokens for nothing", OIDC(SECRET ", scopes: [openid, offline_access]"),
         "k.yaml:2:147: identity_providers.scopes: offline_access asks for a refresh token, which "
         "nothing uses without refresh; expected both or neither\n"},
        {"a limit of nothing", OIDC(SECRET ", refresh_limit: 1h"),
         "k.yaml:2:145: identity_providers.refresh_limit: nothing is refreshed without refresh, "
         "expected both or neither\n"},
        {"a limit before its time", OIDC(SECRET ", refresh: 15m, refresh_limit: 14m"),
         "k.yaml:2:139: identity_providers.refresh_limit is shorter than refresh, expected at "
         "least as much\n"},
        {"two scopes in one", OIDC(SECRET ", scopes: [openid, \"a b\"]"),
         "k.yaml:2:147: identity_providers.scopes: \"a b\" is not one scope, expected a list of "
         "them\n"},
        {"a blank in acr", OIDC(SECRET ", acr_values: [\"a b\"]"),
         "k.yaml:2:143: identity_providers.acr_values: \"a b\" is not one word, expected a list\n"},
        {"a proxy by https", OIDC(SECRET ", proxy: \"https://p:1\""),
         "k.yaml:2:137: identity_providers.proxy: \"https://p:1\" does not begin with http://, "
         "expected a URL such as http://proxy.corp.example:3128\n"},
    };
    (void)state;
    CHECK_REPORTS(ROWS);
}

static void a_ticket_of_ones_own_needs_a_password(void **state) {
    static const struct report_row ROWS[] = {
        {"own",
         GATEWAY "identity_providers: [{name: staff, type: oidc" SECRET "}]\n" CONNECTOR
                 "apps:\n" APP("hr", ", sso: {mode: kerberos, spn: HTTP/hr, ticket: own}"),
         "k.yaml:5:159: apps.sso.ticket: own is for sign-ins with a password, and the provider in "
         "line 2 has none; expected delegated\n"},
    };
    (void)state;
    CHECK_REPORTS(ROWS);
}

static void all_that_is_said_of_a_provider_is_kept(void **state) {
    struct config *c = parse_fine(
        OIDC(SECRET ", ca: ca.pem, proxy: \"http://p:3128\", scopes: [openid, email], claims: "
                    "{user_principal_name: upn, on_premises_sam_account_name: sam}, audiences: "
                    "[other], acr_values: [a, b], max_age: 5m, prompt: login, timeout: 3s, keep: "
                    "2h, refresh: 10m, refresh_limit: 2h"));
    const struct config_oidc *o = &c->providers[0].oidc;
    (void)state;
    assert_int_equal(c->providers[0].type, PROVIDER_OIDC);
    assert_string_equal(o->issuer, "https://login.example.com/");
    assert_string_equal(o->client_id, "kerbgate");
    assert_int_equal(o->authentication, CLIENT_SECRET_BASIC);
    assert_string_equal(o->proxy, "http://p:3128");
    assert_int_equal(o->scope_count, 2);
    assert_string_equal(o->upn, "upn");
    assert_string_equal(o->sam_account_name, "sam");
    assert_null(o->on_premises_upn);
    assert_string_equal(o->audiences[0], "other");
    assert_string_equal(o->acr_values[1], "b");
    assert_int_equal(o->max_age_s, 300);
    assert_int_equal(o->prompt, PROMPT_LOGIN);
    assert_int_equal(o->timeout_ms, 3000);
    assert_int_equal(o->keep_s, 7200);
    assert_int_equal(o->refresh_s, 600);
    assert_int_equal(o->refresh_limit_s, 7200);
    assert_true(str_ends(str_of(o->client_secret_file), STR("/s")));
    assert_true(str_ends(str_of(o->ca), STR("/ca.pem")));
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_oidc_provider_has_what_it_needs_and_nothing_of_another_kind),
        cmocka_unit_test(every_key_of_a_second_factor),
        cmocka_unit_test(a_second_factor_has_a_key_of_its_own),
        cmocka_unit_test(passwords_are_changed_at_an_https_url),
        cmocka_unit_test(an_issuer_of_access_tokens_has_what_it_needs_and_no_secret),
        cmocka_unit_test(an_issuer_is_an_https_url),
        cmocka_unit_test(what_the_sign_in_itself_says_is_nobody_elses),
        cmocka_unit_test(a_ticket_of_ones_own_needs_a_password),
        cmocka_unit_test(all_that_is_said_of_a_provider_is_kept),
    };
    return cmocka_run_group_tests_name("config/rules_provider", tests, NULL, NULL);
}
