/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#include "connector/authorize.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* Their lines: 6, 7, and so on. */
#define APPS                                                                                       \
    BASE APP("named", ", allow: {users: [alice, \"Bob@Other.Example\"]}")                          \
        APP("grouped", ", allow: {users: [zoe], groups: [HR, S-1-5-21-1-2-3-1104]}")               \
            APP("nobodys", ", allow: nobody")                                                      \
                APP("claimed", ", allow: {claims: [{claim: dept, any: [pay, tax], none: [ext]},"   \
                               "{claim: role, all: [a, b]}]}")                                     \
                    APP("inside", ", allow: {networks: [10.0.0.0/8, \"fd00::/8\"]}")               \
                        APP("read", ", allow: {methods: [GET, HEAD]}")                             \
                            APP("timed", ", allow: {hours: [\"Mon-Fri 08:00-18:00 UTC\"]}")        \
                                APP("strong", ", allow: {acr: [mfa, hardware]}")                   \
                                    APP("parts", ", allow: {users: [alice]}, rules: ["             \
                                                 "{path: /open/, allow: signed_in},"               \
                                                 "{path: /admin/, allow: {users: [bob]}},"         \
                                                 "{path: /%C3%BC/, allow: signed_in},"             \
                                                 "{path: /%C3%A4/, allow: {users: [bob]}},"        \
                                                 "{path: /api/, methods: [GET], allow: "           \
                                                 "signed_in}]")                                    \
                                        APP("both", ", allow: {users: [alice], networks: "         \
                                                    "[10.0.0.0/8]}")

enum { FRIDAY_NOON_S = 1774612800, SATURDAY_NOON_S = FRIDAY_NOON_S + 86400 };

struct row {
    const char *description, *app, *subject, *claims, *path, *from;
    enum authorize_answer answer;
};

#define ACCOUNT(name) "\"on_premises_sam_account_name\": \"" name "\""
#define UPN(name) "\"user_principal_name\": \"" name "\""
#define CLAIMS(account) "{" ACCOUNT(account) "}"
#define ALICE "alice@CORP.EXAMPLE", CLAIMS("alice")
#define WITH(claims) "alice@CORP.EXAMPLE", "{" ACCOUNT("alice") ", " claims "}"
#define IN "10.1.2.3"
#define NO AUTHORIZE_NO
#define YES AUTHORIZE_YES

