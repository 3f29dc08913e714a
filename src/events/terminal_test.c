/* SPDX-License-Identifier: Apache-2.0 */
#include "events/testing.h"

#include "events/terminal.h"

struct row {
    const char *in, *terminal, *clean;
};

static const struct row ROWS[] = {
    {"plain text", "plain text", "plain text"},
    {"\x1b[2J\x1b]0;x\x07", "\\x1b[2J\\x1b]0;x\\x07", "\x1b[2J\x1b]0;x\x07"},
    {"a\nb\rc\td\x7f", "a\\x0ab\\x0dc\\x09d\\x7f", "a\nb\rc\td\x7f"},
    {"\xc2\x9b"
     "31m",
     "\\x9b31m",
     "\xc2\x9b"
     "31m"}, /* CSI as one character of C1 */
    {"\x9b"
     "31m",
     "\\x9b31m",
     "\xef\xbf\xbd"
     "31m"}, /* and as one byte */
    {"gr\xc3\xbc\xc3\x9f"
     "e",
     "gr\xc3\xbc\xc3\x9f"
     "e",
     "gr\xc3\xbc\xc3\x9f"
     "e"},
    {"\xe2\x82\xac \xf0\x9f\x98\x80", "\xe2\x82\xac \xf0\x9f\x98\x80",
     "\xe2\x82\xac \xf0\x9f\x98\x80"},
    {"\xe2\x80\xae"
     "gpj",
     "\\u202egpj",
     "\xe2\x80\xae"
     "gpj"}, /* right-to-left override */
    {"\xe2\x81\xa6", "\\u2066", "\xe2\x81\xa6"},
    {"\xc0\x9b", "\\xc0\\x9b", "\xef\xbf\xbd\xef\xbf\xbd"}, /* overlong */
    {"\xe0\x80\x9b", "\\xe0\\x80\\x9b", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"}, /* surrogate */
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80",
     "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},   /* beyond U+10FFFF */
    {"\xe2\x82", "\\xe2\\x82", "\xef\xbf\xbd\xef\xbf\xbd"}, /* cut */
};

static void what_would_speak_to_the_terminal_is_escaped(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct buf out;
        buf_init(&out, 4096);
        terminal_text(&out, str_of(ROWS[i].in));
        buf_add_byte(&out, 0);
        assert_string_equal(buf_str(&out).p, ROWS[i].terminal);
        buf_clear(&out);
        utf8_clean(&out, str_of(ROWS[i].in));
        buf_add_byte(&out, 0);
        assert_string_equal(buf_str(&out).p, ROWS[i].clean);
        buf_fini(&out);
    }
}

struct wrap_row {
    const char *in;
    struct terminal_wrap wrap;
    const char *expected;
};

static void lines_are_broken_at_blanks(void **state) {
    (void)state;
    static const struct wrap_row WRAPS[] = {
        {"one two three", {2, 10}, "  one two\n  three\n"},
        {"one two three", {2, 9}, "  one two\n  three\n"},
        {"one two three", {2, 0}, "  one two three\n"},
        {"a\nb c", {1, 80}, " a\n b c\n"},
        {"short averylongwordthatstayswhole x", {0, 10}, "short\naverylongwordthatstayswhole\nx\n"},
        {"\xc3\xa4\xc3\xa4\xc3\xa4 \xc3\xb6\xc3\xb6",
         {0, 6},
         "\xc3\xa4\xc3\xa4\xc3\xa4 \xc3\xb6\xc3\xb6\n"},
        {"a \x1b[1mb", {0, 80}, "a \\x1b[1mb\n"},
        {"", {2, 80}, "\n"},
        {"a\n\nb", {2, 80}, "  a\n\n  b\n"},
    };
    for (size_t i = 0; i < sizeof WRAPS / sizeof *WRAPS; i++) {
        struct buf out;
        buf_init(&out, 4096);
        terminal_lines(&out, str_of(WRAPS[i].in), WRAPS[i].wrap);
        buf_add_byte(&out, 0);
        assert_string_equal(buf_str(&out).p, WRAPS[i].expected);
        buf_fini(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_would_speak_to_the_terminal_is_escaped),
        cmocka_unit_test(lines_are_broken_at_blanks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
