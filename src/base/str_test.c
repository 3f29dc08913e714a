/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <limits.h>
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
        {STR("Content-Length"), STR("content-length"), false, true},
        {STR("content-lengtH"), STR("content-length"), false, true},
        {STR("content-lengtx"), STR("content-length"), false, false},
        {STR("content-Transfer"), STR("content-transfeR"), false, true},
        {STR("content-transfer"), STR("content-transfes"), false, false},
        {STR("kontent-transfer"), STR("content-transfer"), false, false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_int_equal(str_eq(ROWS[i].a, ROWS[i].b), ROWS[i].is_equal);
        assert_int_equal(str_eq_ci(ROWS[i].a, ROWS[i].b), ROWS[i].is_equal_ci);
    }
    assert_true(str_starts(STR_NONE, STR_NONE) && str_ends(STR_NONE, STR_NONE));
    assert_true(str_ends(STR("abc"), STR_NONE) && str_ends_ci(STR_NONE, STR("")));
    assert_false(str_starts(STR_NONE, STR("a")) || str_ends_ci(STR_NONE, STR("a")));
    assert_false(str_ends(STR("abC"), STR("bc")) || str_starts(STR("Abc"), STR("ab")));
    assert_true(str_starts(STR("abc"), STR("ab")) && str_starts(STR("abc"), STR("")));
    assert_false(str_starts(STR("ab"), STR("abc")));
    assert_true(str_ends(STR("abc"), STR("bc")) && str_ends_ci(STR("abC"), STR("Bc")));
    assert_false(str_ends(STR("c"), STR("bc")));
}

static void a_text_is_found_in_another(void **state) {
    (void)state;
    static const struct {
        struct str text, part;
        bool is_there;
        size_t at;
    } ROWS[] = {
        {STR("abcbc"), STR("bc"), true, 1}, {STR("abc"), STR("abc"), true, 0},
        {STR("abc"), STR("c"), true, 2},    {STR("abc"), STR(""), true, 0},
        {STR_NONE, STR_NONE, true, 0},      {STR("abc"), STR("abcd"), false, 0},
        {STR("abc"), STR("B"), false, 0},   {STR_NONE, STR("a"), false, 0},
        {STR("a\0b"), STR("\0b"), true, 1},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        size_t at;
        assert_int_equal(str_find(ROWS[i].text, ROWS[i].part, &at), ROWS[i].is_there);
        assert_true(!ROWS[i].is_there || at == ROWS[i].at);
    }
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
    assert_int_equal(str_trim(STR_NONE).n, 0);
    assert_int_equal(str_from(STR_NONE, 9).n + str_head(STR_NONE, 9).n, 0);
    assert_true(str_eq(str_trim(STR(" \0 ")), STR("\0")));
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
        {STR("0"), 0, 0, true},
        {STR("00000000000000000000000000000000000001"), 1, 1, true},
        {STR("65535"), 65535, 65535, true},
        {STR("65536"), 65535, 0, false},
        {STR("0x10"), 99, 0, false},
        {STR("\xd9\xa1"), 99, 0, false},
        {STR_NONE, 9, 0, false},
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
        {"a*", "A", true},
        {"*a", "bA", true},
        {"*a", "ab", false},
        {"ab*ba", "aba", false},
        {"a**", "ab*", true},
        {"a**", "ab", false},
        {"a?", "ab", false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (str_glob_ci(str_of(ROWS[i].pattern), str_of(ROWS[i].text)) != ROWS[i].fits)
            fail_msg("%s, %s", ROWS[i].pattern, ROWS[i].text);
}

static void a_character_is_what_rfc_3629_says(void **state) {
    (void)state;
    static const struct {
        const char *what;
        struct str text;
        size_t length;
    } ROWS[] = {
        {"nothing", STR_NONE, 0},
        {"NUL", STR("\0"), 1},
        {"ASCII", STR("az"), 1},
        {"U+0080", STR("\xc2\x80z"), 2},
        {"U+07FF", STR("\xdf\xbf"), 2},
        {"U+0800", STR("\xe0\xa0\x80"), 3},
        {"U+D7FF", STR("\xed\x9f\xbf"), 3},
        {"U+FFFF", STR("\xef\xbf\xbf"), 3},
        {"U+10000", STR("\xf0\x90\x80\x80"), 4},
        {"U+10FFFF", STR("\xf4\x8f\xbf\xbf"), 4},
        {"a stray second byte", STR("\x80"), 0},
        {"overlong, two bytes", STR("\xc1\xbf"), 0},
        {"overlong, three bytes", STR("\xe0\x9f\xbf"), 0},
        {"overlong, four bytes", STR("\xf0\x8f\xbf\xbf"), 0},
        {"a surrogate", STR("\xed\xa0\x80"), 0},
        {"beyond U+10FFFF", STR("\xf4\x90\x80\x80"), 0},
        {"five bytes", STR("\xf8\x88\x80\x80\x80"), 0},
        {"F5", STR("\xf5\x80\x80\x80"), 0},
        {"cut", {"\xe2\x82\xac", 2}, 0},
        {"broken off", STR("\xe2\x82z"), 0},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (str_utf8(ROWS[i].text) != ROWS[i].length)
            fail_msg("%s", ROWS[i].what);
}

static void a_text_that_was_cut_loses_half_a_character(void **state) {
    (void)state;
    static const struct {
        struct str text;
        size_t length;
    } ROWS[] = {
        {STR_NONE, 0},
        {STR("ab"), 2},
        {STR("a\xc3"), 1},
        {STR("a\xc3\xa4"), 3},
        {STR("a\xe2\x82"), 1},
        {STR("a\xe2\x82\xac"), 4},
        {STR("\xf0\x9f\x94"), 0},
        {STR("\xf0\x9f\x94\x91"), 4},
        {STR("\x80\x80\x80\x80"), 4}, /* no UTF-8 to begin with */
        {STR("\x80"), 1},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_int_equal(str_whole(ROWS[i].text).n, ROWS[i].length);
}

static void a_byte_is_a_digit_or_a_letter_of_ascii_alone(void **state) {
    (void)state;
    static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static const char DIGITS[] = "0123456789", HEX[] = "0123456789abcdef";
    for (int i = CHAR_MIN; i <= CHAR_MAX; i++) {
        char c = (char)i;
        bool is_digit = i && strchr(DIGITS, i), is_letter = i && strchr(LETTERS, i);
        const char *hex = i ? strchr(HEX, str_lower(c)) : NULL;
        assert_int_equal(str_is_digit(c), is_digit);
        assert_int_equal(str_is_alnum(c), is_digit || is_letter);
        assert_int_equal(str_hex_digit(c), hex ? (int)(hex - HEX) : -1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_byte_is_a_digit_or_a_letter_of_ascii_alone),
        cmocka_unit_test(texts_are_compared_by_length_and_bytes),
        cmocka_unit_test(a_text_is_found_in_another),
        cmocka_unit_test(a_text_is_cut_into_parts),
        cmocka_unit_test(pieces_stay_inside),
        cmocka_unit_test(numbers_are_digits_alone_and_never_overflow),
        cmocka_unit_test(a_star_stands_for_any_run),
        cmocka_unit_test(a_character_is_what_rfc_3629_says),
        cmocka_unit_test(a_text_that_was_cut_loses_half_a_character),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
