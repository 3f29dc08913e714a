/* SPDX-License-Identifier: Apache-2.0 */
#include "session/testing.h"

#include "session/session_file.h"
#include "session/session_roll.h"

#include <semaphore.h>

/* What a roll was told, by the store's thread. */
struct rolled {
    sem_t is_done;
    const char *subject; /* that is picked; NULL: all */
    unsigned shown, picked;
    struct err err;
};

static bool pick(void *user, struct session *s) {
    struct rolled *r = user;
    r->shown++;
    return !r->subject || strcmp(session_identity(s)->subject, r->subject) == 0;
}

static void done(void *user, unsigned picked, const struct err *e) {
    struct rolled *r = user;
    r->picked = picked;
    r->err = *e;
    sem_post(&r->is_done);
}

static void roll(struct session_store *s, struct rolled *r, const char *subject, bool is_end) {
    *r = (struct rolled){.subject = subject};
    sem_init(&r->is_done, 0, 0);
    struct session_roll how = {.is_end = is_end, .pick = pick, .done = done, .user = r};
    assert_true(session_roll(s, &how));
    sem_wait(&r->is_done);
    sem_destroy(&r->is_done);
}

static void make_for(struct place *p, const char *name, char token[SESSION_TOKEN_SIZE]) {
    struct identity who = alice();
    struct told t = {0};
    who.subject = (char *)name;
    assert_non_null(session_create(p->store, &p->loop, &who, HOST, token, on_told, &t));
    run_loop(&p->loop);
    assert_non_null(t.session);
    session_unref(t.session);
}

static void all_that_count_are_shown(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct rolled r;
    roll(p->store, &r, NULL, false);
    assert_int_equal(r.shown, 0);
    for (int i = 0; i < 3; i++)
        make_for(p, "alice", token);
    roll(p->store, &r, NULL, false);
    assert_int_equal(r.shown, 3);
    assert_int_equal(r.picked, 3);
    assert_int_equal(r.err.code, ERR_NONE);
    session_store_shift_clock(p->store, PLACE_LIMITS.lifetime_s);
    roll(p->store, &r, NULL, false);
    assert_int_equal(r.shown, 0);
}

static void those_that_are_picked_end_here_and_on_the_disk(void **state) {
    struct place *p = *state;
    char alices[SESSION_TOKEN_SIZE], bobs[SESSION_TOKEN_SIZE];
    struct rolled r;
    struct told t;
    make_for(p, "alice", alices);
    make_for(p, "bob", bobs);
    struct session *held = find_on(p->store, &p->loop, str_of(alices), HOST, &t);
    assert_false(session_is_over(held));
    roll(p->store, &r, "alice", true);
    assert_int_equal(r.picked, 1);
    assert_true(session_is_over(held));
    session_unref(held);
    assert_false(is_found(p->store, &p->loop, alices));
    assert_true(is_found(p->store, &p->loop, bobs));
    assert_int_equal(place_number(p, "SELECT count(*) FROM sessions"), 1);
    place_close(p);
    place_open(p, PLACE_LIMITS);
    assert_false(is_found(p->store, &p->loop, alices));
    assert_true(is_found(p->store, &p->loop, bobs));
}

/* As with a reload: the process before still has it in memory, and the store is not its business.
 */
static void the_cache_alone_can_be_left(void **state) {
    struct place *p = *state;
    char gone[SESSION_TOKEN_SIZE], kept[SESSION_TOKEN_SIZE];
    struct rolled r = {.subject = "alice"};
    struct session_roll how = {
        .is_end = true, .is_cached = true, .pick = pick, .done = done, .user = &r};
    make_for(p, "alice", gone);
    make_for(p, "alice", kept);
    place_run(p, "DELETE FROM sessions WHERE rowid = 1");
    sem_init(&r.is_done, 0, 0);
    assert_true(session_roll(p->store, &how));
    sem_wait(&r.is_done);
    sem_destroy(&r.is_done);
    assert_int_equal(r.picked, 0);
    assert_false(is_found(p->store, &p->loop, gone));
    assert_true(is_found(p->store, &p->loop, kept));
}

/* As with another gateway. */
static void what_another_process_has_ended_leaves_the_cache(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct rolled r;
    make_for(p, "alice", token);
    place_run(p, "DELETE FROM sessions");
    assert_true(is_found(p->store, &p->loop, token));
    roll(p->store, &r, "alice", true);
    assert_int_equal(r.picked, 0);
    assert_false(is_found(p->store, &p->loop, token));
}

static void many_are_ended_in_portions(void **state) {
    struct place *p = *state;
    struct rolled r;
    place_run(p, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1700) "
                 "INSERT INTO sessions (hash, host, provider, subject, claims, created, last_used) "
                 "SELECT randomblob(32), 'h', 'p', iif(i % 2, 'alice', 'bob'), '{}', "
                 "unixepoch(), unixepoch() FROM n");
    roll(p->store, &r, "alice", true);
    assert_int_equal(r.err.code, ERR_NONE);
    assert_int_equal(r.picked, 850);
    assert_int_equal(place_number(p, "SELECT count(*) FROM sessions"), 850);
}

/* Whoever waits for the store's end does not wait for all of them. */
static void a_store_that_is_closed_does_not_go_on(void **state) {
    struct place *p = *state;
    struct rolled r = {.subject = NULL};
    place_run(p, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000) "
                 "INSERT INTO sessions (hash, host, provider, subject, claims, created, last_used) "
                 "SELECT randomblob(32), 'h', 'p', 's', '{}', unixepoch(), unixepoch() FROM n");
    sem_init(&r.is_done, 0, 0);
    struct session_roll how = {.pick = pick, .done = done, .user = &r};
    assert_true(session_roll(p->store, &how));
    place_close(p);
    assert_int_equal(sem_trywait(&r.is_done), 0);
    assert_int_equal(r.err.code, ERR_BUSY);
    assert_true(r.shown < 60000);
    sem_destroy(&r.is_done);
}

static void a_damaged_row_is_passed_over(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct rolled r;
    place_run(p, "INSERT INTO sessions (hash, host, provider, subject, claims, created, last_used) "
                 "VALUES (randomblob(32), 'h', 'p', 's', '[', unixepoch(), unixepoch()), "
                 "(randomblob(5), 'h', 'p', 's', '{}', unixepoch(), unixepoch())");
    make_for(p, "alice", token);
    roll(p->store, &r, NULL, false);
    assert_int_equal(r.picked, 1);
}

static void a_store_that_fails_ends_nobody(void **state) {
    struct place *p = *state;
    char token[SESSION_TOKEN_SIZE];
    struct rolled r;
    make_for(p, "alice", token);
    sqlite3 *db = place_connect(p);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    session_file_give_up_at(p->store->file, 0);
    roll(p->store, &r, NULL, true);
    assert_int_equal(r.err.code, ERR_STORE);
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(db);
    assert_true(is_found(p->store, &p->loop, token));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make_store, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(all_that_count_are_shown),
        TEST(those_that_are_picked_end_here_and_on_the_disk),
        TEST(what_another_process_has_ended_leaves_the_cache),
        TEST(the_cache_alone_can_be_left),
        TEST(many_are_ended_in_portions),
        TEST(a_store_that_is_closed_does_not_go_on),
        TEST(a_damaged_row_is_passed_over),
        TEST(a_store_that_fails_ends_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
