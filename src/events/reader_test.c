/* SPDX-License-Identifier: Apache-2.0 */
#include "events/testing.h"

#include "events/catalogue.h"
#include "events/reader.h"
#include "events/sink.h"

#include <sqlite3.h>
#include <sys/stat.h>

struct seen {
    struct event_row rows[16];
    size_t n, stop_at; /* stop_at 0: never */
    const char *store; /* set: an event is written while rows are read */
};

static bool see(void *user, const struct event_row *row) {
    struct seen *seen = user;
    assert_true(seen->n < 16);
    seen->rows[seen->n++] = *row;
    if (seen->store && seen->n < seen->stop_at)
        assert_true(sink_event_once(seen->store, EVENT_RELOADED, "meanwhile"));
    return seen->n != seen->stop_at;
}

static void fill(const struct place *p, int n) {
    struct err e;
    struct sink *s = sink_open(p->store, 1000, &e);
    assert_non_null(s);
    for (int i = 0; i < n; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        sink_event(s, EVENT_STARTED, NULL, text);
    }
    sink_close(s);
}

static void read_all(const struct place *p, const struct reader_query *q, struct seen *seen) {
    struct err e = {0};
    struct reader *r = reader_open(p->store, &e);
    if (!r || !reader_each(r, q, see, seen, &e))
        fail_msg("%s", e.detail);
    reader_close(r);
}

static void rows_come_back_as_they_were_recorded(void **state) {
    struct place *p = *state;
    struct activity a = refused_request();
    struct err e;
    a.bytes_in = UINT64_MAX; /* more than the store can hold */
    a.is_connection_reused = true;
    struct sink *s = sink_open(p->store, 1000, &e);
    assert_non_null(s);
    sink_activity(s, &a);
    sink_close(s);
    struct seen seen = {0};
    read_all(p, &(struct reader_query){.activity = a.id}, &seen);
    assert_int_equal(seen.n, 1);
    const struct event_row *row = &seen.rows[0];
    assert_int_equal(row->row, 1);
    assert_int_equal(row->event, 13019);
    assert_int_equal(row->level, LOG_ERROR);
    assert_string_equal(row->error, "krb-not-delegated");
    assert_true(row->time_ms >= a.started_ms);
    assert_true(row->activity.bytes_in == INT64_MAX);
    a.bytes_in = INT64_MAX;
    a.started_ms = a.started_us = 0; /* not stored */
    struct activity back = row->activity;
    assert_int_equal(back.err.code, a.err.code);
    assert_memory_equal(&back.err.kdc, &a.err.kdc, sizeof a.err.kdc);
    assert_string_equal(back.err.detail, a.err.detail);
    assert_string_equal(back.err.hint, a.err.hint);
    memset(&back.err, 0, sizeof back.err);
    memset(&a.err, 0, sizeof a.err);
    assert_memory_equal(back.step_us, a.step_us, sizeof a.step_us);
    assert_string_equal(back.path, a.path);
    assert_string_equal(back.spn, a.spn);
    assert_int_equal(back.status, 502);
    assert_int_equal(back.total_us, 12900);
    assert_true(back.is_connection_reused);
    assert_false(back.is_ticket_cached);
}

struct query_row {
    struct reader_query query;
    size_t stop_at;
    const char *details;
};

static void a_query_chooses_rows_the_newest_last(void **state) {
    struct place *p = *state;
    static const struct query_row ROWS[] = {
        {{0}, 0, "01234"},
        {{.last = 2}, 0, "34"},
        {{.last = 9}, 0, "01234"},
        {{.after_row = 3}, 0, "34"},
        {{.after_row = 1, .last = 1}, 0, "4"},
        {{.after_row = 5}, 0, ""},
        {{.activity = "0b1f6c5e-6b0e-4d58-9a3c-2f1d7e8a9b0c"}, 0, ""},
        {{0}, 2, "01"},
    };
    fill(p, 5);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct seen seen = {.stop_at = ROWS[i].stop_at};
        char details[16] = "";
        read_all(p, &ROWS[i].query, &seen);
        for (size_t k = 0; k < seen.n; k++)
            details[k] = seen.rows[k].activity.err.detail[0];
        assert_string_equal(details, ROWS[i].details);
    }
}

static void following_sees_what_is_written_meanwhile(void **state) {
    struct place *p = *state;
    struct err e = {0};
    int audience[2];
    struct seen seen = {.stop_at = 4, .store = p->store};
    fill(p, 3);
    assert_int_equal(pipe(audience), 0);
    struct reader *r = reader_open(p->store, &e);
    assert_non_null(r);
    assert_true(reader_follow(r, &(struct reader_query){.last = 1}, audience[1], see, &seen, &e));
    assert_int_equal(seen.n, 4);
    assert_string_equal(seen.rows[0].activity.err.detail, "2");
    for (size_t i = 1; i < 4; i++) {
        assert_string_equal(seen.rows[i].activity.err.detail, "meanwhile");
        assert_int_equal(seen.rows[i].row, 3 + i);
    }
    reader_close(r);
    close(audience[0]);
    close(audience[1]);
}

