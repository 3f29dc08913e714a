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
    static const unsigned char ABC[4] = {0xba, 0x78, 0x16, 0xbf}; /* FIPS 180-2 B.1 */
    static const unsigned char NOTHING[4] = {0xe3, 0xb0, 0xc4, 0x42};
    unsigned char hash[SHA256_SIZE];
    secret_sha256(STR("abc"), hash);
    assert_memory_equal(hash, ABC, sizeof ABC);
    secret_sha256(STR_NONE, hash);
    assert_memory_equal(hash, NOTHING, sizeof NOTHING);
}

static void secrets_are_equal_when_all_bytes_are(void **state) {
    (void)state;
    assert_true(secret_equal(STR("abc"), STR("abc")));
    assert_true(secret_equal(STR(""), STR_NONE));
    assert_false(secret_equal(STR("abc"), STR("abd")));
    assert_false(secret_equal(STR("abc"), STR("ab")));
    assert_false(secret_equal(STR("a\0b"), STR("a\0c")));
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
