/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_queue.h"

#include "session/testing.h"

#include <sched.h>
#include <semaphore.h>

struct room {
    uv_loop_t loop;
    struct session_queue *queue;
    sem_t entered, gate; /* a call that blocks the thread posts one and waits for the other */
    _Atomic unsigned worked;
    unsigned told, dropped;
    enum err_code last;
    uv_thread_t told_by, worked_by;
    _Atomic unsigned released;
};

static void work(struct session_call *c) {
    struct room *r = c->user;
    r->worked_by = uv_thread_self();
    r->worked++;
}

static void work_at_gate(struct session_call *c) {
    struct room *r = c->user;
    sem_post(&r->entered);
    sem_wait(&r->gate);
    work(c);
}

static void tell(struct session_call *c) {
    struct room *r = c->user;
    r->told++;
    r->last = c->err.code;
    r->told_by = uv_thread_self();
}

static void drop(struct session_call *c) { ((struct room *)c->user)->dropped++; }

static void release(struct session_call *c) { ((struct room *)c->user)->released++; }

static struct session_call *call_new(struct room *r) {
    struct session_call *c = calloc(1, sizeof *c);
    *c = (struct session_call){.queue_max = SESSION_QUEUE_LOOKUPS,
                               .work = work,
                               .tell = tell,
                               .drop = drop,
                               .release = release,
                               .user = r};
    return c;
}

/* A call behind which all others wait until the gate is opened. */
static void block(struct room *r) {
    struct session_call *c = call_new(r);
    c->work = work_at_gate;
    assert_true(session_queue_send(r->queue, c));
    sem_wait(&r->entered);
}

static int make_room(void **state) {
    struct err e;
    struct room *r = calloc(1, sizeof *r);
    uv_loop_init(&r->loop);
    sem_init(&r->gate, 0, 0);
    sem_init(&r->entered, 0, 0);
    r->queue = session_queue_new(&e);
    *state = r;
    return r->queue ? 0 : -1;
}

static int free_room(void **state) {
    struct room *r = *state;
    session_queue_free(r->queue);
    assert_int_equal(uv_loop_close(&r->loop), 0);
    sem_destroy(&r->gate);
    sem_destroy(&r->entered);
    free(r);
    return 0;
}

static void a_call_is_worked_off_by_the_thread_and_told_on_the_loop(void **state) {
    struct room *r = *state;
    uv_thread_t self = uv_thread_self();
    assert_non_null(session_queue_ask(r->queue, &r->loop, call_new(r)));
    run_loop(&r->loop);
    assert_int_equal(r->told, 1);
    assert_int_equal(r->released, 1);
    assert_true(uv_thread_equal(&r->told_by, &self));
    assert_false(uv_thread_equal(&r->worked_by, &self));
}

static void a_call_that_is_cancelled_in_time_is_not_worked_off(void **state) {
    struct room *r = *state;
    block(r);
    session_cancel(session_queue_ask(r->queue, &r->loop, call_new(r)));
    sem_post(&r->gate);
    run_loop(&r->loop);
    assert_int_equal(r->told, 0);
    assert_int_equal(r->dropped, 1);
    assert_int_equal(r->worked, 1);
    assert_int_equal(r->released, 2);
}

static void what_needs_doing_is_done_though_cancelled(void **state) {
    struct room *r = *state;
    struct session_call *c = call_new(r);
    c->needs_doing = true;
    block(r);
    session_cancel(session_queue_ask(r->queue, &r->loop, c));
    sem_post(&r->gate);
    run_loop(&r->loop);
    assert_int_equal(r->told, 0);
    assert_int_equal(r->worked, 2);
}

static void a_call_cancelled_after_it_was_worked_off_is_not_told(void **state) {
    struct room *r = *state;
    struct session_call *c = session_queue_ask(r->queue, &r->loop, call_new(r));
    while (!c->is_done)
        sched_yield();
    session_cancel(c);
    run_loop(&r->loop);
    assert_int_equal(r->told, 0);
    assert_int_equal(r->dropped, 1);
    assert_int_equal(r->released, 1);
}

static void a_loop_cannot_be_closed_before_its_calls_are_answered(void **state) {
    struct room *r = *state;
    block(r);
    session_cancel(session_queue_ask(r->queue, &r->loop, call_new(r)));
    assert_int_equal(uv_run(&r->loop, UV_RUN_NOWAIT), 1);
    assert_int_equal(uv_loop_close(&r->loop), UV_EBUSY);
    sem_post(&r->gate);
    run_loop(&r->loop);
}

/* Sends calls until `count` wait. */
static void fill(struct room *r, unsigned from, unsigned count) {
    for (unsigned i = from; i < count; i++) {
        struct session_call *c = call_new(r);
        c->queue_max = count;
        assert_true(session_queue_send(r->queue, c));
    }
}

static void each_kind_of_call_finds_the_queue_full_at_its_own_length(void **state) {
    static const unsigned KINDS[] = {SESSION_QUEUE_LOOKUPS, SESSION_QUEUE_SIGN_INS,
                                     SESSION_QUEUE_ALL};
    struct room *r = *state;
    unsigned waiting = 0;
    block(r);
    for (size_t i = 0; i < 3; i++) {
        struct session_call *c = call_new(r);
        fill(r, waiting, KINDS[i]);
        waiting = KINDS[i];
        c->queue_max = KINDS[i];
        assert_false(session_queue_send(r->queue, c));
        c = call_new(r);
        c->queue_max = KINDS[i];
        assert_non_null(session_queue_ask(r->queue, &r->loop, c));
        assert_int_equal(r->told, i);
        run_loop(&r->loop);
        assert_int_equal(r->told, i + 1);
        assert_int_equal(r->last, ERR_BUSY);
    }
    sem_post(&r->gate);
}

static void what_was_queued_is_worked_off_before_the_end(void **state) {
    struct room *r = *state;
    block(r);
    fill(r, 0, 100);
    sem_post(&r->gate);
    session_queue_free(r->queue);
    r->queue = NULL;
    assert_int_equal(r->worked, 101);
    assert_int_equal(r->released, 101);
}

static void a_refused_call_is_told_on_the_loop_and_not_at_once(void **state) {
    struct room *r = *state;
    struct session_call *c = call_new(r);
    err_set(&c->err, ERR_BUSY, "no");
    assert_non_null(session_queue_refuse(&r->loop, c));
    assert_int_equal(r->told, 0);
    run_loop(&r->loop);
    assert_int_equal(r->told, 1);
    assert_int_equal(r->last, ERR_BUSY);
    assert_int_equal(r->worked, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, make_room, free_room)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_call_is_worked_off_by_the_thread_and_told_on_the_loop),
        TEST(a_call_that_is_cancelled_in_time_is_not_worked_off),
        TEST(what_needs_doing_is_done_though_cancelled),
        TEST(a_call_cancelled_after_it_was_worked_off_is_not_told),
        TEST(a_loop_cannot_be_closed_before_its_calls_are_answered),
        TEST(each_kind_of_call_finds_the_queue_full_at_its_own_length),
        TEST(what_was_queued_is_worked_off_before_the_end),
        TEST(a_refused_call_is_told_on_the_loop_and_not_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
