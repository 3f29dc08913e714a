/* SPDX-License-Identifier: Apache-2.0 */
#include "store/database.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { NOBODY = 65534 };

/* A folder for one test. */
struct place {
    char folder[64], file[96];
};

static int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    snprintf(p->folder, sizeof p->folder, "/tmp/database_test.XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    snprintf(p->file, sizeof p->file, "%s/state.db", p->folder);
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    static const char *const TAILS[] = {"", "-wal", "-shm"};
    struct place *p = *state;
    for (size_t i = 0; i < 3; i++) {
        char name[128];
        snprintf(name, sizeof name, "%s%s", p->file, TAILS[i]);
        unlink(name);
    }
    int failed = rmdir(p->folder);
    free(p);
    return failed;
}

static struct database *opened(const struct place *p) {
    struct err e = {0};
    struct database *d = database_open(p->file, DATABASE_WRITE, &e);
    if (!d)
        fail_msg("%s: %s", e.detail, e.hint);
    return d;
}

/* Refused, with the file's name and something to type. */
static void assert_refused(const struct place *p, const char *detail, const char *hint) {
    struct err e = {0};
    assert_null(database_open(p->file, DATABASE_WRITE, &e));
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
        struct database *d = opened(p);
        struct err e;
        assert_true(database_run(d, "CREATE TABLE t (n INTEGER)", "prepared", &e));
        umask(old);
        for (size_t k = 0; k < 3; k++) {
            char name[128];
            struct stat st;
            snprintf(name, sizeof name, "%s%s", p->file, TAILS[k]);
            assert_int_equal(stat(name, &st), 0);
            assert_int_equal(st.st_mode & 07777, 0600);
        }
        database_close(d);
        unlink(p->file);
    }
}

static void it_says_what_is_wrong_with_the_folder(void **state) {
    struct place *p = *state, missing = {.file = "/nonexistent/state.db"};
    assert_refused(&missing, "No such file", "kerbgate run makes it");
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
    database_close(opened(&linked));
    assert_int_equal(access(p->file, F_OK), 0);
    unlink(name);
}

static void a_file_of_another_account_is_refused(void **state) {
    struct place *p = *state;
    database_close(opened(p));
    assert_int_equal(chown(p->file, NOBODY, NOBODY), 0);
    assert_refused(p, "belongs to another account (uid 65534)", "chown 0 ");
}

static void made_by_root_it_belongs_to_the_owner_of_its_folder(void **state) {
    struct place *p = *state;
    struct stat st;
    assert_int_equal(chown(p->folder, NOBODY, NOBODY), 0);
    database_close(opened(p));
    database_close(opened(p));
    assert_int_equal(stat(p->file, &st), 0);
    assert_int_equal(st.st_uid, NOBODY);
}

static void a_file_that_others_may_write_or_read_is_refused(void **state) {
    static const mode_t MODES[] = {0644, 0640, 0620, 0606};
    struct place *p = *state;
    database_close(opened(p));
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        chmod(p->file, MODES[i]);
        assert_refused(p, "open to other accounts", "chmod 0600 ");
    }
    chmod(p->file, 0600);
    database_close(opened(p));
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
    database_close(opened(p)); /* the same with a store that is there already: no WAL */
    chmod(p->folder, 0500);
    assert_refused(p, "cannot be", "ls -la ");
    chmod(p->folder, 0700);
    become_root();
}

static void a_read_only_file_is_refused(void **state) {
    struct place *p = *state;
    become_nobody(p);
    database_close(opened(p));
    chmod(p->file, 0400);
    assert_refused(p, "read-only", "chmod 0600 ");
    chmod(p->file, 0600);
    become_root();
}

static void a_store_that_somebody_keeps_locked_is_waited_for_and_then_refused(void **state) {
    struct place *p = *state;
    struct database *d = opened(p);
    struct database *other = opened(p);
    struct err e;
    assert_true(database_begin(other, &e));
    database_give_up_at(d, 0);
    assert_false(database_begin(d, &e));
    assert_int_equal(e.code, ERR_STORE);
    assert_non_null(strstr(e.detail, "locked"));
    assert_non_null(strstr(e.hint, "fuser -v"));
    assert_false(database_end(other, false, &e));
    assert_true(database_begin(d, &e));
    assert_true(database_end(d, true, &e));
    database_close(other);
    database_close(d);
}

static void who_only_reads_creates_and_changes_nothing(void **state) {
    struct place *p = *state;
    struct err e = {0};
    assert_null(database_open(p->file, DATABASE_READ, &e));
    assert_non_null(strstr(e.detail, "there is no store"));
    assert_non_null(strstr(e.hint, "kerbgate run makes it"));
    assert_int_equal(access(p->file, F_OK), -1);
    struct database *writer = opened(p);
    assert_true(database_run(writer, "CREATE TABLE t (n INTEGER)", "prepared", &e));
    struct database *reader = database_open(p->file, DATABASE_READ, &e);
    assert_non_null(reader);
    assert_false(database_run(reader, "INSERT INTO t VALUES (1)", "written", &e));
    assert_int_equal(e.code, ERR_STORE);
    database_close(reader);
    database_close(writer);
}

static void a_folder_that_cannot_be_entered_is_told_with_the_way_to_see_which(void **state) {
    struct place *p = *state, inside = {0};
    char folder[80];
    snprintf(folder, sizeof folder, "%s/closed", p->folder);
    assert_int_equal(mkdir(folder, 0700), 0);
    snprintf(inside.file, sizeof inside.file, "%s/x/state.db", folder);
    become_nobody(p);
    struct err e = {0};
    assert_null(database_open(inside.file, DATABASE_WRITE, &e));
    become_root();
    assert_non_null(strstr(e.detail, "Permission denied"));
    assert_non_null(strstr(e.hint, "namei -l "));
    rmdir(folder);
}

static void what_fails_is_rolled_back_whole(void **state) {
    struct place *p = *state;
    struct err e = {0};
    struct database *d = opened(p);
    assert_true(database_run(d, "CREATE TABLE t (n INTEGER)", "prepared", &e));
    assert_true(database_begin(d, &e));
    assert_true(database_run(d, "INSERT INTO t VALUES (1)", "written", &e));
    assert_false(database_end(d, false, &e));
    assert_true(database_begin(d, &e));
    assert_true(database_run(d, "INSERT INTO t SELECT 2 WHERE NOT EXISTS (SELECT * FROM t)",
                             "written", &e));
    assert_int_equal(sqlite3_changes(database_connection(d)), 1);
    assert_true(database_end(d, true, &e));
    database_close(d);
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
        TEST(a_read_only_folder_is_refused),
        TEST(a_read_only_file_is_refused),
        TEST(a_store_that_somebody_keeps_locked_is_waited_for_and_then_refused),
        TEST(who_only_reads_creates_and_changes_nothing),
        TEST(a_folder_that_cannot_be_entered_is_told_with_the_way_to_see_which),
        TEST(what_fails_is_rolled_back_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
