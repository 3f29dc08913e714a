/* SPDX-License-Identifier: Apache-2.0 */
#include "net/testing.h"

#include "net/dial_wait.h"

static struct dial_wait to(uint16_t port, int64_t timeout_ms) {
    return (struct dial_wait){
        .servers = "127.0.0.1:1", .host = "127.0.0.1", .port = port, .timeout_ms = timeout_ms};
}

static void what_is_read_and_not_sent_ends_with_the_time(void **state) {
    (void)state;
    int listener = bound(SOCK_STREAM, 1);
    struct dial_wait w = to(port_of(listener), 50);
    struct err e;
    char byte;
    int fd = dial_and_wait(&w, &e);
    assert_true(fd >= 0);
    assert_false(fcntl(fd, F_GETFL) & O_NONBLOCK);
    ssize_t n;
    do /* libuv 1.50 has closed an io_uring, which interrupts the next wait */
        n = read(fd, &byte, 1);
    while (n < 0 && errno == EINTR);
    assert_int_equal(n, -1);
    assert_int_equal(errno, EAGAIN);
    close(fd);
    close(listener);
}

static void a_refusal_says_so(void **state) {
    (void)state;
    struct dial_wait w = to(closed_port(), 15000);
    struct err e;
    assert_int_equal(dial_and_wait(&w, &e), -1);
    assert_int_equal(e.code, ERR_BACKEND_UNREACHABLE);
    assert_non_null(strstr(e.detail, "Connection refused"));
}

static void a_name_server_that_is_silent_is_not_waited_for_longer(void **state) {
    (void)state;
    int server = bound(SOCK_DGRAM, 0);
    char servers[32];
    struct dial_wait w = to(389, 50);
    struct err e;
    snprintf(servers, sizeof servers, "127.0.0.1:%u", (unsigned)port_of(server));
    w.servers = servers;
    w.host = "dc1.corp.example";
    assert_int_equal(dial_and_wait(&w, &e), -1);
    assert_non_null(strstr(e.detail, "dc1.corp.example"));
    close(server);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_read_and_not_sent_ends_with_the_time),
        cmocka_unit_test(a_refusal_says_so),
        cmocka_unit_test(a_name_server_that_is_silent_is_not_waited_for_longer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
