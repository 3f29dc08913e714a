/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#define HEAD                                                                                       \
    "gateway: {listen: [{address: \"0.0.0.0:443\", certificate: c.pem, key: k.pem}], limits: "     \
    "{request_head: 96KiB}}\n"
#define TWO                                                                                        \
    "connector: {kerberos: {keytab: k.keytab, principal: svc@CORP.EXAMPLE, accounts: [{name: "     \
    "edge, keytab: e.keytab, principal: edge@CORP.EXAMPLE}]}}\n"
/* The provider begins in column 22 of line 2. */
#define INSIDE(keys) "identity_providers: [{name: inside, type: negotiate" keys "}]\n"
#define FINE ", sources: [10.0.0.0/8]"
#define KERBEROS(keys) ", sso: {mode: kerberos, spn: HTTP/hr.corp" keys "}"
#define OF_INSIDE(keys)                                                                            \
    "apps:\n- {name: hr, external_url: \"https://hr.example.com/\", internal_url: "                \
    "\"http://hr.corp/\", pre_authentication: inside" keys "}\n"

static void a_provider_of_tickets_has_what_it_needs_and_nothing_of_another_kind(void **state) {
    static const struct report_row ROWS[] = {
        {"fine", HEAD INSIDE(FINE) CONNECTOR OF_INSIDE(KERBEROS("")), ""},
        {"with everything",
         HEAD INSIDE(FINE ", account: edge, realms: [CORP.EXAMPLE], spns: [HTTP/a.example.com], "
                          "channel_binding: required") TWO OF_INSIDE(KERBEROS(", account: edge")),
         ""},
        {"for everybody", HEAD INSIDE("") CONNECTOR OF_INSIDE(""),
         "k.yaml:2:22: identity_providers.sources is missing, which type negotiate needs: the "
         "networks whose browsers are asked for a ticket\n"},
        {"without a keytab", HEAD INSIDE(FINE) "connector: {}\n" OF_INSIDE(""),
         "k.yaml:2:22: identity_providers: a provider of type negotiate needs connector.kerberos "
         "with keytab and principal, to open tickets with\n"},
        {"with a realm", HEAD INSIDE(FINE ", realm: CORP.EXAMPLE") CONNECTOR OF_INSIDE(""),
         "k.yaml:2:84: identity_providers.realm: this is for type form, expected it left "
         "out\n"},
        {"another's account", HEAD INSIDE(FINE ", account: egde") TWO OF_INSIDE(""),
         "k.yaml:2:86: identity_providers.account: connector.kerberos.accounts has no \"egde\"; "
         "the nearest is edge\n"},
        {"a head that is small", GATEWAY INSIDE(FINE) CONNECTOR OF_INSIDE(""),
         "k.yaml:2:22: warning: identity_providers: tickets of people in many groups do not fit "
         "gateway.limits.request_head (32768 bytes), and end with 431; expected request_head: "
         "96KiB with a provider of type negotiate\n"},
        {"sources at a form",
         HEAD "identity_providers: [{name: inside, type: form, realm: CORP.EXAMPLE" FINE
              "}]\n" CONNECTOR OF_INSIDE(""),
         "k.yaml:2:79: identity_providers.sources: this is for type negotiate, expected it left "
         "out\n"},
    };
    (void)state;
    CHECK_REPORTS(ROWS);
}

static void a_binding_needs_a_certificate_of_ours(void **state) {
    static const struct report_row ROWS[] = {
        {"TLS ends in front",
         "gateway: {listen: [{address: \"0.0.0.0:80\", mode: http}], trusted_proxies: "
         "[10.0.0.1], limits: {request_head: 96KiB}}\n" INSIDE(FINE ", channel_binding: required")
             CONNECTOR OF_INSIDE(""),
         "k.yaml:2:94: identity_providers.channel_binding: at the listener in line 1 somebody in "
         "front ends TLS, so that no ticket is bound to our certificate; expected when_sent\n"},
    };
    (void)state;
    CHECK_REPORTS(ROWS);
}

static void tickets_are_evidence_for_apps_of_the_same_account(void **state) {
    static const struct report_row ROWS[] = {
        {"of another", HEAD INSIDE(FINE ", account: edge") TWO OF_INSIDE(KERBEROS("")),
         "k.yaml:5:3: apps.sso.account: tickets of the provider in line 2 are for another account, "
         "which alone could hand them on; expected the same account there, or "
         "protocol_transition: on\n"},
        {"of another, with transition",
         HEAD INSIDE(FINE ", account: edge") TWO OF_INSIDE(KERBEROS(", protocol_transition: on")),
         ""},
        {"without a ticket at all", HEAD INSIDE(FINE ", account: edge") TWO OF_INSIDE(""), ""},
        {"transition where nobody comes with a ticket",
         GATEWAY PROVIDERS CONNECTOR "apps:\n" APP("hr", KERBEROS(", protocol_transition: on")),
         "k.yaml:5:177: apps.sso.protocol_transition: this is for people who sign in by a provider "
         "of type negotiate, and the app has none; expected it left out\n"},
    };
    (void)state;
    CHECK_REPORTS(ROWS);
}

static void a_service_is_the_host_that_was_asked_or_one_of_the_list(void **state) {
    char alias[] = "HTTP/alias.example.com", node[] = "HTTP/node1.corp.example";
    char *spns[] = {alias, node};
    const struct config_provider plain = {.negotiate = {.spn_count = 0}},
                                 listed = {.negotiate = {.spns = spns, .spn_count = 2}};
    static const struct {
        const char *host, *spn;
        bool is_plain, is_listed;
    } ROWS[] = {
        {"hr.example.com", "HTTP/hr.example.com", true, false},
        {"hr.example.com", "http/HR.EXAMPLE.COM", true, false},
        {"hr.example.com", "HTTP/node1.corp.example", false, true},
        {"hr.example.com", "HTTP/other.example.com", false, false},
        {"hr.example.com", "host/hr.example.com", false, false},
        {"hr.example.com", "HTTP/hr.example.com/x", false, false},
        {"hr.example.com", "HTTP/", false, false},
        {"hr.example.com", "", false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct str host = str_of(ROWS[i].host), spn = str_of(ROWS[i].spn);
        if (config_negotiate_takes(&plain, host, spn) != ROWS[i].is_plain ||
            config_negotiate_takes(&listed, host, spn) != ROWS[i].is_listed)
            fail_msg("%s for %s", ROWS[i].spn, ROWS[i].host);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_provider_of_tickets_has_what_it_needs_and_nothing_of_another_kind),
        cmocka_unit_test(a_binding_needs_a_certificate_of_ours),
        cmocka_unit_test(tickets_are_evidence_for_apps_of_the_same_account),
        cmocka_unit_test(a_service_is_the_host_that_was_asked_or_one_of_the_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
