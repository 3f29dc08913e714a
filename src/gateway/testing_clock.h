/* SPDX-License-Identifier: Apache-2.0
 *
 * Timers that a test plays: time passes when it says so.
 */
#pragma once
#include "net/timer.h"

#include <stdlib.h>
#include <sys/queue.h>

struct timer {
    timer_fn *fire;
    void *user;
    int64_t due;
    bool runs;
    LIST_ENTRY(timer) all;
};
static LIST_HEAD(, timer) timers;
static int64_t now_ms;

struct timer *timer_new(uv_loop_t *loop, timer_fn *fire, void *user) {
    (void)loop;
    struct timer *t = calloc(1, sizeof *t);
    *t = (struct timer){.fire = fire, .user = user};
    LIST_INSERT_HEAD(&timers, t, all);
    return t;
}

void timer_free(struct timer *t) {
    if (t)
        LIST_REMOVE(t, all);
    free(t);
}

void timer_start(struct timer *t, int64_t ms) {
    t->due = now_ms + ms;
    t->runs = true;
}

void timer_stop(struct timer *t) { t->runs = false; }

static inline struct timer *next_timer(int64_t until) {
    struct timer *t, *next = NULL;
    LIST_FOREACH(t, &timers, all) {
        if (t->runs && t->due <= until && (!next || t->due < next->due))
            next = t;
    }
    return next;
}

static inline void pass(int64_t ms) {
    int64_t until = now_ms + ms;
    struct timer *t;
    while ((t = next_timer(until))) {
        now_ms = t->due;
        t->runs = false;
        t->fire(t->user);
    }
    now_ms = until;
}
