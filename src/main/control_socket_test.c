/* SPDX-License-Identifier: Apache-2.0 */
#include "main/control_socket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* A configuration's name that no other test run has. */
static const char *file_name(void) {
    static char name[64];
    snprintf(name, sizeof name, "/tmp/reload-test-%d.yaml", (int)getpid());
    return name;
}

static int client(void) {
    struct control_address a;
    struct err e;
    assert_true(control_address(file_name(), &a, &e));
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&a.un, a.size), 0);
    return fd;
}

static struct control_socket opened(void) {
    struct control_socket s;
    struct err e;
    if (!control_socket_open(&s, file_name(), &e))
        fail_msg("%s", e.detail);
    return s;
}

/* What the client has been told; its descriptor is closed. */
static void assert_told(int fd, char what, const char *text) {
    char got[256] = "";
    ssize_t n = recv(fd, got, sizeof got - 1, 0);
    close(fd);
    assert_true(n > 0);
    assert_int_equal(got[0], what);
    assert_non_null(strstr(got + 1, text));
}

static void one_file_has_one_address_however_it_is_written(void **state) {
    (void)state;
    static const struct {
        const char *a, *b;
        bool is_same;
    } ROWS[] = {
        {"/tmp/k.yaml", "/tmp/../tmp/k.yaml", true},
        {"/tmp/k.yaml", "/tmp//k.yaml", true},
        {"/tmp/k.yaml", "/tmp/l.yaml", false},
        {"/tmp/k.yaml", "/k.yaml", false},
        {"k.yaml", "./k.yaml", true},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct control_address a, b;
        struct err e;
        assert_true(control_address(ROWS[i].a, &a, &e) && control_address(ROWS[i].b, &b, &e));
        bool is_same = a.size == b.size && memcmp(&a.un, &b.un, a.size) == 0;
        assert_int_equal(is_same, ROWS[i].is_same);
        assert_int_equal(a.un.sun_path[0], 0);
    }
    struct control_address a;
    struct err e;
    assert_false(control_address("/nonexistent/k.yaml", &a, &e));
    assert_non_null(strstr(e.detail, "/nonexistent/k.yaml"));
}

static void a_second_supervisor_is_refused_and_told_of_the_first(void **state) {
    (void)state;
    struct control_socket first = opened(), second;
    struct err e;
    char process[32];
    snprintf(process, sizeof process, "process %d", (int)getpid());
    assert_false(control_socket_open(&second, file_name(), &e));
    assert_non_null(strstr(e.detail, file_name()));
    assert_non_null(strstr(e.hint, process));
    control_socket_close(&first);
    first = opened();
    control_socket_close(&first);
}

static void an_answer_is_for_those_who_asked_before_the_reload_began(void **state) {
    (void)state;
    struct control_socket s = opened();
    int early = client(), late = client();
    assert_false(control_socket_tick(&s));
    assert_int_equal(send(early, "L", 1, 0), 1);
    assert_true(control_socket_tick(&s));
    control_socket_begin(&s);
    assert_int_equal(send(late, "L", 1, 0), 1);
    assert_true(control_socket_tick(&s));
    control_socket_answer(&s, CONTROL_IS_DONE, STR("reloaded\n"));
    assert_told(early, CONTROL_IS_DONE, "reloaded");
    char none;
    assert_int_equal(recv(late, &none, 1, 0), -1);
    control_socket_begin(&s);
    control_socket_answer(&s, CONTROL_IS_REFUSED, STR("no\n"));
    assert_told(late, CONTROL_IS_REFUSED, "no");
    control_socket_close(&s);
}

static void one_too_many_is_turned_away_and_nonsense_is_dropped(void **state) {
    (void)state;
    struct control_socket s = opened();
    int fds[CONTROL_CLIENTS_MAX];
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        fds[i] = client();
    control_socket_tick(&s);
    int surplus = client();
    control_socket_tick(&s);
    assert_told(surplus, CONTROL_IS_REFUSED, "too many others");
    char none;
    assert_int_equal(send(fds[0], "x", 1, 0), 1);
    assert_false(control_socket_tick(&s));
    assert_int_equal(recv(fds[0], &none, 1, 0), 0);
    assert_true(control_socket_next_us(&s) < INT64_MAX);
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
        close(fds[i]);
    assert_false(control_socket_tick(&s));
    assert_int_equal(control_socket_next_us(&s), INT64_MAX);
    control_socket_close(&s);
}

static struct control_address address_of(const char *folder, const char *name) {
    char file[128];
    struct control_address a;
    struct err e;
    snprintf(file, sizeof file, "%s/%s", folder, name);
    assert_true(control_address(file, &a, &e));
    return a;
}

