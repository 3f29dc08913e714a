/* SPDX-License-Identifier: Apache-2.0
 *
 * One-shot timers of an event loop, made to be set anew and stopped many times in every request:
 * to move one later or to stop it costs no more than a look at the clock. Its owner may free a
 * timer at any time, also from inside its own call or that of another. All timers of a loop share
 * three of its handles, made with the first and closed with the last; `loop->data` is theirs, and
 * must be NULL before. Loop thread only.
 */
#pragma once
#include <stdint.h>
#include <uv.h>

struct timer;
typedef void timer_fn(void *user);

/* NULL when memory is short. */
struct timer *timer_new(uv_loop_t *loop, timer_fn *fire, void *user);
void timer_free(struct timer *t);
/* Fires once, `ms` from now, never early and up to 2 ms late, of a second and more up to 12 ms: it
 * is set by the clock's tick. A timer that runs is set anew. For 0
 * or less it fires after the calls that the loop is making now, without another wait; those are
 * called in the order they were started in, the others in that of their deadlines. */
void timer_start(struct timer *t, int64_t ms);
void timer_stop(struct timer *t);
