/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/loose.h"

struct row {
    const char *path, *expected;
};

/* clang-format off */
static const struct row ROWS[] = {
    {"/", "/"},
    {"/Admin/X", "/admin/x"},
    {"//admin///x", "/admin/x"},
    {"/%2Fadmin%2f", "/admin/"},
    {"/%5Cadmin\\x", "/admin/x"},
    {"/%41dmin", "/admin"},
    {"/%2541", "/%41"},
    {"/100%", "/100%"},
    {"/%zz", "/%zz"},
    {"/admin;a=b/x", "/admin/x"},
    {"/admin;a%2Fx", "/admin/x"},
    {"/admin;a", "/admin"},
    {"/;a/admin", "/admin"},
    {"/admin./x", "/admin/x"},
    {"/admin%20", "/admin"},
    {"/admin.%20.;x/y", "/admin/y"},
    {"/ad.%20min", "/ad. min"},
    {"/.admin/..a", "/.admin/..a"},
    {"/admin.:$I30:$INDEX_ALLOCATION/x", "/admin/x"},
    {"/%61dmin%3A:$data/x", "/admin/x"},
    {"/items:delete", "/items:delete"},
    {"/admin%3Fx/y", "/admin"},
    {"/admin%23/y", "/admin"},
    {"/admin%20%3f", "/admin"},
    {"/admin;a%3Fx/y", "/admin"},
    {"/%C3%BCx", "/\x80x"},
    {"/%FCx", "/\x80x"},
    {"/%C3%9C%e2%84%aa/%80%2f%ff", "/\x80/\x80/\x80"},
    {"/./x", "/x"},
};
/* clang-format on */

static void a_path_has_one_form_for_all_readings(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct arena a;
        struct str loose;
        arena_init(&a, 4096);
        assert_true(loose_path(&a, str_of(ROWS[i].path), &loose));
        if (!str_eq(loose, str_of(ROWS[i].expected)))
            fail_msg("%s: '%.*s'", ROWS[i].path, STR_ARG(loose));
        arena_fini(&a);
    }
}

struct pair {
    const char *path, *base;
    bool is_below;
    size_t unsure;
};

/* clang-format off */
static const struct pair PAIRS[] = {
    {"/", "", true, 0},
    {"/admin", "/admin", true, 0},
    {"/admin/x", "/admin", true, 0},
    {"/admins", "/admin", false, 0},
    {"/adm", "/admin", false, 0},
    {"/b\x80ro/x", "/b\x80ro", true, 3},
    {"/b\x80r", "/b\x80ro", false, 3},
    {"/b\x80", "/b\x80ro", false, 3},
    {"/b", "/b\x80", false, 0},
    {"/b\x80", "/b", false, 0},
    {"/b\x80x", "/b\x80", false, 3},
    {"/\x80/x", "/\x80/x", true, 2},
    {"/\x80/\x80", "/\x80/\x80", true, 4},
    {"/\x80" "ey", "/key", true, 2},
    {"/key", "/\x80" "ey", true, 2},
    {"/adm\x80n/x", "/admin", true, 5},
    {"/stra\x80" "e", "/strasse", true, 7},
    {"/a\x80k", "/ask", true, 4},
    {"/a/\x80", "/a/b", false, 0},
    {"/kx", "/ix", false, 0},
};
/* clang-format on */

static void what_is_no_ascii_may_be_read_as_any_of_that(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof PAIRS / sizeof *PAIRS; i++) {
        const struct pair *p = &PAIRS[i];
        size_t unsure;
        if (loose_is_below(str_of(p->path), str_of(p->base), &unsure) != p->is_below ||
            unsure != p->unsure)
            fail_msg("row %zu: %zu", i, unsure);
    }
}

static void a_path_without_room_is_none(void **state) {
    struct arena a;
    struct str loose;
    (void)state;
    arena_init(&a, 4);
    assert_false(loose_path(&a, STR("/admin"), &loose));
    assert_int_equal(loose.n, 0);
    arena_fini(&a);
}

/* A path as long as a request may be takes no longer than its bytes. */
static void dots_without_end_are_read_once(void **state) {
    enum { SIZE = 1 << 20 };
    struct arena a;
    struct str loose;
    char *path = test_malloc(SIZE);
    (void)state;
    memset(path, '.', SIZE);
    path[0] = '/';
    path[SIZE - 1] = 'x';
    arena_init(&a, SIZE + 1);
    assert_true(loose_path(&a, str_n(path, SIZE), &loose));
    assert_int_equal(loose.n, SIZE);
    arena_fini(&a);
    test_free(path);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_has_one_form_for_all_readings),
        cmocka_unit_test(what_is_no_ascii_may_be_read_as_any_of_that),
        cmocka_unit_test(dots_without_end_are_read_once),
        cmocka_unit_test(a_path_without_room_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
