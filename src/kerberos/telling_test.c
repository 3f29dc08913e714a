/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/testing.h"

#include "kerberos/telling.h"

#include <stdio.h>

static struct telling t;

static int begin(void **state) {
    (void)state;
    return telling_init(&t) ? 0 : 1;
}

static int end(void **state) {
    (void)state;
    telling_fini(&t);
    return 0;
}

static const char *line(size_t i) { return json_string_value(json_array_get(t.lines, i)); }

static void what_is_told_stands_in_the_object_and_on_a_line(void **state) {
    (void)state;
    tell_text(&t, "name", "name", STR("alice"));
    tell_size(&t, "size", "size", 1234567);
    tell_named(&t, "code", "error", 13, "BADOPTION");
    tell_named(&t, "other", "other", -5, NULL);
    assert_string_equal(line(0), "name: alice");
    assert_string_equal(line(1), "size: 1,234,567 bytes");
    assert_string_equal(line(2), "error: BADOPTION (13)");
    assert_string_equal(line(3), "other: -5");
    assert_string_equal(json_string_value(json_object_get(t.json, "code_name")), "BADOPTION");
    assert_int_equal(json_integer_value(json_object_get(t.json, "size")), 1234567);
}

static void lines_of_an_object_are_indented_below_its_label(void **state) {
    (void)state;
    tell_begin(&t, "ticket", "ticket");
    tell_int(&t, "kvno", "kvno", 3);
    tell_end(&t);
    tell_item(&t, "list", "one", STR("more"));
    tell_bool(&t, "is_it", "it is", true);
    tell_end(&t);
    tell_entry(&t, "names", STR("a"));
    tell_entry(&t, "names", STR("b"));
    assert_string_equal(line(0), "ticket:");
    assert_string_equal(line(1), "  kvno: 3");
    assert_string_equal(line(2), "one: more");
    assert_string_equal(line(3), "  it is: yes");
    char *text = json_dumps(t.json, JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(
        text, "{\"list\":[{\"is_it\":true}],\"names\":[\"a\",\"b\"],\"ticket\":{\"kvno\":3}}");
    free(text);
}

static void bits_without_a_word_are_told_as_numbers(void **state) {
    static const struct bit_word WORDS[] = {{1, "one"}, {4, "four"}};
    (void)state;
    tell_bits(&t, "bits", "bits", 0x15, WORDS, 2);
    tell_bits(&t, "none", "none", 0, WORDS, 2);
    assert_string_equal(line(0), "bits: one, four, 0x10 (0x15)");
    assert_string_equal(line(1), "none: none");
    assert_int_equal(json_array_size(json_object_get(t.json, "bits")), 3);
}

static void what_is_no_utf8_is_made_so_and_what_is_long_is_cut(void **state) {
    char text[4 * TELLING_TEXT_MAX];
    (void)state;
    memset(text, 'x', sizeof text);
    tell_text(&t, "bad", "bad", str_n("a\xff\0b", 4));
    tell_text(&t, "long", "long", str_n(text, sizeof text));
    assert_string_equal(line(0), "bad: a\\xff\\x00b");
    assert_true(strlen(line(1)) < TELLING_TEXT_MAX + 16);
    assert_true(str_ends(str_of(line(1)), STR("xx...")));
}

static void too_much_is_left_out_and_said_to_be(void **state) {
    (void)state;
    for (unsigned i = 0; i < TELLING_MOST + 100; i++)
        tell_int(&t, "n", "n", i);
    assert_int_equal(json_array_size(t.lines), TELLING_MOST + 1);
    assert_string_equal(line(TELLING_MOST), "... and more, which is left out");
}

static void depth_has_an_end_that_hurts_nobody(void **state) {
    (void)state;
    for (unsigned i = 0; i < 3 * TELLING_DEPTH_MAX; i++)
        tell_begin(&t, "deeper", "deeper");
    tell_int(&t, "n", "n", 1);
    for (unsigned i = 0; i < 3 * TELLING_DEPTH_MAX; i++)
        tell_end(&t);
    tell_int(&t, "top", "top", 1);
    assert_int_equal(t.depth, 0);
    assert_int_equal(json_integer_value(json_object_get(t.json, "top")), 1);
}

static void a_line_break_makes_no_second_line(void **state) {
    (void)state;
    struct buf out;
    buf_init(&out, 256);
    tell_text(&t, "name", "name", STR("alice\nverdict: fine"));
    tell_int(&t, "n", "n", 1);
    telling_lines(&out, &t, "    ");
    assert_true(str_eq(buf_str(&out), STR("    name: alice\\x0averdict: fine\n    n: 1\n")));
    buf_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_told_stands_in_the_object_and_on_a_line, begin,
                                        end),
        cmocka_unit_test_setup_teardown(lines_of_an_object_are_indented_below_its_label, begin,
                                        end),
        cmocka_unit_test_setup_teardown(bits_without_a_word_are_told_as_numbers, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_utf8_is_made_so_and_what_is_long_is_cut, begin,
                                        end),
        cmocka_unit_test_setup_teardown(too_much_is_left_out_and_said_to_be, begin, end),
        cmocka_unit_test_setup_teardown(depth_has_an_end_that_hurts_nobody, begin, end),
        cmocka_unit_test_setup_teardown(a_line_break_makes_no_second_line, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
