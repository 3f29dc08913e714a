/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config/color.h"

static void a_color_is_six_or_three_digits(void **state) {
    static const struct {
        const char *text;
        int64_t expected; /* -1: it is none */
    } ROWS[] = {
        {"#1f5fa8", 0x1f5fa8}, {"#ABCDEF", 0xabcdef}, {"#fa0", 0xffaa00}, {"", -1},    {"#", -1},
        {"1f5fa8", -1},        {"#1f5fa", -1},        {"#1f5fa8f", -1},   {"red", -1}, {"#xyz", -1},
        {"#12345g", -1},       {"#1;}", -1},          {"rgb(1,2,3)", -1}};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const char *why;
        uint32_t color;
        bool is_one = parse_color(str_of(ROWS[i].text), &color, &why);
        if (is_one != (ROWS[i].expected >= 0) || (is_one && color != (uint32_t)ROWS[i].expected))
            fail_msg("%s", ROWS[i].text);
    }
}

static void contrast_is_as_wcag_counts_it(void **state) {
    static const struct {
        uint32_t a, b;
        unsigned expected;
    } ROWS[] = {{0x000000, 0xffffff, 2100}, {0xffffff, 0x000000, 2100}, {0x123456, 0x123456, 100},
                {0x777777, 0xffffff, 447},  {0x767676, 0xffffff, 454},  {0xff0000, 0xffffff, 399},
                {0x0000ff, 0xffffff, 859},  {0x1f5fa8, 0xffffff, 644}};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (color_contrast(ROWS[i].a, ROWS[i].b) != ROWS[i].expected)
            fail_msg("%06x on %06x: %u", ROWS[i].a, ROWS[i].b,
                     color_contrast(ROWS[i].a, ROWS[i].b));
}

static void a_mixture_is_between(void **state) {
    (void)state;
    assert_int_equal(color_mix(0xff0000, 0x0000ff, 100), 0xff0000);
    assert_int_equal(color_mix(0xff0000, 0x0000ff, 0), 0x0000ff);
    assert_int_equal(color_mix(0xffffff, 0x000000, 50), 0x7f7f7f);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_color_is_six_or_three_digits),
        cmocka_unit_test(contrast_is_as_wcag_counts_it),
        cmocka_unit_test(a_mixture_is_between),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
