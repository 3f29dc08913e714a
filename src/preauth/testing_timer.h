/* SPDX-License-Identifier: Apache-2.0
 *
 * One timer at a time, whose time comes when the test says so.
 */
#pragma once
#include "net/timer.h"

static struct {
    timer_fn *fire; /* NULL: none runs */
    void *user;
    int64_t ms;
} delay;

struct timer *timer_new(uv_loop_t *loop, timer_fn *fire, void *user) {
    (void)loop;
    delay.fire = fire;
    delay.user = user;
    return (struct timer *)&delay;
}

void timer_start(struct timer *t, int64_t ms) {
    (void)t;
    delay.ms = ms;
}

void timer_stop(struct timer *t) { (void)t; }

void timer_free(struct timer *t) {
    if (t)
        delay.fire = NULL;
}

static inline void timer_fires(void) {
    assert_non_null(delay.fire);
    delay.fire(delay.user);
}
