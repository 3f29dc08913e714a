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

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(it_fires_once),
        TEST(it_does_not_fire_before_it_is_started_or_after_it_is_stopped),
        TEST(no_time_and_less_than_none_fire_from_the_loop_alone),
        TEST(a_start_sets_it_anew),
        TEST(its_own_call_may_start_it_again),
        TEST(its_own_call_may_free_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
