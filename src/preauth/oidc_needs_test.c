/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/oidc_claims.h"

#include "config/testing.h"

#include <jansson.h>
#include <stdio.h>

static void userinfo_is_needed_only_for_what_is_configured(void **state) {
    struct config *c = parse_fine(
        GATEWAY
        "identity_providers:\n- {name: staff, type: oidc, issuer: \"https://x/\", client_id: c, "
        "client_secret_file: s, claims: {user_principal_name: upn}}\n" CONNECTOR "apps:\n" APP(
            "hr", ", sso: {mode: headers, headers: [{name: X-Mail, claim: email}, {name: X-U, "
                  "claim: user_principal_name}]}"));
    json_t *claims = json_pack("{s:s,s:s}", "sub", "7", "upn", "a@b");
    (void)state;
    assert_true(oidc_misses_claims(c, &c->providers[0], claims));
    json_object_set_new(claims, "email", json_string("x"));
    assert_false(oidc_misses_claims(c, &c->providers[0], claims));
    json_object_del(claims, "upn");
    assert_true(oidc_misses_claims(c, &c->providers[0], claims));
    json_decref(claims);
    config_free(c);
}

/* Each line alone needs the claim of its name, or nothing. */
static void what_lets_people_in_is_asked_for_too(void **state) {
    static const struct {
        const char *allow, *claim;
    } ROWS[] = {
        {"allow: {groups: [HR]}", "groups"},
        {"allow: {claims: [{claim: level, any: [\"1\"]}]}", "level"},
        {"rules: [{path: /x/, allow: {groups: [HR]}}]", "groups"},
        {"rules: [{path: /x/, allow: {claims: [{claim: level, none: [\"1\"]}]}}]", "level"},
        {"allow: {users: [alice]}", NULL},
        {"allow: {acr: [strong]}", NULL},
        {"allow: {claims: [{claim: amr, any: [mfa]}]}", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char yaml[2048];
        snprintf(yaml, sizeof yaml,
                 GATEWAY "identity_providers:\n- {name: staff, type: oidc, issuer: "
                         "\"https://x/\", client_id: c, client_secret_file: s}\n" CONNECTOR
                         "apps:\n" APP("hr", ", %s"),
                 ROWS[i].allow);
        struct config *c = parse_fine(yaml);
        json_t *claims = json_pack("{s:s}", "sub", "7");
        if (oidc_misses_claims(c, &c->providers[0], claims) != (ROWS[i].claim != NULL))
            fail_msg("%s", ROWS[i].allow);
        if (ROWS[i].claim)
            json_object_set_new(claims, ROWS[i].claim, json_string("x"));
        assert_false(oidc_misses_claims(c, &c->providers[0], claims));
        json_decref(claims);
        config_free(c);
    }
}

static void only_what_decides_who_may_what_changes_access(void **state) {
    static const struct {
        const char *after;
        bool changes;
    } ROWS[] = {
        {"{\"sub\":\"7\",\"groups\":[\"HR\"],\"level\":\"1\",\"acr\":\"a\",\"uti\":\"2\"}", false},
        {"{\"sub\":\"7\",\"groups\":[\"HR\",\"X\"],\"level\":\"1\",\"acr\":\"a\"}", true},
        {"{\"sub\":\"7\",\"level\":\"1\",\"acr\":\"a\"}", true},
        {"{\"sub\":\"7\",\"groups\":[\"HR\"],\"level\":\"2\",\"acr\":\"a\"}", true},
        {"{\"sub\":\"7\",\"groups\":[\"HR\"],\"level\":\"1\",\"acr\":\"b\"}", true},
        {"{\"sub\":\"7\",\"groups\":[\"HR\"],\"level\":\"1\",\"acr\":\"a\","
         "\"user_principal_name\":\"x\"}",
         true},
    };
    struct config *c = parse_fine(
        GATEWAY
        "identity_providers:\n- {name: staff, type: oidc, issuer: \"https://x/\", "
        "client_id: c, client_secret_file: s}\n" CONNECTOR
        "apps:\n" APP("hr", ", allow: {groups: [HR]}, rules: [{path: /x/, allow: {claims: [{claim: "
                            "level, any: [\"1\"]}], acr: [a]}}]"));
    json_t *before = json_loads(ROWS[0].after, 0, NULL);
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        json_t *after = json_loads(ROWS[i].after, 0, NULL);
        if (oidc_changes_access(c, &c->providers[0], before, after) != ROWS[i].changes)
            fail_msg("%s", ROWS[i].after);
        json_decref(after);
    }
    json_decref(before);
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(userinfo_is_needed_only_for_what_is_configured),
        cmocka_unit_test(what_lets_people_in_is_asked_for_too),
        cmocka_unit_test(only_what_decides_who_may_what_changes_access),
    };
    return cmocka_run_group_tests_name("preauth/oidc_needs", tests, NULL, NULL);
}