static bool is_same(struct control_address a, struct control_address b) {
    return a.size == b.size && memcmp(&a.un, &b.un, a.size) == 0;
}

static void links_count_in_the_path_and_not_in_the_name(void **state) {
    (void)state;
    char folder[] = "/tmp/reload_test.XXXXXX", real[64], other[64], link[64];
    assert_non_null(mkdtemp(folder));
    snprintf(real, sizeof real, "%s/real", folder);
    snprintf(other, sizeof other, "%s/other", folder);
    snprintf(link, sizeof link, "%s/real/link.yaml", folder);
    assert_int_equal(mkdir(real, 0700) | symlink("real", other) | symlink("k.yaml", link), 0);
    assert_true(is_same(address_of(real, "k.yaml"), address_of(other, "k.yaml")));
    assert_false(is_same(address_of(real, "k.yaml"), address_of(real, "link.yaml")));
    unlink(link);
    unlink(other);
    rmdir(real);
    rmdir(folder);
}

static void a_path_that_is_too_long_is_refused(void **state) {
    (void)state;
    char file[PATH_MAX + 20];
    struct control_address a;
    struct err e = {0};
    memset(file, '/', sizeof file);
    memcpy(file + sizeof file - 7, "k.yaml", 7);
    assert_false(control_address(file, &a, &e));
    assert_int_equal(e.code, ERR_CONFIG);
    assert_int_equal(a.size, 0);
}

static void an_answer_that_is_too_long_is_cut(void **state) {
    (void)state;
    struct control_socket s = opened();
    static char text[CONTROL_ANSWER_MAX + 9], got[CONTROL_ANSWER_MAX + 9];
    int fd = client();
    memset(text, 'x', sizeof text);
    assert_int_equal(send(fd, "L", 1, 0), 1);
    assert_true(control_socket_tick(&s));
    control_socket_begin(&s);
    control_socket_answer(&s, CONTROL_IS_DONE, str_n(text, sizeof text));
    assert_int_equal(recv(fd, got, sizeof got, 0), CONTROL_ANSWER_MAX);
    close(fd);
    control_socket_close(&s);
}

static void a_client_whose_time_is_over_is_dropped(void **state) {
    (void)state;
    struct control_socket s = opened();
    int silent = client(), patient = client();
    char none;
    control_socket_tick(&s);
    assert_int_equal(send(patient, "L", 1, 0), 1);
    assert_true(control_socket_tick(&s));
    assert_true(s.clients[1].deadline_us > s.clients[0].deadline_us);
    assert_int_equal(control_socket_next_us(&s), s.clients[0].deadline_us);
    s.clients[0].deadline_us = 0;
    assert_false(control_socket_tick(&s));
    assert_int_equal(recv(silent, &none, 1, 0), 0);
    assert_int_equal(recv(patient, &none, 1, 0), -1);
    close(silent);
    close(patient);
    control_socket_close(&s);
}

static bool note_and_take(void *user, struct str asked, int fd) {
    snprintf(user, 64, "%.*s", STR_ARG(asked));
    return send(fd, "Dtaken", 6, MSG_NOSIGNAL) == 6;
}

static bool turn_away(void *user, struct str asked, int fd) {
    (void)user;
    (void)asked;
    (void)fd;
    return false;
}

static void who_asks_for_tickets_is_passed_on_with_all_that_was_said(void **state) {
    (void)state;
    struct control_socket s = opened();
    char asked[64] = "";
    int taken = client();
    assert_int_equal(send(taken, "TLalice", 7, 0), 7);
    assert_int_equal(control_socket_tick(&s), 0);
    control_socket_pass(&s, note_and_take, asked);
    assert_string_equal(asked, "TLalice");
    assert_told(taken, 'D', "taken");
    int refused = client();
    assert_int_equal(send(refused, "TL", 2, 0), 2);
    control_socket_tick(&s);
    control_socket_tick(&s);
    control_socket_pass(&s, turn_away, NULL);
    assert_told(refused, CONTROL_IS_REFUSED, "no worker serves");
    control_socket_close(&s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_file_has_one_address_however_it_is_written),
        cmocka_unit_test(who_asks_for_tickets_is_passed_on_with_all_that_was_said),
        cmocka_unit_test(a_second_supervisor_is_refused_and_told_of_the_first),
        cmocka_unit_test(an_answer_is_for_those_who_asked_before_the_reload_began),
        cmocka_unit_test(one_too_many_is_turned_away_and_nonsense_is_dropped),
        cmocka_unit_test(links_count_in_the_path_and_not_in_the_name),
        cmocka_unit_test(a_path_that_is_too_long_is_refused),
        cmocka_unit_test(an_answer_that_is_too_long_is_cut),
        cmocka_unit_test(a_client_whose_time_is_over_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