static const struct row ROWS[] = {
    {"no list", "hr", ALICE, "/", IN, YES},
    {"by account", "named", ALICE, "/", IN, YES},
    {"in another case", "named", "ALICE@CORP.EXAMPLE", CLAIMS("Alice"), "/", IN, YES},
    {"by name with realm", "named", "7", "{" UPN("bob@OTHER.EXAMPLE") "}", "/", IN, YES},
    {"by a subject that somebody chose", "named", "bob@OTHER.EXAMPLE", CLAIMS("x"), "/", IN, NO},
    {"by a subject, and named otherwise", "named", "bob@OTHER.EXAMPLE",
     "{" UPN("x@OTHER.EXAMPLE") "}", "/", IN, NO},
    {"the same account elsewhere", "named", "bob@CORP.EXAMPLE", CLAIMS("bob"), "/", IN, NO},
    {"somebody else", "named", "carol@CORP.EXAMPLE", CLAIMS("carol"), "/", IN, NO},
    {"the subject is no account", "named", "alice", CLAIMS("mallory"), "/", IN, NO},
    {"no claim", "named", "alice", "{}", "/", IN, NO},
    {"a claim that is no text", "named", "x", "{\"on_premises_sam_account_name\": [\"alice\"]}",
     "/", IN, NO},
    {"an empty claim", "named", "x", CLAIMS(""), "/", IN, NO},
    {"a longer name", "named", "x", CLAIMS("alice2"), "/", IN, NO},
    {"a shorter name", "named", "x", CLAIMS("alic"), "/", IN, NO},
    {"in a group", "grouped", WITH("\"groups\": [\"IT\", \"HR\"]"), "/", IN, YES},
    {"in a group by SID", "grouped", WITH("\"groups\": [\"S-1-5-21-1-2-3-1104\"]"), "/", IN, YES},
    {"one group, as a text", "grouped", WITH("\"groups\": \"HR\""), "/", IN, YES},
    {"named, and in no group", "grouped", "zoe@CORP.EXAMPLE", CLAIMS("zoe"), "/", IN, YES},
    {"in other groups", "grouped", WITH("\"groups\": [\"HRX\", \"H\", \"hr\", \"\"]"), "/", IN, NO},
    {"without groups", "grouped", ALICE, "/", IN, NO},
    {"groups that are no texts", "grouped", WITH("\"groups\": [\"HR\", 7]"), "/", IN, NO},
    {"groups that are a mapping", "grouped", WITH("\"groups\": {\"HR\": \"HR\"}"), "/", IN, NO},
    {"nobody", "nobodys", ALICE, "/", IN, NO},
    {"claims as they are asked for", "claimed",
     WITH("\"dept\": \"pay\", \"role\": [\"b\", \"c\", \"a\"]"), "/", IN, YES},
    {"none of any", "claimed", WITH("\"dept\": \"it\", \"role\": [\"a\", \"b\"]"), "/", IN, NO},
    {"one of none", "claimed", WITH("\"dept\": [\"pay\", \"ext\"], \"role\": [\"a\", \"b\"]"), "/",
     IN, NO},
    {"not all", "claimed", WITH("\"dept\": \"pay\", \"role\": [\"a\"]"), "/", IN, NO},
    {"no such claim", "claimed", WITH("\"dept\": \"pay\""), "/", IN, NO},
    {"a claim that is true", "claimed", WITH("\"dept\": true, \"role\": [\"a\", \"b\"]"), "/", IN,
     NO},
    {"inside", "inside", ALICE, "/", IN, YES},
    {"inside, IPv6", "inside", ALICE, "/", "fd12::1", YES},
    {"inside, IPv4 in IPv6", "inside", ALICE, "/", "::ffff:10.0.0.1", YES},
    {"outside", "inside", ALICE, "/", "192.0.2.1", NO},
    {"strong enough", "strong", WITH("\"acr\": \"mfa\""), "/", IN, YES},
    {"too weak", "strong", WITH("\"acr\": \"0\""), "/", IN, NO},
    {"nobody said how strong", "strong", ALICE, "/", IN, NO},
    {"no rule for it", "parts", ALICE, "/x", IN, YES},
    {"a rule keeps out", "parts", ALICE, "/admin/x", IN, NO},
    {"a rule that a back end may see", "parts", ALICE, "/ADMIN/x", IN, NO},
    {"a rule lets in, and another reading has none", "parts", "bob@CORP.EXAMPLE", CLAIMS("bob"),
     "/admin/", IN, YES},
    {"a loose reading alone lets in nobody", "parts", "bob@CORP.EXAMPLE", CLAIMS("bob"), "/ADMIN/",
     IN, NO},
    {"of two rules that a back end may see one keeps out", "parts", ALICE, "/%C3%84/", IN, NO},
    {"one that it may see beside its own keeps out", "parts", ALICE, "/%C3%BC/", IN, NO},
    {"both let in", "parts", "bob@CORP.EXAMPLE", CLAIMS("bob"), "/%C3%BC/", IN, YES},
    {"a rule lets in everybody", "parts", "carol@CORP.EXAMPLE", CLAIMS("carol"), "/open/", IN, YES},
    {"all conditions", "both", ALICE, "/", IN, YES},
    {"one of them fails", "both", ALICE, "/", "192.0.2.1", NO},
    {"the other fails", "both", "bob@CORP.EXAMPLE", CLAIMS("bob"), "/", IN, NO},
};

static const struct config_app *app_of(const struct config *c, const char *name) {
    for (size_t i = 0; i < c->app_count; i++)
        if (strcmp(c->apps[i].name, name) == 0)
            return &c->apps[i];
    fail_msg("%s", name);
    return NULL;
}

struct asked {
    struct authorize_request r;
    struct identity who;
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } from;
};

static void ask(struct asked *a, const struct config *c, const struct row *row) {
    char provider[] = "staff";
    struct identity of = {
        .provider = provider, .subject = (char *)row->subject, .claims = (char *)row->claims};
    assert_true(identity_copy(&a->who, &of));
    a->r = (struct authorize_request){.config = c,
                                      .app = app_of(c, row->app),
                                      .who = &a->who,
                                      .method = STR("GET"),
                                      .path = str_of(row->path),
                                      .from = row->from ? &a->from.any : NULL,
                                      .wall_s = FRIDAY_NOON_S};
    if (row->from && strchr(row->from, ':')) {
        a->from.v6 = (struct sockaddr_in6){.sin6_family = AF_INET6};
        assert_int_equal(inet_pton(AF_INET6, row->from, &a->from.v6.sin6_addr), 1);
    } else if (row->from) {
        a->from.v4 = (struct sockaddr_in){.sin_family = AF_INET};
        assert_int_equal(inet_pton(AF_INET, row->from, &a->from.v4.sin_addr), 1);
    }
}

