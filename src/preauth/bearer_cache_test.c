/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#include "preauth/bearer_cache.h"

#include <string.h>

static struct session *session_for(int64_t ends_s) {
    char provider[] = "api", subject[] = "robot", claims[] = "{}";
    struct identity who = {.provider = provider, .subject = subject, .claims = claims};
    struct session *s = session_passing(&who, STR("hr.example.com"), ends_s);
    assert_non_null(s);
    return s;
}

static void hash_of(unsigned number, unsigned char hash[SHA256_SIZE]) {
    secret_sha256(str_n((const char *)&number, sizeof number), hash);
}

static void keep(struct bearer_cache *c, unsigned number, int64_t until_s) {
    unsigned char hash[SHA256_SIZE];
    struct session *s = session_for(until_s);
    hash_of(number, hash);
    bearer_cache_keep(c, hash, s, until_s);
    session_unref(s);
}

static bool has(struct bearer_cache *c, unsigned number, int64_t now_s) {
    unsigned char hash[SHA256_SIZE];
    hash_of(number, hash);
    struct session *s = bearer_cache_find(c, hash, now_s);
    session_unref(s);
    return s != NULL;
}

static void a_token_is_found_until_its_end_and_not_after(void **state) {
    struct bearer_cache *c = bearer_cache_new(16);
    (void)state;
    keep(c, 1, 100);
    assert_true(has(c, 1, 99));
    assert_false(has(c, 2, 99));
    assert_false(has(c, 1, 100));
    assert_false(has(c, 1, 99)); /* it is gone */
    bearer_cache_free(c);
}

static void it_never_holds_more_than_its_places(void **state) {
    struct bearer_cache *c = bearer_cache_new(20); /* 24: whole rows */
    unsigned count = 0;
    (void)state;
    for (unsigned i = 0; i < 10000; i++)
        keep(c, i, 100);
    for (unsigned i = 0; i < 10000; i++)
        count += has(c, i, 1);
    assert_int_equal(count, 24);
    bearer_cache_free(c);
}

static void the_one_that_was_not_used_for_longest_makes_room(void **state) {
    struct bearer_cache *c = bearer_cache_new(BEARER_CACHE_ROW); /* one row */
    (void)state;
    for (unsigned i = 0; i < BEARER_CACHE_ROW; i++)
        keep(c, i, 100);
    assert_true(has(c, 0, 1));
    keep(c, 100, 100);
    assert_true(has(c, 0, 1) && has(c, 100, 1));
    assert_false(has(c, 1, 1));
    keep(c, 100, 200); /* the same one again takes no other's place */
    assert_true(has(c, 0, 1) && has(c, 2, 1) && has(c, 100, 150));
    bearer_cache_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_found_until_its_end_and_not_after),
        cmocka_unit_test(it_never_holds_more_than_its_places),
        cmocka_unit_test(the_one_that_was_not_used_for_longest_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
