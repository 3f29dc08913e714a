/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

typedef void encoder(struct buf *out, struct str in);

struct row {
    encoder *encode;
    struct str in;
    const char *out;
};

/* RFC 4648 section 10, and what our outputs must not let through. */
static void texts_come_out_as_the_tables_say(void **state) {
    (void)state;
    static const struct row ROWS[] = {
        {encode_base64, STR(""), ""},
        {encode_base64, STR("f"), "Zg=="},
        {encode_base64, STR("fo"), "Zm8="},
        {encode_base64, STR("foo"), "Zm9v"},
        {encode_base64, STR("foob"), "Zm9vYg=="},
        {encode_base64, STR("fooba"), "Zm9vYmE="},
        {encode_base64, STR("foobar"), "Zm9vYmFy"},
        {encode_base64, STR("\xff\xfe\xfd"), "//79"},
        {encode_base64url, STR("\xff\xfe\xfd\xfc"), "__79_A"},
        {encode_base64url, STR("f"), "Zg"},
        {encode_base32, STR(""), ""},
        {encode_base32, STR("f"), "MY"},
        {encode_base32, STR("fo"), "MZXQ"},
        {encode_base32, STR("foo"), "MZXW6"},
        {encode_base32, STR("foob"), "MZXW6YQ"},
        {encode_base32, STR("fooba"), "MZXW6YTB"},
        {encode_base32, STR("foobar"), "MZXW6YTBOI"},
        {encode_base32, STR("\xff\xff\xff\xff\xff"), "77777777"},
        {encode_hex, STR("\0\x7f\xff"), "007fff"},
        {encode_html, STR("<a href=\"x\">'&'</a>"),
         "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;"},
        {encode_html, STR("&lt;"), "&amp;lt;"},
        {encode_query, STR("\0\r\n\x7f"), "%00%0D%0A%7F"},
        {encode_query, STR("a b/?&=+%~-._\xc3\xa4"), "a%20b%2F%3F%26%3D%2B%25~-._%C3%A4"},
        {encode_json, STR("plain / gr\u00f6\u00dfe"), "plain / gr\u00f6\u00dfe"},
        {encode_json, STR("say \"hi\"\\"), "say \\\"hi\\\"\\\\"},
        {encode_json, STR("a\n\0\x1f\x7f"), "a\\u000a\\u0000\\u001f\\u007f"},
        {encode_json, STR("\xc3(\xff\xed\xa0\x80"), "\\ufffd(\\ufffd\\ufffd\\ufffd\\ufffd"},
        {encode_log, STR("plain"), "plain"},
        {encode_log, STR(""), "\"\""},
        {encode_log, STR("two words"), "\"two words\""},
        {encode_log, STR("a=b"), "\"a=b\""},
        {encode_log, STR("say \"hi\"\\"), "\"say \\\"hi\\\"\\\\\""},
        {encode_log, STR("line\nforged\r\t\0\x7f\x1b[31m"),
         "line\\x0aforged\\x0d\\x09\\x00\\x7f\\x1b[31m"},
        {encode_log, STR("gr\u00f6\u00dfe \U0001f511"), "\"gr\u00f6\u00dfe \U0001f511\""},
        {encode_log,
         STR("\xc2\x9b"
             "31m"),
         "\\xc2\\x9b31m"},
        {encode_log, STR("\xc2\x80\xc2\x9f\xc2\xa0"), "\\xc2\\x80\\xc2\\x9f\xc2\xa0"},
        {encode_log,
         STR("\xff"
             "a\xc3"),
         "\\xffa\\xc3"},
        {encode_log, STR("\xc0\x8a\xed\xa0\x80"), "\\xc0\\x8a\\xed\\xa0\\x80"},
        {encode_log, STR("\\x0a"), "\\\\x0a"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct buf out;
        buf_init(&out, 1000);
        ROWS[i].encode(&out, ROWS[i].in);
        if (!str_eq(buf_str(&out), str_of(ROWS[i].out)))
            fail_msg("row %zu: %.*s", i, STR_ARG(buf_str(&out)));
        buf_fini(&out);
    }
}

static void only_canonical_base64_is_read(void **state) {
    (void)state;
    static const char *const REFUSED[] = {
        "Z",        "Zg",     "Zg=",   "Zh==",   "Zm9=", "Zg==Zg==", "=g==",     "Z===",
        "====",     "Zg= ",   "Zm 9v", "Zm9v\n", "Zm9_", "Zm9-",     "Z=g=",     "Zm9v=",
        "\u00e4==", "Zg==\n", " Zg==", "Zg\t=",  "-_-_", "Zg==Zm9v", "Zm9vZ===",
    };
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        struct buf out;
        buf_init(&out, 1000);
        if (decode_base64(&out, str_of(REFUSED[i])))
            fail_msg("accepted: %s", REFUSED[i]);
        buf_fini(&out);
    }
    struct buf out;
    buf_init(&out, 1000);
    for (size_t n = 0; n <= 8; n++) /* bytes that would make it whole follow */
        assert_int_equal(decode_base64(&out, str_n("Zm9vZm9v", n)), n % 4 == 0);
    buf_fini(&out);
    buf_init(&out, 2);
    assert_false(decode_base64(&out, STR("Zm9v")));
    buf_clear(&out);
    assert_true(decode_base64(&out, STR("Zm8=")));
    assert_true(str_eq(buf_str(&out), STR("fo")));
    buf_fini(&out);
}

