/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum { SECONDS_LENGTH = sizeof "2026-11-24T13:05:00" - 1 };

static const int64_t FIRST_MS = -62167219200000; /* 0000-01-01T00:00:00.000Z */
static const int64_t LAST_MS = 253402300799999;  /* 9999-12-31T23:59:59.999Z */

static int64_t read_us(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t clock_mono_us(void) { return read_us(CLOCK_MONOTONIC); }

int64_t clock_mono_tick_us(void) { return read_us(CLOCK_MONOTONIC_COARSE); }

int64_t clock_wall_ms(void) { return read_us(CLOCK_REALTIME) / 1000; }

int64_t clock_wall_s(void) { return read_us(CLOCK_REALTIME_COARSE) / 1000000; }

static void write_seconds(time_t seconds, char out[CLOCK_ISO_SIZE]) {
    struct tm tm;
    gmtime_r(&seconds, &tm);
    char rest[16]; /* %Y has no four digits before the year 1000 */
    strftime(rest, sizeof rest, "-%m-%dT%H:%M:%S", &tm);
    snprintf(out, CLOCK_ISO_SIZE, "%04d%s", (tm.tm_year + 1900) % 10000, rest);
}

/* Most are of the second that the one before was of. */
void clock_iso(int64_t wall_ms, char out[CLOCK_ISO_SIZE]) {
    static _Thread_local char text[CLOCK_ISO_SIZE];
    static _Thread_local time_t made_s;
    wall_ms = wall_ms < FIRST_MS ? FIRST_MS : wall_ms > LAST_MS ? LAST_MS : wall_ms;
    int ms = (int)(wall_ms % 1000);
    ms += ms < 0 ? 1000 : 0; /* before 1970 they count forwards, too */
    time_t seconds = (time_t)((wall_ms - ms) / 1000);
    if (!text[0] || made_s != seconds)
        write_seconds(seconds, text);
    made_s = seconds;
    memcpy(out, text, SECONDS_LENGTH);
    out += SECONDS_LENGTH;
    *out++ = '.';
    for (int unit = 100; unit > 0; unit /= 10)
        *out++ = (char)('0' + ms / unit % 10);
    memcpy(out, "Z", 2);
}
