/* SPDX-License-Identifier: Apache-2.0 */
#include "net/testing.h"

#include "net/timer.h"

struct place {
    uv_loop_t loop;
    struct timer *timer;
    unsigned fired;
    bool frees, starts_again;
};

static void on_fire(void *user) {
    struct place *p = user;
    p->fired++;
    if (p->starts_again && p->fired < 3)
        timer_start(p->timer, 0);
    if (!p->frees)
        return;
    timer_free(p->timer);
    p->timer = NULL;
}

static int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    assert_int_equal(uv_loop_init(&p->loop), 0);
    p->timer = timer_new(&p->loop, on_fire, p);
    assert_non_null(p->timer);
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    timer_free(p->timer);
    loop_end(&p->loop);
    free(p);
    return 0;
}

static void it_fires_once(void **state) {
    struct place *p = *state;
    timer_start(p->timer, 1);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    assert_int_equal(p->fired, 1);
    assert_false(uv_loop_alive(&p->loop));
}

static void it_does_not_fire_before_it_is_started_or_after_it_is_stopped(void **state) {
    struct place *p = *state;
    settle(&p->loop);
    timer_start(p->timer, 0);
    timer_stop(p->timer);
    settle(&p->loop);
    assert_int_equal(p->fired, 0);
}

static void no_time_and_less_than_none_fire_from_the_loop_alone(void **state) {
    struct place *p = *state;
    timer_start(p->timer, 0);
    assert_int_equal(p->fired, 0);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    timer_start(p->timer, -5);
    assert_int_equal(p->fired, 1);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    assert_int_equal(p->fired, 2);
}

static void a_start_sets_it_anew(void **state) {
    struct place *p = *state;
    timer_start(p->timer, 1);
    timer_start(p->timer, 3600 * 1000);
    UNTIL(&p->loop, uv_backend_timeout(&p->loop) > 1000);
    settle(&p->loop);
    assert_int_equal(p->fired, 0);
    timer_start(p->timer, 1);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    assert_int_equal(p->fired, 1);
}

static void its_own_call_may_start_it_again(void **state) {
    struct place *p = *state;
    p->starts_again = true;
    timer_start(p->timer, 0);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    assert_int_equal(p->fired, 3);
}

static void its_own_call_may_free_it(void **state) {
    struct place *p = *state;
    p->frees = true;
    timer_start(p->timer, 0);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    assert_int_equal(p->fired, 1);
}

/* --- many --- */

struct many {
    struct place *place;
    struct one {
        struct many *of;
        struct timer *timer;
        int64_t due_us, latest_us; /* between these; 0: not to fire */
        size_t rank;               /* among those that have fired, from 1; 0: it has not */
    } *at;
    size_t count, fired, early;
    struct one *victim; /* freed by the next call */
};

static void on_one(void *user) {
    struct one *one = user;
    struct many *m = one->of;
    one->rank = ++m->fired;
    m->early += clock_mono_us() < one->due_us;
    if (m->victim) {
        timer_free(m->victim->timer);
        m->victim->timer = NULL;
        m->victim = NULL;
    }
}

static struct many many(struct place *p, size_t count) {
    struct many m = {.place = p, .count = count, .at = calloc(count, sizeof *m.at)};
    assert_non_null(m.at);
    for (size_t i = 0; i < count; i++) {
        m.at[i].timer = timer_new(&p->loop, on_one, &m.at[i]);
        assert_non_null(m.at[i].timer);
    }
    return m;
}

/* Once it has its own place, which the calls need. */
static void many_settle(struct many *m) {
    for (size_t i = 0; i < m->count; i++)
        m->at[i].of = m;
}

static void many_free(struct many *m) {
    for (size_t i = 0; i < m->count; i++)
        timer_free(m->at[i].timer);
    free(m->at);
}

static void start(struct one *one, int64_t ms) {
    one->due_us = clock_mono_us() + ms * 1000;
    timer_start(one->timer, ms);
    one->latest_us = clock_mono_us() + ms * 1000;
}

static void those_of_no_time_fire_in_the_order_they_were_started_in(void **state) {
    static const size_t ORDER[] = {3, 0, 4, 1};
    struct many m = many(*state, 5);
    many_settle(&m);
    for (size_t i = 0; i < 4; i++)
        start(&m.at[ORDER[i]], 0);
    start(&m.at[2], 0);
    timer_stop(m.at[2].timer);
    start(&m.at[3], 0); /* a second time: it keeps its place */
    settle(&m.place->loop);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(m.at[ORDER[i]].rank, i + 1);
    assert_int_equal(m.fired, 4);
    many_free(&m);
}

static void the_others_fire_in_the_order_of_their_deadlines(void **state) {
    static const int64_t MS[] = {9, 3, 7, 1, 5, 2, 8, 4, 6};
    enum { N = sizeof MS / sizeof *MS };
    struct many m = many(*state, N);
    many_settle(&m);
    for (size_t i = 0; i < N; i++)
        start(&m.at[i], MS[i]);
    uv_run(&m.place->loop, UV_RUN_DEFAULT);
    assert_int_equal(m.fired, N);
    for (size_t i = 0; i < N * N; i++) {
        const struct one *a = &m.at[i / N], *b = &m.at[i % N];
        assert_true(a->rank >= b->rank || a->due_us <= b->latest_us);
    }
    assert_int_equal(m.early, 0);
    many_free(&m);
}

static void one_of_no_time_may_be_put_off(void **state) {
    struct place *p = *state;
    timer_start(p->timer, 0);
    timer_start(p->timer, 3600 * 1000);
    settle(&p->loop);
    assert_int_equal(p->fired, 0);
}

