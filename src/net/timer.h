/* SPDX-License-Identifier: Apache-2.0
 *
 * A one-shot timer of an event loop that its owner may free at any time, also from inside its own
 * call. Loop thread only.
 */
#pragma once
#include <stdint.h>
#include <uv.h>

struct timer;
typedef void timer_fn(void *user);

/* NULL when memory is short. */
struct timer *timer_new(uv_loop_t *loop, timer_fn *fire, void *user);
void timer_free(struct timer *t);
/* Fires once, `ms` from now; a timer that runs is set anew. */
void timer_start(struct timer *t, int64_t ms);
void timer_stop(struct timer *t);
