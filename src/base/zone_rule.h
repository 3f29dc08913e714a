/* SPDX-License-Identifier: Apache-2.0
 *
 * The rule by which a time zone goes on after the changes that its file lists, as the TZ variable
 * of POSIX.1-2017 8.3 has it with the extension of RFC 9636 3.3.1: "CET-1CEST,M3.5.0,M10.5.0/3".
 * Pure, any thread.
 */
#pragma once
#include "base/str.h"

/* A day of each year. */
struct zone_day {
    enum { ZONE_DAY_OF_MONTH_WEEK, ZONE_DAY_WITHOUT_LEAP, ZONE_DAY_WITH_LEAP } kind;
    int month, week, weekday; /* the week-th of this weekday (0: Sunday); 5: the last one */
    int day;                  /* of the others: 1 to 365, never 29 February; or 0 to 365 */
    int32_t time_s;           /* of the clock that ends then */
};

struct zone_rule {
    int32_t standard_s, summer_s; /* east of UTC */
    bool has_summer;
    struct zone_day begin, end; /* of summer time */
};

/* False for anything else. */
bool zone_rule_parse(struct str text, struct zone_rule *out);
/* Seconds east of UTC. */
int32_t zone_rule_offset_s(const struct zone_rule *r, int64_t wall_s);
