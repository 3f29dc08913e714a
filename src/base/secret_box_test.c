/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret_box.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const unsigned char KEY[SECRET_BOX_KEY_SIZE] = "0123456789abcdef0123456789abcde";
static const unsigned char OTHER[SECRET_BOX_KEY_SIZE] = "1123456789abcdef0123456789abcde";

static bool opens(const unsigned char *key, struct str purpose, struct str closed,
                  struct str expected) {
    struct buf out;
    buf_init_secret(&out, 1000);
    bool is_open = secret_box_open(key, purpose, closed, &out);
    if (is_open)
        assert_true(str_eq(buf_str(&out), expected));
    else
        assert_int_equal(buf_size(&out), 0);
    buf_fini(&out);
    return is_open;
}

static void a_note_is_opened_with_its_key_for_its_purpose(void **state) {
    struct buf closed;
    (void)state;
    buf_init(&closed, 1000);
    for (size_t n = 0; n < 40; n++) {
        struct str note = str_n("The quick brown fox jumps over the lazy dog", n);
        buf_clear(&closed);
        assert_true(secret_box_close(KEY, STR("x"), note, &closed));
        assert_int_equal(buf_size(&closed), n + SECRET_BOX_MORE);
        assert_true(opens(KEY, STR("x"), buf_str(&closed), note));
        assert_false(opens(OTHER, STR("x"), buf_str(&closed), note));
        assert_false(opens(KEY, STR("y"), buf_str(&closed), note));
    }
    buf_fini(&closed);
}

static void a_note_that_was_changed_is_none(void **state) {
    struct buf closed;
    char changed[64];
    (void)state;
    buf_init(&closed, 1000);
    assert_true(secret_box_close(KEY, STR("x"), STR("note"), &closed));
    size_t n = buf_size(&closed);
    for (size_t i = 0; i < n; i++) {
        memcpy(changed, buf_str(&closed).p, n);
        changed[i] ^= 1;
        assert_false(opens(KEY, STR("x"), str_n(changed, n), STR("note")));
        assert_false(opens(KEY, STR("x"), str_n(buf_str(&closed).p, i), STR("note")));
    }
    buf_fini(&closed);
}

static void two_of_one_note_are_different(void **state) {
    struct buf one, two;
    (void)state;
    buf_init(&one, 100);
    buf_init(&two, 100);
    assert_true(secret_box_close(KEY, STR("x"), STR("note"), &one));
    assert_true(secret_box_close(KEY, STR("x"), STR("note"), &two));
    assert_false(str_eq(buf_str(&one), buf_str(&two)));
    buf_fini(&one);
    buf_fini(&two);
    buf_init(&one, 10);
    assert_false(secret_box_close(KEY, STR("x"), STR("note"), &one));
    buf_fini(&one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_note_is_opened_with_its_key_for_its_purpose),
        cmocka_unit_test(a_note_that_was_changed_is_none),
        cmocka_unit_test(two_of_one_note_are_different),
    };
    return cmocka_run_group_tests_name("base/secret_box", tests, NULL, NULL);
}
