/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#define RULES(list) BASE APP("pay", ", rules: [" list "]")
#define ALLOW(keys) BASE APP("pay", ", allow: " keys)

static const struct report_row ROWS[] = {
    {"every condition there is",
     ALLOW("{users: [alice], groups: [HR], claims: [{claim: c, any: [a], all: [b], none: [d]}], "
           "networks: [10.0.0.0/8], methods: [GET], hours: [\"daily 08:00-18:00 UTC\"], acr: [x]}"),
     ""},
    {"a word", ALLOW("nobody"), ""},
    {"everybody is nobody's word", ALLOW("everybody"),
     "k.yaml:6:125: apps.allow: \"everybody\" would let in people who did not sign in, expected "
     "signed_in or nobody or the form { users: ..., groups: ..., claims: ..., networks: ..., "
     "methods: ..., hours: ..., acr: ... }\n"},
    {"an allow that says nothing", ALLOW("{}"),
     "k.yaml:6:125: apps.allow: there is no key in it: leave allow out to let in everybody who "
     "signed in\n"},
    {"an empty list of groups", ALLOW("{groups: []}"),
     "k.yaml:6:134: apps.allow.groups: the list is empty: nobody could ever enter by it; nobody "
     "at all is allow: nobody\n"},
    {"a claim of which nothing is asked", ALLOW("{claims: [{claim: c}]}"),
     "k.yaml:6:135: apps.allow.claims: nothing is asked of the claim, expected any, all or none "
     "with a list of values\n"},
    {"hours without a zone", ALLOW("{hours: [\"Mon-Fri 08:00-18:00\"]}"),
     "k.yaml:6:134: apps.allow.hours: \"Mon-Fri 08:00-18:00\" is not days, times and a time zone, "
     "expected days, times and a time zone such as \"Mon-Fri 08:00-18:00 Europe/Berlin\"\n"},
    {"rules", RULES("{path: /a/, allow: nobody}, {path: /a/, methods: [GET], allow: signed_in}"),
     ""},
    {"a rule without allow", RULES("{path: /a/}"),
     "k.yaml:6:126: apps.rules.allow is missing, expected signed_in or nobody or the form { users: "
     "..., groups: ..., claims: ..., networks: ..., methods: ..., hours: ..., acr: ... }\n"},
    {"an allow of a rule that says nothing", RULES("{path: /a/, allow: {}}"),
     "k.yaml:6:145: apps.rules.allow: there is no key in it: everybody who signed in is allow: "
     "signed_in\n"},
    {"two rules for one path", RULES("{path: /a, allow: nobody}, {path: /a/, allow: signed_in}"),
     "k.yaml:6:153: apps.rules: the rule in line 6 is for this path and method too\n"},
    {"two rules for one method",
     RULES("{path: /a, methods: [GET], allow: nobody}, {path: /a, methods: [PUT, GET], allow: "
           "nobody}"),
     "k.yaml:6:169: apps.rules: the rule in line 6 is for this path and method too\n"},
    {"a rule of another app's path",
     BASE "- {name: pay, external_url: \"https://hr.example.com/pay/\", internal_url: "
          "\"http://pay.corp/\", pre_authentication: staff, rules: [{path: /paid/, allow: "
          "nobody}]}\n",
     "k.yaml:6:136: apps.rules.path: \"/paid/\" is not in the app, expected a path that begins "
     "with that of external_url, \"/pay/\"\n"},
    {"a passthrough app with rules",
     BASE "- {name: pay, external_url: \"https://pay.example.com/\", internal_url: "
          "\"http://pay.corp/\", pre_authentication: passthrough, rules: [{path: /, allow: "
          "nobody}]}\n",
     "k.yaml:6:131: apps.rules: nobody signs in to a passthrough app, so nobody can be told apart; "
     "expected an identity provider in pre_authentication\n"},
    {"a passthrough app with groups",
     BASE "- {name: pay, external_url: \"https://pay.example.com/\", internal_url: "
          "\"http://pay.corp/\", pre_authentication: passthrough, allow: {groups: [HR]}}\n",
     "k.yaml:6:140: apps.allow: nobody signs in to a passthrough app, so nobody can be told apart; "
     "expected an identity provider in pre_authentication\n"},
};

static void who_may_use_what_is_said_without_contradiction(void **state) {
    (void)state;
    CHECK_REPORTS(ROWS);
}

static void rules_are_read(void **state) {
    struct config *c = parse_fine(
        RULES("{path: /a%2Db/, methods: [GET, PUT], allow: {groups: [HR], users: [bob]}}"));
    const struct config_rule *rule = &c->apps[1].rules[0];
    (void)state;
    assert_int_equal(c->apps[1].rule_count, 1);
    assert_string_equal(rule->path, "/a-b/");
    assert_int_equal(rule->method_count, 2);
    assert_int_equal(rule->allow.who, WHO_SIGNED_IN);
    assert_string_equal(rule->allow.groups[0], "HR");
    assert_string_equal(rule->allow.users[0], "bob");
    assert_int_equal(rule->mark.line, 6);
    assert_int_equal(config_allow_mark(c, &rule->allow).line, 6);
    assert_int_equal(config_allow_mark(c, &c->apps[0].allow).line, 0);
    assert_false(config_allow_is_given(&c->apps[1].allow));
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_may_use_what_is_said_without_contradiction),
        cmocka_unit_test(rules_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
