/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "directory/attribute.h"

typedef bool read_value(struct str value, int64_t *out);

static void values_are_read_as_the_directory_means_them(void **state) {
    (void)state;
    static const struct {
        read_value *read;
        const char *value;
        bool is_read;
        int64_t is;
    } ROWS[] = {
        {attribute_int, "66048", true, 66048},
        {attribute_int, "-2147483646", true, -2147483646},
        {attribute_int, "-9223372036854775808", true, INT64_MIN},
        {attribute_int, "9223372036854775807", true, INT64_MAX},
        {attribute_int, "9223372036854775808", false, 0},
        {attribute_int, "", false, 0},
        {attribute_int, "-", false, 0},
        {attribute_int, "0x10", false, 0},
        {attribute_time, "19700101000000.0Z", true, 0},
        {attribute_time, "20261129190229.0Z", true, 1795978949},
        {attribute_time, "20240229000000Z", true, 1709164800},
        {attribute_time, "20230229000000Z", false, 0},
        {attribute_time, "20261301000000.0Z", false, 0},
        {attribute_time, "20260001000000.0Z", false, 0},
        {attribute_time, "20261129190229", false, 0},
        {attribute_time, "20261129190229.0+0100", false, 0},
        {attribute_time, "", false, 0},
        {attribute_file_time, "0", true, 0},
        {attribute_file_time, "116444736000000000", true, 0},
        {attribute_file_time, "132000000000000000", true, 1555526400},
        {attribute_file_time, "9223372036854775807", false, 0},
        {attribute_file_time, "-1", false, 0},
        {attribute_interval, "-36288000000000", true, 3628800},
        {attribute_interval, "-9223372036854775808", true, 0},
        {attribute_interval, "0", true, 0},
        {attribute_interval, "soon", false, 0},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        int64_t out = 7;
        bool is_read = ROWS[i].read(str_of(ROWS[i].value), &out);
        if (is_read != ROWS[i].is_read || out != ROWS[i].is)
            fail_msg("row %zu, %s: %d, %lld", i, ROWS[i].value, is_read, (long long)out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_read_as_the_directory_means_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
