/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing.h"

static void says_nothing(struct checking *c) { (void)c; }

static void words_are_one_word_to_a_shell_and_nothing_else(void **state) {
    (void)state;
    static const struct {
        const char *text, *ps, *sh;
    } ROWS[] = {
        {"svc-web", "svc-web", "svc-web"},
        {"HTTP/web.corp.example", "HTTP/web.corp.example", "HTTP/web.corp.example"},
        {"", "''", "''"},
        {"DC1$", "'DC1$'", "'DC1$'"},
        {"-Force", "'-Force'", "'-Force'"},
        {"@args", "'@args'", "'@args'"},
        {"a b", "'a b'", "'a b'"},
        {"O'Neil", "'O''Neil'", "'O'\\''Neil'"},
        {"$(reboot)", "'$(reboot)'", "'$(reboot)'"},
        {"a;b", "'a;b'", "'a;b'"},
        {"a\nb", "'a?b'", "'a?b'"},
        {"a\x1b[2J", "'a?[2J'", "'a?[2J'"},
        {"a\xe2\x80\x99;b", "'a?;b'", "'a?;b'"},
        {"a\xe2\x80\xae", "'a?'", "'a?'"},
        {"a\xc2\x9b", "'a?'", "'a?'"},
        {"m\xc3\xbcller", "'m\xc3\xbcller'", "'m\xc3\xbcller'"},
        {"m\xfcller", "'m?ller'", "'m?ller'"},
    };
    struct checked *t = checked("{}", LINKS, says_nothing);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        assert_string_equal(ps(&t->c, ROWS[i].text), ROWS[i].ps);
        assert_string_equal(sh(&t->c, ROWS[i].text), ROWS[i].sh);
    }
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

static void a_command_that_is_too_long_is_left_out_and_never_cut(void **state) {
    (void)state;
    struct checked *t = checked("{}", LINKS, says_much);
    assert_int_equal(json_array_size(t->c.remedies), 0);
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
        cmocka_unit_test(words_are_one_word_to_a_shell_and_nothing_else),
        cmocka_unit_test(the_worst_counts),
        cmocka_unit_test(a_command_that_is_too_long_is_left_out_and_never_cut),
        cmocka_unit_test(every_check_has_its_own_names_and_all_its_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
