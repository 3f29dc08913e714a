/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_cache.h"

#include "session/testing.h"

/* One that lands in the first shard. */
static struct session *numbered(unsigned n, const char *subject) {
    unsigned char hash[SHA256_SIZE] = {0, (unsigned char)n, (unsigned char)(n >> 8)};
    struct identity who = alice();
    who.subject = (char *)subject;
    struct session *s = session_new(hash, &who, HOST, 1000);
    assert_non_null(s);
    return s;
}

static void add(struct session_cache *c, struct session *s) {
    assert_true(session_cache_add(c, s));
    session_unref(s);
}

static enum session_cached find(struct session_cache *c, unsigned n) {
    unsigned char hash[SHA256_SIZE] = {0, (unsigned char)n, (unsigned char)(n >> 8)};
    struct session *s;
    enum session_cached found = session_cache_find(c, hash, &s);
    assert_int_equal(found == SESSION_CACHED, s != NULL);
    session_unref(s);
    return found;
}

static int make_cache(void **state) {
    *state = session_cache_new();
    return *state ? 0 : -1;
}

static int free_cache(void **state) {
    session_cache_free(*state);
    return 0;
}

static void what_was_added_is_found_until_it_is_removed(void **state) {
    struct session_cache *c = *state;
    struct session *s = numbered(1, "alice");
    assert_int_equal(find(c, 1), SESSION_CACHED_NOT);
    assert_true(session_cache_add(c, s));
    assert_int_equal(find(c, 1), SESSION_CACHED);
    assert_int_equal(find(c, 2), SESSION_CACHED_NOT);
    session_cache_remove(c, s->hash);
    assert_int_equal(find(c, 1), SESSION_CACHED_NOT);
    session_cache_remove(c, s->hash);
    session_unref(s);
}

static void a_newer_one_takes_its_place(void **state) {
    struct session_cache *c = *state;
    struct session *newer = numbered(1, "alice"), *found;
    add(c, numbered(1, "alice"));
    assert_true(session_cache_add(c, newer));
    assert_true(session_cache_add(c, newer)); /* itself, too */
    assert_int_equal(session_cache_find(c, newer->hash, &found), SESSION_CACHED);
    assert_ptr_equal(found, newer);
    session_unref(found);
    session_unref(newer);
}

static void the_one_not_used_for_longest_goes_first(void **state) {
    struct session_cache *c = *state;
    for (unsigned n = 0; n < SESSION_CACHE_SHARD_ROWS; n++)
        add(c, numbered(n, "alice"));
    assert_int_equal(find(c, 0), SESSION_CACHED); /* and is used by that */
    add(c, numbered(SESSION_CACHE_SHARD_ROWS, "alice"));
    assert_int_equal(find(c, 0), SESSION_CACHED);
    assert_int_equal(find(c, 1), SESSION_CACHED_NOT);
    assert_int_equal(find(c, 2), SESSION_CACHED);
    assert_int_equal(find(c, SESSION_CACHE_SHARD_ROWS), SESSION_CACHED);
}

static void long_texts_make_it_hold_fewer(void **state) {
    enum { LONG = SESSION_TEXT_MAX - 256, FIT = SESSION_CACHE_SHARD_BYTES / SESSION_TEXT_MAX };
    struct session_cache *c = *state;
    char *subject = calloc(1, LONG + 1);
    unsigned kept = 0;
    memset(subject, 'a', LONG);
    for (unsigned n = 0; n < 2 * FIT; n++)
        add(c, numbered(n, subject));
    for (unsigned n = 0; n < 2 * FIT; n++)
        kept += find(c, n) == SESSION_CACHED;
    assert_in_range(kept, FIT, FIT + FIT / 10);
    free(subject);
}

static void while_it_is_being_ended_it_cannot_come_back(void **state) {
    struct session_cache *c = *state;
    struct session *s = numbered(1, "alice");
    assert_true(session_cache_add(c, s));
    assert_true(session_cache_end(c, s->hash));
    assert_int_equal(find(c, 1), SESSION_CACHED_ENDING);
    assert_false(session_cache_add(c, s));
    session_cache_remove(c, s->hash);
    assert_int_equal(find(c, 1), SESSION_CACHED_ENDING);
    session_cache_ended(c, s->hash);
    assert_int_equal(find(c, 1), SESSION_CACHED_NOT);
    assert_true(session_cache_add(c, s));
    session_unref(s);
}

static void it_is_being_ended_until_the_last_who_ends_it_is_done(void **state) {
    struct session_cache *c = *state;
    struct session *s = numbered(1, "alice"); /* never was in the cache */
    assert_true(session_cache_end(c, s->hash));
    assert_true(session_cache_end(c, s->hash));
    session_cache_ended(c, s->hash);
    assert_int_equal(find(c, 1), SESSION_CACHED_ENDING);
    session_cache_ended(c, s->hash);
    assert_int_equal(find(c, 1), SESSION_CACHED_NOT);
    session_unref(s);
}

static void what_is_being_ended_is_not_pushed_out(void **state) {
    struct session_cache *c = *state;
    struct session *s = numbered(60000, "alice");
    assert_true(session_cache_end(c, s->hash));
    assert_false(session_cache_add(c, s));
    for (unsigned n = 0; n < 2 * SESSION_CACHE_SHARD_ROWS; n++)
        add(c, numbered(n, "alice"));
    assert_int_equal(find(c, 60000), SESSION_CACHED_ENDING);
    session_unref(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_added_is_found_until_it_is_removed, make_cache,
                                        free_cache),
        cmocka_unit_test_setup_teardown(a_newer_one_takes_its_place, make_cache, free_cache),
        cmocka_unit_test_setup_teardown(the_one_not_used_for_longest_goes_first, make_cache,
                                        free_cache),
        cmocka_unit_test_setup_teardown(long_texts_make_it_hold_fewer, make_cache, free_cache),
        cmocka_unit_test_setup_teardown(while_it_is_being_ended_it_cannot_come_back, make_cache,
                                        free_cache),
        cmocka_unit_test_setup_teardown(it_is_being_ended_until_the_last_who_ends_it_is_done,
                                        make_cache, free_cache),
        cmocka_unit_test_setup_teardown(what_is_being_ended_is_not_pushed_out, make_cache,
                                        free_cache),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
