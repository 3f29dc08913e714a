/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "directory/likeness.h"

#include <stdlib.h>

static void what_could_have_been_meant_is_told_by_how_it_differs(void **state) {
    (void)state;
    static const struct {
        const char *wanted, *other;
        enum likeness is;
    } ROWS[] = {
        {"HTTP/web.corp.example", "http/WEB.corp.example", LIKENESS_SAME},
        {"HTTP/web.corp.example", "HTTP/web.corp.example ", LIKENESS_INVISIBLE},
        {"HTTP/web.corp.example", "HTTP/web.corp.example.", LIKENESS_INVISIBLE},
        {"HTTP/web.corp.example", "HTTP/web\xe2\x80\x8b.corp.example", LIKENESS_INVISIBLE},
        {"HTTP/web.corp.example", "HTTP/web.corp.example\xc2\xa0", LIKENESS_INVISIBLE},
        {"HTTP/web.corp.example", "\xef\xbb\xbfHTTP/web.corp.example", LIKENESS_INVISIBLE},
        {"HTTP/web.corp.example", "HTTP/web.corp.example:8080", LIKENESS_PORT},
        {"HTTP/web.corp.example:80", "HTTP/web.corp.example:8080", LIKENESS_PORT},
        {"HTTP/web.corp.example", "HTTP/web", LIKENESS_FORM},
        {"HTTP/web", "HTTP/web.corp.example", LIKENESS_FORM},
        {"HTTP/web", "HTTP/web.corp.example:8080", LIKENESS_FORM},
        {"HTTP/web.corp.example", "HOST/web.corp.example", LIKENESS_CLASS},
        {"HTTP/web.corp.example", "HOST/web", LIKENESS_CLASS},
        {"HTTP/web.corp.example", "HTTPS/web.corp.example", LIKENESS_TYPO},
        {"HTTP/web.corp.example", "HTPT/web.corp.example", LIKENESS_TYPO},
        {"HTTP/web.corp.example", "HTTP/wbe.corp.example", LIKENESS_TYPO},
        {"HTTP/web.corp.example", "HTTP/web.crop.example", LIKENESS_TYPO},
        {"HTTP/web.corp.example", "HTTP/web.corp.exmple", LIKENESS_TYPO},
        {"HTTP/web.corp.example", "HTTP:web.corp.example", LIKENESS_TYPO},
        {"HTTP/web.corp.example",
         "HTTP/w\xd0\xb5"
         "b.corp.example",
         LIKENESS_TYPO},
        {"HTTP/web.corp.example", "HTTP/web.other.example", LIKENESS_DOMAIN},
        {"HTTP/web.corp.example", "HTTP/other.corp.example", LIKENESS_NONE},
        {"HTTP/a", "HTTP/b", LIKENESS_NONE},
        {"HTTP/web.corp.example", "HOST/other.corp.example", LIKENESS_NONE},
        {"HTTP/web.corp.example", "", LIKENESS_NONE},
        {"HTTP/web.corp.example", "\xff\xfe", LIKENESS_NONE},
        {"", "", LIKENESS_SAME},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        enum likeness is = likeness_of(str_of(ROWS[i].wanted), str_of(ROWS[i].other));
        if (is != ROWS[i].is)
            fail_msg("%s and %s: %s", ROWS[i].wanted, ROWS[i].other, likeness_word(is));
    }
}

static void a_name_of_any_length_is_compared(void **state) {
    (void)state;
    char text[5000];
    memset(text, 'a', sizeof text);
    for (size_t n = 0; n <= sizeof text; n += n < 300 ? 1 : 100) {
        struct str s = str_n(text, n);
        assert_int_equal(likeness_of(s, s), LIKENESS_SAME);
        likeness_of(STR("HTTP/web"), s);
        likeness_of(s, str_head(STR("aaaaaaaaaaaaaaaaaaaaaaaaaa"), n));
    }
    assert_int_equal(likeness_of(str_n(text, 200), str_n(text, 300)), LIKENESS_NONE);
}

static void what_nobody_sees_is_shown(void **state) {
    (void)state;
    static const struct {
        const char *name, *shown;
    } ROWS[] = {
        {"HTTP/web.corp.example", "HTTP/web.corp.example"},
        {"HTTP/web ", "HTTP/web<U+0020>"},
        {"HTTP/w\xe2\x80\x8b"
         "eb\xc2\xa0",
         "HTTP/w<U+200B>eb<U+00A0>"},
        {"\xef\xbb\xbfm\xc3\xbcller", "<U+FEFF>m\xc3\xbcller"},
        {"a\xff", "a<U+00FF>"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char shown[64], cut[6];
        likeness_show(str_of(ROWS[i].name), shown, sizeof shown);
        assert_string_equal(shown, ROWS[i].shown);
        likeness_show(str_of(ROWS[i].name), cut, sizeof cut);
        assert_true(strlen(cut) < sizeof cut);
    }
}

static void a_name_is_split_into_its_parts(void **state) {
    (void)state;
    struct spn s;
    assert_true(spn_split(STR("HTTP/web.corp.example:8080/corp"), &s));
    assert_true(str_eq(s.service, STR("HTTP")) && str_eq(s.host, STR("web.corp.example")));
    assert_true(str_eq(s.port, STR("8080")) && str_eq(s.rest, STR("corp")));
    assert_true(spn_split(STR("HTTP/web"), &s));
    assert_true(str_eq(s.host, STR("web")) && s.port.n == 0 && s.rest.n == 0);
    assert_false(spn_split(STR("HTTP"), &s));
    assert_false(spn_split(STR("HTTP/"), &s));
    assert_false(spn_split(STR("/web"), &s));
    assert_false(spn_split(STR("HTTP/:80"), &s));
    assert_false(spn_split(STR(""), &s));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_could_have_been_meant_is_told_by_how_it_differs),
        cmocka_unit_test(a_name_of_any_length_is_compared),
        cmocka_unit_test(what_nobody_sees_is_shown),
        cmocka_unit_test(a_name_is_split_into_its_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
