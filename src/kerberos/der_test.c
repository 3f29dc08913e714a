/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/testing.h"

struct row {
    const char *description;
    struct str in;
    bool is_read;
    uint8_t tag;
    size_t length, left;
};

static void elements_are_read_or_refused(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {"nothing", {"", 0}, false, 0, 0, 0},
        {"a tag alone", {"\x30", 1}, false, 0, 0, 1},
        {"an empty element", {"\x30\x00", 2}, true, 0x30, 0, 0},
        {"with something behind", {"\x04\x01xyz", 5}, true, 4, 1, 2},
        {"one byte short", {"\x04\x03xy", 4}, false, 0, 0, 4},
        {"tag of several octets", {"\x1f\x01\x00", 3}, false, 0, 0, 3},
        {"the same, of a context", {"\xbf\x01\x00", 3}, false, 0, 0, 3},
        {"indefinite", {"\x30\x80\x00\x00", 4}, false, 0, 0, 4},
        {"long form without need", {"\x04\x81\x01x", 4}, false, 0, 0, 4},
        {"127 in long form", {"\x04\x81\x7f", 3}, false, 0, 0, 3},
        {"leading zero", {"\x04\x82\x00\x80", 4}, false, 0, 0, 4},
        {"length cut off", {"\x04\x82\x01", 3}, false, 0, 0, 3},
        {"length of five octets", {"\x04\x85\x01\x00\x00\x00\x00", 7}, false, 0, 0, 7},
        {"length of 2^32 - 1", {"\x04\x84\xff\xff\xff\xffxyz", 9}, false, 0, 0, 9},
        {"length octet 0xff", {"\x04\xff", 2}, false, 0, 0, 2},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct row *row = &ROWS[i];
        struct str rest = row->in, content = STR("left over");
        uint8_t tag = 99;
        bool is_read = der_read(&rest, &tag, &content);
        if (is_read != row->is_read || tag != row->tag || content.n != row->length ||
            rest.n != row->left)
            fail_msg("%s: %d, tag %02x, %zu bytes, %zu left", row->description, is_read, tag,
                     content.n, rest.n);
    }
}

static void an_unexpected_tag_moves_nothing(void **state) {
    (void)state;
    struct str rest = STR("\x02\x01\x05"), content = STR("left over");
    assert_false(der_expect(&rest, 0x04, &content));
    assert_int_equal(rest.n, 3);
    assert_int_equal(content.n, 0);
    assert_true(der_expect(&rest, 0x02, &content));
    assert_int_equal(rest.n, 0);
}

static void integers_have_a_sign_and_fit_64_bits(void **state) {
    (void)state;
    static const struct {
        struct str in;
        bool fits;
        int64_t value;
    } ROWS[] = {
        {{"", 0}, false, 0},
        {{"\x00", 1}, true, 0},
        {{"\x7f", 1}, true, 127},
        {{"\x80", 1}, true, -128},
        {{"\xff", 1}, true, -1},
        {{"\x00\x80", 2}, true, 128},
        {{"\xff\x7f", 2}, true, -129},
        {{"\x7f\xff\xff\xff\xff\xff\xff\xff", 8}, true, INT64_MAX},
        {{"\x80\x00\x00\x00\x00\x00\x00\x00", 8}, true, INT64_MIN},
        {{"\x00\x80\x00\x00\x00\x00\x00\x00\x00", 9}, false, 0},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        int64_t value = 99;
        assert_int_equal(der_int(ROWS[i].in, &value), ROWS[i].fits);
        assert_true(value == ROWS[i].value);
    }
}

static void what_is_written_reads_back_at_every_width_of_length(void **state) {
    (void)state;
    static const size_t SIZES[] = {0, 1, 127, 128, 255, 256, 65535, 65536, 300000};
    static const size_t OVERHEADS[] = {2, 2, 2, 3, 3, 4, 4, 5, 5};
    static char content[300000];
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        static char memory[sizeof content + 5];
        struct der_writer w = der_writer(memory, sizeof memory);
        struct str found;
        uint8_t tag;
        der_put(&w, str_n(content, SIZES[i]));
        der_wrap(&w, 0x60, 0);
        assert_false(w.failed);
        struct str rest = der_written(&w);
        assert_int_equal(rest.n, SIZES[i] + OVERHEADS[i]);
        assert_true(der_read(&rest, &tag, &found));
        assert_int_equal(tag, 0x60);
        assert_int_equal(found.n, SIZES[i]);
        assert_int_equal(rest.n, 0);
    }
}

static void integers_are_written_in_the_fewest_octets(void **state) {
    (void)state;
    static const struct {
        int64_t value;
        struct str out;
    } ROWS[] = {
        {0, {"\x02\x01\x00", 3}},
        {127, {"\x02\x01\x7f", 3}},
        {128, {"\x02\x02\x00\x80", 4}},
        {256, {"\x02\x02\x01\x00", 4}},
        {-1, {"\x02\x01\xff", 3}},
        {-128, {"\x02\x01\x80", 3}},
        {-129, {"\x02\x02\xff\x7f", 4}},
        {INT64_MAX, {"\x02\x08\x7f\xff\xff\xff\xff\xff\xff\xff", 10}},
        {INT64_MIN, {"\x02\x08\x80\x00\x00\x00\x00\x00\x00\x00", 10}},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char memory[16];
        struct der_writer w = der_writer(memory, sizeof memory);
        der_put_int(&w, ROWS[i].value);
        assert_true(str_eq(der_written(&w), ROWS[i].out));
    }
}

static void what_stands_behind_stays_outside(void **state) {
    (void)state;
    char memory[32];
    struct der_writer w = der_writer(memory, sizeof memory);
    der_put(&w, STR("behind"));
    der_put_int_field(&w, 2, 5);
    assert_true(str_eq(der_written(&w), STR("\xa2\x03\x02\x01\x05"
                                            "behind")));
}

static void what_does_not_fit_is_told(void **state) {
    (void)state;
    char memory[4];
    for (size_t size = 0; size < 5; size++) {
        struct der_writer w = der_writer(memory, sizeof memory);
        der_put(&w, str_n("abcd", size));
        der_wrap(&w, 0x04, 0);
        assert_int_equal(w.failed, size > 2);
        der_put(&w, STR("")); /* and stays told */
        assert_int_equal(w.failed, size > 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_are_read_or_refused),
        cmocka_unit_test(an_unexpected_tag_moves_nothing),
        cmocka_unit_test(integers_have_a_sign_and_fit_64_bits),
        cmocka_unit_test(what_is_written_reads_back_at_every_width_of_length),
        cmocka_unit_test(integers_are_written_in_the_fewest_octets),
        cmocka_unit_test(what_stands_behind_stays_outside),
        cmocka_unit_test(what_does_not_fit_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
