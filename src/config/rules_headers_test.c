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
         "name and a claim each\n"},
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
        parse_fine(APPS APP("a", ", sso: {mode: headers, headers: [{name: X-User, claim: c}]}")
                       APP("b", ", sso: {mode: headers, headers: [{name: x_user, claim: c}, "
                                "{name: X-Mail, claim: d, separator: ';'}]}") APP("c", ""));
    assert_int_equal(c->person_header_count, 2);
    assert_true(str_eq(c->person_headers[0], STR("X-User")));
    assert_true(str_eq(c->person_headers[1], STR("X-Mail")));
    const struct config_app *b = &c->apps[1];
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
        cmocka_unit_test(names_of_headers),
        cmocka_unit_test(the_names_of_all_apps_are_listed_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
