/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/date.h"

static void a_date_has_one_form(void **state) {
    static const struct {
        int64_t now_s;
        const char *text;
    } ROWS[] = {
        {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"}, /* RFC 9110 5.6.7 */
        {784111778, "Sun, 06 Nov 1994 08:49:38 GMT"},  {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {1709164800, "Thu, 29 Feb 2024 00:00:00 GMT"}, {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_string_equal(http_date(ROWS[i].now_s).p, ROWS[i].text);
        assert_string_equal(http_date(ROWS[i].now_s).p, ROWS[i].text);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_date_has_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
