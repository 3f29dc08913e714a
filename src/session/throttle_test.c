/* SPDX-License-Identifier: Apache-2.0 */
#include "session/throttle.h"

#include "session/session_file.h"
#include "session/session_queue.h"
#include "session/testing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sched.h>

enum { THREADS = 4, TRIES = 30 };

static const struct throttle_limits LIMITS = {
    .user_attempts = 3, .user_window_s = 1800, .source_attempts = 5, .source_window_s = 600};
static const char HERE[] = "203.0.113.7", THERE[] = "198.51.100.9";

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct answer {
    unsigned count;
    int64_t id, wait_s;
    struct err err;
};

static void on_answer(void *user, int64_t id, int64_t wait_s, const struct err *e) {
    struct answer *a = user;
    *a = (struct answer){.count = a->count + 1, .id = id, .wait_s = wait_s, .err = *e};
}

static union address address_of(const char *text) {
    union address a = {.v4 = {.sin_family = AF_INET, .sin_port = htons(40000)}};
    if (inet_pton(AF_INET, text, &a.v4.sin_addr) == 1)
        return a;
    a = (union address){.v6 = {.sin6_family = AF_INET6, .sin6_port = htons(40000)}};
    assert_int_equal(inet_pton(AF_INET6, text, &a.v6.sin6_addr), 1);
    return a;
}

static struct session_call *ask(struct session_store *s, uv_loop_t *loop, struct str name,
                                const char *source, struct answer *a) {
    union address from = address_of(source);
    *a = (struct answer){0};
    return throttle_reserve(s, loop, &LIMITS, STR("staff"), name, &from.any, on_answer, a);
}

static struct answer reserve(struct place *p, const char *name, const char *source) {
    struct answer a;
    assert_non_null(ask(p->store, &p->loop, str_of(name), source, &a));
    run_loop(&p->loop);
    assert_int_equal(a.count, 1);
    assert_int_equal(a.err.code, ERR_NONE);
    assert_int_equal(a.id != 0, a.wait_s == 0);
    return a;
}

/* Whether one more may be tried; if so, it is. */
static bool may(struct place *p, const char *name, const char *source) {
    return reserve(p, name, source).id != 0;
}

static int64_t rows(struct place *p) { return place_number(p, "SELECT count(*) FROM attempts"); }

static void a_user_has_so_many_attempts_from_wherever(void **state) {
    struct place *p = *state;
    assert_true(may(p, "alice", HERE));
    assert_true(may(p, "alice", THERE));
    assert_true(may(p, "alice", "2001:db8::1"));
    assert_false(may(p, "alice", "192.0.2.1"));
    assert_false(may(p, "alice", HERE));
    assert_true(may(p, "bob", HERE));
    assert_int_equal(rows(p), 4); /* those that were refused are not kept */
}

static void a_source_has_so_many_attempts_at_whomever(void **state) {
    static const char *const NAMES[] = {"a", "b", "c", "d", "e"};
    struct place *p = *state;
    for (size_t i = 0; i < 5; i++)
        assert_true(may(p, NAMES[i], HERE));
    assert_false(may(p, "f", HERE));
    assert_true(may(p, "f", THERE));
}

static void the_same_name_at_another_provider_is_another_user(void **state) {
    struct place *p = *state;
    union address from = address_of("192.0.2.1");
    struct answer a = {0};
    for (int i = 0; i < 3; i++)
        assert_true(may(p, "alice", HERE));
    assert_false(may(p, "alice", THERE));
    throttle_reserve(p->store, &p->loop, &LIMITS, STR("partners"), STR("alice"), &from.any,
                     on_answer, &a);
    run_loop(&p->loop);
    assert_int_equal(a.wait_s, 0);
    throttle_reserve(p->store, &p->loop, &LIMITS, STR("staffa"), STR("lice"), &from.any, on_answer,
                     &a);
    run_loop(&p->loop);
    assert_int_equal(a.wait_s, 0);
}

