/* SPDX-License-Identifier: Apache-2.0 */
#include "net/testing.h"

#include "net/dial.h"

enum { LONG_MS = 15000 };

struct place {
    uv_loop_t loop;
    int server; /* of names */
    struct resolver *resolver;
    unsigned calls;
    int fd;
    struct err err;
};

static int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    struct err e;
    char servers[32];
    assert_non_null(p);
    assert_int_equal(uv_loop_init(&p->loop), 0);
    p->server = bound(SOCK_DGRAM, 0);
    p->fd = -1;
    snprintf(servers, sizeof servers, "127.0.0.1:%u", (unsigned)port_of(p->server));
    p->resolver = resolver_new(&p->loop, servers, &e);
    assert_non_null(p->resolver);
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    if (p->fd >= 0)
        close(p->fd);
    resolver_free(p->resolver);
    close(p->server);
    loop_end(&p->loop);
    free(p);
    return 0;
}

static void on_dialled(void *user, int fd, const struct err *e) {
    struct place *p = user;
    p->calls++;
    p->fd = fd;
    assert_true((fd >= 0) == (e == NULL));
    if (e)
        p->err = *e;
}

static struct dial *start(struct place *p, const char *host, uint16_t port, int64_t timeout_ms) {
    struct dial *d = dial_start(p->resolver, &p->loop, host, port, timeout_ms, on_dialled, p);
    assert_non_null(d);
    assert_int_equal(p->calls, 0);
    return d;
}

static void a_connection_is_made(void **state) {
    struct place *p = *state;
    int listener = bound(SOCK_STREAM, 1);
    start(p, "127.0.0.1", port_of(listener), LONG_MS);
    UNTIL(&p->loop, p->calls);
    assert_true(p->fd >= 0);
    assert_true(fcntl(p->fd, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(p->fd, F_GETFD) & FD_CLOEXEC);
    int theirs = accept(listener, NULL, NULL);
    assert_true(theirs >= 0);
    settle(&p->loop);
    assert_int_equal(p->calls, 1);
    close(theirs);
    close(listener);
}

static void a_refusal_names_host_and_port_and_what_to_type(void **state) {
    struct place *p = *state;
    char port[16], command[64];
    uint16_t number = closed_port();
    snprintf(port, sizeof port, "port %u", (unsigned)number);
    snprintf(command, sizeof command, "curl -v http://127.0.0.1:%u/", (unsigned)number);
    start(p, "127.0.0.1", number, LONG_MS);
    UNTIL(&p->loop, p->calls);
    assert_int_equal(p->err.code, ERR_BACKEND_UNREACHABLE);
    assert_non_null(strstr(p->err.detail, "127.0.0.1"));
    assert_non_null(strstr(p->err.detail, port));
    assert_non_null(strstr(p->err.detail, "Connection refused"));
    assert_non_null(strstr(p->err.hint, command));
}

static void a_name_that_cannot_be_resolved_is_the_error(void **state) {
    struct place *p = *state;
    start(p, "nowhere.corp.example", 80, LONG_MS);
    MEANWHILE(&p->loop, p->calls) name_server(p->server, NULL, 0);
    assert_int_equal(p->err.code, ERR_BACKEND_UNREACHABLE);
    assert_non_null(strstr(p->err.detail, "nowhere.corp.example cannot be resolved"));
}

static void the_next_address_is_tried_when_one_refuses(void **state) {
    static const char *const ADDRESSES[] = {"127.0.0.2", "127.0.0.1"};
    struct place *p = *state;
    int listener = bound(SOCK_STREAM, 1);
    start(p, "hr.corp.example", port_of(listener), LONG_MS);
    MEANWHILE(&p->loop, p->calls) name_server(p->server, ADDRESSES, 2);
    assert_true(p->fd >= 0);
    close(listener);
}

/* Listens, and has its queue full: what is sent there is swallowed. */
static int silent_listener(int fillers[2]) {
    int listener = bound(SOCK_STREAM, 0);
    fillers[0] = filler(port_of(listener));
    fillers[1] = filler(port_of(listener));
    return listener;
}

static void silence_ends_with_the_time(void **state) {
    struct place *p = *state;
    int fillers[2], listener = silent_listener(fillers);
    start(p, "127.0.0.1", port_of(listener), 50);
    UNTIL(&p->loop, p->calls);
    assert_int_equal(p->err.code, ERR_BACKEND_UNREACHABLE);
    assert_non_null(strstr(p->err.detail, "no answer within 50 ms"));
    close(fillers[0]);
    close(fillers[1]);
    close(listener);
}

static void a_silent_address_leaves_time_for_the_next(void **state) {
    static const char *const ADDRESSES[] = {"127.0.0.1", "127.0.0.2"};
    struct place *p = *state;
    int fillers[2], silent = silent_listener(fillers);
    struct sockaddr_in a = local("127.0.0.2", port_of(silent));
    int listener = new_socket(SOCK_STREAM);
    assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(listener, 1), 0);
    start(p, "hr.corp.example", port_of(silent), 1000);
    MEANWHILE(&p->loop, p->calls) name_server(p->server, ADDRESSES, 2);
    assert_true(p->fd >= 0);
    close(listener);
    close(fillers[0]);
    close(fillers[1]);
    close(silent);
}

static void a_cancelled_dial_is_not_heard_of_again_and_closes(void **state) {
    struct place *p = *state;
    int fillers[2], silent = silent_listener(fillers), listener = bound(SOCK_STREAM, 1);
    dial_cancel(start(p, "127.0.0.1", port_of(listener), LONG_MS)); /* while it resolves */
    struct dial *d = start(p, "127.0.0.1", port_of(silent), LONG_MS);
    settle(&p->loop);
    dial_cancel(d); /* while it connects */
    settle(&p->loop);
    assert_int_equal(p->calls, 0);
    assert_int_equal(accept(listener, NULL, NULL), -1);
    dial_cancel(NULL);
    close(fillers[0]);
    close(fillers[1]);
    close(listener);
    close(silent);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_connection_is_made),
        TEST(a_refusal_names_host_and_port_and_what_to_type),
        TEST(a_name_that_cannot_be_resolved_is_the_error),
        TEST(the_next_address_is_tried_when_one_refuses),
        TEST(silence_ends_with_the_time),
        TEST(a_silent_address_leaves_time_for_the_next),
        TEST(a_cancelled_dial_is_not_heard_of_again_and_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
