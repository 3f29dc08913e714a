/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions that end because their identity provider says so.
 */
#include "session/testing.h"

enum { PEOPLE = 5 };

/* Who signs in, by whom, in which session of the provider's. */
static const struct {
    const char *provider, *claims;
} ROWS[PEOPLE] = {
    {"corp", "{\"sub\":\"alice\",\"sid\":\"1\"}"},   {"corp", "{\"sub\":\"alice\",\"sid\":\"2\"}"},
    {"corp", "{\"sub\":\"bob\",\"sid\":\"3\"}"},     {"other", "{\"sub\":\"alice\",\"sid\":\"1\"}"},
    {"corp", "{\"sub\":[\"alice\"],\"sid\":\"4\"}"},
};

struct ended {
    unsigned count;
    size_t sessions, total;
    struct err err;
};

static void on_ended(void *user, const struct session_ended *ended, const struct err *e) {
    struct ended *t = user;
    t->count++;
    t->sessions = ended->count;
    t->total = ended->total;
    t->err = *e;
}

static const char *const CORP[] = {"corp"}, *const BOTH[] = {"other", "corp"};

static void sign_in(struct place *p, size_t row, char token[SESSION_TOKEN_SIZE]) {
    struct told t = {0};
    char subject[] = "somebody";
    struct identity who = {.provider = (char *)ROWS[row].provider,
                           .subject = subject,
                           .claims = (char *)ROWS[row].claims};
    assert_non_null(session_create(p->store, &p->loop, &who, HOST, token, on_told, &t));
    run_loop(&p->loop);
    assert_non_null(t.session);
    session_unref(t.session);
}

/* Ends whom `sub` and `sid` mean; which of ROWS are left, as "10101". */
static void check(struct place *p, const struct session_whose *whose, size_t ended,
                  const char *left) {
    char tokens[PEOPLE][SESSION_TOKEN_SIZE], found[PEOPLE + 1] = "";
    struct ended t = {0};
    for (size_t i = 0; i < PEOPLE; i++)
        sign_in(p, i, tokens[i]);
    assert_non_null(session_end_of(p->store, &p->loop, whose, on_ended, &t));
    run_loop(&p->loop);
    assert_int_equal(t.count, 1);
    assert_int_equal(t.err.code, ERR_NONE);
    assert_int_equal(t.sessions, ended);
    assert_int_equal(t.total, ended);
    for (size_t i = 0; i < PEOPLE; i++)
        found[i] = is_found(p->store, &p->loop, tokens[i]) ? '1' : '0';
    assert_string_equal(found, left);
    place_close(p); /* and they are not on the disk either */
    place_open(p, PLACE_LIMITS);
    for (size_t i = 0; i < PEOPLE; i++) {
        assert_int_equal(is_found(p->store, &p->loop, tokens[i]), left[i] == '1');
        if (left[i] == '1')
            end(p->store, &p->loop, tokens[i]);
    }
}

static void those_whom_the_provider_means_end_and_no_others(void **state) {
    struct place *p = *state;
    check(p, &(struct session_whose){CORP, 1, "alice", NULL}, 2, "00111");
    check(p, &(struct session_whose){CORP, 1, NULL, "1"}, 1, "01111");
    check(p, &(struct session_whose){CORP, 1, "alice", "2"}, 1, "10111");
    check(p, &(struct session_whose){CORP, 1, "bob", "1"}, 0, "11111");
    check(p, &(struct session_whose){CORP, 1, "nobody", NULL}, 0, "11111");
    check(p, &(struct session_whose){CORP, 1, "' OR 1=1 --", NULL}, 0, "11111");
    check(p, &(struct session_whose){BOTH, 2, "alice", NULL}, 3, "00101");
    check(p, &(struct session_whose){BOTH, 2, NULL, "1"}, 2, "01101");
}

static void nobody_is_nobody(void **state) {
    struct place *p = *state;
    struct session_whose nobody = {CORP, 1, NULL, NULL}, nowhere = {CORP, 0, "alice", NULL};
    assert_null(session_end_of(p->store, &p->loop, &nobody, on_ended, NULL));
    assert_null(session_end_of(p->store, &p->loop, &nowhere, on_ended, NULL));
}

