/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

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
    /* Moved to the front, its old place is empty. */
    size_t n = 500;
    assert_non_null(buf_reserve(&b, &n));
    buf_commit(&b, 490);
    buf_add(&b, STR("hunter2"));
    buf_consume(&b, 490);
    n = 400;
    assert_non_null(buf_reserve(&b, &n));
    assert_int_equal(b.start, 0);
    assert_null(memmem(b.data + 7, b.capacity - 7, "hunter2", 7));
    buf_fini(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_added_comes_out_in_order),
        cmocka_unit_test(the_first_piece_that_does_not_fit_poisons_it),
        cmocka_unit_test(formatted_text_may_fill_it_to_the_last_byte),
        cmocka_unit_test(room_to_read_into_is_never_more_than_fits),
        cmocka_unit_test(a_secret_does_not_stay_where_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
