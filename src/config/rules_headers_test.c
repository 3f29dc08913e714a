/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#include "http/message.h"

#define APPS GATEWAY PROVIDERS CONNECTOR "apps:\n"
#define SSO(keys)                                                                                  \
    APPS "- name: hr\n  external_url: https://hr.example/\n  internal_url: http://hr.corp/\n"      \
         "  pre_authentication: staff\n  sso: {" keys "}\n"
#define HEADER(name) SSO("mode: headers, headers: [{claim: c, name: " name "}]")
#define TAKEN(name)                                                                                \
    "k.yaml:9:51: apps.sso.headers.name: \"" name "\" has a meaning of its own in every request, " \
    "expected a name that no browser sends, such as X-User\n"

static void what_an_app_is_told(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"a header", HEADER("X-User"), ""},
        {"beside a ticket",
         SSO("mode: kerberos, spn: HTTP/hr, headers: [{name: X-User, claim: c, separator: ', '}]"),
         ""},
        {"nothing", SSO("mode: headers"),
         "k.yaml:9:15: apps.sso: mode headers needs what it tells the app, expected headers: with "
         "a "
         "name and a claim each, or assertion: with an audience\n"},
        {"an SPN for nothing",
         SSO("mode: headers, spn: HTTP/a, headers: [{name: X-User, claim: c}]"),
         "k.yaml:9:29: apps.sso.spn: with mode headers no ticket is asked for; expected mode: "
         "kerberos, or no spn\n"},
        {"with mode none", SSO("mode: none, headers: [{name: X-User, claim: c}]"),
         "k.yaml:9:30: apps.sso: with mode none the app is told nothing about the person; expected "
         "mode: headers\n"},
        {"of nobody",
         APPS "- name: a\n  external_url: https://a.example/\n  internal_url: http://a/\n"
              "  pre_authentication: passthrough\n"
              "  sso: {mode: headers, headers: [{name: X-User, claim: c}]}\n",
         "k.yaml:9:15: apps.sso.mode: nobody signs in to a passthrough app, so there is nobody to "
         "tell it of; expected an identity provider in pre_authentication\n"},
        {"one name twice, to a back end that reads signs as one",
         SSO("mode: headers, headers: [{name: X-User, claim: c}, {name: x_user, claim: d}]"),
         "k.yaml:9:67: apps.sso.headers.name: to many back ends \"x_user\" is the header in line 9 "
         "too, expected another name\n"},
        {"an unknown key", SSO("mode: headers, headers: [{name: X-User, claim: c, calim: d}]"),
         "k.yaml:9:59: unknown key \"calim\" in apps.sso.headers; did you mean \"claim\"?\n"},
        {"no claim", SSO("mode: headers, headers: [{name: X-User}]"),
         "k.yaml:9:34: apps.sso.headers.claim is missing, expected the name of a claim such as "
         "user_principal_name\n"},
        {"a blank at the end of a claim",
         SSO("mode: headers, headers: [{name: X-User, claim: 'c '}]"),
         "k.yaml:9:56: apps.sso.headers.claim: \"c \" begins or ends with a blank, expected the "
         "name of a claim such as user_principal_name\n"},
        {"transformations",
         SSO("mode: headers, headers: [{name: X-User, claim: c, transform: [to_lowercase, "
             "'extract_before(\"@\")']}]"),
         ""},
        {"a transformation with a typing error",
         SSO("mode: headers, headers: [{name: X-User, claim: c, transform: ['to_lowercsae()']}]"),
         "k.yaml:9:71: apps.sso.headers.transform: \"to_lowercsae()\" is unknown, expected a "
         "transformation such as to_lowercase or extract_before(\"@\"); did you mean "
         "\"to_lowercase\"?\n"},
        {"a regular expression",
         SSO("mode: headers, headers: [{name: X-User, claim: c, transform: "
             "['regex_replace(\"(a+)+\", \"b\")']}]"),
         "k.yaml:9:71: apps.sso.headers.transform: \"regex_replace(\"(a+)+\", \"b\")\" is not done "
         "here: the time that a regular expression takes has no bound, expected a transformation "
         "such as to_lowercase or extract_before(\"@\")\n"},
        {"somebody in the place of nobody",
         SSO("mode: headers, headers: [{name: X-User, claim: c, transform: [if_empty(mail)]}]"),
         "k.yaml:9:71: apps.sso.headers.transform: \"if_empty(mail)\" is not done here: what "
         "stands "
         "in for a missing claim could name somebody else, expected a transformation such as "
         "to_lowercase or extract_before(\"@\")\n"},
        {"too many transformations",
         SSO("mode: headers, headers: [{name: X-User, claim: c, transform: [to_lowercase, "
             "to_lowercase, to_lowercase, to_lowercase, to_lowercase]}]"),
         "k.yaml:9:70: apps.sso.headers.transform: the list has 5 elements, expected at most 4\n"},
        {"a separator that ends the header",
         SSO("mode: headers, headers: [{name: X-User, claim: c, separator: \"\\r\\n\"}]"),
         "k.yaml:9:70: there is a line break or control character inside, expected one line\n"},
    };
    CHECK_REPORTS(ROWS);
}

