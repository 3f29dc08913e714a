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

static const char *peer_of(int fd) {
    static char text[INET_ADDRSTRLEN];
    struct sockaddr_in a = {0};
    socklen_t size = sizeof a;
    if (fd < 0)
        return "nobody";
    assert_int_equal(getpeername(fd, (struct sockaddr *)&a, &size), 0);
    return inet_ntop(AF_INET, &a.sin_addr, text, sizeof text);
}

/* With little time, and with more than anybody would wait. */
static void silence_first(struct place *p, int64_t time_ms) {
    static const char *const ADDRESSES[] = {"127.0.0.1", "127.0.0.2"};
    int fillers[2], silent = silent_listener(fillers);
    struct sockaddr_in a = local("127.0.0.2", port_of(silent));
    int listener = new_socket(SOCK_STREAM);
    assert_int_equal(bind(listener, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(listener, 1), 0);
    int64_t from_us = clock_mono_us();
    start(p, "hr.corp.example", port_of(silent), time_ms);
    MEANWHILE(&p->loop, p->calls) name_server(p->server, ADDRESSES, 2);
    assert_true(p->fd >= 0);
    assert_string_equal(peer_of(p->fd), "127.0.0.2");
    assert_true(clock_mono_us() - from_us < LONG_MS * 1000 / 5);
    close(listener);
    close(fillers[0]);
    close(fillers[1]);
    close(silent);
}

static void a_silent_address_leaves_time_for_the_next(void **state) { silence_first(*state, 240); }

static void a_silent_address_has_a_short_head_start(void **state) {
    silence_first(*state, LONG_MS);
}

static void silence_is_the_error_though_another_refused(void **state) {
    static const char *const ADDRESSES[] = {"127.0.0.1", "127.0.0.2"};
    struct place *p = *state;
    int fillers[2], silent = silent_listener(fillers);
    start(p, "hr.corp.example", port_of(silent), 200);
    MEANWHILE(&p->loop, p->calls) name_server(p->server, ADDRESSES, 2);
    assert_non_null(strstr(p->err.detail, "(127.0.0.1): no answer within 200 ms"));
    close(fillers[0]);
    close(fillers[1]);
    close(silent);
}

static int stream_sockets(void) {
    int count = 0;
    for (int fd = 0; fd < 256; fd++) {
        int type = 0;
        socklen_t size = sizeof type;
        count += getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM;
    }
    return count;
}

/* The first is silent until the second was begun, and wins when its SYN is sent again. */
static void the_first_goes_on_beside_the_next(void **state) {
    static const char *const ADDRESSES[] = {"127.0.0.1", "127.0.0.2"};
    struct place *p = *state;
    int fillers[4], first = silent_listener(fillers), taken[2] = {-1, -1};
    struct sockaddr_in a = local("127.0.0.2", port_of(first));
    int second = new_socket(SOCK_STREAM);
    assert_int_equal(bind(second, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(second, 0), 0);
    for (int i = 2; i < 4; i++) {
        fillers[i] = new_socket(SOCK_STREAM);
        assert_true(connect(fillers[i], (struct sockaddr *)&a, sizeof a) == 0 ||
                    errno == EINPROGRESS);
    }
    start(p, "hr.corp.example", port_of(first), LONG_MS);
    int before = stream_sockets();
    MEANWHILE(&p->loop, stream_sockets() == before + 2) { /* both are being connected to */
        name_server(p->server, ADDRESSES, 2);
    }
    assert_int_equal(p->calls, 0);
    for (int i = 0; i < 2; i++)
        UNTIL(&p->loop, (taken[i] = accept(first, NULL, NULL)) >= 0 || p->calls);
    UNTIL(&p->loop, p->calls);
    assert_true(p->fd >= 0);
    assert_string_equal(peer_of(p->fd), "127.0.0.1");
    /* Ours, and those taken. */
    assert_int_equal(stream_sockets(), before + 1 + (taken[0] >= 0) + (taken[1] >= 0));
    settle(&p->loop);
    assert_int_equal(p->calls, 1);
    for (int i = 0; i < 2 && taken[i] >= 0; i++)
        close(taken[i]);
    for (int i = 0; i < 4; i++)
        close(fillers[i]);
    close(first);
    close(second);
}

static void the_families_are_tried_in_turn(void **state) {
    static const struct {
        const char *before, *after;
    } ROWS[] = {{"", ""},         {"4", "4"},           {"444", "444"},
                {"446", "464"},   {"664", "646"},       {"4466", "4646"},
                {"6444", "6444"}, {"666444", "646464"}, {"444466", "464644"}};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct resolve_result r = {.count = strlen(ROWS[i].before)};
        uint16_t ports[2] = {0, 0}; /* of each family, in their order */
        for (size_t at = 0; at < r.count; at++) {
            bool is_v6 = ROWS[i].before[at] == '6';
            r.at[at].v4 = (struct sockaddr_in){.sin_family = is_v6 ? AF_INET6 : AF_INET,
                                               .sin_port = ports[is_v6]++};
        }
        dial_order(&r);
        ports[0] = ports[1] = 0;
        for (size_t at = 0; at < r.count; at++) {
            bool is_v6 = ROWS[i].after[at] == '6';
            assert_int_equal(r.at[at].any.sa_family, is_v6 ? AF_INET6 : AF_INET);
            assert_int_equal(r.at[at].v4.sin_port, ports[is_v6]++);
        }
    }
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
        TEST(a_silent_address_has_a_short_head_start),
        TEST(silence_is_the_error_though_another_refused),
        TEST(the_first_goes_on_beside_the_next),
        TEST(the_families_are_tried_in_turn),
        TEST(a_cancelled_dial_is_not_heard_of_again_and_closes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
