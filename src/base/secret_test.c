/* SPDX-License-Identifier: Apache-2.0 */
#include "base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_hash_is_sha_256(void **state) {
    (void)state;
    /* FIPS 180-2 B.1, and of nothing. */
    static const char ABC[] = "\xba\x78\x16\xbf\x8f\x01\xcf\xea\x41\x41\x40\xde\x5d\xae\x22\x23"
                              "\xb0\x03\x61\xa3\x96\x17\x7a\x9c\xb4\x10\xff\x61\xf2\x00\x15\xad";
    static const char NOTHING[] =
        "\xe3\xb0\xc4\x42\x98\xfc\x1c\x14\x9a\xfb\xf4\xc8\x99\x6f\xb9\x24"
        "\x27\xae\x41\xe4\x64\x9b\x93\x4c\xa4\x95\x99\x1b\x78\x52\xb8\x55";
    unsigned char hash[SHA256_SIZE];
    secret_sha256(STR("abc"), hash);
    assert_memory_equal(hash, ABC, SHA256_SIZE);
    secret_sha256(STR_NONE, hash);
    assert_memory_equal(hash, NOTHING, SHA256_SIZE);
}

static void secrets_are_equal_when_all_bytes_are(void **state) {
    (void)state;
    assert_true(secret_equal(STR("abc"), STR("abc")));
    assert_true(secret_equal(STR(""), STR_NONE));
    assert_false(secret_equal(STR("abc"), STR("abd")));
    assert_false(secret_equal(STR("abc"), STR("ab")));
    assert_false(secret_equal(STR("a\0b"), STR("a\0c")));
    assert_false(secret_equal(STR("xbc"), STR("abc")));
    assert_false(secret_equal(STR("abc"), STR_NONE));
}

static void random_bytes_are_not_the_same_twice(void **state) {
    (void)state;
    unsigned char a[1000] = {0}, b[1000] = {0};
    secret_random(a, sizeof a);
    secret_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a + 992, (char[8]){0}, 8);
}

static void what_is_wiped_is_gone(void **state) {
    (void)state;
    char text[] = "hunter2";
    secret_wipe(text, sizeof text);
    assert_memory_equal(text, (char[sizeof text]){0}, sizeof text);
    secret_wipe(NULL, 7);
    memcpy(text, "hunter2", sizeof text);
    secret_wipe(text + 1, 3); /* and nothing else */
    assert_memory_equal(text, "h\0\0\0er2", sizeof text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_hash_is_sha_256),
        cmocka_unit_test(secrets_are_equal_when_all_bytes_are),
        cmocka_unit_test(random_bytes_are_not_the_same_twice),
        cmocka_unit_test(what_is_wiped_is_gone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
