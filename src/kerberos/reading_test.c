/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/testing.h"

#include "kerberos/reading.h"

#include <stdio.h>

struct row {
    const char *name;
    struct str in;
    const char *wrong; /* "" : nothing is */
    bool is_read, is_cut;
};

/* An element with an element in it, read to its end. */
static const struct row ROWS[] = {
    {"whole", STR("\x30\x03\x02\x01\x07"), "", true, false},
    {"nothing", STR(""), "the outer is missing", false, false},
    {"only a tag", STR("\x30"), "the outer ends after 1 byte of its head", false, true},
    {"half a length", STR("\x30\x82\x01"), "the outer ends after 3 bytes of its head", false, true},
    {"cut", STR("\x30\x05\x02\x01\x07"), "the outer ends after 5 of 7 bytes", true, true},
    {"cut in the inner", STR("\x30\x03\x02\x01"), "the outer ends after 4 of 5 bytes", true, true},
    {"cut before the inner", STR("\x30\x03"), "the outer ends after 2 of 5 bytes", false, true},
    {"long form", STR("\x30\x81\x03\x02\x01\x07"), "", true, false},
    {"indefinite", STR("\x30\x80\x02\x01\x07\0\0"),
     "the outer at byte 0 has an indefinite length, which DER forbids", false, false},
    {"five octets of length", STR("\x30\x85\0\0\0\0\1\2"),
     "the outer at byte 0 has a length of too many octets", false, false},
    {"another tag", STR("\x31\x03\x02\x01\x07"),
     "the outer at byte 0 begins with 0x31, not with 0x30", false, false},
    {"a tag of several octets", STR("\x1f\x03\x02\x01\x07"),
     "the outer at byte 0 begins with 0x1f, not with 0x30", false, false},
    {"inner over the outer's end", STR("\x30\x03\x02\x05\x07\x05\0"),
     "the inner at byte 2 claims 7 bytes where 3 are left", false, false},
    {"something behind", STR("\x30\x03\x02\x01\x07\x05\0"),
     "2 bytes that do not belong to it follow the outer", true, false},
    {"one byte behind", STR("\x30\x03\x02\x01\x07\x05"),
     "1 byte that does not belong to it follows the outer", true, false},
};

static void what_is_wrong_is_said_with_its_place(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct row *row = &ROWS[i];
        struct reading r = reading_of(row->in);
        struct str outer, inner, rest = row->in;
        bool is_read = reading_expect(&r, &rest, 0x30, &outer, "the outer") &&
                       reading_expect(&r, &outer, 0x02, &inner, "the inner");
        if (is_read)
            reading_end(&r, rest, "the outer");
        if (is_read != row->is_read || r.is_cut != row->is_cut || strcmp(r.wrong, row->wrong) != 0)
            fail_msg("%s: \"%s\", %d, %d", row->name, r.wrong, is_read, r.is_cut);
    }
}

static void a_field_that_may_be_missing_says_nothing(void **state) {
    struct str in = STR("\xa1\x03\x02\x01\x07"), rest = in;
    struct reading r = reading_of(in);
    int64_t value;
    (void)state;
    assert_false(reading_number(&r, &rest, 0, 0x02, &value, "zero"));
    assert_true(reading_number(&r, &rest, 1, 0x02, &value, "one"));
    assert_int_equal(value, 7);
    assert_false(reading_number(&r, &rest, 2, 0x02, &value, "two"));
    assert_string_equal(r.wrong, "");
}

static void a_number_that_is_none_is_wrong(void **state) {
    struct str in = STR("\xa1\x0b\x02\x09\1\1\1\1\1\1\1\1\1"), rest = in;
    struct reading r = reading_of(in);
    int64_t value;
    (void)state;
    assert_false(reading_number(&r, &rest, 1, 0x02, &value, "one"));
    assert_string_equal(r.wrong, "one is a number of 9 bytes");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_wrong_is_said_with_its_place),
        cmocka_unit_test(a_field_that_may_be_missing_says_nothing),
        cmocka_unit_test(a_number_that_is_none_is_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
