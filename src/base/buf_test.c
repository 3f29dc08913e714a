/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that was freed cannot be looked at, so this is compiled together with what it tests, and
 * looks at each piece when it is given back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
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
#include "base/buf.c" // NOLINT(bugprone-suspicious-include): see above
#undef spare_give

static void what_is_added_comes_out_in_order(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 100000);
    size_t in = 0, out = 0;
    for (int turn = 0; turn < 2000; turn++) {
        for (int i = 0; i < 40; i++)
            buf_add_byte(&b, (char)(in++ % 251));
        for (int i = 0; i < 31; i++, out++) {
            assert_int_equal((unsigned char)buf_str(&b).p[0], out % 251);
            buf_consume(&b, 1);
        }
    }
    assert_false(b.failed);
    assert_int_equal(buf_size(&b), in - out);
    buf_fini(&b);
    assert_int_equal(buf_size(&b), 0);
}

static void the_first_piece_that_does_not_fit_poisons_it(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 5);
    buf_add(&b, STR("abc"));
    buf_add(&b, STR("def"));
    buf_add(&b, STR("g"));
    assert_true(b.failed);
    assert_true(str_eq(buf_str(&b), STR("abc")));
    buf_clear(&b);
    buf_add(&b, STR("abcde"));
    assert_false(b.failed);
    assert_int_equal(buf_room(&b), 0);
    buf_fini(&b);
}

static void formatted_text_may_fill_it_to_the_last_byte(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 5);
    buf_printf(&b, "%s-%d", "abc", 1);
    assert_false(b.failed);
    assert_true(str_eq(buf_str(&b), STR("abc-1")));
    buf_printf(&b, "%s", "");
    assert_false(b.failed);
    buf_printf(&b, "x");
    assert_true(b.failed);
    buf_fini(&b);
    /* Memory that is full to the last byte has no place for the NUL of vsnprintf. */
    buf_init(&b, 4096);
    for (size_t n = 1; n <= 4096; n *= 2, buf_clear(&b)) {
        buf_printf(&b, "%*s", (int)n, "x");
        assert_int_equal(buf_size(&b), n);
        assert_true(b.capacity > n);
    }
    buf_fini(&b);
}

static void room_to_read_into_is_never_more_than_fits(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 10);
    size_t n = 64;
    char *at = buf_reserve(&b, &n);
    assert_non_null(at);
    assert_int_equal(n, 10);
    memset(at, 'x', 4);
    buf_commit(&b, 4);
    n = 64;
    assert_non_null(buf_reserve(&b, &n));
    assert_int_equal(n, 6);
    buf_commit(&b, 6);
    n = 1;
    assert_null(buf_reserve(&b, &n));
    assert_int_equal(n, 0);
    assert_false(b.failed);
    buf_consume(&b, 99);
    assert_int_equal(buf_size(&b), 0);
    buf_fini(&b);
}

static bool has_secret(const struct buf *b) {
    return b->data && memmem(b->data, b->capacity, "hunter2", 7);
}

static void a_secret_does_not_stay_where_it_was(void **state) {
    (void)state;
    struct buf b;
    buf_init_secret(&b, 4096);
    buf_add(&b, STR("hunter2 and the rest"));
    assert_true(has_secret(&b));
    buf_consume(&b, 8);
    assert_false(has_secret(&b));
    buf_add(&b, STR(" hunter2"));
    buf_clear(&b);
    assert_false(has_secret(&b));
    buf_fini(&b);
}

static void a_secret_leaves_nothing_when_it_moves_to_the_front(void **state) {
    (void)state;
    struct buf b;
    buf_init_secret(&b, 4096);
    size_t n = 490;
    assert_non_null(buf_reserve(&b, &n));
    buf_commit(&b, n);
    buf_add(&b, STR("hunter2"));
    buf_consume(&b, 490);
    n = 400;
    assert_non_null(buf_reserve(&b, &n));
    assert_int_equal(b.start, 0);
    assert_true(str_eq(buf_str(&b), STR("hunter2")));
    assert_null(memmem(b.data + 7, b.capacity - 7, "hunter2", 7));
    buf_fini(&b);
}

static void a_secret_is_wiped_before_its_memory_is_given_back(void **state) {
    (void)state;
    struct buf b;
    frees = leaks = 0;
    buf_init_secret(&b, 100000);
    for (int i = 0; i < 3000; i++)
        buf_add(&b, STR("hunter2"));
    buf_printf(&b, "%5000s", "hunter2");
    assert_true(frees > 3); /* it has grown, and each time left its memory */
    buf_fini(&b);
    assert_int_equal(leaks, 0);
    assert_true(b.secret);
    /* The spy sees what is not wiped. */
    buf_init(&b, 100);
    buf_add(&b, STR("hunter2"));
    buf_fini(&b);
    assert_int_equal(leaks, 1);
}

static void nothing_is_added_once_it_has_failed(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 4);
    buf_add(&b, STR("ab"));
    buf_printf(&b, "%s", "cde");
    assert_true(b.failed);
    size_t n = 1;
    assert_null(buf_reserve(&b, &n));
    assert_int_equal(n, 0);
    buf_add_byte(&b, 'c');
    buf_printf(&b, "c");
    buf_consume(&b, 1);
    buf_add_byte(&b, 'c');
    assert_true(str_eq(buf_str(&b), STR("b")));
    assert_true(b.failed);
    buf_fini(&b);
    assert_false(b.failed);
}

static void a_buffer_of_no_bytes_takes_none(void **state) {
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    buf_add(&b, STR_NONE);
    buf_printf(&b, "%s", "");
    buf_consume(&b, 9);
    assert_false(b.failed);
    assert_non_null(buf_str(&b).p);
    buf_add_byte(&b, 'x');
    assert_true(b.failed);
    buf_fini(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_comes_out_in_order),
        cmocka_unit_test(the_first_piece_that_does_not_fit_poisons_it),
        cmocka_unit_test(formatted_text_may_fill_it_to_the_last_byte),
        cmocka_unit_test(room_to_read_into_is_never_more_than_fits),
        cmocka_unit_test(a_secret_does_not_stay_where_it_was),
        cmocka_unit_test(a_secret_leaves_nothing_when_it_moves_to_the_front),
        cmocka_unit_test(a_secret_is_wiped_before_its_memory_is_given_back),
        cmocka_unit_test(nothing_is_added_once_it_has_failed),
        cmocka_unit_test(a_buffer_of_no_bytes_takes_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
