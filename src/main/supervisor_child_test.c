/* SPDX-License-Identifier: Apache-2.0 */
#include "main/supervisor_child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

/* A child whose side of the control socket is `*theirs`. */
static struct child made(int *theirs) {
    struct child c;
    int pair[2];
    child_init(&c, CHILD_WORKER);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    c.control = pair[0];
    c.pid = 4711;
    *theirs = pair[1];
    return c;
}

static void who_crashes_again_and_again_waits_longer_each_time(void **state) {
    (void)state;
    static const int64_t EXPECTED_MS[] = {0, 100, 200, 400, 800, 1600, 2000, 2000};
    struct child c;
    child_init(&c, CHILD_BROKER);
    for (size_t i = 0; i < sizeof EXPECTED_MS / sizeof *EXPECTED_MS; i++)
        assert_int_equal(child_back_off_ms(&c, 0), EXPECTED_MS[i]);
    for (int i = 0; i < 100; i++)
        assert_int_equal(child_back_off_ms(&c, 0), CHILD_BACK_OFF_MAX_MS);
    assert_int_equal(child_back_off_ms(&c, CHILD_HEALTHY_MS * 1000), 0);
    assert_int_equal(child_back_off_ms(&c, CHILD_HEALTHY_MS * 1000 - 1), CHILD_BACK_OFF_MS);
}

static void it_is_ready_once_it_has_said_so(void **state) {
    (void)state;
    int theirs;
    struct child c = made(&theirs);
    assert_false(child_read(&c));
    assert_int_equal(send(theirs, "R", 1, 0), 1);
    assert_true(child_read(&c));
    assert_true(c.is_ready);
    assert_false(child_read(&c));
    close(theirs);
    assert_false(child_read(&c));
    assert_int_equal(c.control, -1);
}

static void what_it_says_of_its_failure_is_passed_on_without_control_bytes(void **state) {
    (void)state;
    int theirs;
    struct child c = made(&theirs);
    struct err said = {.code = ERR_STORE}, e;
    char message[1 + sizeof said] = {'E'};
    memset(said.detail, 'x', sizeof said.detail);
    memcpy(said.detail, "a\x1b[31mb", 7);
    memcpy(said.hint, "type\x7f\nthis", 11);
    memset(said.kdc.step, '\r', sizeof said.kdc.step);
    memcpy(said.kdc.address, "10.0.0.10\x1b", 11);
    memcpy(message + 1, &said, sizeof said);
    assert_int_equal(send(theirs, message, sizeof message - 1, 0), sizeof message - 1);
    assert_false(child_read(&c));
    assert_false(c.has_err);
    assert_int_equal(send(theirs, message, sizeof message, 0), sizeof message);
    close(theirs);
    child_ended(&c, 1 << 8, &e);
    assert_int_equal(e.code, ERR_STORE);
    assert_memory_equal(e.detail, "a?[31mb", 7);
    assert_int_equal(strlen(e.detail), sizeof e.detail - 1);
    assert_string_equal(e.hint, "type??this");
    assert_string_equal(e.kdc.step, "???????????????????????");
    assert_string_equal(e.kdc.address, "10.0.0.10?");
    assert_int_equal(c.pid, 0);
}

static void an_error_that_there_is_not_is_an_internal_one(void **state) {
    (void)state;
    int theirs;
    struct child c = made(&theirs);
    struct err said = {.code = ERR_COUNT}, e;
    char message[1 + sizeof said] = {'E'};
    memcpy(message + 1, &said, sizeof said);
    assert_int_equal(send(theirs, message, sizeof message, 0), sizeof message);
    close(theirs);
    child_ended(&c, 1 << 8, &e);
    assert_int_equal(e.code, ERR_INTERNAL);
}

static void how_it_ended_is_told(void **state) {
    (void)state;
    static const struct {
        int status; /* of waitpid(2) */
        const char *words;
    } ROWS[] = {
        {9, "signal 9 (Killed)"}, {31, "signal 31 (Bad system call)"}, {7 << 8, "status 7"}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        int theirs;
        struct child c = made(&theirs);
        struct err e;
        close(theirs);
        child_ended(&c, ROWS[i].status, &e);
        assert_non_null(strstr(e.detail, ROWS[i].words));
        assert_non_null(strstr(e.detail, "the worker (process 4711)"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_crashes_again_and_again_waits_longer_each_time),
        cmocka_unit_test(it_is_ready_once_it_has_said_so),
        cmocka_unit_test(what_it_says_of_its_failure_is_passed_on_without_control_bytes),
        cmocka_unit_test(an_error_that_there_is_not_is_an_internal_one),
        cmocka_unit_test(how_it_ended_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
