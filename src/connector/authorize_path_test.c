/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#include "connector/authorize_path.h"
#include "http/loose.h"

#include <stdio.h>
#include <string.h>

#define YAML                                                                                       \
    BASE APP("pay", ", rules: ["                                                                   \
                    "{path: /, methods: [GET], allow: signed_in},"                                 \
                    "{path: /admin/, allow: nobody},"                                              \
                    "{path: /admin/help/, allow: signed_in},"                                      \
                    "{path: /admin/help, methods: [POST, PUT], allow: nobody},"                    \
                    "{path: \"/a.b/c%20d/\", allow: nobody}]")

struct row {
    const char *path, *method;
    int plain;         /* number of the rule, or -1: none */
    const char *loose; /* numbers of all rules */
    bool is_other_method;
};

/* clang-format off */
static const struct row ROWS[] = {
    {"/", "GET", 0, "0", false},
    {"/", "POST", 0, "0", true},
    {"/x", "GET", 0, "0", false},
    {"/admin/", "POST", 1, "1", false},
    {"/admin", "POST", 1, "1", false},
    {"/admin/x", "POST", 1, "1", false},
    {"/administrator", "GET", 0, "0", false},
    {"/admin/help/", "GET", 2, "2", false},
    {"/admin/help", "POST", 3, "3", false},
    {"/admin/help/x", "PUT", 3, "3", false},
    {"/admin/helpers", "GET", 1, "1", false},
    {"/ADMIN/x", "GET", 0, "1", false},
    {"//admin/x", "GET", 0, "1", false},
    {"/%2Fadmin/x", "GET", 0, "1", false},
    {"/%5Cadmin/x", "GET", 0, "1", false},
    {"/admin%2Fx", "GET", 0, "1", false},
    {"/admin;a=b/x", "GET", 0, "1", false},
    {"/admin;a", "GET", 0, "1", false},
    {"/;a/admin/x", "GET", 0, "1", false},
    {"/admin./x", "GET", 0, "1", false},
    {"/admin%20/x", "GET", 0, "1", false},
    {"/admin..%20", "GET", 0, "1", false},
    {"/admin.;x", "GET", 0, "1", false},
    {"/ad.min/x", "GET", 0, "0", false},
    {"/admin.x", "GET", 0, "0", false},
    {"/.admin/", "GET", 0, "0", false},
    {"/admin///HELP/x", "GET", 1, "2", false},
    {"/a.b/c%20d/x", "GET", 4, "4", false},
    {"/A.B/c%20D", "GET", 0, "4", false},
    {"/x/admin/", "GET", 0, "0", false},
};
/* clang-format on */

static void check(const struct config_app *app, const struct row *r) {
    struct rule_match plain = authorize_rule(app, str_of(r->path), str_of(r->method));
    struct rule_match all[CONFIG_RULES_MAX];
    char numbers[64] = "";
    struct arena a;
    struct str path;
    arena_init(&a, 4096);
    assert_true(loose_path(&a, str_of(r->path), &path));
    size_t count = authorize_rules_loosely(app, path, str_of(r->method), all);
    for (size_t i = 0, n = 0; i < count; i++)
        n += (size_t)snprintf(numbers + n, sizeof numbers - n, i ? " %zu" : "%zu",
                              (size_t)(all[i].rule - app->rules));
    arena_fini(&a);
    int number = plain.rule ? (int)(plain.rule - app->rules) : -1;
    if (number != r->plain || plain.is_of_other_method != r->is_other_method ||
        strcmp(numbers, r->loose) != 0)
        fail_msg("%s %s: %d and %s", r->method, r->path, number, numbers);
}

static void the_longest_path_counts_however_it_is_read(void **state) {
    struct config *c = parse_fine(YAML);
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        check(&c->apps[1], &ROWS[i]);
    config_free(c);
}

#define UE "%C3%BC"
#define RULES                                                                                      \
    BASE APP("pay", ", rules: ["                                                                   \
                    "{path: /b" UE "/, allow: nobody},"                                            \
                    "{path: /b" UE "/key/, allow: signed_in},"                                     \
                    "{path: /b%C3%B6/key/x, methods: [GET], allow: signed_in},"                    \
                    "{path: /b%C3%B6/key/x, methods: [PUT], allow: nobody},"                       \
                    "{path: /Set/, allow: signed_in},"                                             \
                    "{path: /set/, allow: nobody},"                                                \
                    "{path: /set/" UE "/, allow: signed_in},"                                      \
                    "{path: /lost%3Fx/, allow: nobody}]")

/* clang-format off */
static const struct row OF_ANY[] = {
    {"/b%C3%BC/x", "GET", 0, "0", false},
    {"/B%C3%9C/x", "GET", -1, "0", false},
    {"/b%FC", "GET", -1, "0", false},
    {"/bx", "GET", -1, "", false},
    {"/b", "GET", -1, "", false},
    {"/b%C3%BC/key/", "GET", 1, "1", false},
    {"/b%C3%9C/key/", "GET", -1, "1", false},
    {"/b%C3%BC/%E2%84%AAey/", "GET", 0, "0 1", false},
    {"/b%C3%9C/key/x", "GET", -1, "0 1 2", false},
    {"/b%C3%B6/key/x", "PUT", 3, "0 1 3", false},
    {"/b%C3%B6/key/x", "POST", 2, "0 1 2", true},
    {"/set/x", "GET", 5, "4 5", false},
    {"/SET/x", "GET", -1, "4 5", false},
    {"/set/%C3%9C", "GET", 5, "4 5 6", false},
    {"/%C5%BFet/", "GET", -1, "4 5", false},
    {"/lost%3Fy", "GET", -1, "7", false},
};
/* clang-format on */

static void all_rules_count_that_a_path_may_be_read_as_that_of(void **state) {
    struct config *c = parse_fine(RULES);
    (void)state;
    for (size_t i = 0; i < sizeof OF_ANY / sizeof *OF_ANY; i++)
        check(&c->apps[1], &OF_ANY[i]);
    config_free(c);
}

static void an_app_without_rules_has_none(void **state) {
    struct config *c = parse_fine(YAML);
    struct rule_match none[1];
    (void)state;
    assert_null(authorize_rule(&c->apps[0], STR("/"), STR("GET")).rule);
    assert_int_equal(authorize_rules_loosely(&c->apps[0], STR("/"), STR("GET"), none), 0);
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_path_counts_however_it_is_read),
        cmocka_unit_test(all_rules_count_that_a_path_may_be_read_as_that_of),
        cmocka_unit_test(an_app_without_rules_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
