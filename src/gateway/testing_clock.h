/* SPDX-License-Identifier: Apache-2.0
 *
 * Timers and a clock that a test plays: time passes when it says so. It begins when the test does.
 */
#pragma once
#include "base/clock.h"
#include "net/timer.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <time.h>

struct timer {
    timer_fn *fire;
    void *user;
    int64_t due;
    bool runs;
    LIST_ENTRY(timer) all;
};
static LIST_HEAD(, timer) timers;
static int64_t now_ms;

int64_t clock_mono_us(void) { return (now_ms + 1) * 1000; }
int64_t clock_mono_tick_us(void) { return clock_mono_us(); }
int64_t clock_wall_ms(void) {
    static time_t begun_s;
    begun_s = begun_s ? begun_s : time(NULL);
    return (int64_t)begun_s * 1000 + now_ms;
}
int64_t clock_wall_s(void) { return clock_wall_ms() / 1000; }
void clock_iso(int64_t wall_ms, char out[CLOCK_ISO_SIZE]) {
    snprintf(out, CLOCK_ISO_SIZE, "%lld", (long long)wall_ms);
}

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
