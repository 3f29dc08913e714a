/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "directory/filter.h"

static void what_has_a_meaning_in_filters_is_escaped(void **state) {
    (void)state;
    static const struct {
        struct str value;
        const char *filter;
    } ROWS[] = {
        {{"alice", 5}, "(cn=alice)"},
        {{"O'Neill & Co. #1", 16}, "(cn=O'Neill & Co. #1)"},
        {{"*", 1}, "(cn=\\2a)"},
        {{"x)(objectClass=*", 16}, "(cn=x\\29\\28objectClass=\\2a)"},
        {{"a\\2a", 4}, "(cn=a\\5c2a)"},
        {{"a\0b", 3}, "(cn=a\\00b)"},
        {{"\xc3\xa4\n\x7f", 4}, "(cn=\\c3\\a4\\0a\\7f)"},
        {{"", 0}, "(cn=)"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct buf out;
        buf_init(&out, 256);
        filter_equals(&out, "cn", ROWS[i].value);
        buf_add_byte(&out, 0);
        assert_string_equal(buf_str(&out).p, ROWS[i].filter);
        buf_fini(&out);
    }
}

static void the_star_is_ours_alone(void **state) {
    (void)state;
    struct buf out;
    buf_init(&out, 256);
    filter_begins(&out, "cn", STR("HTTP/w*"));
    filter_contains(&out, "cn", STR("/web)"));
    assert_true(str_eq(buf_str(&out), STR("(cn=HTTP/w\\2a*)(cn=*/web\\29*)")));
    buf_fini(&out);
}

static void a_sid_is_searched_as_its_bytes(void **state) {
    (void)state;
    struct buf out;
    struct sid sid;
    buf_init(&out, 256);
    assert_true(sid_parse(STR("S-1-5-32-544"), &sid));
    filter_equals_sid(&out, "objectSid", &sid);
    buf_add_byte(&out, 0);
    assert_string_equal(buf_str(&out).p, "(objectSid=\\01\\02\\00\\00\\00\\00\\00\\05"
                                         "\\20\\00\\00\\00\\20\\02\\00\\00)");
    buf_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_has_a_meaning_in_filters_is_escaped),
        cmocka_unit_test(the_star_is_ours_alone),
        cmocka_unit_test(a_sid_is_searched_as_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
