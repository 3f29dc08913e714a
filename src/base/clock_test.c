/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_time_is_written_as_rfc_3339_says(void **state) {
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } ROWS[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {1, "1970-01-01T00:00:00.001Z"},
        {951827696789, "2000-02-29T12:34:56.789Z"},
        {4102444799999, "2099-12-31T23:59:59.999Z"},
        {4102444800000, "2100-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {-1000, "1969-12-31T23:59:59.000Z"},
        {-1001, "1969-12-31T23:59:58.999Z"},
        {-62135596800000, "0001-01-01T00:00:00.000Z"},
        {-62167219200000, "0000-01-01T00:00:00.000Z"},
        {-62167219200001, "0000-01-01T00:00:00.000Z"},
        {INT64_MIN, "0000-01-01T00:00:00.000Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
        {253402300800000, "9999-12-31T23:59:59.999Z"},
        {INT64_MAX, "9999-12-31T23:59:59.999Z"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char text[CLOCK_ISO_SIZE];
        clock_iso(ROWS[i].ms, text);
        assert_string_equal(text, ROWS[i].text);
    }
}

static void the_clocks_agree_with_themselves(void **state) {
    (void)state;
    int64_t mono = clock_mono_us(), wall = clock_wall_ms();
    assert_true(clock_mono_us() >= mono);
    int64_t tick = clock_mono_tick_us(), behind = clock_mono_us();
    assert_in_range(tick, mono - CLOCK_TICK_US, behind);
    /* It may be of the tick before the second that `wall` has just reached. */
    assert_in_range(clock_wall_s(), (wall - CLOCK_TICK_US / 1000) / 1000, wall / 1000 + 60);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_time_is_written_as_rfc_3339_says),
        cmocka_unit_test(the_clocks_agree_with_themselves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
