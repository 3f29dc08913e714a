/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#include "gateway/authorize.h"

#include <stdio.h>

#define APPS                                                                                       \
    BASE APP("named", ", allow: {users: [alice, \"Bob@Other.Example\"]}")                          \
        APP("empty", ", allow: {users: [zoe]}")

struct row {
    const char *description, *subject, *principal, *claims;
    bool may;
};

#define CLAIMS(account) "{\"on_premises_sam_account_name\": \"" account "\"}"

static const struct row ROWS[] = {
    {"by account", "alice@CORP.EXAMPLE", "alice@CORP.EXAMPLE", CLAIMS("alice"), true},
    {"in another case", "ALICE@CORP.EXAMPLE", NULL, CLAIMS("Alice"), true},
    {"by subject with realm", "bob@OTHER.EXAMPLE", NULL, CLAIMS("x"), true},
    {"by principal with realm", "Robert", "BOB@other.example", CLAIMS("x"), true},
    {"the same account elsewhere", "bob@CORP.EXAMPLE", "bob@CORP.EXAMPLE", CLAIMS("bob"), false},
    {"somebody else", "carol@CORP.EXAMPLE", "carol@CORP.EXAMPLE", CLAIMS("carol"), false},
    {"the subject is no account", "alice", "alice", CLAIMS("mallory"), false},
    {"no claim", "alice", "alice@CORP.EXAMPLE", "{}", false},
    {"a claim that is no text", "x", NULL, "{\"on_premises_sam_account_name\": [\"alice\"]}",
     false},
    {"an empty claim", "x", NULL, CLAIMS(""), false},
    {"a longer name", "x", NULL, CLAIMS("alice2"), false},
    {"a shorter name", "x", NULL, CLAIMS("alic"), false},
};

static bool may(const struct config_app *app, const struct row *r, struct err *e) {
    char provider[] = "staff", subject[64], principal[64], claims[128];
    struct identity who;
    snprintf(subject, sizeof subject, "%s", r->subject);
    snprintf(principal, sizeof principal, "%s", r->principal ? r->principal : "");
    snprintf(claims, sizeof claims, "%s", r->claims);
    struct identity from = {.provider = provider,
                            .subject = subject,
                            .principal = r->principal ? principal : NULL,
                            .claims = claims};
    assert_true(identity_copy(&who, &from));
    bool is_allowed = authorize(app, &who, e);
    identity_fini(&who);
    return is_allowed;
}

static void only_those_named_may_use_an_app_with_a_list(void **state) {
    struct config *c = parse_fine(APPS);
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct err e = {0};
        if (may(&c->apps[1], &ROWS[i], &e) != ROWS[i].may)
            fail_msg("%s", ROWS[i].description);
        assert_int_equal(e.code, ROWS[i].may ? ERR_NONE : ERR_FORBIDDEN);
    }
    config_free(c);
}

static void everybody_may_use_an_app_without_a_list(void **state) {
    struct config *c = parse_fine(APPS);
    struct err e;
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_true(may(&c->apps[0], &ROWS[i], &e));
    config_free(c);
}

/* A list with nobody in it is not the same as no list. */
static void an_empty_list_lets_nobody_in(void **state) {
    struct config *c = parse_fine(APPS);
    struct config_app app = c->apps[2];
    struct err e;
    (void)state;
    app.allow_user_count = 0;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_false(may(&app, &ROWS[i], &e));
    config_free(c);
}

static void the_refusal_says_what_to_do(void **state) {
    struct config *c = parse_fine(APPS);
    struct err e;
    (void)state;
    assert_false(may(&c->apps[2], &ROWS[0], &e));
    assert_string_equal(e.detail, "alice@CORP.EXAMPLE is not among the allow.users of app empty");
    assert_non_null(strstr(e.hint, "kerbgate reload"));
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_those_named_may_use_an_app_with_a_list),
        cmocka_unit_test(everybody_may_use_an_app_without_a_list),
        cmocka_unit_test(an_empty_list_lets_nobody_in),
        cmocka_unit_test(the_refusal_says_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
