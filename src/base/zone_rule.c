/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone_rule.h"

enum { DAY_S = 86400, HOUR_S = 3600, YEAR_DAYS = 365 };

/* The next number of at most three digits; false when there is none. */
static bool take_number(struct str *rest, int least, int most, int *out) {
    size_t n = 0;
    *out = 0;
    while (n < rest->n && n < 3 && str_is_digit(rest->p[n]))
        *out = *out * 10 + (rest->p[n++] - '0');
    *rest = str_from(*rest, n);
    return n > 0 && *out >= least && *out <= most;
}

static bool take(struct str *rest, char c) {
    if (rest->n == 0 || rest->p[0] != c)
        return false;
    *rest = str_from(*rest, 1);
    return true;
}

/* [+-]hh[:mm[:ss]] */
static bool take_time(struct str *rest, int hours_max, int32_t *out) {
    int hours, minutes = 0, seconds = 0;
    bool is_negative = take(rest, '-');
    if (!is_negative)
        take(rest, '+');
    if (!take_number(rest, 0, hours_max, &hours) ||
        (take(rest, ':') && (!take_number(rest, 0, 59, &minutes) ||
                             (take(rest, ':') && !take_number(rest, 0, 59, &seconds)))))
        return false;
    *out = hours * HOUR_S + minutes * 60 + seconds;
    if (is_negative)
        *out = -*out;
    return true;
}

/* Three letters or more, or anything in angle brackets; nobody asks for it. */
static bool take_name(struct str *rest) {
    size_t n = 0;
    if (take(rest, '<')) {
        n = str_index(*rest, '>');
        bool is_closed = n < rest->n && n > 0;
        *rest = str_from(*rest, n + 1);
        return is_closed;
    }
    while (n < rest->n && str_lower(rest->p[n]) >= 'a' && str_lower(rest->p[n]) <= 'z')
        n++;
    *rest = str_from(*rest, n);
    return n >= 3;
}

static bool take_day(struct str *rest, struct zone_day *out) {
    *out = (struct zone_day){.time_s = 2 * HOUR_S};
    bool is_fine;
    if (take(rest, 'M')) {
        out->kind = ZONE_DAY_OF_MONTH_WEEK;
        is_fine = take_number(rest, 1, 12, &out->month) && take(rest, '.') &&
                  take_number(rest, 1, 5, &out->week) && take(rest, '.') &&
                  take_number(rest, 0, 6, &out->weekday);
    } else if (take(rest, 'J')) {
        out->kind = ZONE_DAY_WITHOUT_LEAP;
        is_fine = take_number(rest, 1, YEAR_DAYS, &out->day);
    } else {
        out->kind = ZONE_DAY_WITH_LEAP;
        is_fine = take_number(rest, 0, YEAR_DAYS, &out->day);
    }
    return is_fine && (!take(rest, '/') || take_time(rest, 167, &out->time_s));
}

bool zone_rule_parse(struct str text, struct zone_rule *out) {
    int32_t west;
    *out = (struct zone_rule){0};
    if (!take_name(&text) || !take_time(&text, 24, &west))
        return false;
    out->standard_s = -west;
    if (text.n == 0)
        return true;
    out->has_summer = true;
    out->summer_s = out->standard_s + HOUR_S;
    if (!take_name(&text))
        return false;
    if (text.n && text.p[0] != ',') {
        if (!take_time(&text, 24, &west))
            return false;
        out->summer_s = -west;
    }
    return take(&text, ',') && take_day(&text, &out->begin) && take(&text, ',') &&
           take_day(&text, &out->end) && text.n == 0;
}

static bool is_leap(int64_t year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

/* Of the first of January, since 1970. */
static int64_t days_before(int64_t year) {
    int64_t y = year - 1;
    return 365 * (year - 1970) + (y / 4 - y / 100 + y / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
}

static int64_t year_of(int64_t days) {
    int64_t year = 1970 + days / 366;
    while (days_before(year + 1) <= days)
        year++;
    return year;
}

static int64_t days_of_months(int64_t year, int month) {
    static const int BEFORE[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365};
    return BEFORE[month] + (month >= 2 && is_leap(year));
}

/* When it is, by the clock that ends then. */
static int64_t local_s(const struct zone_day *d, int64_t year) {
    int64_t day = days_before(year);
    if (d->kind == ZONE_DAY_WITH_LEAP) {
        day += d->day;
    } else if (d->kind == ZONE_DAY_WITHOUT_LEAP) {
        day += d->day - 1 + (is_leap(year) && d->day >= 60);
    } else {
        int64_t first = day + days_of_months(year, d->month - 1);
        int64_t after = day + days_of_months(year, d->month);
        /* The first of January 1970 was a Thursday. */
        day = first + (d->weekday - (first + 4) % 7 + 7) % 7 + 7 * (int64_t)(d->week - 1);
        while (day >= after)
            day -= 7;
    }
    return day * DAY_S + d->time_s;
}

int32_t zone_rule_offset_s(const struct zone_rule *r, int64_t wall_s) {
    if (!r->has_summer || wall_s < 0)
        return r->standard_s;
    int64_t local = wall_s + r->standard_s;
    int64_t year = year_of(local < 0 ? 0 : local / DAY_S);
    int64_t begin = local_s(&r->begin, year) - r->standard_s;
    int64_t end = local_s(&r->end, year) - r->summer_s;
    bool is_summer =
        begin < end ? wall_s >= begin && wall_s < end : wall_s >= begin || wall_s < end;
    return is_summer ? r->summer_s : r->standard_s;
}
