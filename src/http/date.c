/* SPDX-License-Identifier: Apache-2.0 */
#include "http/date.h"

#include <stdio.h>
#include <time.h>

enum { DATE_SIZE = 30 };

static void write_date(int64_t now_s, char out[DATE_SIZE]) {
    static const char DAYS[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char MONTHS[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
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