#define KEYS                                                                                       \
    GATEWAY PROVIDERS                                                                              \
        "connector: {assertion_keys: [a.key], kerberos: {keytab: k, principal: s@C}}\napps:\n"
#define SIGNED(keys)                                                                               \
    KEYS "- name: hr\n  external_url: https://hr.example/\n  internal_url: http://hr.corp/\n"      \
         "  pre_authentication: staff\n  sso: {mode: headers, assertion: {" keys "}}\n"
#define SIGNED_APP(name, audience)                                                                 \
    APP(name, ", sso: {mode: headers, assertion: {audience: " audience "}}")
#define WILD(outside, inside, audience)                                                            \
    KEYS "- name: w\n  external_url: https://" outside "/\n  internal_url: http://" inside "/\n"   \
         "  pre_authentication: staff\n  sso: {mode: headers, assertion: {audience: '" audience    \
         "'}}\n"

static void what_an_app_is_told_with_a_signature(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"an assertion", SIGNED("audience: hr, claims: [mail], lifetime: 5s, header: X-Proof"), ""},
        {"beside a ticket",
         KEYS APP("hr", ", sso: {mode: kerberos, spn: HTTP/hr, assertion: {audience: hr}}"), ""},
        {"without an audience", SIGNED("claims: [mail]"),
         "k.yaml:9:35: apps.sso.assertion.audience is missing, expected a text of at most 256 "
         "bytes\n"},
        {"without a key",
         APPS "- name: hr\n  external_url: https://hr.example/\n  internal_url: http://hr.corp/\n"
              "  pre_authentication: staff\n"
              "  sso: {mode: headers, assertion: {audience: hr}}\n",
         "k.yaml:9:46: apps.sso.assertion: there is no key to sign it with, expected "
         "connector.assertion_keys: with a file made by: openssl genpkey -algorithm EC -pkeyopt "
         "ec_paramgen_curve:P-256 -out assertion.key\n"},
        {"an assertion with mode none",
         KEYS "- name: hr\n  external_url: https://hr.example/\n  internal_url: http://hr.corp/\n"
              "  pre_authentication: staff\n  sso: {mode: none, assertion: {audience: hr}}\n",
         "k.yaml:9:43: apps.sso: with mode none the app is told nothing about the person; expected "
         "mode: headers\n"},
        {"one audience for two", KEYS SIGNED_APP("a", "hr") SIGNED_APP("b", "hr"),
         "k.yaml:6:155: apps.sso.assertion.audience: the app in line 5 has it too, and could pass "
         "on "
         "what it is told; expected one for this app alone\n"},
        {"an audience that a label makes another's",
         WILD("*.w.example", "*.w.corp", "urn:*:w") SIGNED_APP("b", "'urn:b:w'"),
         "k.yaml:10:155: apps.sso.assertion.audience: the app in line 5 has it too, and could pass "
         "on "
         "what it is told; expected one for this app alone\n"},
        {"audiences that labels make one",
         WILD("*.w.example", "*.w.corp",
              "urn:*") "- name: v\n  external_url: https://*.v.example/\n  internal_url: "
                       "http://*.v.corp/\n"
                       "  pre_authentication: staff\n"
                       "  sso: {mode: headers, assertion: {audience: 'urn:v:*'}}\n",
         "k.yaml:14:46: apps.sso.assertion.audience: the app in line 5 has it too, and could pass "
         "on "
         "what it is told; expected one for this app alone\n"},
        {"audiences that no label makes one",
         WILD("*.w.example", "*.w.corp",
              "urn:w:*") "- name: v\n  external_url: https://*.v.example/\n  internal_url: "
                         "http://*.v.corp/\n"
                         "  pre_authentication: staff\n"
                         "  sso: {mode: headers, assertion: {audience: 'urn:v:*'}}\n" SIGNED_APP(
                             "b", "'urn:w'"),
         ""},
        {"two labels", WILD("*.w.example", "*.w.corp", "urn:*:*"),
         "k.yaml:9:46: apps.sso.assertion.audience: there is more than one '*'\n"},
        {"a claim that each has", SIGNED("audience: hr, claims: [mail, sub]"),
         "k.yaml:9:65: apps.sso.assertion.claims: \"sub\" is said by kerbgate in every "
         "assertion\n"},
        {"in a header of the browser's", SIGNED("audience: hr, header: cookie"),
         "k.yaml:9:58: apps.sso.assertion.header: \"cookie\" has a meaning of its own in every "
         "request, expected a name that no browser sends, such as X-User\n"},
        {"in a header that says something else",
         KEYS APP("hr",
                  ", sso: {mode: headers, assertion: {audience: hr, header: X-User}, headers: "
                  "[{name: x_user, claim: c}]}"),
         "k.yaml:5:196: apps.sso.headers.name: this is the header of the assertion, expected "
         "another "
         "name\n"},
        {"for too long", SIGNED("audience: hr, lifetime: 2h"),
         "k.yaml:9:60: apps.sso.assertion.lifetime: \"2h\" is too large, expected a duration such "
         "as "
         "15s, 30m, 12h or 7d, from 5s to 1h\n"},
        {"for each label", WILD("*.w.example", "*.w.corp", "https://*.w.corp/"), ""},
        {"for each label of one back end", WILD("*.w.example", "w.corp", "urn:*"), ""},
        {"for all labels of one back end", WILD("*.w.example", "w.corp", "w"),
         "k.yaml:9:46: apps.sso.assertion.audience: each host below the wildcard can be an app of "
         "its own, expected a '*' for its label\n"},
        {"for all labels of many back ends", WILD("*.w.example", "*.w.corp", "w"),
         "k.yaml:9:46: apps.sso.assertion.audience: each host below the wildcard can be an app of "
         "its own, expected a '*' for its label\n"},
        {"for a label that is not there", WILD("w.example", "w.corp", "https://*.w.corp/"),
         "k.yaml:9:46: apps.sso.assertion.audience: a '*' stands for the label of a wildcard "
         "external_url, and this app has none\n"},
    };
    CHECK_REPORTS(ROWS);
}

