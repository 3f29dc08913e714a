/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void memory_is_zeroed_and_aligned(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    for (size_t n = 1; n < 9000; n = n * 3 + 1) {
        unsigned char *p = arena_alloc(&a, n);
        assert_non_null(p);
        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xff, n);
    }
    arena_fini(&a);
    assert_int_equal(a.used, 0);
}

static void at_the_limit_the_answer_is_no(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 100);
    assert_non_null(arena_alloc(&a, 60));
    assert_null(arena_alloc(&a, 41));
    assert_non_null(arena_alloc(&a, 40));
    assert_null(arena_alloc(&a, 1));
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_array(&a, SIZE_MAX / 2, 3));
    assert_null(arena_cstr(&a, STR("x")));
    assert_null(arena_str(&a, STR("x")).p);
    assert_null(arena_printf(&a, "%d", 1));
    arena_fini(&a);
    assert_non_null(arena_alloc(&a, 100));
    arena_fini_wiped(&a);
}

static void copies_are_ended_by_a_byte_that_is_not_counted(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1000);
    struct str s = arena_str(&a, STR("a\0b"));
    assert_int_equal(s.n, 3);
    assert_memory_equal(s.p, "a\0b\0", 4);
    assert_string_equal(arena_cstr(&a, STR_NONE), "");
    assert_string_equal(arena_printf(&a, "%s/%d", "x", 7), "x/7");
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(at_the_limit_the_answer_is_no),
        cmocka_unit_test(copies_are_ended_by_a_byte_that_is_not_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
