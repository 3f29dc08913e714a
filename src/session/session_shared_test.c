/* SPDX-License-Identifier: Apache-2.0
 *
 * A store that several use: the threads of a worker, and a reload's old and new worker.
 */
#include "session/testing.h"

enum { THREADS = 4, ROUNDS = 50 };

struct shared {
    struct place *place;
    struct session_store *other; /* on the same file */
};

static int make_two(void **state) {
    static struct shared s;
    struct err e;
    place_make_store((void **)&s.place);
    s.other = session_store_open(s.place->file, PLACE_LIMITS, &e);
    *state = &s;
    return s.other ? 0 : -1;
}

static int remove_two(void **state) {
    struct shared *s = *state;
    session_store_close(s->other);
    return place_remove((void **)&s->place);
}

/* Until what was left behind requests is done: calls are worked off in their order. */
static void catch_up(struct session_store *s, uv_loop_t *loop) {
    assert_false(is_found(s, loop, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
}

static void what_one_store_made_the_other_finds(void **state) {
    struct shared *s = *state;
    char token[SESSION_TOKEN_SIZE];
    make(s->place->store, &s->place->loop, token);
    assert_true(is_found(s->other, &s->place->loop, token));
}

static void what_one_store_ended_the_other_finds_for_ten_seconds_at_most(void **state) {
    struct shared *s = *state;
    char token[SESSION_TOKEN_SIZE];
    make(s->place->store, &s->place->loop, token);
    assert_true(is_found(s->other, &s->place->loop, token));
    end(s->place->store, &s->place->loop, token);
    assert_true(is_found(s->other, &s->place->loop, token));
    session_store_shift_clock(s->other, SESSION_STALE_MS / 1000); /* and nobody asked meanwhile */
    assert_false(is_found(s->other, &s->place->loop, token));
}

static void a_request_after_five_seconds_looks_behind_itself(void **state) {
    struct shared *s = *state;
    char token[SESSION_TOKEN_SIZE];
    make(s->place->store, &s->place->loop, token);
    assert_true(is_found(s->other, &s->place->loop, token));
    end(s->place->store, &s->place->loop, token);
    session_store_shift_clock(s->other, SESSION_FRESH_MS / 1000 + 1);
    assert_true(is_found(s->other, &s->place->loop, token)); /* from the cache */
    catch_up(s->other, &s->place->loop);
    assert_false(is_found(s->other, &s->place->loop, token));
}

static void what_is_used_in_one_is_not_idle_in_the_other(void **state) {
    struct shared *s = *state;
    char token[SESSION_TOKEN_SIZE];
    make(s->place->store, &s->place->loop, token);
    assert_true(is_found(s->other, &s->place->loop, token));
    session_store_shift_clock(s->other, 3000);
    session_store_shift_clock(s->place->store, 3000);
    assert_true(is_found(s->other, &s->place->loop, token));
    catch_up(s->other, &s->place->loop);
    session_store_shift_clock(s->other, 1000);
    session_store_shift_clock(s->place->store, 1000);
    assert_true(is_found(s->place->store, &s->place->loop, token));
}

static void a_session_that_is_used_stays_found_for_long_and_is_checked_often(void **state) {
    struct shared *s = *state;
    char token[SESSION_TOKEN_SIZE];
    make(s->place->store, &s->place->loop, token);
    for (int i = 0; i < 500; i++) {
        session_store_shift_clock(s->place->store, 1 + i % 15);
        assert_true(is_found(s->place->store, &s->place->loop, token));
    }
}

struct guest {
    struct shared *shared;
    struct session_store *store;
    uv_thread_t thread;
    uv_barrier_t *barrier;
    const char *token;
    bool found_before, found_after;
};

/* The first ends what all the others have found. */
static void find_end_find(void *arg) {
    struct guest *g = arg;
    uv_loop_t loop;
    uv_loop_init(&loop);
    for (int i = 0; i < ROUNDS && (i == 0 || g->found_before); i++)
        g->found_before = is_found(g->store, &loop, g->token);
    uv_barrier_wait(g->barrier);
    if (g == g->shared->place->loop.data)
        end(g->store, &loop, g->token);
    uv_barrier_wait(g->barrier);
    g->found_after = is_found(g->store, &loop, g->token);
    uv_loop_close(&loop);
}

static void what_one_thread_ended_no_other_finds(void **state) {
    struct shared *s = *state;
    struct guest guests[THREADS];
    uv_barrier_t barrier;
    char token[SESSION_TOKEN_SIZE];
    make(s->place->store, &s->place->loop, token);
    uv_barrier_init(&barrier, THREADS);
    s->place->loop.data = &guests[0];
    for (int i = 0; i < THREADS; i++) {
        guests[i] = (struct guest){
            .shared = s, .store = s->place->store, .barrier = &barrier, .token = token};
        uv_thread_create(&guests[i].thread, find_end_find, &guests[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        uv_thread_join(&guests[i].thread);
        assert_true(guests[i].found_before);
        assert_false(guests[i].found_after);
    }
    uv_barrier_destroy(&barrier);
}

/* Loops that come and go, with calls that are dropped, in both stores. */
static void come_and_go(void *arg) {
    struct guest *g = arg;
    struct identity who = alice();
    for (int i = 0; i < ROUNDS; i++) {
        uv_loop_t loop;
        struct told t = {0}, dropped = {0};
        char token[SESSION_TOKEN_SIZE], other[SESSION_TOKEN_SIZE];
        uv_loop_init(&loop);
        session_cancel(session_create(g->store, &loop, &who, HOST, other, on_told, &dropped));
        struct session *made = create(g->store, &loop, token, &t);
        g->found_after =
            g->found_after || !made || dropped.count || !is_found(g->store, &loop, token);
        if (made)
            session_cancel(session_end(g->store, &loop, made, on_told, &dropped));
        g->found_after = g->found_after || is_found(g->store, &loop, token);
        run_loop(&loop);
        session_unref(made);
        g->found_before = uv_loop_close(&loop) == 0 && (i == 0 || g->found_before);
    }
}

static void loops_come_and_go_in_two_stores_at_once(void **state) {
    struct shared *s = *state;
    struct guest guests[THREADS];
    for (int i = 0; i < THREADS; i++) {
        guests[i] = (struct guest){.store = i % 2 ? s->other : s->place->store};
        uv_thread_create(&guests[i].thread, come_and_go, &guests[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        uv_thread_join(&guests[i].thread);
        assert_true(guests[i].found_before);
        assert_false(guests[i].found_after);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_two, remove_two)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_one_store_made_the_other_finds),
        TEST(what_one_store_ended_the_other_finds_for_ten_seconds_at_most),
        TEST(a_request_after_five_seconds_looks_behind_itself),
        TEST(what_is_used_in_one_is_not_idle_in_the_other),
        TEST(a_session_that_is_used_stays_found_for_long_and_is_checked_often),
        TEST(what_one_thread_ended_no_other_finds),
        TEST(loops_come_and_go_in_two_stores_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
