/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/testing.h"

#include "broker/record.h"

static struct record record;
static struct buf said;

static void note(void *user, const struct record_message *m) {
    (void)user;
    buf_printf(&said, "%u %s %s %s%s %zu %d [%.*s];", m->exchange, m->is_reply ? "<" : ">",
               m->address, m->realm, m->is_udp ? " udp" : "", m->size, m->code, STR_ARG(m->bytes));
}

static int begin(void **state) {
    (void)state;
    buf_init(&said, 1 << 20);
    record_init(&record, note, NULL);
    return 0;
}

static int end(void **state) {
    (void)state;
    record_fini(&record);
    buf_fini(&said);
    return 0;
}

static void must_have_said(const char *text) {
    if (!str_eq(buf_str(&said), str_of(text)))
        fail_msg("%.*s", STR_ARG(buf_str(&said)));
    buf_clear(&said);
}

static void a_question_is_told_with_who_answered_it(void **state) {
    (void)state;
    record_sent(&record, STR("CORP.EXAMPLE"), STR("who"));
    must_have_said("");
    record_got(&record, "10.0.0.10:88", false, 0, STR("you"));
    must_have_said("1 > 10.0.0.10:88 CORP.EXAMPLE 3 0 [who];1 < 10.0.0.10:88 CORP.EXAMPLE 3 0 "
                   "[you];");
    record_sent(&record, STR("B.EXAMPLE"), STR("again"));
    record_got(&record, "10.0.0.11:88", true, 0, STR("no"));
    must_have_said("2 > 10.0.0.11:88 B.EXAMPLE udp 5 0 [again];2 < 10.0.0.11:88 B.EXAMPLE udp 2 0 "
                   "[no];");
}

static void no_answer_is_told_with_its_code(void **state) {
    (void)state;
    record_sent(&record, STR("CORP.EXAMPLE"), STR("who"));
    record_got(&record, "", false, -5, STR("rest of another"));
    must_have_said("1 >  CORP.EXAMPLE 3 0 [who];1 <  CORP.EXAMPLE 0 -5 [];");
    record_got(&record, "", false, 0, STR("nobody asked"));
    must_have_said("");
}

static void what_is_too_long_is_told_without_its_bytes(void **state) {
    static char text[RECORD_MESSAGE_MAX + 1];
    (void)state;
    memset(text, 'x', sizeof text);
    record_sent(&record, STR("R"), str_n(text, sizeof text));
    record_got(&record, "k", false, 0, str_n(text, sizeof text));
    must_have_said("1 > k R 131073 0 [];1 < k R 131073 0 [];");
}

static void there_is_an_end_to_what_is_told(void **state) {
    (void)state;
    for (unsigned i = 0; i < RECORD_MESSAGES_MAX; i++) {
        record_sent(&record, STR("R"), STR("q"));
        record_got(&record, "k", false, 0, STR("a"));
    }
    assert_true(record_is_full(&record));
    assert_int_equal(record.told, RECORD_MESSAGES_MAX);
}

static void times_go_on_from_one_message_to_the_next(void **state) {
    (void)state;
    record_sent(&record, STR("R"), STR("q"));
    assert_true(record.asked.at_us >= record.wall_us);
}

#define ROW(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        ROW(a_question_is_told_with_who_answered_it),    ROW(no_answer_is_told_with_its_code),
        ROW(what_is_too_long_is_told_without_its_bytes), ROW(there_is_an_end_to_what_is_told),
        ROW(times_go_on_from_one_message_to_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
