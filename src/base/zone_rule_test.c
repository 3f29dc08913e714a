/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct row {
    const char *rule;
    int64_t wall_s;
    int32_t offset_s;
};

#define BERLIN "CET-1CEST,M3.5.0,M10.5.0/3"
#define SYDNEY "AEST-10AEDT,M10.1.0,M4.1.0/3"

/* The times are those of `date -d`. */
static const struct row ROWS[] = {
    {"UTC0", 1790000000, 0},
    {"<-03>3", 1790000000, -10800},
    {"<+0530>-5:30", 1790000000, 19800},
    {BERLIN, 1774745999, 3600}, /* 2026-03-29 01:59:59 */
    {BERLIN, 1774746000, 7200},
    {BERLIN, 1792889999, 7200}, /* 2026-10-25 02:59:59 */
    {BERLIN, 1792890000, 3600},
    {BERLIN, 1798758000, 3600},  /* the last hour of 2026 in UTC is another year there */
    {SYDNEY, 1775318399, 39600}, /* 2026-04-05 02:59:59 */
    {SYDNEY, 1775318400, 36000},
    {SYDNEY, 1791043199, 36000}, /* 2026-10-04 01:59:59 */
    {SYDNEY, 1791043200, 39600},
    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1774745999, -7200}, /* Nuuk: before midnight */
    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 1774746000, -3600},
    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 1798761600, 39600}, /* half an hour */
    {"EST5EDT,J60,J300", 1772348399, -18000}, /* J60 is the first of March, in a leap year too */
    {"EST5EDT,J60,J300", 1772348400, -14400},
    {"EST5EDT,J60,J300", 1835506799, -18000}, /* 2028-03-01 01:59:59 */
    {"EST5EDT,J60,J300", 1835506800, -14400},
    {"EST5EDT,59,300", 1835420400, -14400}, /* 2028-02-29 02:00:00 */
};

static void the_clock_is_that_of_the_rule(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct zone_rule rule;
        if (!zone_rule_parse(str_of(ROWS[i].rule), &rule))
            fail_msg("%s is not read", ROWS[i].rule);
        int32_t offset = zone_rule_offset_s(&rule, ROWS[i].wall_s);
        if (offset != ROWS[i].offset_s)
            fail_msg("%s at %lld: %d", ROWS[i].rule, (long long)ROWS[i].wall_s, offset);
    }
}

static void what_is_no_rule_is_refused(void **state) {
    static const char *const TEXTS[] = {"",
                                        "CET",
                                        "C-1",
                                        "CET-1CEST",
                                        "CET-1CEST,M3.5.0",
                                        "CET-25",
                                        "CET-1:60",
                                        "<CET-1",
                                        "<>1",
                                        "CET-1CEST,M13.5.0,M10.5.0",
                                        "CET-1CEST,M3.6.0,M10.5.0",
                                        "CET-1CEST,M3.5.7,M10.5.0",
                                        "CET-1CEST,J0,J1",
                                        "CET-1CEST,366,1",
                                        "CET-1CEST,M3.5.0/168,M10.5.0",
                                        "CET-1CEST,M3.5.0,M10.5.0 ",
                                        "CET-1,M3.5.0,M10.5.0"};
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        struct zone_rule rule;
        if (zone_rule_parse(str_of(TEXTS[i]), &rule))
            fail_msg("%s is read", TEXTS[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_clock_is_that_of_the_rule),
        cmocka_unit_test(what_is_no_rule_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
