/* SPDX-License-Identifier: Apache-2.0 */
#include "events/testing.h"

#include "events/catalogue.h"
#include "events/sink.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { ROWS_MAX = 100000 };

static struct sink *open_sink(const struct place *p, unsigned rows_max) {
    struct err e = {0};
    struct sink *s = sink_open(p->store, rows_max, &e);
    if (!s)
        fail_msg("%s", e.detail);
    return s;
}

static int64_t count_rows(const struct place *p, const char *where) {
    char sql[512];
    sqlite3 *db = place_connect(p);
    snprintf(sql, sizeof sql, "SELECT count(*) FROM events WHERE %s", where);
    int64_t n = place_number(db, sql);
    sqlite3_close(db);
    return n;
}

/* The sum of all lost= in the log. */
static long lost(struct place *p) {
    long n = 0;
    for (const char *at = place_log(p); (at = strstr(at, " lost=")); at++)
        n += strtol(at + 6, NULL, 10);
    return n;
}

static void a_failed_request_leaves_a_line_and_a_row(void **state) {
    struct place *p = *state;
    struct activity a = refused_request();
    struct sink *s = open_sink(p, ROWS_MAX);
    sink_activity(s, &a);
    sink_close(s);
    char expected[512];
    snprintf(expected, sizeof expected,
             "event=13019 id=%s app=hr user=alice@CORP.EXAMPLE client=203.0.113.7 ", a.id);
    assert_non_null(strstr(place_log(p), expected));
    assert_non_null(strstr(place_log(p), "error=krb-not-delegated"));
    assert_int_equal(
        count_rows(p, "event = 13019 AND level = 'error' AND user = 'alice@CORP.EXAMPLE' AND "
                      "error = 'krb-not-delegated' AND kdc_code = 13 AND nt_status = 3221225659 "
                      "AND kdc_step = 'S4U2Proxy' AND ticket_us = 12400 AND mint_us IS NULL AND "
                      "spn = 'HTTP/hr.corp.example' AND hint LIKE 'samba-tool%'"),
        1);
}

static void a_request_that_went_well_leaves_nothing(void **state) {
    struct place *p = *state;
    struct activity a = refused_request();
    struct sink *s = open_sink(p, ROWS_MAX);
    memset(&a.err, 0, sizeof a.err);
    sink_activity(s, &a);
    sink_close(s);
    assert_string_equal(place_log(p), "");
    assert_int_equal(count_rows(p, "1"), 0);
}

static void an_error_without_a_number_leaves_only_a_line(void **state) {
    struct place *p = *state;
    struct activity a = refused_request();
    struct sink *s = open_sink(p, ROWS_MAX);
    err_set(&a.err, ERR_NO_APP, "no app");
    sink_activity(s, &a);
    sink_close(s);
    assert_non_null(strstr(place_log(p), a.id));
    assert_non_null(strstr(place_log(p), "detail=\"no app\""));
    assert_null(strstr(place_log(p), "event="));
    assert_int_equal(count_rows(p, "1"), 0);
}

static void what_a_client_sends_forges_no_line(void **state) {
    struct place *p = *state;
    struct activity a = refused_request();
    activity_text(a.app, sizeof a.app, STR("/x\n2026-11-24T00:00:00.000Z info worker \x1b[2J"));
    activity_text(a.user, sizeof a.user, STR("bob status=200"));
    sink_activity(NULL, &a);
    assert_non_null(strstr(place_log(p), "user=\"bob status=200\""));
    assert_non_null(strstr(place_log(p), "app=\"/x\\x0a2026"));
    assert_null(strchr(place_log(p), '\x1b'));
    const char *newline = place_log(p);
    unsigned lines = 0;
    for (; (newline = strchr(newline, '\n')); newline++)
        lines++;
    assert_int_equal(lines, 1);
}

static void an_event_of_the_program_has_the_text_and_maybe_an_activity(void **state) {
    struct place *p = *state;
    struct activity a = refused_request();
    memset(&a.err, 0, sizeof a.err);
    struct sink *s = open_sink(p, ROWS_MAX);
    sink_event(s, EVENT_SIGNED_IN, &a, "signed in by the form");
    sink_event(s, EVENT_RELOADED, NULL, "generation 2");
    sink_close(s);
    assert_int_equal(count_rows(p, "event = 21001 AND user = 'alice@CORP.EXAMPLE' AND error = '' "
                                   "AND level = 'info' AND detail = 'signed in by the form'"),
                     1);
    assert_int_equal(count_rows(p, "event = 20001 AND activity = '' AND detail = 'generation 2' "
                                   "AND total_us IS NULL AND head_us IS NULL"),
                     1);
}

