/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/seal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

static unsigned char key[SEAL_KEY_SIZE], other_key[SEAL_KEY_SIZE];

static int make_keys(void **state) {
    (void)state;
    return !seal_key(STR("the connector's key"), key) || !seal_key(STR("another"), other_key);
}

static void a_key_is_the_same_for_the_same_secret_alone(void **state) {
    (void)state;
    unsigned char again[SEAL_KEY_SIZE];
    assert_true(seal_key(STR("the connector's key"), again));
    assert_memory_equal(again, key, sizeof key);
    assert_memory_not_equal(key, other_key, sizeof key);
}

static void what_is_sealed_is_opened_whole(void **state) {
    (void)state;
    static char large[SEAL_MAX - 28];
    memset(large, 'x', sizeof large);
    struct str plains[] = {STR(""), STR("x"), STR("a ticket-granting ticket"),
                           str_n(large, sizeof large)};
    for (size_t i = 0; i < sizeof plains / sizeof *plains; i++) {
        struct buf sealed, opened;
        buf_init(&sealed, SEAL_MAX);
        buf_init_secret(&opened, SEAL_MAX);
        assert_true(seal_close(&sealed, key, plains[i]));
        assert_int_equal(buf_size(&sealed), plains[i].n + 28);
        assert_true(seal_open(&opened, key, buf_str(&sealed)));
        assert_true(str_eq(buf_str(&opened), plains[i]));
        buf_fini(&sealed);
        buf_fini(&opened);
    }
}

static void what_is_too_long_is_not_sealed(void **state) {
    (void)state;
    static char large[SEAL_MAX];
    struct buf out;
    buf_init(&out, 2 * SEAL_MAX);
    assert_false(seal_close(&out, key, str_n(large, SEAL_MAX - 27)));
    assert_int_equal(buf_size(&out), 0);
    buf_fini(&out);
    buf_init(&out, 40); /* no room */
    assert_false(seal_close(&out, key, str_n(large, 13)));
    assert_int_equal(buf_size(&out), 0);
    buf_fini(&out);
}

static void the_same_is_never_sealed_alike(void **state) {
    (void)state;
    struct buf a, b;
    buf_init(&a, SEAL_MAX);
    buf_init(&b, SEAL_MAX);
    assert_true(seal_close(&a, key, STR("ticket")) && seal_close(&b, key, STR("ticket")));
    assert_false(str_eq(buf_str(&a), buf_str(&b)));
    buf_fini(&a);
    buf_fini(&b);
}

static void nothing_that_was_changed_or_sealed_by_others_is_opened(void **state) {
    (void)state;
    struct buf sealed, out;
    char copy[64];
    buf_init(&sealed, SEAL_MAX);
    buf_init_secret(&out, SEAL_MAX);
    assert_true(seal_close(&sealed, key, STR("ticket")));
    struct str s = buf_str(&sealed);
    assert_false(seal_open(&out, other_key, s));
    for (size_t n = 0; n < s.n; n++)
        assert_false(seal_open(&out, key, str_head(s, n)));
    for (size_t i = 0; i < s.n; i++) {
        memcpy(copy, s.p, s.n);
        copy[i] ^= 1;
        assert_false(seal_open(&out, key, str_n(copy, s.n)));
    }
    assert_int_equal(buf_size(&out), 0);
    buf_fini(&sealed);
    buf_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_the_same_for_the_same_secret_alone),
        cmocka_unit_test(what_is_sealed_is_opened_whole),
        cmocka_unit_test(what_is_too_long_is_not_sealed),
        cmocka_unit_test(the_same_is_never_sealed_alike),
        cmocka_unit_test(nothing_that_was_changed_or_sealed_by_others_is_opened),
    };
    return cmocka_run_group_tests(tests, make_keys, NULL);
}