static void what_counts_as_one_source(void **state) {
    static const struct {
        const char *what, *one, *other;
        bool is_same;
    } ROWS[] = {
        {"one IPv4 address", "203.0.113.7", "203.0.113.7", true},
        {"its neighbour", "203.0.113.7", "203.0.113.8", false},
        {"one /64", "2001:db8:0:1::1", "2001:db8:0:1:ffff:ffff:ffff:ffff", true},
        {"the next /64", "2001:db8:0:1::1", "2001:db8:0:2::1", false},
        {"IPv4 mapped into IPv6", "203.0.113.7", "::ffff:203.0.113.7", true},
        {"two that are mapped", "::ffff:203.0.113.7", "::ffff:203.0.113.8", false},
        {"mapped and native", "::ffff:203.0.113.7", "::1", false},
        {"IPv6 that starts like IPv4", "203.0.113.7", "cb00:7107::", false},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        static const char *const NAMES[] = {"a", "b", "c", "d", "e"};
        for (size_t k = 0; k < 5; k++)
            assert_true(may(p, NAMES[k], ROWS[i].one));
        if (may(p, "f", ROWS[i].other) == ROWS[i].is_same)
            fail_msg("%s", ROWS[i].what);
        place_run(p, "DELETE FROM attempts");
    }
}

static void the_wait_is_until_the_oldest_falls_out_of_the_window(void **state) {
    struct place *p = *state;
    for (int i = 0; i < 3; i++) {
        assert_true(may(p, "alice", HERE));
        session_store_shift_clock(p->store, 100);
    }
    int64_t wait_s = reserve(p, "alice", HERE).wait_s;
    assert_in_range(wait_s, 1498, 1500); /* 1,800 less 300, less what the test took */
    session_store_shift_clock(p->store, wait_s - 5);
    assert_in_range(reserve(p, "alice", HERE).wait_s, 1, 5);
    session_store_shift_clock(p->store, 5);
    assert_true(may(p, "alice", HERE));
    assert_in_range(reserve(p, "alice", HERE).wait_s, 95, 100); /* the second one's turn */
}

static void lower_limits_wait_for_as_many_as_are_too_many(void **state) {
    struct place *p = *state;
    struct throttle_limits lower = LIMITS;
    union address from = address_of(HERE);
    struct answer a = {0};
    for (int i = 0; i < 3; i++) {
        assert_true(may(p, "alice", HERE));
        session_store_shift_clock(p->store, 100);
    }
    lower.user_attempts = 1;
    throttle_reserve(p->store, &p->loop, &lower, STR("staff"), STR("alice"), &from.any, on_answer,
                     &a);
    run_loop(&p->loop);
    assert_in_range(a.wait_s, 1697, 1700); /* until the last of the three is gone */
}

static void of_two_waits_the_longer_is_told(void **state) {
    struct place *p = *state;
    for (int i = 0; i < 3; i++)
        assert_true(may(p, "alice", HERE));
    session_store_shift_clock(p->store, 60);
    for (int i = 0; i < 2; i++)
        assert_true(may(p, "bob", HERE));
    assert_in_range(reserve(p, "alice", HERE).wait_s, 1735, 1740); /* the user's */
    assert_in_range(reserve(p, "carol", HERE).wait_s, 535, 540);   /* the source's */
}

static void a_good_one_forgets_the_user_but_not_the_sources(void **state) {
    struct place *p = *state;
    may(p, "alice", HERE);
    may(p, "alice", HERE);
    for (int i = 0; i < 2; i++)
        may(p, i ? "bob" : "carol", HERE);
    struct answer good = reserve(p, "alice", HERE);
    assert_false(may(p, "dave", HERE));
    throttle_settle(p->store, &p->loop, good.id, THROTTLE_GOOD);
    for (int i = 0; i < 2; i++) /* alice starts anew */
        assert_true(may(p, "alice", THERE));
    assert_true(may(p, "dave", HERE)); /* one place, not three */
    assert_false(may(p, "eve", HERE));
}

