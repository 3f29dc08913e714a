/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void texts_are_compared_by_length_and_bytes(void **state) {
    (void)state;
    static const struct {
        struct str a, b;
        bool is_equal, is_equal_ci;
    } ROWS[] = {
        {STR("abc"), STR("abc"), true, true},
        {STR("abc"), STR("ABC"), false, true},
        {STR("abc"), STR("ab"), false, false},
        {STR("a\0b"), STR("a\0c"), false, false},
        {STR(""), STR_NONE, true, true},
        {STR_NONE, STR_NONE, true, true},
        {STR("\xc3\xa4"), STR("\xc3\x84"), false, false},
        {STR("[z"), STR("{z"), false, false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_int_equal(str_eq(ROWS[i].a, ROWS[i].b), ROWS[i].is_equal);
        assert_int_equal(str_eq_ci(ROWS[i].a, ROWS[i].b), ROWS[i].is_equal_ci);
    }
    assert_true(str_starts(STR("abc"), STR("ab")) && str_starts(STR("abc"), STR("")));
    assert_false(str_starts(STR("ab"), STR("abc")));
    assert_true(str_ends(STR("abc"), STR("bc")) && str_ends_ci(STR("abC"), STR("Bc")));
    assert_false(str_ends(STR("c"), STR("bc")));
}

static void a_text_is_cut_into_parts(void **state) {
    (void)state;
    static const struct {
        struct str text;
        size_t count;
        const char *joined;
    } ROWS[] = {
        {STR("a,b,c"), 3, "a|b|c|"}, {STR(""), 1, "|"},       {STR(","), 2, "||"},
        {STR("a,"), 2, "a||"},       {STR(",,a"), 3, "||a|"}, {STR("one"), 1, "one|"},
        {STR_NONE, 0, ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char joined[32] = "";
        size_t used = 0, count = 0;
        struct str rest = ROWS[i].text, part;
        while (str_split(&rest, ',', &part)) {
            if (part.n)
                memcpy(joined + used, part.p, part.n);
            used += part.n;
            joined[used++] = '|';
            count++;
        }
        assert_int_equal(count, ROWS[i].count);
        assert_string_equal(joined, ROWS[i].joined);
    }
}

static void pieces_stay_inside(void **state) {
    (void)state;
    struct str s = STR("abc");
    assert_int_equal(str_from(s, 9).n, 0);
    assert_int_equal(str_head(s, 9).n, 3);
    assert_int_equal(str_index(s, 'x'), 3);
    assert_int_equal(str_index(STR_NONE, 'x'), 0);
    assert_true(str_eq(str_trim(STR(" \t a b\t ")), STR("a b")));
    assert_int_equal(str_trim(STR(" \t ")).n, 0);
    assert_true(str_eq(str_trim(STR("\na\r")), STR("\na\r")));
}

static void numbers_are_digits_alone_and_never_overflow(void **state) {
    (void)state;
    static const struct {
        struct str text;
        uint64_t max, value;
        bool is_number;
    } ROWS[] = {
        {STR("0"), 9, 0, true},
        {STR("9"), 9, 9, true},
        {STR("10"), 9, 0, false},
        {STR("007"), 9, 7, true},
        {STR(""), 9, 0, false},
        {STR("-1"), 9, 0, false},
        {STR("+1"), 9, 0, false},
        {STR(" 1"), 9, 0, false},
        {STR("1 "), 9, 0, false},
        {STR("1a"), 99, 0, false},
        {STR("1\0"), 99, 0, false},
        {STR("5"), 0, 0, false},
        {STR("18446744073709551615"), UINT64_MAX, UINT64_MAX, true},
        {STR("18446744073709551616"), UINT64_MAX, 0, false},
        {STR("99999999999999999999999"), UINT64_MAX, 0, false},
        {STR("9223372036854775808"), INT64_MAX, 0, false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        uint64_t value = 77;
        if (str_to_u64(ROWS[i].text, ROWS[i].max, &value) != ROWS[i].is_number ||
            value != ROWS[i].value)
            fail_msg("%.*s", STR_ARG(ROWS[i].text));
    }
}

static void a_star_stands_for_any_run(void **state) {
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool fits;
    } ROWS[] = {
        {"HTTP/*.corp.example", "http/web.corp.example", true},
        {"HTTP/*.corp.example", "HTTP/.corp.example", true},
        {"HTTP/*.corp.example", "HTTP/corp.example", false},
        {"HTTP/*.corp.example", "HTTP/web.corp.example.evil", false},
        {"HTTP/*.corp.example", "xHTTP/web.corp.example", false},
        {"*", "", true},
        {"*", "anything", true},
        {"a*a", "a", false},
        {"a*a", "aa", true},
        {"abc", "ABC", true},
        {"abc", "abcd", false},
        {"", "", true},
        {"", "a", false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (str_glob_ci(str_of(ROWS[i].pattern), str_of(ROWS[i].text)) != ROWS[i].fits)
            fail_msg("%s, %s", ROWS[i].pattern, ROWS[i].text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_are_compared_by_length_and_bytes),
        cmocka_unit_test(a_text_is_cut_into_parts),
        cmocka_unit_test(pieces_stay_inside),
        cmocka_unit_test(numbers_are_digits_alone_and_never_overflow),
        cmocka_unit_test(a_star_stands_for_any_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
