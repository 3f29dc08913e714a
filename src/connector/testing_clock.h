/* SPDX-License-Identifier: Apache-2.0
 *
 * A clock that a test puts ahead, for a test program that needs none but these.
 */
#pragma once
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t ahead_s; /* how far the tests are ahead of the machine */

int64_t clock_wall_s(void) { return time(NULL) + ahead_s; }
int64_t clock_wall_ms(void) { return clock_wall_s() * 1000; }
int64_t clock_mono_us(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (t.tv_sec + ahead_s) * INT64_C(1000000) + t.tv_nsec / 1000;
}
int64_t clock_mono_tick_us(void) { return clock_mono_us(); }
void clock_iso(int64_t wall_ms, char out[CLOCK_ISO_SIZE]) {
    snprintf(out, CLOCK_ISO_SIZE, "%lld", (long long)wall_ms);
}
