/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_file.h"

#include "session/testing.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { NOBODY = 65534 };

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

static void a_new_file_is_for_its_owner_alone_whatever_the_umask(void **state) {
    static const mode_t MASKS[] = {0, 022, 0777};
    static const char *const TAILS[] = {"", "-wal", "-shm"};
    struct place *p = *state;
    for (size_t i = 0; i < 3; i++) {
        mode_t old = umask(MASKS[i]);
        struct session_file *f = opened(p);
        umask(old);
        for (size_t k = 0; k < 3; k++) {
            char name[128];
            struct stat st;
            snprintf(name, sizeof name, "%s%s", p->file, TAILS[k]);
            assert_int_equal(stat(name, &st), 0);
            assert_int_equal(st.st_mode & 07777, 0600);
        }
        session_file_close(f);
        unlink(p->file);
    }
}

static void it_says_what_is_wrong_with_the_folder(void **state) {
    struct place *p = *state, missing = {.file = "/nonexistent/state.db"};
    assert_refused(&missing, "No such file", "install -d -m 0700 /nonexistent");
    (void)p;
}

static void a_symbolic_link_is_refused_and_its_aim_left_alone(void **state) {
    struct place *p = *state;
    char aim[128];
    snprintf(aim, sizeof aim, "%s/aim", p->folder);
    assert_int_equal(symlink(aim, p->file), 0);
    assert_refused(p, "no plain file", "ls -la");
    assert_int_equal(access(aim, F_OK), -1);
}

static void a_folder_in_its_place_is_refused(void **state) {
    struct place *p = *state;
    assert_int_equal(mkdir(p->file, 0700), 0);
    assert_refused(p, "no plain file", "ls -la");
    rmdir(p->file);
}

static void a_folder_that_is_a_link_is_followed(void **state) {
    struct place *p = *state, linked = {0};
    char name[128];
    snprintf(name, sizeof name, "%s/link", p->folder);
    assert_int_equal(symlink(p->folder, name), 0);
    snprintf(linked.file, sizeof linked.file, "%s/link/state.db", p->folder);
    session_file_close(opened(&linked));
    assert_int_equal(access(p->file, F_OK), 0);
    unlink(name);
}

static void a_file_of_another_account_is_refused(void **state) {
    struct place *p = *state;
    session_file_close(opened(p));
    assert_int_equal(chown(p->file, NOBODY, NOBODY), 0);
    assert_refused(p, "belongs to another account (uid 65534)", "chown 0 ");
}

static void made_by_root_it_belongs_to_the_owner_of_its_folder(void **state) {
    struct place *p = *state;
    struct stat st;
    assert_int_equal(chown(p->folder, NOBODY, NOBODY), 0);
    session_file_close(opened(p));
    session_file_close(opened(p));
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_uid, NOBODY);
}

static void a_file_that_others_may_write_or_read_is_refused(void **state) {
    static const mode_t MODES[] = {0644, 0640, 0620, 0606};
    struct place *p = *state;
    session_file_close(opened(p));
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        chmod(p->file, MODES[i]);
        assert_refused(p, "open to other accounts", "chmod 0600 ");
    }
    chmod(p->file, 0600);
    session_file_close(opened(p));
}

static void what_is_no_database_is_refused_and_kept(void **state) {
    struct place *p = *state;
    char junk[8192];
    struct stat st;
    memset(junk, 'j', sizeof junk);
    put(p, junk, sizeof junk);
    assert_refused(p, "not a database", "move it away");
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_size, sizeof junk);
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

static void a_newer_schema_is_refused_and_kept(void **state) {
    struct place *p = *state;
    session_file_close(opened(p));
    place_run(p, "PRAGMA user_version = 2");
    assert_refused(p, "has schema 2, and this kerbgate knows 1", "newer kerbgate");
    assert_int_equal(place_number(p, "PRAGMA user_version"), 2);
}

/* Root may write anything, so this is tried as somebody else. */
static void become_nobody(const struct place *p) {
    assert_int_equal(chown(p->folder, NOBODY, NOBODY), 0);
    assert_int_equal(seteuid(NOBODY), 0);
}

static void become_root(void) { assert_int_equal(seteuid(0), 0); }

static void a_read_only_folder_is_refused(void **state) {
    struct place *p = *state;
    become_nobody(p);
    chmod(p->folder, 0500);
    assert_refused(p, "Permission denied", "ls -lad ");
    chmod(p->folder, 0700);
    session_file_close(opened(p)); /* the same with a store that is there already: no WAL */
    chmod(p->folder, 0500);
    assert_refused(p, "cannot be", "ls -la ");
    chmod(p->folder, 0700);
    become_root();
}

static void a_read_only_file_is_refused(void **state) {
    struct place *p = *state;
    become_nobody(p);
    session_file_close(opened(p));
    chmod(p->file, 0400);
    assert_refused(p, "read-only", "chmod 0600 ");
    chmod(p->file, 0600);
    become_root();
}

static void a_store_that_somebody_keeps_locked_is_waited_for_and_then_refused(void **state) {
    struct place *p = *state;
    struct session_file *f = opened(p);
    sqlite3 *db = place_connect(p);
    struct err e;
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    session_file_give_up_at(f, 0);
    assert_false(session_file_begin(f, SESSION_OUTLASTS_PROCESS, &e));
    assert_int_equal(e.code, ERR_STORE);
    assert_non_null(strstr(e.detail, "locked"));
    assert_non_null(strstr(e.hint, "fuser -v"));
    sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    assert_true(session_file_begin(f, SESSION_OUTLASTS_PROCESS, &e));
    assert_true(session_file_end(f, true, &e));
    sqlite3_close(db);
    session_file_close(f);
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
        TEST(a_new_file_is_for_its_owner_alone_whatever_the_umask),
        TEST(it_says_what_is_wrong_with_the_folder),
        TEST(a_symbolic_link_is_refused_and_its_aim_left_alone),
        TEST(a_folder_in_its_place_is_refused),
        TEST(a_folder_that_is_a_link_is_followed),
        TEST(a_file_of_another_account_is_refused),
        TEST(made_by_root_it_belongs_to_the_owner_of_its_folder),
        TEST(a_file_that_others_may_write_or_read_is_refused),
        TEST(what_is_no_database_is_refused_and_kept),
        TEST(an_empty_file_becomes_a_store),
        TEST(the_events_may_have_been_there_first),
        TEST(a_newer_schema_is_refused_and_kept),
        TEST(a_read_only_folder_is_refused),
        TEST(a_read_only_file_is_refused),
        TEST(a_store_that_somebody_keeps_locked_is_waited_for_and_then_refused),
        TEST(no_room_on_the_disk_is_an_error_that_names_the_file),
        TEST(only_what_must_outlast_power_waits_for_the_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
