/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing.h"

#include <stdio.h>

static void says_nothing(struct checking *c) { (void)c; }

static void a_word_is_that_of_its_reader(void **state) {
    (void)state;
    struct checked *t = checked("{}", LINKS, says_nothing);
    assert_string_equal(ps(&t->c, "O'Neil"), "'O''Neil'");
    assert_string_equal(sh(&t->c, "O'Neil"), "'O'\\''Neil'");
    assert_string_equal(yaml(&t->c, "O'Neil"), "'O''Neil'");
    assert_string_equal(sh(&t->c, ""), "''");
    checked_free(t);
}

static void names_what_nobody_types(struct checking *c) {
    static char long_name[1026];
    memset(long_name, 'x', sizeof long_name - 1);
    check_remedy(c, REMEDY_POWERSHELL, BY_DOMAIN_ADMIN, "Set-ADUser %s -X", ps(c, "a\x1b[2J"));
    check_remedy(c, REMEDY_SAMBA, BY_DOMAIN_ADMIN, "samba-tool user show %s", sh(c, long_name));
    check_remedy(c, REMEDY_CONFIG, BY_DOMAIN_ADMIN, "sso: { spn: %s }", yaml(c, NULL));
    check_remedy(c, REMEDY_TEXT, BY_DOMAIN_ADMIN, "Let it be %s.", sh(c, "a\nb"));
}

static void a_command_with_a_name_that_nobody_can_type_gives_way_to_words(void **state) {
    static const char *const BEGINS[] = {"Set-ADUser", "samba-tool user show",
                                         "sso: { spn:", "Let it be"};
    (void)state;
    struct checked *t = checked("{}", LINKS, names_what_nobody_types);
    for (size_t i = 0; i < sizeof BEGINS / sizeof *BEGINS; i++) {
        const json_t *remedy = json_array_get(t->c.remedies, i);
        char begin[64];
        snprintf(begin, sizeof begin, "begins with \"%s\" and", BEGINS[i]);
        assert_string_equal(facts_text(remedy, "shell"), "text");
        assert_non_null(strstr(facts_text(remedy, "command"), begin));
    }
    assert_int_equal(json_array_size(t->c.remedies), 4);
    checked_free(t);
}

static void says_several(struct checking *c) {
    check_pass(c, "%s answers", "dc1");
    check_fail(c, "%s does not answer", "dc2");
    check_warn(c, "%s is slow", "dc3");
    check_fail(c, "%s does not answer", "dc4");
}

static void the_worst_counts(void **state) {
    (void)state;
    struct checked *t = checked("{}", LINKS, says_several);
    assert_int_equal(t->c.outcome, OUTCOME_FAIL);
    assert_int_equal(json_array_size(t->c.detail), 2);
    assert_true(says(t, "dc2") && says(t, "dc4") && !says(t, "dc1") && !says(t, "dc3"));
    checked_free(t);
}

static void says_much(struct checking *c) {
    char text[5000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    check_remedy(c, REMEDY_SHELL, BY_GATEWAY_ADMIN, "rm %s", text);
    check_fail(c, "%s", text);
    for (int i = 0; i < 100; i++)
        check_evidence(c, "line %d", i);
}

static void a_command_that_is_too_long_gives_way_to_words_and_is_never_cut(void **state) {
    (void)state;
    struct checked *t = checked("{}", LINKS, says_much);
    assert_int_equal(json_array_size(t->c.remedies), 1);
    assert_string_equal(facts_text(json_array_get(t->c.remedies, 0), "shell"), "text");
    assert_int_equal(json_array_size(t->c.detail), 1);
    assert_int_equal(json_array_size(t->c.evidence), 32);
    checked_free(t);
}

static void every_check_has_its_own_names_and_all_its_texts(void **state) {
    (void)state;
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        const struct check *a = &CHECKS[i];
        assert_true(a->symptom[0] && a->cause[0] && a->detected[0] && a->remedy[0]);
        assert_true(a->title[strlen(a->title) - 1] != '.');
        for (size_t j = 0; j < i; j++)
            if (strcmp(a->id, CHECKS[j].id) == 0 || strcmp(a->name, CHECKS[j].name) == 0)
                fail_msg("%s %s is there twice", a->id, a->name);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_is_that_of_its_reader),
        cmocka_unit_test(a_command_with_a_name_that_nobody_can_type_gives_way_to_words),
        cmocka_unit_test(the_worst_counts),
        cmocka_unit_test(a_command_that_is_too_long_gives_way_to_words_and_is_never_cut),
        cmocka_unit_test(every_check_has_its_own_names_and_all_its_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