static void only_who_is_allowed_is_let_in(void **state) {
    struct config *c = parse_fine(APPS);
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct asked a;
        struct authorized found;
        struct err e = {0};
        ask(&a, c, &ROWS[i]);
        authorize_explain(&a.r, &found);
        if (found.answer != ROWS[i].answer || authorize(&a.r, &e) != (found.answer == YES))
            fail_msg("%s: %d %s", ROWS[i].description, found.answer, found.why);
        assert_int_equal(e.code, found.answer == YES ? ERR_NONE : ERR_FORBIDDEN);
        identity_fini(&a.who);
    }
    config_free(c);
}

static bool may(const struct config *c, const char *app, const char *path, const char *method,
                int64_t wall_s) {
    struct asked a;
    struct err e;
    ask(&a, c, &(struct row){"", app, ALICE, path, IN, YES});
    a.r.method = str_of(method);
    a.r.wall_s = wall_s;
    bool is_let_in = authorize(&a.r, &e);
    identity_fini(&a.who);
    return is_let_in;
}

static void methods_and_hours_are_conditions_too(void **state) {
    struct config *c = parse_fine(APPS);
    (void)state;
    assert_true(may(c, "read", "/", "HEAD", FRIDAY_NOON_S));
    assert_false(may(c, "read", "/", "POST", FRIDAY_NOON_S));
    assert_false(may(c, "read", "/", "get", FRIDAY_NOON_S));
    assert_true(may(c, "timed", "/", "GET", FRIDAY_NOON_S));
    assert_false(may(c, "timed", "/", "GET", SATURDAY_NOON_S));
    assert_true(may(c, "parts", "/api/x", "GET", FRIDAY_NOON_S));
    assert_false(may(c, "parts", "/api/x", "POST", FRIDAY_NOON_S));
    config_free(c);
}

/* A list with nobody in it is not the same as no list. */
static void an_empty_list_lets_nobody_in(void **state) {
    struct config *c = parse_fine(APPS);
    struct config_app app = *app_of(c, "named");
    struct asked a;
    struct err e;
    (void)state;
    ask(&a, c, &ROWS[1]);
    app.allow.user_count = 0;
    a.r.app = &app;
    assert_false(authorize(&a.r, &e));
    identity_fini(&a.who);
    config_free(c);
}

static void what_a_sketch_lacks_is_not_known(void **state) {
    static const struct row SKETCHES[] = {
        {"groups", "grouped", ALICE, "/", IN, AUTHORIZE_UNKNOWN},
        {"named", "grouped", "zoe@CORP.EXAMPLE", CLAIMS("zoe"), "/", IN, YES},
        {"groups that are said", "grouped", WITH("\"groups\": [\"IT\"]"), "/", IN, NO},
        {"claims", "claimed", ALICE, "/", IN, AUTHORIZE_UNKNOWN},
        {"one claim, which is wrong", "claimed", WITH("\"role\": \"x\""), "/", IN, NO},
        {"acr", "strong", ALICE, "/", IN, AUTHORIZE_UNKNOWN},
        {"an address", "inside", ALICE, "/", NULL, AUTHORIZE_UNKNOWN},
        {"an address, and not the person", "both", "bob@CORP.EXAMPLE", CLAIMS("bob"), "/", NULL,
         NO},
    };
    struct config *c = parse_fine(APPS);
    (void)state;
    for (size_t i = 0; i < sizeof SKETCHES / sizeof *SKETCHES; i++) {
        struct asked a;
        struct authorized found;
        struct err e;
        ask(&a, c, &SKETCHES[i]);
        a.r.is_sketch = true;
        authorize_explain(&a.r, &found);
        if (found.answer != SKETCHES[i].answer || authorize(&a.r, &e) != (found.answer == YES))
            fail_msg("%s: %d %s", SKETCHES[i].description, found.answer, found.why);
        identity_fini(&a.who);
    }
    config_free(c);
}

static void the_refusal_names_the_rule(void **state) {
    struct config *c = parse_fine(APPS);
    struct asked a;
    struct err e;
    (void)state;
    ask(&a, c, &(struct row){"", "parts", ALICE, "/admin/x", IN, NO});
    assert_false(authorize(&a.r, &e));
    assert_string_equal(e.detail, "alice@CORP.EXAMPLE may not GET /admin/x of app parts: not among "
                                  "allow.users (k.yaml:14)");
    assert_non_null(strstr(e.hint, "kerbgate check --app parts"));
    identity_fini(&a.who);
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_is_allowed_is_let_in),
        cmocka_unit_test(methods_and_hours_are_conditions_too),
        cmocka_unit_test(an_empty_list_lets_nobody_in),
        cmocka_unit_test(what_a_sketch_lacks_is_not_known),
        cmocka_unit_test(the_refusal_names_the_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
