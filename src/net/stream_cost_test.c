/* SPDX-License-Identifier: Apache-2.0 */
#include "net/stream_testing.h"

#include <sys/epoll.h>
#include <sys/syscall.h>

/* In the loop's place: what it asks of the system. */
static unsigned epoll_ctls;

int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event) {
    epoll_ctls++;
    return (int)syscall(SYS_epoll_ctl, epfd, op, fd, event);
}

static void a_kept_connection_costs_no_epoll_ctl(void **state) {
    struct place *p = *state;
    for (int is_tls = 0; is_tls < 2; is_tls++) {
        connect_ends(p, is_tls);
        p->a.read_size = p->b.read_size = 100;
        for (size_t i = 1; i <= 20; i++) {
            if (i == 5) /* the first writes had to wait for the loop */
                epoll_ctls = 0;
            struct end *from = i % 2 ? &p->b : &p->a, *to = i % 2 ? &p->a : &p->b;
            from->left = 10;
            want(from);
            want(to);
            UNTIL(&p->loop, to->got == (i + 1) / 2 * 10);
            stream_want(from->stream, 0); /* nobody's, until it is taken again */
            stream_owner(from->stream, on_ready, from);
            stream_want(to->stream, 0);
        }
        assert_int_equal(epoll_ctls, 0);
        free_ends(p);
    }
}

static void what_nobody_waits_for_does_not_keep_the_loop_busy(void **state) {
    struct place *p = *state;
    connect_ends(p, false);
    p->a.read_size = 4;
    p->b.left = 4;
    want(&p->a);
    want(&p->b);
    UNTIL(&p->loop, p->a.got == 4);
    stream_want(p->a.stream, 0);
    stream_free(p->b.stream); /* an end of the connection, too, is level */
    p->b.stream = NULL;
    settle(&p->loop);
    assert_false(uv_loop_alive(&p->loop));
    assert_int_equal(p->a.last, STREAM_AGAIN);
    want(&p->a);
    UNTIL(&p->loop, p->a.last != STREAM_AGAIN);
    assert_int_equal(p->a.last, 0);
}

static void a_full_socket_is_waited_for(void **state) {
    struct place *p = *state;
    connect_ends(p, false);
    char bytes[4096] = "";
    while (stream_write(p->a.stream, str_n(bytes, sizeof bytes)) > 0) {
    }
    stream_want(p->a.stream, STREAM_WRITABLE);
    settle(&p->loop);
    assert_int_equal(p->a.calls, 0);
    while (stream_read(p->b.stream, bytes, sizeof bytes) > 0) {
    }
    UNTIL(&p->loop, p->a.calls);
    assert_int_equal(p->a.ready, STREAM_WRITABLE);
}

static void a_read_says_whether_it_took_all(void **state) {
    struct place *p = *state;
    for (int is_tls = 0; is_tls < 2; is_tls++) {
        char bytes[100];
        connect_ends(p, is_tls);
        p->a.read_size = p->b.read_size = 100;
        p->a.left = 1;
        want(&p->a);
        want(&p->b);
        UNTIL(&p->loop, p->b.got == 1);
        assert_int_equal(stream_write(p->a.stream, STR("first ")), 6);
        assert_int_equal(stream_write(p->a.stream, STR("second")), 6);
        assert_int_equal(stream_read(p->b.stream, bytes, 4), 4);
        assert_false(stream_is_drained(p->b.stream));
        for (size_t n = 4; n < 12;) {
            assert_false(stream_is_drained(p->b.stream));
            ssize_t got = stream_read(p->b.stream, bytes, sizeof bytes);
            assert_true(got > 0);
            n += (size_t)got;
        }
        assert_true(stream_is_drained(p->b.stream));
        free_ends(p);
    }
}

/* The server speaks first here, so that it is a write that reads the end of the handshake, and with
 * it what the client has sent behind it. */
static void what_a_handshake_took_along_is_brought(void **state) {
    struct place *p = *state;
    connect_ends(p, true);
    assert_int_equal(stream_read(p->b.stream, &(char){0}, 1), STREAM_AGAIN);
    assert_int_equal(stream_write(p->a.stream, STR("hello")), 5);
    assert_int_equal(stream_write(p->b.stream, STR("x")), 1);
    int there = 1;
    assert_int_equal(ioctl(p->fds[1], FIONREAD, &there), 0);
    /* TLS has it all; OpenSSL 3.5 leaves in the socket what is not the handshake's. */
    assert_true(there == 0 || OpenSSL_version_num() >= 0x30500000);
    stream_want(p->b.stream, STREAM_READABLE);
    UNTIL(&p->loop, p->b.calls);
    assert_int_equal(p->b.ready, STREAM_READABLE);
}

static void pieces_go_as_one(void **state) {
    static const struct str PIECES[] = {STR("head"), STR_NONE, STR(" and"), STR(" body")};
    static char large[20000];
    struct place *p = *state;
    for (int is_tls = 0; is_tls < 2; is_tls++) {
        char bytes[100];
        connect_ends(p, is_tls);
        p->a.left = p->b.read_size = 1;
        want(&p->a);
        want(&p->b);
        UNTIL(&p->loop, p->b.got == 1);
        assert_int_equal(stream_write_pieces(p->a.stream, PIECES, 4), 13);
        assert_int_equal(stream_read(p->b.stream, bytes, sizeof bytes), 13);
        assert_memory_equal(bytes, "head and body", 13);
        const struct str larger[] = {STR("head"), str_n(large, sizeof large)};
        assert_int_equal(stream_write_pieces(p->a.stream, larger, 2), is_tls ? 16384 : 20004);
        assert_int_equal(stream_write_pieces(p->a.stream, larger + 1, 1), is_tls ? 16384 : 20000);
        assert_int_equal(stream_read(p->b.stream, bytes, sizeof bytes), sizeof bytes);
        assert_memory_equal(bytes, "head\0", 5);
        free_ends(p);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void) {
    signal(SIGPIPE, SIG_IGN); /* see tls.h */
    const struct CMUnitTest tests[] = {
        TEST(a_kept_connection_costs_no_epoll_ctl),
        TEST(what_nobody_waits_for_does_not_keep_the_loop_busy),
        TEST(a_full_socket_is_waited_for),
        TEST(a_read_says_whether_it_took_all),
        TEST(what_a_handshake_took_along_is_brought),
        TEST(pieces_go_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