static void following_ends_when_nobody_reads(void **state) {
    struct place *p = *state;
    struct err e = {0};
    int audience[2];
    struct seen seen = {0};
    fill(p, 1);
    assert_int_equal(pipe(audience), 0);
    close(audience[0]);
    struct reader *r = reader_open(p->store, &e);
    assert_non_null(r);
    assert_true(reader_follow(r, &(struct reader_query){0}, audience[1], see, &seen, &e));
    assert_int_equal(seen.n, 1);
    reader_close(r);
    close(audience[1]);
}

static void no_store_is_said_and_none_is_made(void **state) {
    struct place *p = *state;
    struct err e = {0};
    assert_null(reader_open(p->store, &e));
    assert_int_equal(e.code, ERR_STORE);
    assert_non_null(strstr(e.detail, "there is no store"));
    assert_non_null(strstr(e.detail, p->store));
    assert_int_equal(access(p->store, F_OK), -1);
    assert_null(reader_open("/nonexistent/state.db", &e));
    assert_non_null(strstr(e.detail, "/nonexistent"));
}

static void a_store_without_events_is_said(void **state) {
    struct place *p = *state;
    struct err e = {0};
    sqlite3 *db = place_connect(p);
    place_run(db, "CREATE TABLE sessions (id INTEGER)");
    sqlite3_close(db);
    chmod(p->store, 0600);
    assert_null(reader_open(p->store, &e));
    assert_int_equal(e.code, ERR_STORE);
    assert_non_null(strstr(e.detail, "has no events yet"));
}

static void a_locked_store_is_said_and_a_damaged_one(void **state) {
    struct place *p = *state;
    struct err e = {0};
    fill(p, 1);
    sqlite3 *db = place_connect(p);
    place_run(db, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;"
                  "INSERT INTO events (event) VALUES (1)");
    assert_null(reader_open(p->store, &e));
    assert_int_equal(e.code, ERR_STORE);
    assert_non_null(strstr(e.detail, "locked"));
    assert_non_null(strstr(e.hint, "fuser"));
    place_run(db, "COMMIT");
    sqlite3_close(db);

    assert_int_equal(truncate(p->store, 0), 0);
    FILE *file = fopen(p->store, "we");
    for (int i = 0; i < 500; i++)
        fputs("this is no database ", file);
    fclose(file);
    assert_null(reader_open(p->store, &e));
    assert_int_equal(e.code, ERR_STORE);
    assert_non_null(strstr(e.hint, "move it away"));
}

static void a_store_that_has_all_is_opened_while_another_writes(void **state) {
    struct place *p = *state;
    struct err e = {0};
    fill(p, 1);
    sqlite3 *db = place_connect(p);
    place_run(db, "BEGIN IMMEDIATE");
    struct sink *s = sink_open(p->store, 1000, &e);
    if (!s)
        fail_msg("%s", e.detail);
    place_run(db, "COMMIT");
    sqlite3_close(db);
    sink_close(s);
}

static void a_store_of_an_older_kerbgate_gets_what_it_lacks_from_whoever_serves(void **state) {
    struct place *p = *state;
    struct err e;
    sqlite3 *db;
    fill(p, 1);
    assert_int_equal(sqlite3_open(p->store, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "ALTER TABLE events DROP COLUMN kdc_us;", NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(db);
    assert_null(reader_open(p->store, &e));
    assert_non_null(strstr(e.detail, "kdc_us"));
    assert_non_null(strstr(e.hint, "kerbgate restart"));
    fill(p, 1);
    struct seen seen = {0};
    read_all(p, &(struct reader_query){0}, &seen);
    assert_int_equal(seen.n, 2);
    assert_true(seen.rows[0].activity.kdc_us == -1);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(rows_come_back_as_they_were_recorded),
        TEST(a_query_chooses_rows_the_newest_last),
        TEST(following_sees_what_is_written_meanwhile),
        TEST(following_ends_when_nobody_reads),
        TEST(no_store_is_said_and_none_is_made),
        TEST(a_store_without_events_is_said),
        TEST(a_locked_store_is_said_and_a_damaged_one),
        TEST(a_store_that_has_all_is_opened_while_another_writes),
        TEST(a_store_of_an_older_kerbgate_gets_what_it_lacks_from_whoever_serves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
