/* SPDX-License-Identifier: Apache-2.0
 *
 * For the tests of the pool: a clock of their own, so that an idle minute is over at once, and
 * connections for owners.
 */
#pragma once
#include "connector/pool_state.h"
#include "connector/testing.h"

#include <sys/queue.h>
#include <time.h>

static int64_t ahead_us; /* how far the tests are ahead of the machine */

int64_t clock_mono_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000000) + t.tv_nsec / 1000 + ahead_us;
}

int64_t clock_mono_tick_us(void) { return clock_mono_us(); }
int64_t clock_wall_s(void) { return time(NULL); }
int64_t clock_wall_ms(void) { return clock_wall_s() * 1000; }
void clock_iso(int64_t wall_ms, char out[CLOCK_ISO_SIZE]) {
    snprintf(out, CLOCK_ISO_SIZE, "%lld", (long long)wall_ms);
}

/* Timers of more than half a second fire when the test says so: net/timer.c but for that. */
struct timer {
    uv_timer_t handle;
    timer_fn *fire;
    void *user;
    bool waits;
    LIST_ENTRY(timer) all;
};
static LIST_HEAD(, timer) timers;

static void on_timer(uv_timer_t *handle) {
    struct timer *t = (struct timer *)handle;
    t->fire(t->user);
}

static void free_handle(uv_handle_t *handle) { free(handle); }

struct timer *timer_new(uv_loop_t *loop, timer_fn *fire, void *user) {
    struct timer *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->fire = fire;
    t->user = user;
    uv_timer_init(loop, &t->handle);
    LIST_INSERT_HEAD(&timers, t, all);
    return t;
}

void timer_free(struct timer *t) {
    if (!t)
        return;
    LIST_REMOVE(t, all);
    uv_close((uv_handle_t *)&t->handle, free_handle);
}

void timer_start(struct timer *t, int64_t ms) {
    t->waits = ms > 500;
    uv_timer_start(&t->handle, on_timer, ms > 0 ? (uint64_t)ms : 0, 0);
}

void timer_stop(struct timer *t) { uv_timer_stop(&t->handle); }

static inline void fire_long_timers(void) {
    struct timer *t;
    LIST_FOREACH(t, &timers, all) {
        if (t->waits && uv_is_active((uv_handle_t *)&t->handle))
            t->fire(t->user);
    }
}

struct taken {
    unsigned calls;
    struct backend *backend;
    struct err err;
};

static inline void on_backend(void *user, struct backend *b, const struct err *e) {
    struct taken *t = user;
    t->calls++;
    t->backend = b;
    assert_true((b == NULL) == (e != NULL));
    if (e)
        t->err = *e;
}

static inline struct pool_owner owner_of(struct place *p, int app, struct str identity) {
    return (struct pool_owner){.app = &p->config->apps[app], .identity = identity};
}

/* A new connection for this owner; the back end's end of it in `*fd`. */
static inline struct backend *connect_as(struct place *p, struct pool_owner owner, int *fd) {
    struct taken t = {0};
    struct err e;
    assert_non_null(pool_connect(p->c->pool, &owner, on_backend, &t, &e));
    assert_int_equal(t.calls, 0);
    *fd = accept_back(p);
    UNTIL(p, t.calls);
    assert_non_null(t.backend);
    assert_false(t.backend->is_reused);
    return t.backend;
}