static void an_untried_one_takes_back_itself_alone(void **state) {
    struct place *p = *state;
    may(p, "alice", HERE);
    may(p, "alice", HERE);
    struct answer untried = reserve(p, "alice", HERE);
    throttle_settle(p->store, &p->loop, untried.id, THROTTLE_UNTRIED);
    throttle_settle(p->store, &p->loop, untried.id, THROTTLE_UNTRIED);
    assert_true(may(p, "alice", HERE));
    assert_false(may(p, "alice", HERE));
}

static void a_late_answer_settles_nobody_elses_attempt(void **state) {
    struct place *p = *state;
    struct answer first = reserve(p, "alice", HERE);
    session_store_shift_clock(p->store, 1800); /* purged by the next */
    struct answer second = reserve(p, "bob", HERE);
    assert_int_equal(rows(p), 1);
    assert_true(second.id > first.id);
    throttle_settle(p->store, &p->loop, first.id, THROTTLE_GOOD);
    may(p, "carol", THERE);
    assert_int_equal(rows(p), 2);
}

static void a_cancelled_attempt_does_not_count(void **state) {
    struct place *p = *state;
    struct answer a;
    for (int i = 0; i < 20; i++) {
        struct session_call *c = ask(p->store, &p->loop, STR("alice"), HERE, &a);
        while (i % 2 && !c->is_done) /* half of them after it was written */
            sched_yield();
        session_cancel(c);
        run_loop(&p->loop);
        assert_int_equal(a.count, 0);
    }
    assert_true(may(p, "alice", HERE));
    assert_int_equal(rows(p), 1);
}

static void attempts_outlive_a_restart(void **state) {
    struct place *p = *state;
    for (int i = 0; i < 3; i++)
        assert_true(may(p, "alice", HERE));
    place_close(p);
    place_open(p, PLACE_LIMITS);
    assert_false(may(p, "alice", HERE));
}

static void what_counts_no_more_is_purged(void **state) {
    struct place *p = *state;
    for (int i = 0; i < 3; i++)
        may(p, "alice", HERE);
    session_store_shift_clock(p->store, 1799);
    may(p, "bob", THERE);
    assert_int_equal(rows(p), 4);
    session_store_shift_clock(p->store, 2);
    may(p, "bob", THERE);
    assert_int_equal(rows(p), 2);
}

static void a_clock_that_was_set_back_prolongs_no_wait(void **state) {
    struct place *p = *state;
    for (int i = 0; i < 3; i++)
        may(p, "alice", HERE);
    session_store_shift_clock(p->store, -1000000);
    assert_in_range(reserve(p, "alice", HERE).wait_s, 1795, 1800);
    session_store_shift_clock(p->store, 1800);
    assert_true(may(p, "alice", HERE));
}

static void long_names_are_kept_short_and_apart(void **state) {
    enum { LONG = 5000 };
    struct place *p = *state;
    char one[LONG + 1] = {0}, other[LONG + 1] = {0};
    memset(one, 'a', LONG);
    memcpy(other, one, LONG);
    other[LONG - 1] = 'b';
    for (int i = 0; i < 3; i++)
        assert_true(may(p, one, HERE));
    assert_false(may(p, one, THERE));
    assert_true(may(p, other, THERE));
    assert_int_equal(place_number(p, "SELECT max(length(user)) FROM attempts"), 33);
    one[THROTTLE_USER_MAX - 6] = 0; /* "staff", a NUL, and this: just fits */
    assert_true(may(p, one, THERE));
    assert_int_equal(place_number(p, "SELECT max(length(user)) FROM attempts"), THROTTLE_USER_MAX);
}

