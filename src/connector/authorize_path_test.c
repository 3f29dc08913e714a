/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#include "connector/authorize_path.h"

#define YAML                                                                                       \
    BASE APP("pay", ", rules: ["                                                                   \
                    "{path: /, methods: [GET], allow: signed_in},"                                 \
                    "{path: /admin/, allow: nobody},"                                              \
                    "{path: /admin/help/, allow: signed_in},"                                      \
                    "{path: /admin/help, methods: [POST, PUT], allow: nobody},"                    \
                    "{path: \"/a.b/c%20d/\", allow: nobody}]")

struct row {
    const char *path, *method;
    int plain, loose; /* number of the rule, or -1: none */
    bool is_other_method;
};

/* clang-format off */
static const struct row ROWS[] = {
    {"/", "GET", 0, 0, false},
    {"/", "POST", 0, 0, true},
    {"/x", "GET", 0, 0, false},
    {"/admin/", "POST", 1, 1, false},
    {"/admin", "POST", 1, 1, false},
    {"/admin/x", "POST", 1, 1, false},
    {"/administrator", "GET", 0, 0, false},
    {"/admin/help/", "GET", 2, 2, false},
    {"/admin/help", "POST", 3, 3, false},
    {"/admin/help/x", "PUT", 3, 3, false},
    {"/admin/helpers", "GET", 1, 1, false},
    {"/ADMIN/x", "GET", 0, 1, false},
    {"//admin/x", "GET", 0, 1, false},
    {"/%2Fadmin/x", "GET", 0, 1, false},
    {"/%5Cadmin/x", "GET", 0, 1, false},
    {"/admin%2Fx", "GET", 0, 1, false},
    {"/admin;a=b/x", "GET", 0, 1, false},
    {"/admin;a", "GET", 0, 1, false},
    {"/;a/admin/x", "GET", 0, 1, false},
    {"/admin./x", "GET", 0, 1, false},
    {"/admin%20/x", "GET", 0, 1, false},
    {"/admin..%20", "GET", 0, 1, false},
    {"/admin.;x", "GET", 0, 1, false},
    {"/ad.min/x", "GET", 0, 0, false},
    {"/admin.x", "GET", 0, 0, false},
    {"/.admin/", "GET", 0, 0, false},
    {"/admin///HELP/x", "GET", 1, 2, false},
    {"/a.b/c%20d/x", "GET", 4, 4, false},
    {"/A.B/c%20D", "GET", 0, 4, false},
    {"/x/admin/", "GET", 0, 0, false},
};
/* clang-format on */

static int number_of(const struct config_app *app, struct rule_match m) {
    return m.rule ? (int)(m.rule - app->rules) : -1;
}

static void the_longest_path_counts_however_it_is_read(void **state) {
    struct config *c = parse_fine(YAML);
    const struct config_app *app = &c->apps[1];
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct row *r = &ROWS[i];
        struct rule_match plain =
            authorize_rule(app, str_of(r->path), str_of(r->method), READ_PLAINLY);
        struct rule_match loose =
            authorize_rule(app, str_of(r->path), str_of(r->method), READ_LOOSELY);
        if (number_of(app, plain) != r->plain || number_of(app, loose) != r->loose ||
            plain.is_of_other_method != r->is_other_method)
            fail_msg("%s %s: %d and %d", r->method, r->path, number_of(app, plain),
                     number_of(app, loose));
    }
    config_free(c);
}

static void an_app_without_rules_has_none(void **state) {
    struct config *c = parse_fine(YAML);
    (void)state;
    assert_null(authorize_rule(&c->apps[0], STR("/"), STR("GET"), READ_LOOSELY).rule);
    config_free(c);
}

/* A path as long as a request may be takes no longer than its bytes. */
static void dots_without_end_are_read_once(void **state) {
    enum { SIZE = 1 << 20 };
    struct config *c = parse_fine(YAML);
    char *path = test_malloc(SIZE);
    (void)state;
    memset(path, '.', SIZE);
    path[0] = '/';
    path[SIZE - 1] = 'x';
    struct rule_match m = authorize_rule(&c->apps[1], str_n(path, SIZE), STR("GET"), READ_LOOSELY);
    assert_int_equal(number_of(&c->apps[1], m), 0);
    test_free(path);
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_longest_path_counts_however_it_is_read),
        cmocka_unit_test(an_app_without_rules_has_none),
        cmocka_unit_test(dots_without_end_are_read_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
