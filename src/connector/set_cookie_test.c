/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/set_cookie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct config_app app_of(struct arena *a, const char *external, const char *internal) {
    struct config_app app = {0};
    const char *why;
    assert_true(url_parse(a, str_of(external), &app.external, &why));
    assert_true(url_parse(a, str_of(internal), &app.internal, &why));
    return app;
}

struct row {
    const char *in, *out;
};

static void check(const char *external, const char *internal, const struct row *rows, size_t n) {
    struct arena a;
    arena_init(&a, 1 << 20);
    struct config_app app = app_of(&a, external, internal);
    for (size_t i = 0; i < n; i++) {
        struct str got = set_cookie_outward(&a, &app, str_of(rows[i].in));
        if (!str_eq(got, str_of(rows[i].out)))
            fail_msg("%s\n  became   %.*s\n  and not  %s", rows[i].in, STR_ARG(got), rows[i].out);
    }
    arena_fini(&a);
}

#define CHECK(external, internal, rows)                                                            \
    check(external, internal, rows, sizeof(rows) / sizeof *(rows))

static void a_cookie_of_the_whole_back_end_is_the_external_hosts(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"a=b", "a=b; Secure"},
        {"a=b; Secure; HttpOnly", "a=b; Secure; HttpOnly"},
        {"a=b;secure", "a=b; secure"},
        {"a=b; Path=/", "a=b; Path=/; Secure"},
        {"a=b; Path=/x; SameSite=None", "a=b; Path=/x; SameSite=None; Secure"},
        {"a=b; Domain=hr.corp.example", "a=b; Secure"},
        {"a=b; Domain=.corp.example; Path=/", "a=b; Path=/; Secure"},
        {"a=b; domain = HR.Corp.Example", "a=b; Secure"},
        {"a=b; Domain=example", "a=b; Secure"},
        {"a=b; Domain=other.example", "a=b; Domain=other.example; Secure"},
        {"a=b; Domain=r.corp.example", "a=b; Domain=r.corp.example; Secure"},
        {"a=b; Domain=example.com", "a=b; Domain=example.com; Secure"},
        {"a=b; Domain=", "a=b; Domain=; Secure"},
        {"a=b; Max-Age=5; Expires=Wed, 09 Jun 2027 10:18:14 GMT",
         "a=b; Max-Age=5; Expires=Wed, 09 Jun 2027 10:18:14 GMT; Secure"},
        {"a=\"b c\"; Unknown=x=y", "a=\"b c\"; Unknown=x=y; Secure"},
        {"a=b;; ;Path=/;", "a=b; Path=/; Secure"},
        {"a=b; Path=", "a=b; Path=; Secure"},
        {"a=b; Path", "a=b; Path=; Secure"},
        {"a=Domain=hr.corp.example", "a=Domain=hr.corp.example; Secure"},
        {"", "; Secure"},
    };
    CHECK("https://hr.example.com/", "http://hr.corp.example/", ROWS);
}

static void a_folder_inside_becomes_the_folder_outside(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"a=b; Path=/deep/", "a=b; Path=/under/; Secure"},
        {"a=b; Path=/deep", "a=b; Path=/under/; Secure"},
        {"a=b; Path=/deep/er/x", "a=b; Path=/under/er/x; Secure"},
        {"a=b; Path=/", "a=b; Path=/under/; Secure"},
        {"a=b; Path=/deeper", "a=b; Path=/deeper; Secure"},
        {"a=b; Path=/de", "a=b; Path=/de; Secure"},
        {"a=b; Path=", "a=b; Path=; Secure"},
        {"__Host-a=b; Path=/; Secure", "__Host-a=b; Path=/; Secure"},
        {" __HOST-a=b; Path=/", "__HOST-a=b; Path=/; Secure"},
        {"__Hosta=b; Path=/", "__Hosta=b; Path=/under/; Secure"},
        {"a=b; path=/DEEP/", "a=b; Path=/DEEP/; Secure"},
        {"a=b", "a=b; Secure"},
    };
    CHECK("https://hr.example.com/under/", "http://hr.corp.example/deep/", ROWS);
}

static void a_domain_that_is_right_outside_as_well_stays(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"a=b; Domain=corp.example", "a=b; Domain=corp.example; Secure"},
        {"a=b; Domain=inside.corp.example", "a=b; Secure"},
    };
    CHECK("https://hr.corp.example/", "http://inside.corp.example/", ROWS);
}

static void a_full_arena_is_said(void **state) {
    (void)state;
    struct arena a, small;
    arena_init(&a, 1 << 16);
    arena_init(&small, 4);
    struct config_app app = app_of(&a, "https://hr.example.com/", "http://hr.corp.example/");
    assert_null(set_cookie_outward(&small, &app, STR("a=b")).p);
    arena_fini(&small);
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cookie_of_the_whole_back_end_is_the_external_hosts),
        cmocka_unit_test(a_folder_inside_becomes_the_folder_outside),
        cmocka_unit_test(a_domain_that_is_right_outside_as_well_stays),
        cmocka_unit_test(a_full_arena_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
