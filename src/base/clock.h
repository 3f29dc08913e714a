/* SPDX-License-Identifier: Apache-2.0
 *
 * The two clocks: `mono` for measuring and deadlines, `wall` for what people and other machines
 * read. Units are in the names. Any thread.
 */
#pragma once
#include <stdint.h>

enum {
    CLOCK_ISO_SIZE = 32,
    CLOCK_TICK_US = 10 * 1000, /* the longest from one tick of the kernel to the next */
};

int64_t clock_mono_us(void);
/* As it was at the kernel's last tick: less than CLOCK_TICK_US behind clock_mono_us, at a fraction
 * of its cost. For what is counted in seconds. */
int64_t clock_mono_tick_us(void);
/* Seconds since 1970 (UTC); as time(2), they change with the tick. */
int64_t clock_wall_s(void);
int64_t clock_wall_ms(void);
/* RFC 3339 in UTC with milliseconds, "2026-11-24T13:05:00.123Z". Its years have four digits: a time
 * before 0000 or after 9999 is written as the first or the last one. */
void clock_iso(int64_t wall_ms, char out[CLOCK_ISO_SIZE]);
