/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_file.h"

#include "session/testing.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

static struct session_file *opened(const struct place *p) {
    struct err e = {0};
    struct session_file *f = session_file_open(p->file, &e);
    if (!f)
        fail_msg("%s: %s", e.detail, e.hint);
    return f;
}

/* Refused, with the file's name and something to type. */
static void assert_refused(const struct place *p, const char *detail, const char *hint) {
    struct err e = {0};
    assert_null(session_file_open(p->file, &e));
    assert_int_equal(e.code, ERR_STORE);
    if (!strstr(e.detail, p->file) || !strstr(e.detail, detail) || !strstr(e.hint, hint))
        fail_msg("%s: %s", e.detail, e.hint);
}

static void put(const struct place *p, const char *text, size_t n) {
    int fd = open(p->file, O_CREAT | O_WRONLY | O_TRUNC, 0600);
    assert_int_equal(write(fd, text, n), n);
    close(fd);
}

static void an_empty_file_becomes_a_store(void **state) {
    struct place *p = *state;
    put(p, "", 0);
    session_file_close(opened(p));
    assert_int_equal(place_number(p, "PRAGMA user_version"), SESSION_FILE_SCHEMA);
}

static void the_events_may_have_been_there_first(void **state) {
    struct place *p = *state;
    put(p, "", 0);
    place_run(p, "CREATE TABLE events (row INTEGER PRIMARY KEY); INSERT INTO events VALUES (7)");
    session_file_close(opened(p));
    assert_int_equal(place_number(p, "SELECT row FROM events"), 7);
    assert_int_equal(place_number(p, "SELECT count(*) FROM sessions"), 0);
}

static void a_store_of_a_time_without_own_tickets_gets_their_columns(void **state) {
    struct place *p = *state;
    session_file_close(opened(p));
    place_run(p, "DROP INDEX sessions_sub; DROP INDEX sessions_sid; DROP TABLE keys;"
                 "ALTER TABLE sessions DROP COLUMN sub; ALTER TABLE sessions DROP COLUMN sid;"
                 "ALTER TABLE sessions DROP COLUMN own_ticket;"
                 "ALTER TABLE sessions DROP COLUMN own_ends;"
                 "ALTER TABLE sessions DROP COLUMN renewal;"
                 "ALTER TABLE sessions DROP COLUMN renewed;"
                 "ALTER TABLE sessions DROP COLUMN renewing_until;"
                 "INSERT INTO sessions VALUES (x'01', 'h', 'p', 's', NULL, '{}', 1, 1)");
    session_file_close(opened(p));
    session_file_close(opened(p));
    assert_int_equal(place_number(p, "SELECT count(*) FROM sessions WHERE own_ticket IS NULL AND "
                                     "own_ends IS NULL"),
                     1);
}

static void a_newer_schema_is_refused_and_kept(void **state) {
    struct place *p = *state;
    session_file_close(opened(p));
    place_run(p, "PRAGMA user_version = 2");
    assert_refused(p, "has schema 2, and this kerbgate knows 1", "newer kerbgate");
    assert_int_equal(place_number(p, "PRAGMA user_version"), 2);
}

/* A limit of the file's size is what a full disk is to us. */
static void no_room_on_the_disk_is_an_error_that_names_the_file(void **state) {
    static const char FILL[] = "INSERT INTO attempts (at, until, source) VALUES (1, 1, "
                               "zeroblob(1000000))";
    struct place *p = *state;
    struct session_file *f = opened(p);
    struct rlimit old, small = {.rlim_cur = 512 * 1024, .rlim_max = RLIM_INFINITY};
    struct err e = {0};
    getrlimit(RLIMIT_FSIZE, &old);
    small.rlim_max = old.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    assert_true(session_file_begin(f, SESSION_OUTLASTS_POWER, &e));
    sqlite3_stmt *s = session_file_statement(f, FILL, &e);
    bool ok = session_file_step(f, s, "written", &e) == SQLITE_DONE;
    assert_false(session_file_end(f, ok, &e));
    setrlimit(RLIMIT_FSIZE, &old);
    assert_int_equal(e.code, ERR_STORE);
    assert_non_null(strstr(e.detail, p->file));
    assert_non_null(strstr(e.hint, "df -h"));
    assert_true(session_file_begin(f, SESSION_OUTLASTS_POWER, &e)); /* and it can go on */
    assert_true(session_file_end(f, true, &e));
    session_file_close(f);
}

static int64_t pragma(struct session_file *f, const char *sql) {
    struct err e;
    sqlite3_stmt *s = session_file_statement(f, sql, &e);
    assert_int_equal(session_file_step(f, s, "read", &e), SQLITE_ROW);
    int64_t n = sqlite3_column_int64(s, 0);
    session_file_reset(s);
    return n;
}

static void only_what_must_outlast_power_waits_for_the_disk(void **state) {
    static const char SYNCHRONOUS[] = "PRAGMA synchronous";
    struct place *p = *state;
    struct session_file *f = opened(p);
    struct err e;
    for (int i = 0; i < 2; i++) {
        assert_true(session_file_begin(f, SESSION_OUTLASTS_POWER, &e));
        assert_int_equal(pragma(f, SYNCHRONOUS), 2);
        assert_true(session_file_end(f, true, &e));
        assert_true(session_file_begin(f, SESSION_OUTLASTS_PROCESS, &e));
        assert_int_equal(pragma(f, SYNCHRONOUS), 1);
        assert_true(session_file_end(f, true, &e));
    }
    session_file_close(f);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(an_empty_file_becomes_a_store),
        TEST(the_events_may_have_been_there_first),
        TEST(a_store_of_a_time_without_own_tickets_gets_their_columns),
        TEST(a_newer_schema_is_refused_and_kept),
        TEST(no_room_on_the_disk_is_an_error_that_names_the_file),
        TEST(only_what_must_outlast_power_waits_for_the_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
