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
        int64_t read_s;
        assert_true(http_date_parse(str_of(ROWS[i].text), &read_s));
        assert_true(read_s == ROWS[i].now_s);
    }
}

static void what_is_no_date_is_not_read(void **state) {
    static const char *const ROWS[] = {
        "",
        "Sun, 06 Nov 1994 08:49:37 GM",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08-49-37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Now 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 32 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:49:37 GMT",
        "Sun, 06 Nov 1994 08:60:37 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, -6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49: 7 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT", /* RFC 9110 5.6.7: obsolete, both */
        "Sun Nov  6 08:49:37 1994",
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        int64_t read_s = 1;
        if (http_date_parse(str_of(ROWS[i]), &read_s) || read_s != 0)
            fail_msg("%s", ROWS[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_date_has_one_form),
        cmocka_unit_test(what_is_no_date_is_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
