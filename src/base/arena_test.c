/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that was freed cannot be looked at, so this is compiled together with what it tests, and
 * looks at each piece when it is given back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <malloc.h>

#include "base/spare.h"

static size_t frees, leaks;

static void look_and_free(void *p) {
    frees += p != NULL;
    leaks += p && memmem(p, malloc_usable_size(p), "hunter2", 7);
    free(p);
}

#define spare_give(block, size) look_and_free(block)
#include "base/arena.c" // NOLINT(bugprone-suspicious-include): see above
#undef spare_give

static void memory_is_zeroed_and_aligned(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    for (int turn = 0; turn < 2; turn++) { /* the second gets what the first has left */
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
        assert_null(a.blocks);
    }
}

static void texts_have_an_end_whatever_was_there_before(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 20);
    for (int turn = 0; turn < 2; turn++) {
        char *join = (char *)arena_join(&a, (struct str[]){STR("ab"), STR("cd")}, 2).p;
        char *copy = arena_cstr(&a, STR("abcd"));
        assert_true(join && copy);
        assert_string_equal(join, "abcd");
        assert_string_equal(copy, "abcd");
        memset(join, 0xff, 16);
        memset(copy, 0xff, 16);
        arena_fini(&a); /* the second turn gets the same block */
    }
}

static void at_the_limit_the_answer_is_no(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 100);
    assert_null(arena_array(&a, SIZE_MAX / 16 + 2, 16)); /* 16 bytes, had it wrapped around */
    assert_non_null(arena_alloc(&a, 60));
    assert_null(arena_alloc(&a, 41));
    assert_non_null(arena_alloc(&a, 40));
    assert_null(arena_alloc(&a, 1));
    volatile size_t all = SIZE_MAX; /* or the compiler would warn of the memset that never comes */
    assert_null(arena_alloc(&a, all));
    assert_null(arena_array(&a, SIZE_MAX / 2, 3));
    assert_null(arena_cstr(&a, str_n("", SIZE_MAX)));
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

static void an_arena_that_held_a_secret_is_wiped(void **state) {
    (void)state;
    struct arena a;
    arena_init(&a, 100000);
    for (size_t n = 1; n < 20000; n *= 7) { /* small ones share a block, big ones have their own */
        assert_non_null(arena_cstr(&a, STR("hunter2")));
        char *p = arena_alloc(&a, n + 7);
        assert_non_null(p);
        memcpy(p + n, STR("hunter2").p, 7);
    }
    frees = leaks = 0;
    arena_fini_wiped(&a);
    assert_true(frees > 1);
    assert_int_equal(leaks, 0);
    /* The spy sees what is not wiped. */
    assert_non_null(arena_cstr(&a, STR("hunter2")));
    arena_fini(&a);
    assert_int_equal(leaks, 1);
}

static void what_was_handed_out_stays_where_it_is(void **state) {
    (void)state;
    struct arena a;
    char *texts[500];
    arena_init(&a, 100000);
    for (int i = 0; i < 500; i++)
        texts[i] = arena_printf(&a, "%d:%*s", i, i % 97, "");
    for (int i = 0; i < 500; i++) {
        char expected[128];
        snprintf(expected, sizeof expected, "%d:%*s", i, i % 97, "");
        assert_string_equal(texts[i], expected);
    }
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(texts_have_an_end_whatever_was_there_before),
        cmocka_unit_test(at_the_limit_the_answer_is_no),
        cmocka_unit_test(copies_are_ended_by_a_byte_that_is_not_counted),
        cmocka_unit_test(an_arena_that_held_a_secret_is_wiped),
        cmocka_unit_test(what_was_handed_out_stays_where_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