static void too_many_that_still_count_are_busy_and_nobody_is_let_off(void **state) {
    struct place *p = *state;
    struct answer a;
    char sql[256];
    for (int i = 0; i < 3; i++)
        may(p, "alice", HERE);
    snprintf(sql, sizeof sql,
             "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) INSERT "
             "INTO attempts SELECT NULL, at, until, randomblob(9), randomblob(9) FROM n, (SELECT "
             "at, until FROM attempts LIMIT 1)",
             THROTTLE_ROWS_MAX - 3);
    place_run(p, sql);
    ask(p->store, &p->loop, STR("bob"), THERE, &a);
    run_loop(&p->loop);
    assert_int_equal(a.err.code, ERR_BUSY);
    assert_int_equal(a.id, 0);
    assert_non_null(strstr(a.err.detail, p->file));
    assert_false(may(p, "alice", THERE)); /* is told how long, as ever */
    session_store_shift_clock(p->store, 1800);
    assert_true(may(p, "bob", THERE));
    assert_int_equal(rows(p), 1);
}

static void a_store_that_is_locked_lets_nobody_try(void **state) {
    struct place *p = *state;
    struct answer a;
    sqlite3 *db = place_connect(p);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    session_file_give_up_at(p->store->file, 0);
    ask(p->store, &p->loop, STR("alice"), HERE, &a);
    run_loop(&p->loop);
    assert_int_equal(a.err.code, ERR_STORE);
    assert_int_equal(a.id, 0);
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(db);
}

struct guest {
    struct session_store *store;
    uv_thread_t thread;
    uv_loop_t loop;
    unsigned allowed, failed;
};

static void try_often(void *arg) {
    struct guest *g = arg;
    struct answer answers[TRIES];
    uv_loop_init(&g->loop);
    for (int i = 0; i < TRIES; i++)
        ask(g->store, &g->loop, STR("alice"), HERE, &answers[i]);
    run_loop(&g->loop);
    for (int i = 0; i < TRIES; i++) {
        g->allowed += answers[i].id != 0;
        g->failed += answers[i].err.code != ERR_NONE || answers[i].count != 1;
    }
}

static void attempts_at_the_same_time_never_exceed_the_limit(void **state) {
    struct place *p = *state;
    struct guest guests[THREADS];
    struct err e;
    unsigned allowed = 0;
    struct session_store *other = session_store_open(p->file, PLACE_LIMITS, &e);
    assert_non_null(other);
    for (int i = 0; i < THREADS; i++) {
        guests[i] = (struct guest){.store = i % 2 ? other : p->store};
        uv_thread_create(&guests[i].thread, try_often, &guests[i]);
    }
    for (int i = 0; i < THREADS; i++) {
        uv_thread_join(&guests[i].thread);
        allowed += guests[i].allowed;
        assert_int_equal(guests[i].failed, 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(uv_loop_close(&guests[i].loop), 0);
    assert_int_equal(allowed, LIMITS.user_attempts);
    session_store_close(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make_store, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_user_has_so_many_attempts_from_wherever),
        TEST(a_source_has_so_many_attempts_at_whomever),
        TEST(the_same_name_at_another_provider_is_another_user),
        TEST(what_counts_as_one_source),
        TEST(the_wait_is_until_the_oldest_falls_out_of_the_window),
        TEST(lower_limits_wait_for_as_many_as_are_too_many),
        TEST(of_two_waits_the_longer_is_told),
        TEST(a_good_one_forgets_the_user_but_not_the_sources),
        TEST(an_untried_one_takes_back_itself_alone),
        TEST(a_late_answer_settles_nobody_elses_attempt),
        TEST(a_cancelled_attempt_does_not_count),
        TEST(attempts_outlive_a_restart),
        TEST(what_counts_no_more_is_purged),
        TEST(a_clock_that_was_set_back_prolongs_no_wait),
        TEST(long_names_are_kept_short_and_apart),
        TEST(too_many_that_still_count_are_busy_and_nobody_is_let_off),
        TEST(a_store_that_is_locked_lets_nobody_try),
        TEST(attempts_at_the_same_time_never_exceed_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
