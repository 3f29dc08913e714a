/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/language.h"

static const struct str OFFERED[] = {STR("en"), STR("de"), STR("pt-BR"), STR("zh-Hant")};

static void the_best_of_what_there_is_is_chosen(void **state) {
    static const struct {
        const char *accept, *expected;
    } ROWS[] = {
        {"", "en"},
        {"de", "de"},
        {"DE", "de"},
        {"fr", "en"},
        {"fr, de;q=0.1", "de"},
        {"de-AT", "de"},
        {"de-AT;q=0.2,en;q=0.1", "de"},
        {"en-US,en;q=0.9,de;q=0.8", "en"},
        {"en;q=0.8,de;q=0.801", "de"},
        {"de;q=0.8,en;q=0.8", "de"}, /* the one that is named first */
        {"en;q=0.8,de;q=0.8", "en"},
        {"pt", "pt-BR"},
        {"pt-PT", "en"}, /* another Portuguese */
        {"zh-Hant-TW", "zh-Hant"},
        {"zh-Hans", "en"},
        {"*", "en"},
        {"de;q=0,*", "en"},
        {"en;q=0,*;q=0.5", "de"}, /* any but English */
        {"*;q=0.5,de", "de"},
        {"de;q=0", "en"}, /* nothing else is wanted either: the first */
        {"de-AT;q=0.1,de;q=0.9,en;q=0.5", "de"},
        {" \tde ; q=1.000 ,en", "de"},
        {"de; Q=0.5,fr", "de"},
        /* Parts that are not well-formed are as if they were not there. */
        {"de;q=1.001", "en"},
        {"de;q=2", "en"},
        {"de;q=", "en"},
        {"de;q=0.1234", "en"},
        {"de;q=.5", "en"},
        {"de;q=-1", "en"},
        {"de;level=1", "en"},
        {"d\xc3\xa9,pt;q=0.1", "pt-BR"},
        {"de-,pt;q=0.1", "pt-BR"},
        {"-de", "en"},
        {"1de", "en"},
        {",,,de,,", "de"},
        {"deutschland", "en"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        size_t n = language_choose(str_of(ROWS[i].accept), OFFERED, 4);
        if (!str_eq(OFFERED[n], str_of(ROWS[i].expected)))
            fail_msg("%s: %.*s", ROWS[i].accept, STR_ARG(OFFERED[n]));
    }
}

static void no_more_ranges_are_read_than_there_may_be(void **state) {
    char text[LANGUAGE_RANGES_MAX * 3 + 3], *at = text;
    (void)state;
    for (size_t i = 0; i < LANGUAGE_RANGES_MAX; i++, at += 3)
        memcpy(at, "fr,", 3);
    memcpy(at, "de", 3);
    assert_int_equal(language_choose(str_of(text), OFFERED, 4), 0);
    assert_int_equal(language_choose(str_of(text + 3), OFFERED, 4), 1);
}

static void a_tag_is_of_subtags(void **state) {
    static const struct {
        const char *tag;
        bool is_tag;
    } ROWS[] = {{"de", true},           {"zh-Hant-TW", true},
                {"es-419", true},       {"", false},
                {"de_AT", false},       {"-", false},
                {"de--AT", false},      {"de-", false},
                {"419", false},         {"de\"", false},
                {"toolongatag", false}, {"aa-aaaaaaaa-aaaaaaaa-aaaaaaaa-aaaaaaaa-a", false}};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (language_is_tag(str_of(ROWS[i].tag)) != ROWS[i].is_tag)
            fail_msg("%s", ROWS[i].tag);
}

static void arabic_is_written_from_the_right(void **state) {
    (void)state;
    assert_string_equal(language_direction(STR("ar-EG")), "rtl");
    assert_string_equal(language_direction(STR("He")), "rtl");
    assert_string_equal(language_direction(STR("de")), "ltr");
    assert_string_equal(language_direction(STR("arn")), "ltr");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_best_of_what_there_is_is_chosen),
        cmocka_unit_test(no_more_ranges_are_read_than_there_may_be),
        cmocka_unit_test(a_tag_is_of_subtags),
        cmocka_unit_test(arabic_is_written_from_the_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