static void a_byte_that_is_no_digit_of_base64_is_refused_wherever_it_is(void **state) {
    (void)state;
    for (int c = 0; c < 256; c++)
        for (size_t at = 0; at < 8; at++) {
            static const char DIGITS[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
            char text[8] = "Zm9vZm9v";
            struct buf out;
            text[at] = (char)c;
            buf_init(&out, 100);
            /* Also '=' as the last: the bits of "9" behind its first four are not zero. */
            bool is_digit = c && strchr(DIGITS, c);
            if (decode_base64(&out, str_n(text, 8)) != is_digit)
                fail_msg("byte %d at %zu", c, at);
            buf_fini(&out);
        }
}

/* RFC 7515 section 2: without padding, in the other alphabet, and one text for each content. */
static void base64url_has_one_text_for_each_content(void **state) {
    static const struct {
        const char *text;
        struct str content; /* p NULL: refused */
    } ROWS[] = {
        {"", STR("")},        {"Zg", STR("f")},         {"Zm8", STR("fo")},
        {"Zm9v", STR("foo")}, {"_-8", STR("\xff\xef")}, {"Z", STR_NONE},
        {"Zm9vY", STR_NONE},  {"Zh", STR_NONE},         {"Zm9", STR_NONE},
        {"Zg==", STR_NONE},   {"/+8", STR_NONE},        {"Zm9v\n", STR_NONE},
        {"Zm 9v", STR_NONE},  {"\xc3\xa4Zg", STR_NONE},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct buf out;
        buf_init(&out, 100);
        bool is_read = decode_base64url(&out, str_of(ROWS[i].text));
        if (is_read != (ROWS[i].content.p != NULL) ||
            (is_read && !str_eq(buf_str(&out), ROWS[i].content)))
            fail_msg("%s", ROWS[i].text);
        buf_fini(&out);
    }
}

static void what_does_not_fit_is_left_out_whole(void **state) {
    (void)state;
    static const struct {
        struct str in;
        const char *out; /* in six bytes */
    } ROWS[] = {
        {STR("abcde\n"), "abcde"},          {STR("abcde\\"), "abcde"},
        {STR("abcd\\"), "abcd\\\\"},        {STR("abcde\u00e4"), "abcde"},
        {STR("abcd\u00e4x"), "abcd\u00e4"}, {STR("abcd\u20ac"), "abcd"},
        {STR("abcde\nx"), "abcde"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct buf out;
        buf_init(&out, 6);
        encode_log(&out, ROWS[i].in);
        if (!str_eq(buf_str(&out), str_of(ROWS[i].out)))
            fail_msg("row %zu: %.*s", i, STR_ARG(buf_str(&out)));
        buf_fini(&out);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_come_out_as_the_tables_say),
        cmocka_unit_test(only_canonical_base64_is_read),
        cmocka_unit_test(a_byte_that_is_no_digit_of_base64_is_refused_wherever_it_is),
        cmocka_unit_test(base64url_has_one_text_for_each_content),
        cmocka_unit_test(what_does_not_fit_is_left_out_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
