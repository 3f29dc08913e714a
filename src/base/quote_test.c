/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/quote.h"

#define QUOTE "\xe2\x80\x99"     /* U+2019, a single quote to PowerShell */
#define LOW "\xe2\x80\x9a"       /* U+201A, the same */
#define DOUBLE "\xe2\x80\x9d"    /* U+201D, a double one */
#define OVERRIDE "\xe2\x80\xae"  /* U+202E */
#define ISOLATE "\xe2\x81\xa7"   /* U+2067 */
#define SEPARATOR "\xe2\x80\xa8" /* U+2028 */

static const char *quoted(enum quote_style style, struct str text) {
    static char shown[256];
    struct buf out;
    buf_init(&out, sizeof shown - 1);
    bool done = quote_word(&out, style, text);
    assert_true(done || buf_size(&out) == 0);
    assert_false(out.failed);
    memcpy(shown, buf_size(&out) ? buf_str(&out).p : "", buf_size(&out));
    shown[buf_size(&out)] = 0;
    buf_fini(&out);
    return done ? shown : NULL;
}

static void a_name_is_one_word_to_each_reader_and_the_same_name(void **state) {
    static const struct {
        const char *text, *as[QUOTE_STYLES];
    } ROWS[] = {
        {"svc-web", {"svc-web", "svc-web", "'svc-web'", "svc-web"}},
        {"Svc-Web", {"Svc-Web", "Svc-Web", "'Svc-Web'", "Svc-Web"}},
        {"HTTP/web:80", {"HTTP/web:80", "HTTP/web:80", "'HTTP/web:80'", "HTTP/web:80"}},
        {"", {"''", "''", "''", ""}},
        {"0012", {"0012", "'0012'", "'0012'", "0012"}},
        {"DC1$", {"'DC1$'", "'DC1$'", "'DC1$'", "DC1$"}},
        {"-Force", {"'-Force'", "'-Force'", "'-Force'", "-Force"}},
        {"@args", {"'@args'", "'@args'", "'@args'", "@args"}},
        {"a b", {"'a b'", "'a b'", "'a b'", "a b"}},
        {"O'Neil", {"'O'\\''Neil'", "'O''Neil'", "'O''Neil'", "O'Neil"}},
        {"O" QUOTE "Neil",
         {"'O" QUOTE "Neil'", "'O" QUOTE QUOTE "Neil'", "'O" QUOTE "Neil'", "O" QUOTE "Neil"}},
        {"a" LOW ";b", {"'a" LOW ";b'", "'a" LOW LOW ";b'", "'a" LOW ";b'", "a" LOW ";b"}},
        {"a" DOUBLE "b", {"'a" DOUBLE "b'", "'a" DOUBLE "b'", "'a" DOUBLE "b'", "a" DOUBLE "b"}},
        {"$(reboot)", {"'$(reboot)'", "'$(reboot)'", "'$(reboot)'", "$\\28reboot\\29"}},
        {"x\"] }", {"'x\"] }'", "'x\"] }'", "'x\"] }'", "x\"] }"}},
        {"a*\\", {"'a*\\'", "'a*\\'", "'a*\\'", "a\\2a\\5c"}},
        {"m\xc3\xbcller",
         {"'m\xc3\xbcller'", "'m\xc3\xbcller'", "'m\xc3\xbcller'", "m\xc3\xbcller"}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        for (enum quote_style s = 0; s < QUOTE_STYLES; s++)
            assert_string_equal(quoted(s, str_of(ROWS[i].text)), ROWS[i].as[s]);
}

static void what_nobody_sees_or_types_is_no_word(void **state) {
    static const struct str ROWS[] = {
        STR("a\nb"),        STR("a\x1b[2J"),  STR("a\0b"),           STR("a\x7f"),
        STR("a\xc2\x9b"),   STR("m\xfcller"), STR("a" OVERRIDE "b"), STR("a" ISOLATE "b"),
        STR("a" SEPARATOR), STR("\xe2\x80"),
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        for (enum quote_style s = 0; s < QUOTE_STYLES; s++)
            if (quoted(s, ROWS[i]))
                fail_msg("row %zu: %s", i, quoted(s, ROWS[i]));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_is_one_word_to_each_reader_and_the_same_name),
        cmocka_unit_test(what_nobody_sees_or_types_is_no_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
