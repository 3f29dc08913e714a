/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#define REST CONNECTOR "apps:\n" APP("hr", "")
/* The provider begins in column 22 of line 2. */
#define CARDS(keys) GATEWAY "identity_providers: [{name: staff, type: certificate" keys "}]\n" REST
#define WITH(keys) CARDS(", certificates: {ca: ca.pem" keys "}")

static void a_certificate_provider_has_what_it_needs_and_nothing_of_another_kind(void **state) {
    static const struct report_row ROWS[] = {
        {"an authority is enough", WITH(""), ""},
        {"with everything",
         WITH(", crls: [a.crl, b.crl], ocsp: {responder: \"http://o.corp/x\", when_silent: accept, "
              "nonce: required, timeout: 1s, keep: 1m}, depth: 0, issuers: [\"CN=Lab\"], "
              "minimum_strength: 128, names: [{from: upn}, {from: common_name, domain: corp.com}]"),
         ""},
        {"with nothing", CARDS(""),
         "k.yaml:2:22: identity_providers.certificates.ca is missing, which type certificate "
         "needs\n"},
        {"a realm", CARDS(", realm: CORP, certificates: {ca: c}"),
         "k.yaml:2:62: identity_providers.realm: this is for type form, expected it left "
         "out\n"},
        {"the ca of an OpenID Connect provider", CARDS(", ca: x, certificates: {ca: c}"),
         "k.yaml:2:59: identity_providers.ca: this is for types oidc and bearer, "
         "expected it left out\n"},
        {"no lists", WITH(", crls: []"),
         "k.yaml:2:88: identity_providers.certificates.crls: the list is empty: leave it out where "
         "no list is to be looked at\n"},
        {"a form with certificates",
         GATEWAY "identity_providers: [{name: staff, type: form, realm: CORP, certificates: {ca: "
                 "c}}]\n" REST,
         "k.yaml:2:80: identity_providers.certificates: this is for type certificate, expected it "
         "left out\n"},
        {"a responder that is no URL", WITH(", ocsp: {responder: \"ldap://x/\"}"),
         "k.yaml:2:100: identity_providers.certificates.ocsp.responder: \"ldap://x/\" does not "
         "begin with http:// or https://, expected a URL such as http://ocsp.corp.example/\n"},
        {"the same name twice", WITH(", names: [{from: upn}, {from: upn, domain: a.b}]"),
         "k.yaml:2:103: identity_providers.certificates.names: the one in line 2 is from the same, "
         "and this one would never be used\n"},
        {"a domain behind a subject", WITH(", names: [{from: subject, domain: a.b}]"),
         "k.yaml:2:114: identity_providers.certificates.names.domain: a whole subject has none, "
         "expected it left out\n"},
    };
    (void)state;
    CHECK_REPORTS(ROWS);
}

static void an_app_has_one_provider_of_certificates(void **state) {
    static const struct report_row ROWS[] = {
        {"two of them",
         GATEWAY "identity_providers: [{name: a, type: certificate, certificates: {ca: c}}, {name: "
                 "b, type: certificate, certificates: {ca: c}}]\n" CONNECTOR "apps:\n"
                 "- {name: hr, external_url: \"https://h/\", internal_url: \"http://h/\", "
                 "pre_authentication: [a, b]}\n",
         "k.yaml:5:93: apps.pre_authentication: b is of type certificate, as a is, and one "
         "certificate is shown; expected one of them\n"},
    };
    (void)state;
    CHECK_REPORTS(ROWS);
}

static void who_says_little_gets_what_is_safe(void **state) {
    (void)state;
    struct config *c = parse_fine(WITH(""));
    const struct config_certificates *x = &c->providers[0].certificates;
    assert_false(config_asks_responder(x));
    assert_false(x->ocsp.may_be_silent);
    assert_int_equal(x->strength, 2);
    assert_int_equal(x->depth, 3);
    assert_int_equal(x->name_count, 0);
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_provider_has_what_it_needs_and_nothing_of_another_kind),
        cmocka_unit_test(an_app_has_one_provider_of_certificates),
        cmocka_unit_test(who_says_little_gets_what_is_safe),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
