/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "main/own_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/own_file_test.XXXXXX", name[64], other[64];

static int make_folder(void **state) {
    (void)state;
    memcpy(folder + sizeof folder - 7, "XXXXXX", 6);
    assert_non_null(mkdtemp(folder));
    snprintf(name, sizeof name, "%s/out", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(name);
    unlink(other);
    return rmdir(folder); /* fails when more was left there */
}

static void write_text(const char *file, const char *text) {
    FILE *f = fopen(file, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void assert_text(const char *file, const char *expected) {
    char text[64] = "";
    FILE *f = fopen(file, "r");
    assert_non_null(f);
    assert_int_equal(fread(text, 1, sizeof text - 1, f), strlen(expected));
    fclose(f);
    assert_string_equal(text, expected);
}

static void a_new_file_is_its_owners_alone(void **state) {
    struct stat st;
    struct err e;
    (void)state;
    mode_t before = umask(0);
    assert_true(own_file_save(name, STR("report"), &e));
    umask(before);
    assert_text(name, "report");
    assert_int_equal(stat(name, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

/* Who has opened it before, and other names of it, see nothing of the new one. */
static void a_file_that_is_there_gives_way_to_another(void **state) {
    struct stat st;
    struct err e;
    (void)state;
    write_text(name, "mine");
    assert_int_equal(chmod(name, 0666), 0);
    assert_int_equal(link(name, other), 0);
    assert_true(own_file_save(name, STR("report"), &e));
    assert_text(name, "report");
    assert_text(other, "mine");
    assert_int_equal(stat(name, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void what_is_no_plain_file_is_left_as_it_is(void **state) {
    static const struct {
        mode_t kind;
        const char *said;
    } ROWS[] = {
        {S_IFLNK, "it is a symbolic link"},
        {S_IFDIR, "it is a folder"},
        {S_IFIFO, "it is a device or a pipe"},
    };
    (void)state;
    write_text(other, "theirs");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct err e;
        struct stat st;
        int made = ROWS[i].kind == S_IFLNK   ? symlink(other, name)
                   : ROWS[i].kind == S_IFDIR ? mkdir(name, 0700)
                                             : mkfifo(name, 0600);
        assert_int_equal(made, 0);
        assert_false(own_file_save(name, STR("report"), &e));
        assert_non_null(strstr(e.detail, ROWS[i].said));
        assert_int_equal(lstat(name, &st), 0);
        assert_int_equal(st.st_mode & S_IFMT, ROWS[i].kind);
        assert_int_equal(remove(name), 0);
    }
    assert_text(other, "theirs");
}

static void it_has_its_name_when_it_is_put_there(void **state) {
    struct own_file f;
    struct err e;
    (void)state;
    write_text(name, "before");
    assert_true(own_file_open(&f, name, &e));
    assert_true(own_file_write(&f, STR("a")));
    assert_text(name, "before");
    assert_true(own_file_put(&f, &e));
    assert_true(own_file_write(&f, STR("b")));
    assert_true(own_file_close(&f, &e));
    assert_text(name, "ab");
}

static void what_is_not_put_there_leaves_nothing(void **state) {
    struct own_file f;
    struct err e;
    (void)state;
    assert_true(own_file_open(&f, name, &e));
    assert_true(own_file_write(&f, STR("a")));
    assert_true(own_file_close(&f, &e));
    assert_int_equal(access(name, F_OK), -1);
}

static void a_folder_that_there_is_not_is_named(void **state) {
    struct err e;
    (void)state;
    assert_false(own_file_save("/nowhere/out", STR("report"), &e));
    assert_string_equal(e.detail, "/nowhere/out cannot be written: No such file or directory");
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_new_file_is_its_owners_alone),
        IN_FOLDER(a_file_that_is_there_gives_way_to_another),
        IN_FOLDER(what_is_no_plain_file_is_left_as_it_is),
        IN_FOLDER(it_has_its_name_when_it_is_put_there),
        IN_FOLDER(what_is_not_put_there_leaves_nothing),
        IN_FOLDER(a_folder_that_there_is_not_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
