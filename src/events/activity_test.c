/* SPDX-License-Identifier: Apache-2.0 */
#include "events/testing.h"

#include "base/clock.h"

static void a_new_record_has_a_random_version_4_uuid(void **state) {
    (void)state;
    struct activity a, b;
    char read[ACTIVITY_ID_SIZE];
    for (int i = 0; i < 64; i++) {
        activity_begin(&a);
        assert_true(activity_id_read(read, str_of(a.id)));
        assert_string_equal(read, a.id);
        assert_int_equal(a.id[14], '4');
        assert_non_null(strchr("89ab", a.id[19]));
    }
    activity_begin(&b);
    assert_string_not_equal(a.id, b.id);
}

static void a_new_record_came_to_no_step_and_knows_its_time(void **state) {
    (void)state;
    struct activity a;
    memset(&a, 0x55, sizeof a);
    int64_t before = clock_mono_us(), before_ms = clock_wall_ms();
    activity_begin(&a);
    assert_true(a.started_us >= before && a.started_ms >= before_ms);
    assert_int_equal(a.err.code, ERR_NONE);
    assert_string_equal(a.user, "");
    for (size_t i = 0; i < ACTIVITY_STEPS; i++)
        assert_int_equal(a.step_us[i], -1);
}

static void a_step_adds_up_and_moves_the_mark(void **state) {
    (void)state;
    struct activity a;
    activity_begin(&a);
    int64_t now = clock_mono_us(), since = now - 1000;
    activity_step(&a, ACTIVITY_TICKET, &since);
    assert_true(a.step_us[ACTIVITY_TICKET] >= 1000 && since >= now);
    since -= 5000;
    activity_step(&a, ACTIVITY_TICKET, &since);
    assert_true(a.step_us[ACTIVITY_TICKET] >= 6000);
    assert_int_equal(a.step_us[ACTIVITY_MINT], -1);
}

struct text_row {
    const char *description;
    struct str in;
    const char *expected; /* in a field of 8 bytes */
};

static void text_is_cut_at_a_character(void **state) {
    (void)state;
    static const struct text_row ROWS[] = {
        {"empty", {"", 0}, ""},
        {"no pointer", {NULL, 0}, ""},
        {"fits exactly", {"1234567", 7}, "1234567"},
        {"one too long", {"12345678", 8}, "1234567"},
        {"two bytes across the end", {"123456\xc3\xa4", 8}, "123456"},
        {"two bytes up to the end", {"12345\xc3\xa4x", 8}, "12345\xc3\xa4"},
        {"four bytes across the end", {"1234\xf0\x9f\x98\x80z", 9}, "1234"},
        {"only stray bytes", {"\x80\x80\x80\x80\x80\x80\x80\x80\x80", 9}, ""},
        {"a NUL hides nothing", {"a\0b", 3}, "a?b"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char field[9] = "ZZZZZZZZ";
        activity_text(field, 8, ROWS[i].in);
        if (strcmp(field, ROWS[i].expected) != 0)
            fail_msg("%s: \"%s\"", ROWS[i].description, field);
        assert_int_equal(field[8], 0);
    }
}

struct failed_row {
    enum err_code code;
    enum activity_step reached, failed;
    const char *ticket;
};

static void the_step_that_failed_is_the_one_the_error_belongs_to(void **state) {
    (void)state;
    static const struct failed_row ROWS[] = {
        {ERR_NONE, ACTIVITY_BODY, ACTIVITY_STEPS, "new"},
        {ERR_NONE, ACTIVITY_SESSION, ACTIVITY_STEPS, "-"},
        {ERR_FORBIDDEN, ACTIVITY_SESSION, ACTIVITY_SESSION, "-"},
        {ERR_CLAIM_MISSING, ACTIVITY_SESSION, ACTIVITY_TICKET, "-"},
        {ERR_KRB_NOT_DELEGATED, ACTIVITY_TICKET, ACTIVITY_TICKET, "-"},
        {ERR_BACKEND_UNREACHABLE, ACTIVITY_TICKET, ACTIVITY_CONNECT, "new"},
        {ERR_BACKEND_TIMEOUT, ACTIVITY_TICKET, ACTIVITY_CONNECT, "new"},
        {ERR_BACKEND_TIMEOUT, ACTIVITY_MINT, ACTIVITY_RESPONSE, "new"},
        {ERR_BACKEND_CLOSED, ACTIVITY_RESPONSE, ACTIVITY_BODY, "new"},
        {ERR_BACKEND_REFUSED_TICKET, ACTIVITY_RESPONSE, ACTIVITY_RESPONSE, "new"},
        {ERR_NO_MEMORY, ACTIVITY_MINT, ACTIVITY_MINT, "new"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct activity a;
        activity_begin(&a);
        for (enum activity_step step = 0; step <= ROWS[i].reached; step++)
            a.step_us[step] = 1;
        a.err.code = ROWS[i].code;
        if (activity_failed_step(&a) != ROWS[i].failed)
            fail_msg("row %zu: step %u", i, (unsigned)activity_failed_step(&a));
        assert_string_equal(activity_ticket(&a), ROWS[i].ticket);
    }
}

static void every_delegation_error_fails_in_the_ticket_step(void **state) {
    (void)state;
    for (enum err_code code = ERR_NONE; code < ERR_COUNT; code++) {
        struct activity a;
        activity_begin(&a);
        a.err.code = code;
        if (strncmp(err_info(code)->name, "krb-", 4) == 0)
            assert_int_equal(activity_failed_step(&a), ACTIVITY_TICKET);
        if (strncmp(err_info(code)->name, "sign-in-", 8) == 0)
            assert_int_equal(activity_failed_step(&a), ACTIVITY_SESSION);
    }
}

static void an_id_is_read_in_either_case_and_only_whole(void **state) {
    (void)state;
    static const char *const BAD[] = {"",
                                      "0b1f6c5e",
                                      "0b1f6c5e-6b0e-4d58-9a3c-2f1d7e8a9b0",
                                      "0b1f6c5e-6b0e-4d58-9a3c-2f1d7e8a9b0cc",
                                      "0b1f6c5e-6b0e-4d58-9a3c-2f1d7e8a9b0g",
                                      "0b1f6c5e06b0e-4d58-9a3c-2f1d7e8a9b0c",
                                      "-b1f6c5e-6b0e-4d58-9a3c-2f1d7e8a9b0c"};
    char id[ACTIVITY_ID_SIZE];
    assert_true(activity_id_read(id, STR("0B1F6C5E-6b0e-4d58-9a3c-2f1d7e8a9b0C")));
    assert_string_equal(id, "0b1f6c5e-6b0e-4d58-9a3c-2f1d7e8a9b0c");
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        assert_false(activity_id_read(id, str_of(BAD[i])));
        assert_string_equal(id, "");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_record_has_a_random_version_4_uuid),
        cmocka_unit_test(a_new_record_came_to_no_step_and_knows_its_time),
        cmocka_unit_test(a_step_adds_up_and_moves_the_mark),
        cmocka_unit_test(text_is_cut_at_a_character),
        cmocka_unit_test(the_step_that_failed_is_the_one_the_error_belongs_to),
        cmocka_unit_test(every_delegation_error_fails_in_the_ticket_step),
        cmocka_unit_test(an_id_is_read_in_either_case_and_only_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
