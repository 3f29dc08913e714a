/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#define PAGES(text)                                                                                \
    "gateway:\n  listen: [{address: \"0.0.0.0:443\", certificate: c.pem, key: k.pem}]\n"           \
    "  pages:\n    " text "\n" PROVIDERS CONNECTOR "apps:\n" APP("hr", "")

static void pages_that_nobody_could_read_are_refused(void **state) {
    static const struct report_row ROWS[] = {
        {"the defaults", PAGES("colors: {}"), ""},
        {"another accent", PAGES("colors: {light: {accent: \"#a3261b\"}}"), ""},
        {"grey on white", PAGES("colors: {light: {text: \"#777777\"}}"),
         "k.yaml:4:28: gateway.pages.colors.light: text \"#777777\" on surface \"#ffffff\" has a "
         "contrast of 4.47 to 1, expected at least 4.5 (WCAG 1.4.3)\n"},
        {"a surface under the default text", PAGES("colors: {light: {surface: \"#123\"}}"),
         "k.yaml:4:31: gateway.pages.colors.light: text \"#1c2430\" on surface \"#112233\" has a "
         "contrast of 1.03 to 1, expected at least 4.5 (WCAG 1.4.3)\n"
         "k.yaml:4:31: gateway.pages.colors.light: muted \"#5b6675\" on surface \"#112233\" has a "
         "contrast of 2.77 to 1, expected at least 4.5 (WCAG 1.4.3)\n"
         "k.yaml:4:31: gateway.pages.colors.light: accent \"#1f5fa8\" on surface \"#112233\" has a "
         "contrast of 2.50 to 1, expected at least 4.5 (WCAG 1.4.3)\n"},
        {"yellow buttons in the dark", PAGES("colors: {dark: {accent: \"#ffd400\"}}"), ""},
        {"yellow buttons by day", PAGES("colors: {light: {accent: \"#ffd400\"}}"),
         "k.yaml:4:30: gateway.pages.colors.light: accent \"#ffd400\" on surface \"#ffffff\" has a "
         "contrast of 1.43 to 1, expected at least 4.5 (WCAG 1.4.3)\n"},
        {"a footer that is lost", PAGES("colors: {dark: {background: \"#888\"}}"),
         "k.yaml:4:33: gateway.pages.colors.dark: muted \"#a5b0bf\" on background \"#888888\" has "
         "a "
         "contrast of 1.61 to 1, expected at least 4.5 (WCAG 1.4.3)\n"},
        {"a name", PAGES("colors: {light: {text: black}}"),
         "k.yaml:4:28: gateway.pages.colors.light.text: \"black\" is not a colour, expected a "
         "colour "
         "such as \"#1f5fa8\"\n"},
        {"a way out of the style", PAGES("colors: {light: {text: \"#000;}\"}}"),
         "k.yaml:4:28: gateway.pages.colors.light.text: \"#000;}\" is not a colour, expected a "
         "colour such as \"#1f5fa8\"\n"},
    };
    (void)state;
    CHECK_REPORTS(ROWS);
}

static void every_key_of_the_pages(void **state) {
    (void)state;
    struct config *c = parse_fine(
        PAGES("{title: T, logo: l.png, sign_in_text: S, footer: F, messages: [de.yaml], "
              "colors: {light: {text: \"#010203\", muted: \"#123\", surface: \"#fefefe\", "
              "background: \"#fff\", accent: \"#00f\"}, dark: {text: \"#eeeeee\"}}}"));
    const struct config_pages *p = &c->pages;
    assert_string_equal(p->title, "T");
    assert_non_null(strstr(p->logo, "/l.png"));
    assert_string_equal(p->sign_in_text, "S");
    assert_string_equal(p->footer, "F");
    assert_int_equal(p->light.text, 0x010203);
    assert_int_equal(p->light.muted, 0x112233);
    assert_int_equal(p->light.surface, 0xfefefe);
    assert_int_equal(p->light.background, 0xffffff);
    assert_int_equal(p->light.accent, 0x0000ff);
    assert_int_equal(p->dark.text, 0xeeeeee);
    assert_int_equal(p->dark.accent, 0x7db4f0);
    assert_int_equal(p->message_count, 1);
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_that_nobody_could_read_are_refused),
        cmocka_unit_test(every_key_of_the_pages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
