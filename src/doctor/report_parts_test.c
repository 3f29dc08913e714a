/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/report_testing.h"

#include "doctor/report_parts.h"

static void a_check_is_shown_by_its_outcome_and_its_part_in_the_failure(void **state) {
    (void)state;
    static const struct {
        const char *outcome, *role;
        enum report_section section;
    } ROWS[] = {
        {"fail", "cause", SECTION_CAUSE},
        {"fail", "also", SECTION_ALSO},
        {"fail", "", SECTION_ALSO},
        {"fail", "consequence", SECTION_CONSEQUENCE},
        {"warn", "", SECTION_WARN},
        {"unknowable", "", SECTION_UNKNOWABLE},
        {"unknown", "", SECTION_UNKNOWN},
        {"pass", "", SECTION_PASS},
        {"something new", "", SECTION_UNKNOWN},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        json_t *check = json_pack("{s:s,s:s}", "outcome", ROWS[i].outcome, "role", ROWS[i].role);
        assert_int_equal(report_section_of(check), ROWS[i].section);
        json_decref(check);
    }
}

static void checks_of_a_section_come_in_their_order(void **state) {
    (void)state;
    json_t *document = report_sample();
    const json_t *report = facts_at(document, "reports.0");
    size_t i = 0;
    assert_int_equal(report_count(report, SECTION_PASS), 4);
    assert_string_equal(facts_text(report_next(report, SECTION_PASS, &i), "id"), "N4");
    assert_string_equal(facts_text(report_next(report, SECTION_PASS, &i), "id"), "P3");
    assert_string_equal(facts_text(report_next(report, SECTION_PASS, &i), "id"), "D1");
    assert_string_equal(facts_text(report_next(report, SECTION_PASS, &i), "id"), "D6");
    assert_null(report_next(report, SECTION_PASS, &i));
    json_decref(document);
}

static json_t *check_with(const char *remedies) {
    json_t *list = json_loads(remedies, 0, NULL);
    assert_non_null(list);
    return json_pack("{s:o}", "remedies", list);
}

static void remedies_stand_by_who_runs_them_and_in_which_shell(void **state) {
    (void)state;
    static const struct report_remedy EXPECTED[] = {
        {"a", "1", REMEDY_POWERSHELL, true, true, false},
        {"a", "4", REMEDY_POWERSHELL, false, false, false},
        {"a", "3", REMEDY_SAMBA, false, true, true},
        {"b", "2", REMEDY_SHELL, true, true, false},
        {"b", "5", REMEDY_TEXT, false, true, false},
    };
    enum { N = sizeof EXPECTED / sizeof *EXPECTED };
    struct report_remedy got[N + 1];
    json_t *check = check_with("[{\"shell\":\"powershell\",\"who\":\"a\",\"command\":\"1\"},"
                               "{\"shell\":\"shell\",\"who\":\"b\",\"command\":\"2\"},"
                               "{\"shell\":\"samba-tool\",\"who\":\"a\",\"command\":\"3\"},"
                               "{\"shell\":\"powershell\",\"who\":\"a\",\"command\":\"4\"},"
                               "{\"shell\":\"new\",\"who\":\"b\",\"command\":\"5\"}]");
    assert_int_equal(report_remedies(check, got, N + 1), N);
    for (size_t i = 0; i < N; i++) {
        assert_string_equal(got[i].who, EXPECTED[i].who);
        assert_string_equal(got[i].command, EXPECTED[i].command);
        assert_int_equal(got[i].shell, EXPECTED[i].shell);
        assert_int_equal(got[i].begins_who, EXPECTED[i].begins_who);
        assert_int_equal(got[i].begins_shell, EXPECTED[i].begins_shell);
        assert_int_equal(got[i].is_other_way, EXPECTED[i].is_other_way);
    }
    assert_int_equal(report_remedies(check, got, 2), 2);
    json_decref(check);
}

static void times_are_written_for_people(void **state) {
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } ROWS[] = {{0, "0.0 ms"}, {812, "0.8 ms"}, {12345, "12.3 ms"}, {2001200, "2.0 s"}, {-1, ""}};
    char took[REPORT_TOOK_SIZE];
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        json_t *link = json_pack("{s:I}", "took_us", (json_int_t)ROWS[i].us);
        report_took(link, took);
        assert_string_equal(took, ROWS[i].text);
        json_decref(link);
    }
    report_took(NULL, took);
    assert_string_equal(took, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_check_is_shown_by_its_outcome_and_its_part_in_the_failure),
        cmocka_unit_test(checks_of_a_section_come_in_their_order),
        cmocka_unit_test(remedies_stand_by_who_runs_them_and_in_which_shell),
        cmocka_unit_test(times_are_written_for_people),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