static void the_files_are_for_their_owner_alone(void **state) {
    struct place *p = *state;
    static const char *const TAILS[] = {"", "-wal", "-shm"};
    mode_t before = umask(0);
    struct sink *s = open_sink(p, ROWS_MAX);
    umask(before);
    for (size_t i = 0; i < 3; i++) {
        char name[128];
        struct stat st;
        snprintf(name, sizeof name, "%s%s", p->store, TAILS[i]);
        assert_int_equal(stat(name, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    sink_close(s);
}

static void the_oldest_rows_go(void **state) {
    struct place *p = *state;
    struct sink *s = open_sink(p, 100);
    for (int i = 0; i < 500; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        sink_event(s, EVENT_STARTED, NULL, text);
    }
    sink_close(s);
    assert_int_equal(count_rows(p, "1"), 100);
    assert_int_equal(count_rows(p, "CAST(detail AS INTEGER) >= 400"), 100);
    assert_int_equal(lost(p), 0);
}

static void a_full_queue_refuses_counts_and_never_waits(void **state) {
    struct place *p = *state;
    enum { MANY = SINK_QUEUE * 2 };
    struct sink *s = open_sink(p, ROWS_MAX);
    sqlite3 *other = place_connect(p);
    place_run(other, "BEGIN IMMEDIATE");
    for (int i = 0; i < MANY; i++)
        sink_event(s, EVENT_STARTED, NULL, "one of many");
    place_run(other, "COMMIT");
    sqlite3_close(other);
    sink_close(s);
    assert_true(lost(p) >= MANY - SINK_QUEUE - SINK_BATCH);
    assert_int_equal(count_rows(p, "1") + lost(p), MANY);
    assert_non_null(strstr(place_log(p), "the queue to the store was full"));
}

static void a_store_that_stays_locked_does_not_hold_up_the_end(void **state) {
    struct place *p = *state;
    struct sink *s = open_sink(p, ROWS_MAX);
    sqlite3 *other = place_connect(p);
    place_run(other, "BEGIN IMMEDIATE");
    for (int i = 0; i < SINK_BATCH * 5; i++)
        sink_event(s, EVENT_STARTED, NULL, "waits");
    alarm(6); /* each of the five batches would wait for two seconds */
    sink_close(s);
    alarm(0);
    place_run(other, "COMMIT");
    sqlite3_close(other);
    assert_int_equal(lost(p), SINK_BATCH * 5);
    assert_non_null(strstr(place_log(p), "database is locked"));
}

static void a_full_disk_loses_events_but_not_the_log_and_not_the_process(void **state) {
    struct place *p = *state;
    struct rlimit before, none;
    struct sink *s = open_sink(p, ROWS_MAX);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = before;
    none.rlim_cur = 4096; /* of each file: the log fits, what SQLite writes does not */
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    sink_event(s, EVENT_STARTED, NULL, "on a full disk");
    sink_close(s);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_int_equal(lost(p), 1);
    assert_non_null(strstr(place_log(p), "on a full disk"));
    assert_non_null(strstr(place_log(p), p->store));
    s = open_sink(p, ROWS_MAX);
    sink_event(s, EVENT_STARTED, NULL, "there is room again");
    sink_close(s);
    assert_int_equal(count_rows(p, "1"), 1);
}

static void a_store_that_cannot_be_opened_is_named(void **state) {
    struct place *p = *state;
    struct err e = {0};
    char bad[128];
    snprintf(bad, sizeof bad, "%s/nowhere/state.db", p->folder);
    assert_null(sink_open(bad, ROWS_MAX, &e));
    assert_int_equal(e.code, ERR_STORE);
    assert_non_null(strstr(e.detail, bad));
    assert_non_null(strstr(e.hint, "nowhere"));

    FILE *file = fopen(p->store, "we");
    for (int i = 0; i < 500; i++)
        fputs("this is no database ", file);
    fclose(file);
    chmod(p->store, 0600);
    assert_null(sink_open(p->store, ROWS_MAX, &e));
    assert_int_equal(e.code, ERR_STORE);
    assert_non_null(strstr(e.detail, p->store));
    assert_non_null(strstr(e.hint, "move it away"));
}

static void a_symbolic_link_is_not_followed(void **state) {
    struct place *p = *state;
    struct err e = {0};
    char target[128];
    snprintf(target, sizeof target, "%s/target", p->folder);
    fclose(fopen(target, "we"));
    assert_int_equal(symlink(target, p->store), 0);
    assert_null(sink_open(p->store, ROWS_MAX, &e));
    assert_int_equal(e.code, ERR_STORE);
    struct stat st;
    assert_int_equal(stat(target, &st), 0);
    assert_int_equal(st.st_size, 0);
    unlink(target);
}

static void one_event_can_be_written_without_a_sink(void **state) {
    struct place *p = *state;
    assert_true(sink_event_once(p->store, EVENT_STARTED, "first"));
    struct sink *s = open_sink(p, ROWS_MAX);
    assert_true(sink_event_once(p->store, EVENT_PROCESS_DIED, "the worker, signal 11"));
    sink_close(s);
    assert_int_equal(count_rows(p, "1"), 2);
    assert_int_equal(count_rows(p, "event = 20003 AND detail = 'the worker, signal 11'"), 1);
    assert_non_null(strstr(place_log(p), "event=20003"));
    assert_false(sink_event_once("/nonexistent/state.db", EVENT_STOPPED, "told to"));
    assert_non_null(strstr(place_log(p), "event=20004"));
    assert_non_null(strstr(place_log(p), "/nonexistent"));
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(a_failed_request_leaves_a_line_and_a_row),
        TEST(a_request_that_went_well_leaves_nothing),
        TEST(an_error_without_a_number_leaves_only_a_line),
        TEST(what_a_client_sends_forges_no_line),
        TEST(an_event_of_the_program_has_the_text_and_maybe_an_activity),
        TEST(the_files_are_for_their_owner_alone),
        TEST(the_oldest_rows_go),
        TEST(a_full_queue_refuses_counts_and_never_waits),
        TEST(a_store_that_stays_locked_does_not_hold_up_the_end),
        TEST(a_full_disk_loses_events_but_not_the_log_and_not_the_process),
        TEST(a_store_that_cannot_be_opened_is_named),
        TEST(a_symbolic_link_is_not_followed),
        TEST(one_event_can_be_written_without_a_sink),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
