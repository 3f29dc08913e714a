/* SPDX-License-Identifier: Apache-2.0
 *
 * With real sockets and a real loop, and a client that waits for what it expects.
 */
#include "gateway/admin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static const char *const APPS[] = {"hr"};

struct place {
    uv_loop_t loop;
    int listener;
    struct sockaddr_in address;
    struct metrics *metrics;
    struct admin *admin;
};

static int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    socklen_t size = sizeof p->address;
    p->address =
        (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(uv_loop_init(&p->loop), 0);
    p->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(p->listener, (struct sockaddr *)&p->address, size), 0);
    assert_int_equal(listen(p->listener, 64), 0);
    assert_int_equal(getsockname(p->listener, (struct sockaddr *)&p->address, &size), 0);
    p->metrics = metrics_new(1);
    struct admin_start start = {
        .loop = &p->loop,
        .fd = p->listener,
        .metrics = {.threads = &p->metrics, .thread_count = 1, .apps = APPS, .app_count = 1}};
    p->admin = admin_new(&start);
    assert_non_null(p->admin);
    /* It keeps what it points to. */
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    admin_free(p->admin);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&p->loop), 0);
    metrics_free(p->metrics);
    close(p->listener);
    free(p);
    return 0;
}

static int connect_to(struct place *p) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&p->address, sizeof p->address), 0);
    return fd;
}

/* All that comes until the other side closes. */
static void read_all(struct place *p, int fd, char *out, size_t size) {
    size_t n = 0;
    for (;;) {
        ssize_t now = recv(fd, out + n, size - 1 - n, MSG_DONTWAIT);
        if (now == 0)
            break;
        if (now > 0)
            n += (size_t)now;
        uv_run(&p->loop, UV_RUN_NOWAIT);
        assert_true(n < size - 1);
    }
    out[n] = 0;
}

static const char *ask(struct place *p, const char *request) {
    static char answer[65536];
    int fd = connect_to(p);
    assert_int_equal(send(fd, request, strlen(request), 0), strlen(request));
    read_all(p, fd, answer, sizeof answer);
    close(fd);
    return answer;
}

#define HOST " HTTP/1.1\r\nHost: a\r\n\r\n"

static void each_address_answers_what_it_is_for(void **state) {
    static const struct {
        const char *request, *begins, *has;
    } ROWS[] = {
        {"GET /healthz" HOST, "HTTP/1.1 200 OK\r\n", "\r\n\r\nok\n"},
        {"GET /readyz" HOST, "HTTP/1.1 200 OK\r\n", "\r\n\r\nready\n"},
        {"GET /metrics" HOST, "HTTP/1.1 200 OK\r\n", "\nkerbgate_client_connections 0\n"},
        {"GET /metrics?x=1" HOST, "HTTP/1.1 200 OK\r\n",
         "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"},
        {"GET /" HOST, "HTTP/1.1 404 Not Found\r\n", "/metrics"},
        {"GET //metrics" HOST, "HTTP/1.1 404 Not Found\r\n", "/metrics"},
        {"POST /metrics" HOST, "HTTP/1.1 405 Method Not Allowed\r\n", "Allow: GET, HEAD\r\n"},
        {"GET /metrics HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n", "no request"},
        {"nonsense\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n", "no request"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const char *answer = ask(*state, ROWS[i].request);
        if (strncmp(answer, ROWS[i].begins, strlen(ROWS[i].begins)) != 0 ||
            !strstr(answer, ROWS[i].has) || !strstr(answer, "\r\nConnection: close\r\n"))
            fail_msg("%s: %s", ROWS[i].request, answer);
    }
}

static void a_head_request_gets_no_body(void **state) {
    const char *answer = ask(*state, "HEAD /healthz" HOST);
    assert_non_null(strstr(answer, "Content-Length: 3\r\n"));
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
}

static void a_head_without_end_is_refused(void **state) {
    static char request[ADMIN_HEAD_MAX + 1];
    memset(request, 'a', ADMIN_HEAD_MAX);
    const char *answer = ask(*state, request);
    assert_int_equal(strncmp(answer, "HTTP/1.1 414 ", 13), 0);
}

static void whoever_says_nothing_keeps_nobody_else_waiting_for_good(void **state) {
    struct place *p = *state;
    int silent[ADMIN_CONNECTIONS];
    for (int i = 0; i < ADMIN_CONNECTIONS; i++)
        silent[i] = connect_to(p);
    int next = connect_to(p);
    const char *request = "GET /healthz" HOST;
    assert_int_equal(send(next, request, strlen(request), 0), strlen(request));
    for (int i = 0; i < 100; i++)
        uv_run(&p->loop, UV_RUN_NOWAIT);
    char answer[256];
    assert_int_equal(recv(next, answer, sizeof answer, MSG_DONTWAIT), -1);
    close(silent[0]); /* as its time ends */
    read_all(p, next, answer, sizeof answer);
    assert_non_null(strstr(answer, "ok\n"));
    close(next);
    for (int i = 1; i < ADMIN_CONNECTIONS; i++)
        close(silent[i]);
}

static void who_drains_takes_nobody_and_says_so_to_those_there(void **state) {
    struct place *p = *state;
    const char *request = "GET /readyz" HOST;
    char answer[256];
    int before = connect_to(p);
    while (uv_run(&p->loop, UV_RUN_NOWAIT) && recv(before, answer, 1, MSG_DONTWAIT) == 0)
        ;
    admin_drain(p->admin);
    int after = connect_to(p);
    assert_int_equal(send(before, request, strlen(request), 0), strlen(request));
    assert_int_equal(send(after, request, strlen(request), 0), strlen(request));
    read_all(p, before, answer, sizeof answer);
    assert_int_equal(strncmp(answer, "HTTP/1.1 503 ", 13), 0);
    for (int i = 0; i < 100; i++)
        uv_run(&p->loop, UV_RUN_NOWAIT);
    assert_int_equal(recv(after, answer, sizeof answer, MSG_DONTWAIT), -1);
    close(before);
    close(after);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, place_make, place_remove)
    const struct CMUnitTest tests[] = {
        TEST(each_address_answers_what_it_is_for),
        TEST(a_head_request_gets_no_body),
        TEST(a_head_without_end_is_refused),
        TEST(whoever_says_nothing_keeps_nobody_else_waiting_for_good),
        TEST(who_drains_takes_nobody_and_says_so_to_those_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
