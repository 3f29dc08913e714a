/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/cookie.h"

#define NAME "__Host-kerbgate"

struct get_row {
    const char *description;
    const char *first, *second; /* two Cookie headers, or one */
    const char *value;          /* NULL: none */
    size_t count;
};

static void check_get(const struct get_row *row) {
    struct header at[] = {
        {STR("Host"), STR(NAME "=host")},
        {STR("cookie"), str_of(row->first)},
        {STR("Cookie2"), STR(NAME "=old")},
        {STR("COOKIE"), str_of(row->second)},
    };
    struct headers h = {at, 4, 4};
    size_t count = 99;
    struct str value = cookie_get(&h, STR(NAME), &count);
    if (count != row->count || !value.p != !row->value || !str_eq(value, str_of(row->value)))
        fail_msg("%s: %zu of them, '%.*s'", row->description, count, STR_ARG(value));
}

#define CHECK(rows, check)                                                                         \
    do {                                                                                           \
        for (size_t i = 0; i < sizeof(rows) / sizeof *(rows); i++)                                 \
            check(&(rows)[i]);                                                                     \
    } while (0)

static void a_cookie_is_found(void **state) {
    (void)state;
    static const struct get_row ROWS[] = {
        {"alone", NAME "=T", NULL, "T", 1},
        {"the first", NAME "=T; a=b", NULL, "T", 1},
        {"the last", "a=b; " NAME "=T", NULL, "T", 1},
        {"without a blank", "a=b;" NAME "=T;c", NULL, "T", 1},
        {"with blanks around", "a=b; \t " NAME "=T \t; c", NULL, "T", 1},
        {"in another header", "a=b", NAME "=T", "T", 1},
        {"with '=' in its value", NAME "=T=", NULL, "T=", 1},
        {"with every byte a value has", NAME "=!#$%&'()*+-./09:<=>?@AZ[]^_`az{|}~", NULL,
         "!#$%&'()*+-./09:<=>?@AZ[]^_`az{|}~", 1},
        {"empty", NAME "=", NULL, "", 1},
        {"without '='", NAME, NULL, "", 1},
    };
    CHECK(ROWS, check_get);
}

static void two_cookies_of_a_name_are_none(void **state) {
    (void)state;
    static const struct get_row ROWS[] = {
        {"in one header", NAME "=T; " NAME "=evil", NULL, NULL, 2},
        {"equal ones", NAME "=T; " NAME "=T", NULL, NULL, 2},
        {"in two headers", NAME "=T", NAME "=evil", NULL, 2},
        {"one without a value", NAME "=T; " NAME, NULL, NULL, 2},
        {"three", NAME "=T;" NAME "=", NAME "=evil", NULL, 3},
    };
    CHECK(ROWS, check_get);
}

static void what_is_not_exactly_our_cookie_is_none(void **state) {
    (void)state;
    static const struct get_row ROWS[] = {
        {"no header", NULL, NULL, NULL, 0},
        {"an empty one", "", NULL, NULL, 0},
        {"a longer name", NAME "-form=T", NULL, NULL, 0},
        {"a shorter name", "__Host-kerbgat=T", NULL, NULL, 0},
        {"another case", "__host-kerbgate=T", NULL, NULL, 0},
        {"a blank before '='", NAME " =T", NULL, NULL, 0},
        {"a comma between cookies", "a=b, " NAME "=T", NULL, NULL, 0},
        {"nameless", "=" NAME "=T", NULL, NULL, 0},
        {"a value of another", "a=" NAME "=T", NULL, NULL, 0},
        {"a quoted name", "\"" NAME "\"=T", NULL, NULL, 0},
        {"an encoded name", "%5f_Host-kerbgate=T", NULL, NULL, 0},
        {"a quoted value", NAME "=\"T\"", NULL, NULL, 1},
        {"half a quoted value", NAME "=\"T; a=b\"", NULL, NULL, 1},
        {"a blank behind '='", NAME "= T", NULL, NULL, 1},
        {"a blank inside", NAME "=T T", NULL, NULL, 1},
        {"a comma inside", NAME "=T,a=b", NULL, NULL, 1},
        {"a backslash inside", NAME "=T\\", NULL, NULL, 1},
        {"a control byte inside", NAME "=T\x01", NULL, NULL, 1},
        {"no ASCII", NAME "=T\xa0", NULL, NULL, 1},
    };
    CHECK(ROWS, check_get);
}

struct strip_row {
    const char *description, *in, *out;
};

static void check_strip(const struct strip_row *row) {
    struct arena a;
    arena_init(&a, 1024);
    struct str out = cookie_strip(&a, str_of(row->in), STR(NAME));
    if (!out.p || !str_eq(out, str_of(row->out)))
        fail_msg("%s: '%s' became '%.*s'", row->description, row->in, STR_ARG(out));
    arena_fini(&a);
}

