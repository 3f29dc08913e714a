/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"
#include "config/findings.h"

static void check_text(struct config_report *r, const char *expected) {
    buf_add_byte(&r->text, 0);
    assert_string_equal(buf_str(&r->text).p, expected);
    config_report_fini(r);
}

static void are_written_in_the_order_of_the_file(void **state) {
    (void)state;
    struct config_report r;
    struct findings f;
    config_report_init(&r);
    findings_init(&f, "k.yaml");
    findings_error(&f, (struct config_mark){7, 3}, "%s", "third");
    findings_warning(&f, (struct config_mark){7, 2}, "second");
    findings_error(&f, (struct config_mark){7, 3}, "fourth");
    findings_error(&f, (struct config_mark){0}, "first");
    findings_finish(&f, &r);
    assert_int_equal(r.errors, 3);
    assert_int_equal(r.warnings, 1);
    check_text(&r, "k.yaml: first\n"
                   "k.yaml:7:2: warning: second\n"
                   "k.yaml:7:3: third\n"
                   "k.yaml:7:3: fourth\n");
}

static void end_at_the_maximum(void **state) {
    (void)state;
    struct config_report r;
    struct findings f;
    config_report_init(&r);
    findings_init(&f, "k.yaml");
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    for (unsigned i = 1; i <= CONFIG_FINDINGS_MAX + 3; i++)
        findings_error(&f, (struct config_mark){i, 1}, "%s", text);
    findings_finish(&f, &r);
    assert_int_equal(r.errors, CONFIG_FINDINGS_MAX + 3);
    assert_false(r.text.failed);
    assert_true(str_ends(buf_str(&r.text), STR("xxx\nk.yaml: 3 more\n")));
    config_report_fini(&r);
}

static void quotes_are_clean_and_short(void **state) {
    (void)state;
    static const struct {
        const char *text, *quoted;
    } ROWS[] = {
        {"", "\"\""},
        {"012345678901234567890123456789012345678901234567890123456789",
         "\"012345678901234567890123456789012345678901234567890123456789\""},
        {"CORP\\alice", "\"CORP\\alice\""},
        {"a\nb\x1b[2J\x7f", "\"a?b?[2J?\""},
        {"M\xc3\xbcller", "\"M\xc3\xbcller\""},
        {"\xc2\x9b"
         "31m",
         "\"\xc2?31m\""},
        {"0123456789012345678901234567890123456789012345678901234567890",
         "\"012345678901234567890123456789012345678901234567890123456789...\""},
        {"01234567890123456789012345678901234567890123456789012345678\xc3\xbc",
         "\"01234567890123456789012345678901234567890123456789012345678...\""},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_string_equal(quote(str_of(ROWS[i].text)).text, ROWS[i].quoted);
    assert_true(has_control(STR("a\tb")));
    assert_true(has_control(STR("\xc2\x9b")));
    assert_false(has_control(STR("M\xc3\xbcller\xc2\xa0")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(are_written_in_the_order_of_the_file),
        cmocka_unit_test(end_at_the_maximum),
        cmocka_unit_test(quotes_are_clean_and_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
