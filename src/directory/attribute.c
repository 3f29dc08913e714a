/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/attribute.h"

enum { TICKS_PER_S = 10000000 };
#define EPOCH_S INT64_C(11644473600) /* from 1601 to 1970 */

bool attribute_int(struct str value, int64_t *out) {
    bool is_negative = str_starts(value, STR("-"));
    uint64_t n;
    *out = 0;
    if (!str_to_u64(str_from(value, is_negative), (uint64_t)INT64_MAX + is_negative, &n))
        return false;
    *out = is_negative ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

static bool is_leap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

/* Days from 1970-01-01 to the first of March of `year`, then month by month: a year that begins in
 * March has its leap day at the end. */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day) {
    int64_t y = month > 2 ? year : year - 1, m = (month + 9) % 12;
    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 306 + 5) / 10 + day - 1 - 719468;
}

static int64_t days_in(int64_t year, int64_t month) {
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return DAYS[month - 1] + (month == 2 && is_leap(year));
}

bool attribute_time(struct str value, int64_t *s) {
    static const struct {
        size_t at, n;
        uint64_t max;
    } FIELDS[] = {{0, 4, 9999}, {4, 2, 12}, {6, 2, 31}, {8, 2, 23}, {10, 2, 59}, {12, 2, 60}};
    uint64_t f[6];
    *s = 0;
    if (value.n < 15 || (value.p[14] != '.' && value.p[14] != 'Z') || value.p[value.n - 1] != 'Z')
        return false;
    for (size_t i = 0; i < 6; i++) {
        struct str part = str_head(str_from(value, FIELDS[i].at), FIELDS[i].n);
        if (!str_to_u64(part, FIELDS[i].max, &f[i]))
            return false;
    }
    int64_t year = (int64_t)f[0], month = (int64_t)f[1], day = (int64_t)f[2];
    if (month < 1 || day < 1 || day > days_in(year, month))
        return false;
    *s = days_since_1970(year, month, day) * 86400 + (int64_t)(f[3] * 3600 + f[4] * 60 + f[5]);
    return true;
}

bool attribute_file_time(struct str value, int64_t *s) {
    int64_t ticks;
    *s = 0;
    if (!attribute_int(value, &ticks) || ticks < 0 || ticks == INT64_MAX)
        return false;
    if (ticks != 0)
        *s = ticks / TICKS_PER_S - EPOCH_S;
    return true;
}

bool attribute_interval(struct str value, int64_t *s) {
    int64_t ticks;
    *s = 0;
    if (!attribute_int(value, &ticks))
        return false;
    if (ticks < 0 && ticks != INT64_MIN)
        *s = -ticks / TICKS_PER_S;
    return true;
}
