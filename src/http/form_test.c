/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/form.h"

struct row {
    const char *description;
    struct str body;
    const char *value; /* NULL: refused */
};

static void check_row(const struct row *row) {
    struct arena a;
    struct str value = STR("unset");
    arena_init(&a, 1024);
    bool is_found = form_get(&a, row->body, STR("password"), &value);
    if (is_found != !!row->value || is_found != !!value.p || !str_eq(value, str_of(row->value)))
        fail_msg("%s: '%.*s'", row->description, STR_ARG(value));
    arena_fini(&a);
}

#define CHECK(rows)                                                                                \
    do {                                                                                           \
        for (size_t i = 0; i < sizeof(rows) / sizeof *(rows); i++)                                 \
            check_row(&(rows)[i]);                                                                 \
    } while (0)

static void a_field_is_found_and_decoded(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"alone", STR("password=x"), "x"},
        {"among others", STR("username=u&password=x&to=%2F"), "x"},
        {"empty parts", STR("&&password=x&"), "x"},
        {"an empty value", STR("password="), ""},
        {"no value", STR("username=u&password"), ""},
        {"'=' in the value", STR("password=a=b="), "a=b="},
        {"a plus sign is a blank", STR("password=+a+b"), " a b"},
        {"an encoded plus sign is one", STR("password=a%2Bb"), "a+b"},
        {"separators encoded", STR("password=%26%3d%25%3B"), "&=%;"},
        {"digits of both cases", STR("password=%c3%BC%C3%9f"), "\xc3\xbc\xc3\x9f"},
        {"decoded once", STR("password=%2541"), "%41"},
        {"raw bytes", STR("password=\xc3\xbc;'\"<>"), "\xc3\xbc;'\"<>"},
        {"lines", STR("password=a%0D%0Ab"), "a\r\nb"},
        {"an encoded name", STR("%70assw%6Frd=x"), "x"},
        {"others that are broken", STR("a=%zz&b%=&password=x&=%00"), "x"},
        {"names that are alike", STR("Password=1&password2=2&passwor=3&password =4&password=x"),
         "x"},
        {"a longer name with a NUL", STR("password\0=1&password%00=2&password=x"), "x"},
    };
    CHECK(ROWS);
}

static void a_field_that_is_not_clear_is_refused(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"nothing", STR_NONE, NULL},
        {"empty", STR(""), NULL},
        {"missing", STR("username=u"), NULL},
        {"as a value", STR("username=password=x"), NULL},
        {"behind a semicolon", STR("username=u;password=x"), NULL},
        {"twice", STR("password=x&password=y"), NULL},
        {"twice the same", STR("password=x&a=b&password=x"), NULL},
        {"twice, once without a value", STR("password=x&password"), NULL},
        {"twice, once encoded", STR("password=x&%70assword=y"), NULL},
        {"a NUL", STR("password=a\0b"), NULL},
        {"an encoded NUL", STR("password=a%00b"), NULL},
        {"a lone percent sign", STR("password=100%"), NULL},
        {"one digit", STR("password=%4"), NULL},
        {"no digits", STR("password=%4g"), NULL},
        {"digits of the next field", STR("password=%&41=x"), NULL},
    };
    CHECK(ROWS);
}

static void a_name_may_have_a_blank(void **state) {
    (void)state;
    struct arena a;
    struct str value;
    arena_init(&a, 64);
    assert_true(form_get(&a, STR("a+b=1"), STR("a b"), &value));
    assert_true(str_eq(value, STR("1")));
    assert_false(form_get(&a, STR("a+b=1"), STR("a+b"), &value));
    assert_null(value.p);
    arena_fini(&a);
}

static void a_full_arena_is_no_value(void **state) {
    (void)state;
    struct arena a;
    struct str value;
    arena_init(&a, 3);
    assert_false(form_get(&a, STR("password=xyz"), STR("password"), &value));
    assert_null(value.p);
    assert_true(form_get(&a, STR("password=xy"), STR("password"), &value));
    arena_fini(&a);
}

/* The caller wipes the arena and the body; there is nothing else to wipe. */
static void the_arena_has_the_only_copy(void **state) {
    (void)state;
    struct arena a;
    struct str value;
    char body[] = "password=%68unter2";
    arena_init(&a, 64);
    assert_true(form_get(&a, str_of(body), STR("password"), &value));
    assert_true(value.p < body || value.p >= body + sizeof body);
    assert_int_equal(a.used, sizeof "%68unter2");
    arena_fini_wiped(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_field_is_found_and_decoded),
        cmocka_unit_test(a_field_that_is_not_clear_is_refused),
        cmocka_unit_test(a_name_may_have_a_blank),
        cmocka_unit_test(a_full_arena_is_no_value),
        cmocka_unit_test(the_arena_has_the_only_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
