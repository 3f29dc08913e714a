/* SPDX-License-Identifier: Apache-2.0 */
#include "net/timer.h"

#include <stdlib.h>

struct timer {
    uv_timer_t handle; /* first: freed as itself */
    timer_fn *fire;
    void *user;
};

static void on_timer(uv_timer_t *handle) {
    struct timer *t = (struct timer *)handle;
    t->fire(t->user);
}

static void free_handle(uv_handle_t *handle) { free(handle); }

struct timer *timer_new(uv_loop_t *loop, timer_fn *fire, void *user) {
    struct timer *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->fire = fire;
    t->user = user;
    uv_timer_init(loop, &t->handle);
    return t;
}

void timer_free(struct timer *t) {
    if (t)
        uv_close((uv_handle_t *)&t->handle, free_handle);
}

void timer_start(struct timer *t, int64_t ms) {
    uv_timer_start(&t->handle, on_timer, ms > 0 ? (uint64_t)ms : 0, 0);
}

void timer_stop(struct timer *t) { uv_timer_stop(&t->handle); }