static void names_of_headers(void **state) {
    (void)state;
    static const struct report_row ROWS[] = {
        {"Remote-User", HEADER("Remote-User"), ""},
        {"X_Forwarded_User", HEADER("X_Forwarded_User"), ""},
        {"SM_USER", HEADER("SM_USER"), ""},
        {"Kerbgate-User", HEADER("Kerbgate-User"), ""},
        {"Accept", HEADER("Accept"), TAKEN("Accept")},
        {"Authorization", HEADER("Authorization"), TAKEN("Authorization")},
        {"Connection", HEADER("Connection"), TAKEN("Connection")},
        {"content.length", HEADER("content.length"), TAKEN("content.length")},
        {"Cookie", HEADER("Cookie"), TAKEN("Cookie")},
        {"Host", HEADER("Host"), TAKEN("Host")},
        {"If_Match", HEADER("If_Match"), TAKEN("If_Match")},
        {"Sec-WebSocket-Key", HEADER("Sec-WebSocket-Key"), TAKEN("Sec-WebSocket-Key")},
        {"Transfer_Encoding", HEADER("Transfer_Encoding"), TAKEN("Transfer_Encoding")},
        {"X-Forwarded-For", HEADER("X-Forwarded-For"), TAKEN("X-Forwarded-For")},
    };
    CHECK_REPORTS(ROWS);
}

static void the_names_of_all_apps_are_listed_once(void **state) {
    (void)state;
    struct config *c =
        parse_fine(KEYS SIGNED_APP("s", "s")
                       APP("a", ", sso: {mode: headers, headers: [{name: X-User, claim: c}]}")
                           APP("b", ", sso: {mode: headers, headers: [{name: x_user, claim: c}, "
                                    "{name: X-Mail, claim: d, separator: ';'}]}") APP("c", ""));
    assert_int_equal(c->person_header_count, 3);
    assert_true(str_eq(c->person_headers[0], STR("kerbgate-assertion")));
    assert_true(str_eq(c->person_headers[1], STR("X-User")));
    assert_true(str_eq(c->person_headers[2], STR("X-Mail")));
    assert_string_equal(c->apps[0].assertion.audience, "s");
    assert_int_equal(c->apps[0].assertion.lifetime_s, 60);
    assert_int_equal(c->apps[0].assertion.claim_count, 0);
    assert_null(c->apps[1].assertion.audience);
    assert_true(str_ends(str_of(c->assertion_keys[0]), STR("/a.key")));
    const struct config_app *b = &c->apps[2];
    assert_int_equal(b->sso, SSO_HEADERS);
    assert_int_equal(b->header_count, 2);
    assert_string_equal(b->headers[1].name, "X-Mail");
    assert_string_equal(b->headers[1].claim, "d");
    assert_string_equal(b->headers[1].separator, ";");
    assert_null(b->headers[0].separator);
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_app_is_told),
        cmocka_unit_test(what_an_app_is_told_with_a_signature),
        cmocka_unit_test(names_of_headers),
        cmocka_unit_test(the_names_of_all_apps_are_listed_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
