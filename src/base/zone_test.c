/* SPDX-License-Identifier: Apache-2.0 */
#include "base/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* One change, in 2026, from an hour to two; then none, or as the footer says. */
#define HEAD(times, types, chars)                                                                  \
    "TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" times "\0\0\0" types       \
    "\0\0\0" chars
#define V1 HEAD("\0", "\1", "\4") "\0\0\0\0\0\0UTC\0"
#define V2 HEAD("\1", "\2", "\4")
#define CHANGE "\0\0\0\0\x69\xc8\x81\x90\1"
#define TYPES "\0\0\x0e\x10\0\0\0\0\x1c\x20\1\0CET\0"

struct file {
    const char *description;
    struct str bytes;
    bool is_fine;
};

static const struct file FILES[] = {
    {"a change and a footer", STR(V1 V2 CHANGE TYPES "\nCET-1\n"), true},
    {"a change and an empty footer", STR(V1 V2 CHANGE TYPES "\n\n"), true},
    {"nothing", STR(""), false},
    {"no footer", STR(V1 V2 CHANGE TYPES), false},
    {"a footer without an end", STR(V1 V2 CHANGE TYPES "\nCET-1"), false},
    {"a footer that is no rule", STR(V1 V2 CHANGE TYPES "\nCET\n"), false},
    {"cut off", STR(V1 V2 CHANGE), false},
    {"a type that is not there", STR(V1 V2 "\0\0\0\0\x69\xc8\x81\x90\2" TYPES "\n\n"), false},
    {"an offset of a month", STR(V1 V2 CHANGE "\x7f\0\x0e\x10\0\0\0\0\x1c\x20\1\0CET\0\n\n"),
     false},
    {"the first version alone", STR("TZif\0" V1), false},
};

static void what_is_no_file_of_a_zone_is_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        struct arena a;
        struct zone z;
        arena_init(&a, 1 << 16);
        if (zone_parse(&a, FILES[i].bytes, &z) != FILES[i].is_fine)
            fail_msg("%s", FILES[i].description);
        arena_fini(&a);
    }
}

static void the_clock_is_that_of_the_file_and_then_of_the_footer(void **state) {
    struct arena a;
    struct zone z;
    (void)state;
    arena_init(&a, 1 << 16);
    assert_true(zone_parse(&a, STR(V1 V2 CHANGE TYPES "\n\n"), &z));
    assert_int_equal(zone_offset_s(&z, 0x69c88190 - 1), 3600);
    assert_int_equal(zone_offset_s(&z, 0x69c88190), 7200);
    assert_true(zone_parse(&a, STR(V1 V2 CHANGE TYPES "\nCET-1\n"), &z));
    assert_int_equal(zone_offset_s(&z, 0x69c88190), 3600);
    arena_fini(&a);
}

static void a_zone_is_found_by_its_name_and_no_other_file_is(void **state) {
    static const char *const NAMES[] = {"",
                                        "Europe",
                                        "Europe/Nowhere",
                                        "../zoneinfo/UTC",
                                        "/usr/share/zoneinfo/UTC",
                                        "a\nb",
                                        "zone1970.tab",
                                        "Europe//Berlin",
                                        "UTC/"};
    struct arena a;
    const char *why;
    (void)state;
    arena_init(&a, 1 << 20);
    const struct zone *berlin = zone_load(&a, STR("Europe/Berlin"), &why);
    if (!berlin)
        fail_msg("%s", why);
    assert_int_equal(zone_offset_s(berlin, 1774745999), 3600); /* 2026-03-29 */
    assert_int_equal(zone_offset_s(berlin, 1774746000), 7200);
    assert_int_equal(zone_offset_s(berlin, 4102444800), 3600); /* 2100-01-01 */
    assert_int_equal(zone_offset_s(berlin, 4118083200), 7200); /* 2100-07-01 */
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (zone_load(&a, str_of(NAMES[i]), &why))
            fail_msg("%s", NAMES[i]);
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_no_file_of_a_zone_is_refused),
        cmocka_unit_test(the_clock_is_that_of_the_file_and_then_of_the_footer),
        cmocka_unit_test(a_zone_is_found_by_its_name_and_no_other_file_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