static void more_than_are_told_of_end_all_the_same(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct session_whose whose = {CORP, 1, "alice", NULL};
    struct ended t = {0};
    sign_in(p, 0, token);
    place_run(p, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) "
                 "INSERT INTO sessions (hash, host, provider, subject, claims, created, last_used, "
                 "sub) SELECT randomblob(32), 'h', 'corp', 's', '{}', 1, 1, 'alice' FROM n");
    assert_non_null(session_end_of(p->store, &p->loop, &whose, on_ended, &t));
    run_loop(&p->loop);
    assert_int_equal(t.sessions, SESSION_ENDED_MAX);
    assert_int_equal(t.total, 401);
    assert_false(is_found(p->store, &p->loop, token));
    assert_int_equal(place_number(p, "SELECT count(*) FROM sessions"), 0);
}

/* The first row cannot be read, nor has the second a hash that one could be known by. */
static void a_damaged_row_ends_too_and_is_in_nobodys_way(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct session_whose whose = {CORP, 1, "alice", NULL};
    struct ended t = {0};
    sign_in(p, 0, token);
    place_run(p, "INSERT INTO sessions (rowid, hash, host, provider, subject, claims, created, "
                 "last_used, sub) VALUES (-2, randomblob(32), 'h', 'corp', 's', '[', 1, 1, "
                 "'alice'), (-1, randomblob(7), 'h', 'corp', 's', '{}', 1, 1, 'alice')");
    assert_non_null(session_end_of(p->store, &p->loop, &whose, on_ended, &t));
    run_loop(&p->loop);
    assert_int_equal(t.err.code, ERR_NONE);
    assert_int_equal(t.sessions, 1);
    assert_int_equal(t.total, 3);
    assert_false(is_found(p->store, &p->loop, token));
    assert_int_equal(place_number(p, "SELECT count(*) FROM sessions"), 0);
}

struct order {
    struct place *p;
    struct ended *ended;
    bool was_before;
};

static void on_found_first(void *user, struct session *s, const struct err *e) {
    struct order *o = user;
    (void)e;
    session_unref(s);
    o->was_before = o->ended->count == 0;
}

static void somebody_else_is_served_between_two_portions(void **state) {
    static const char UNKNOWN[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    struct place *p = *state;
    struct session_whose whose = {CORP, 1, "alice", NULL};
    struct ended t = {0};
    struct order order = {p, &t, false};
    struct session *found;
    struct session_call *call;
    place_run(p, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
                 "INSERT INTO sessions (hash, host, provider, subject, claims, created, last_used, "
                 "sub) SELECT randomblob(32), 'h', 'corp', 's', '{}', 1, 1, 'alice' FROM n");
    assert_non_null(session_end_of(p->store, &p->loop, &whose, on_ended, &t));
    assert_int_equal(session_find(p->store, &p->loop, str_of(UNKNOWN), HOST, on_found_first, &order,
                                  &found, &call),
                     SESSION_LOADING);
    run_loop(&p->loop);
    assert_int_equal(t.total, 5000);
    assert_true(order.was_before);
}

static void the_key_of_a_store_stays(void **state) {
    struct place *p = *state;
    static const unsigned char NONE[SESSION_KEY_SIZE];
    unsigned char key[SESSION_KEY_SIZE];
    memcpy(key, session_store_key(p->store), sizeof key);
    assert_memory_not_equal(key, NONE, sizeof key);
    place_close(p);
    place_open(p, PLACE_LIMITS);
    assert_memory_equal(key, session_store_key(p->store), sizeof key);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make_store, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(those_whom_the_provider_means_end_and_no_others),
        TEST(nobody_is_nobody),
        TEST(more_than_are_told_of_end_all_the_same),
        TEST(a_damaged_row_ends_too_and_is_in_nobodys_way),
        TEST(somebody_else_is_served_between_two_portions),
        TEST(the_key_of_a_store_stays),
    };
    return cmocka_run_group_tests_name("session/session_of", tests, NULL, NULL);
}
