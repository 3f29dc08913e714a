/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

struct row {
    const char *hours;
    int64_t wall_s;
    bool have;
};

#define WORK "Mon-Fri 08:00-18:00 Europe/Berlin"
#define NIGHT "Fri 22:00-06:00 Europe/Berlin"

static const struct row ROWS[] = {
    {WORK, 1774594799, false}, /* Friday, 2026-03-27 07:59:59 */
    {WORK, 1774594800, true},
    {WORK, 1774630799, true},
    {WORK, 1774630800, false}, /* 18:00:00 */
    {WORK, 1774695600, false}, /* Saturday noon */
    {WORK, 1774850400, true},  /* Monday 08:00:00, in summer time by now */
    {WORK, 1774850399, false},
    {NIGHT, 1774645199, false}, /* Friday 21:59:59 */
    {NIGHT, 1774645200, true},
    {NIGHT, 1774673999, true}, /* Saturday 05:59:59 */
    {NIGHT, 1774674000, false},
    {NIGHT, 1774587600, false},                     /* Friday 06:00, of Thursday's night */
    {NIGHT, 1774731600, false},                     /* Saturday 22:00 */
    {"Sat-Mon 00:00-24:00 UTC", 1774828800, true},  /* Monday */
    {"Sat-Mon 00:00-24:00 UTC", 1774915200, false}, /* Tuesday */
    {"Tue,Sun 00:00-24:00 UTC", 1774742400, true},  /* Sunday */
    {"daily 00:00-01:00 UTC", 1774742400, true},
};

static void it_is_that_time_by_the_clock_of_the_place(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct arena a;
        struct config_hours h;
        const char *why = "";
        arena_init(&a, 1 << 16);
        if (!config_hours_parse(&a, str_of(ROWS[i].hours), &h, &why))
            fail_msg("%s: %s", ROWS[i].hours, why);
        if (config_hours_have(&h, ROWS[i].wall_s) != ROWS[i].have)
            fail_msg("%s at %lld", ROWS[i].hours, (long long)ROWS[i].wall_s);
        arena_fini(&a);
    }
}

static void what_is_no_time_is_refused(void **state) {
    static const char *const TEXTS[] = {"",
                                        "Mon",
                                        "Mon 08:00-18:00",
                                        "Mon 08:00-18:00 ",
                                        "Mon 08:00-18:00 Nowhere/City",
                                        "Mon 08:00-18:00 ../UTC",
                                        "Mo 08:00-18:00 UTC",
                                        "Mon- 08:00-18:00 UTC",
                                        "Mon, 08:00-18:00 UTC",
                                        "Mon 8:00-18:00 UTC",
                                        "Mon 08:00 UTC",
                                        "Mon 08:60-18:00 UTC",
                                        "Mon 08:00-24:01 UTC",
                                        "Mon 24:00-08:00 UTC",
                                        "Mon 08:00-08:00 UTC"};
    (void)state;
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        struct arena a;
        struct config_hours h;
        const char *why = NULL;
        arena_init(&a, 1 << 16);
        if (config_hours_parse(&a, str_of(TEXTS[i]), &h, &why) || !why)
            fail_msg("\"%s\" is read", TEXTS[i]);
        arena_fini(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_that_time_by_the_clock_of_the_place),
        cmocka_unit_test(what_is_no_time_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