static void other_cookies_stay_as_they_were(void **state) {
    (void)state;
    static const char *const ROWS[] = {
        "",
        "a=b",
        "a=b; c=d",
        "a=b;c=d,e=f;;  g ;",
        ";a=b",
        ",",
        "a=\"b; c\"; d=e f",
        "$Version=1; a=b; $Path=/",
        "a=gr\xc3\xbc\xc3\x9f"
        "e; %zz=%",
        "x" NAME "=1; _Host-kerbgate=2; kerbgate=3",
        "a=" NAME "; b=1" NAME,
        "__Host-kerbgat=1; __Host-other=2; __Secure-kerbgate=3",
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        check_strip(&(struct strip_row){"untouched", ROWS[i], ROWS[i]});
}

static void our_cookies_are_taken_out(void **state) {
    (void)state;
    static const struct strip_row ROWS[] = {
        {"alone", NAME "=T", ""},
        {"alone with an end", NAME "=T; ", ""},
        {"the first", NAME "=T; a=b", "a=b"},
        {"the last", "a=b; " NAME "=T", "a=b"},
        {"between", "a=b; " NAME "=T; c=d", "a=b; c=d"},
        {"all of them", NAME "=T; a=b; " NAME "-form=F; c=d; " NAME "=U", "a=b; c=d"},
        {"without blanks", "a=b;" NAME "=T;c=d", "a=b;c=d"},
        {"next to each other", NAME "=T;" NAME "-form=F", ""},
    };
    CHECK(ROWS, check_strip);
}

static void whatever_some_server_takes_for_ours_is_taken_out(void **state) {
    (void)state;
    static const struct strip_row ROWS[] = {
        {"case", "__HOST-KerbGate=T; a=b", "a=b"},
        {"without '='", "a=b; " NAME "; c=d", "a=b; c=d"},
        {"blanks and tabs", "a=b; \t " NAME " \t=T; c=d", "a=b; c=d"},
        {"a control byte", "a=b;\x0b" NAME "=T; c=d", "a=b;\x0b; c=d"},
        {"quoted name", "a=b; \"" NAME "\"=T", "a=b; \""},
        {"quoted value", "a=b; " NAME "=\"T; c=d\"; e=f", "a=b; c=d\"; e=f"},
        {"RFC 2965", "$Version=1; " NAME "=T; $Path=/", "$Version=1; $Path=/"},
        {"commas", "a=b, " NAME "=T, c=d", "a=b, c=d"},
        {"a comma before", "a=b," NAME "=T; c=d", "a=b; c=d"},
        {"a comma behind", "a=b; " NAME "=T,c=d", "a=b;c=d"},
        {"inside another's quotes", "a=\"1; " NAME "=T; b=2\"", "a=\"1; b=2\""},
        {"quotes as a start", "a=\"\"" NAME "=T", "a=\"\""},
        {"blanks between, as in Python", "a=b " NAME "=T; c=d", "a=b ; c=d"},
        {"nameless", "a=b; =" NAME "=T", "a=b; ="},
        {"nameless twice", "a=b; ==" NAME "=T; c=d", "a=b; ==; c=d"},
        {"PHP, CVE-2022-31629", "a=b; ..Host-kerbgate=T", "a=b"},
        {"PHP, bracket", "_[Host-kerbgate=T", ""},
        {"PHP, blank", "a=b; _ Host-kerbgate=T", "a=b"},
        {"PHP, CVE-2020-7070", "a=b; %5f%5fHost-kerbgate=T", "a=b"},
        {"Rack, CVE-2020-8184", "__%48ost-kerb%67ate=T; a=b", "a=b"},
        {"an encoded blank before", "a=b; %20" NAME "=T", "a=b; %20"},
        {"a plus sign before", "a=b; +" NAME "=T", "a=b; +"},
        {"a broken encoding before", "a=%\t" NAME "=T", "a=%"},
        {"U+2003 before, as Django trims", "a=b; \xe2\x80\x83" NAME "=T; c=d",
         "a=b; \xe2\x80\x83; c=d"},
        {"U+00A0 in Latin 1", "a=b; \xa0" NAME "=T", "a=b; \xa0"},
    };
    CHECK(ROWS, check_strip);
}

static void a_cookie_is_written(void **state) {
    (void)state;
    static const struct {
        struct str value;
        int64_t max_age_s;
        const char *expected; /* NULL: refused */
    } ROWS[] = {
        {STR("T"), -1, NAME "=T; Path=/; Secure; HttpOnly; SameSite=Lax"},
        {STR(""), 0, NAME "=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"},
        {STR("T"), INT64_MAX,
         NAME "=T; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=9223372036854775807"},
        {STR("T; Domain=evil"), -1, NULL},
        {STR("T\r\nX: y"), -1, NULL},
        {STR("T\0"), -1, NULL},
    };
    struct arena scripts;
    arena_init(&scripts, 1024);
    assert_string_equal(cookie_format(&scripts, STR(NAME), STR("T"), 5, COOKIE_FOR_SCRIPTS).p,
                        NAME "=T; Path=/; Secure; SameSite=Lax; Max-Age=5");
    arena_fini(&scripts);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct arena a;
        arena_init(&a, 1024);
        struct str out = cookie_format(&a, STR(NAME), ROWS[i].value, ROWS[i].max_age_s, 0);
        assert_true(!out.p == !ROWS[i].expected && str_eq(out, str_of(ROWS[i].expected)));
        arena_fini(&a);
    }
}

static void a_full_arena_answers_none(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 8);
    assert_null(cookie_strip(&a, STR("a=b; c=d"), STR(NAME)).p);
    assert_null(cookie_format(&a, STR(NAME), STR("T"), -1, 0).p);
    assert_non_null(cookie_strip(&a, STR("a=b;c=d"), STR(NAME)).p);
    assert_null(cookie_strip(&a, STR_NONE, STR(NAME)).p);
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cookie_is_found),
        cmocka_unit_test(two_cookies_of_a_name_are_none),
        cmocka_unit_test(what_is_not_exactly_our_cookie_is_none),
        cmocka_unit_test(other_cookies_stay_as_they_were),
        cmocka_unit_test(our_cookies_are_taken_out),
        cmocka_unit_test(whatever_some_server_takes_for_ours_is_taken_out),
        cmocka_unit_test(a_cookie_is_written),
        cmocka_unit_test(a_full_arena_answers_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