/* Between the present calls and the next wait, and the loop sees to its sockets before it calls
 * what was started meanwhile. */
static void one_that_starts_itself_leaves_the_loop_its_turns(void **state) {
    struct place *p = *state;
    p->starts_again = true;
    timer_start(p->timer, 0);
    for (unsigned i = 1; i <= 3; i++) {
        uv_run(&p->loop, UV_RUN_NOWAIT);
        assert_int_equal(p->fired, i);
    }
}

/* Wherever between two ticks of the kernel's it was started. */
static void none_that_is_set_by_the_tick_is_early(void **state) {
    struct many m = many(*state, 20);
    many_settle(&m);
    for (size_t i = 0; i < m.count; i++) {
        int64_t next_us = clock_mono_us() + 500;
        while (clock_mono_us() < next_us) {
        }
        start(&m.at[i], 1000);
    }
    UNTIL(&m.place->loop, m.fired == m.count);
    assert_int_equal(m.early, 0);
    many_free(&m);
}

static void a_call_may_free_another_that_is_due(void **state) {
    for (int64_t ms = 0; ms < 2; ms++) {
        struct many m = many(*state, 3);
        many_settle(&m);
        for (size_t i = 0; i < 3; i++)
            start(&m.at[i], ms);
        int64_t due_us = clock_mono_us() + ms * 1000;
        while (clock_mono_us() <= due_us) {
        }
        m.victim = &m.at[1];
        UNTIL(&m.place->loop, m.at[2].rank);
        assert_int_equal(m.at[0].rank, 1);
        assert_int_equal(m.at[1].rank, 0);
        many_free(&m);
    }
}

static void the_last_may_be_freed_by_its_call_and_others_made(void **state) {
    struct place *p = *state;
    for (int64_t ms = 0; ms < 2; ms++) {
        p->frees = true;
        timer_start(p->timer, ms);
        UNTIL(&p->loop, !p->timer);
        assert_null(p->loop.data);
        p->frees = false;
        p->timer = timer_new(&p->loop, on_fire, p);
        assert_non_null(p->timer);
        timer_start(p->timer, ms);
        p->fired = 0;
        UNTIL(&p->loop, p->fired);
    }
}

static void one_that_was_given_up_neither_wakes_nor_keeps_the_loop(void **state) {
    struct place *p = *state;
    timer_start(p->timer, 3600 * 1000);
    timer_stop(p->timer);
    assert_false(uv_loop_alive(&p->loop));
    struct timer *other = timer_new(&p->loop, on_fire, p);
    timer_start(p->timer, 1);
    timer_start(other, 3600 * 1000);
    timer_stop(p->timer);
    int64_t from_us = clock_mono_us();
    while (clock_mono_us() < from_us + 2000) {
    }
    uv_update_time(&p->loop);
    settle(&p->loop); /* one look, which finds that there is nothing */
    assert_true(uv_backend_timeout(&p->loop) > 3000 * 1000);
    assert_int_equal(p->fired, 0);
    timer_free(other);
}

/* What a worker does with its deadlines: most are moved, given up or freed before they fire. */
static void a_hundred_thousand_fire_when_they_should(void **state) {
    enum { N = 100 * 1000 };
    struct many m = many(*state, N);
    size_t expected = 0;
    uint32_t random = 1;
    many_settle(&m);
    for (size_t i = 0; i < 4 * (size_t)N; i++) {
        random = random * 1664525 + 1013904223;
        struct one *one = &m.at[(random >> 8) % N];
        switch (i < N ? 0 : random >> 30) {
        case 0:
            start(i < N ? &m.at[i] : one, 3600 * 1000 + random % 1000);
            break;
        case 1:
            timer_stop(one->timer);
            one->due_us = 0;
            break;
        case 2:
            timer_free(one->timer);
            *one = (struct one){.of = &m, .timer = timer_new(&m.place->loop, on_one, one)};
            break;
        default:
            start(one, 2 + random % 64);
        }
    }
    int64_t last_us = clock_mono_us() + 70 * 1000;
    for (size_t i = 0; i < N; i++)
        expected += m.at[i].due_us != 0 && m.at[i].due_us < last_us;
    assert_true(expected > N / 10);
    UNTIL(&m.place->loop, m.fired >= expected);
    settle(&m.place->loop);
    assert_int_equal(m.fired, expected);
    assert_int_equal(m.early, 0);
    for (size_t i = 0; i < N; i++)
        assert_true(!m.at[i].rank == !(m.at[i].due_us != 0 && m.at[i].due_us < last_us));
    many_free(&m);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(it_fires_once),
        TEST(it_does_not_fire_before_it_is_started_or_after_it_is_stopped),
        TEST(no_time_and_less_than_none_fire_from_the_loop_alone),
        TEST(a_start_sets_it_anew),
        TEST(its_own_call_may_start_it_again),
        TEST(its_own_call_may_free_it),
        TEST(those_of_no_time_fire_in_the_order_they_were_started_in),
        TEST(the_others_fire_in_the_order_of_their_deadlines),
        TEST(one_of_no_time_may_be_put_off),
        TEST(one_that_starts_itself_leaves_the_loop_its_turns),
        TEST(none_that_is_set_by_the_tick_is_early),
        TEST(a_call_may_free_another_that_is_due),
        TEST(the_last_may_be_freed_by_its_call_and_others_made),
        TEST(one_that_was_given_up_neither_wakes_nor_keeps_the_loop),
        TEST(a_hundred_thousand_fire_when_they_should),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
