/* SPDX-License-Identifier: Apache-2.0 */
#include "http/date.h"

#include <stdio.h>
#include <time.h>

enum { DATE_SIZE = 30 };

static const char MONTHS[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

static void write_date(int64_t now_s, char out[DATE_SIZE]) {
    static const char DAYS[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    time_t now = (time_t)now_s;
    struct tm t = {0};
    gmtime_r(&now, &t);
    snprintf(out, DATE_SIZE, "%s, %02d %s %04d %02d:%02d:%02d GMT", DAYS[t.tm_wday], t.tm_mday % 32,
             MONTHS[t.tm_mon], (t.tm_year + 1900) % 10000, t.tm_hour, t.tm_min, t.tm_sec);
}

struct str http_date(int64_t now_s) {
    static _Thread_local char text[DATE_SIZE];
    static _Thread_local int64_t made_s;
    if (!text[0] || made_s != now_s)
        write_date(now_s, text);
    made_s = now_s;
    return str_of(text);
}

/* Two digits; -1: they are none. */
static int two_at(struct str s, size_t at) {
    int tens = s.p[at] - '0', ones = s.p[at + 1] - '0';
    return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
}

/* Zero-based; 12: it is none. */
static int month_at(struct str s, size_t at) {
    int month = 0;
    while (month < 12 && memcmp(s.p + at, MONTHS[month], 3) != 0)
        month++;
    return month;
}

/* Whether the bytes between the numbers are those of "Sun, 06 Nov 1994 08:49:37 GMT". */
static bool has_form(struct str s) {
    static const char FORM[] = "___, __ ___ ____ __:__:__ GMT";
    if (s.n != sizeof FORM - 1)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (FORM[i] != '_' && FORM[i] != s.p[i])
            return false;
    }
    return true;
}

bool http_date_parse(struct str text, int64_t *out_s) {
    *out_s = 0;
    if (!has_form(text))
        return false;
    int century = two_at(text, 12), year = two_at(text, 14);
    struct tm t = {
        .tm_mday = two_at(text, 5),
        .tm_mon = month_at(text, 8),
        .tm_year = century * 100 + year - 1900,
        .tm_hour = two_at(text, 17),
        .tm_min = two_at(text, 20),
        .tm_sec = two_at(text, 23),
    };
    /* A leap second is the 60th (RFC 9110 5.6.7). */
    if (century < 0 || year < 0 || t.tm_mon > 11 || t.tm_mday < 1 || t.tm_mday > 31 ||
        t.tm_hour < 0 || t.tm_hour > 23 || t.tm_min < 0 || t.tm_min > 59 || t.tm_sec < 0 ||
        t.tm_sec > 60)
        return false;
    *out_s = timegm(&t);
    return true;
}
