/* SPDX-License-Identifier: Apache-2.0 */
#include "net/stream_testing.h"

enum { BIG = 4 * 1024 * 1024 };

static void nobody_is_called_for_what_is_not_wanted(void **state) {
    struct place *p = *state;
    connect_ends(p, false);
    p->b.left = 10;
    want(&p->b);
    UNTIL(&p->loop, p->b.left == 0);
    settle(&p->loop);
    assert_int_equal(p->a.calls, 0);
    p->a.read_size = 4;
    want(&p->a);
    UNTIL(&p->loop, p->a.got == 10);
    assert_int_equal(p->a.ready, STREAM_READABLE);
}

static void the_other_sides_end_is_an_orderly_end(void **state) {
    struct place *p = *state;
    for (int is_tls = 0; is_tls < 2; is_tls++) {
        connect_ends(p, is_tls);
        p->a.read_size = p->b.read_size = 100;
        p->b.left = 10;
        want(&p->a);
        want(&p->b);
        UNTIL(&p->loop, p->a.got == 10);
        stream_shutdown(p->b.stream);
        UNTIL(&p->loop, p->a.last != STREAM_AGAIN);
        assert_int_equal(p->a.last, 0);
        free_ends(p);
    }
}

static void a_stream_may_be_freed_by_its_own_call(void **state) {
    struct place *p = *state;
    for (int is_tls = 0; is_tls < 2; is_tls++) {
        connect_ends(p, is_tls);
        p->a.left = p->b.left = 10;
        p->a.frees = p->b.frees = true;
        want(&p->a);
        want(&p->b);
        UNTIL(&p->loop, !p->a.stream && !p->b.stream);
        settle(&p->loop);
        assert_int_equal(p->a.calls, 1);
    }
}

static void another_owner_is_called_from_then_on(void **state) {
    struct place *p = *state;
    struct end other;
    connect_ends(p, false);
    p->a.read_size = 10;
    want(&p->a);
    other = p->a;
    p->b.left = 10;
    want(&p->b);
    stream_owner(p->a.stream, on_ready, &other);
    UNTIL(&p->loop, other.got == 10);
    assert_int_equal(p->a.calls, 0);
}

/* TLS takes 16 KB from the socket at a time: what one read leaves of them the socket does not show.
 */
static void small_reads_get_all_that_tls_holds(void **state) {
    struct place *p = *state;
    connect_ends(p, true);
    p->a.read_size = 100;
    p->b.read_size = 100;
    p->b.left = 100000;
    want(&p->a);
    want(&p->b);
    UNTIL(&p->loop, p->a.got == 100000);
    assert_true(p->a.is_intact);
}

static void reading_goes_on_after_a_pause_with_what_tls_holds(void **state) {
    struct place *p = *state;
    connect_ends(p, true);
    p->a.read_size = p->b.read_size = 10;
    p->b.left = 1000;
    want(&p->a);
    want(&p->b);
    UNTIL(&p->loop, p->a.got > 0 && p->b.left == 0);
    p->a.read_size = 0;
    want(&p->a);
    size_t got = p->a.got;
    settle(&p->loop);
    assert_int_equal(p->a.got, got);
    p->a.read_size = 10;
    want(&p->a);
    UNTIL(&p->loop, p->a.got == 1000);
}

/* The beginning of a record must not keep the loop busy until its end has come. */
static void half_a_record_is_waited_for_in_the_socket(void **state) {
    struct place *p = *state;
    connect_ends(p, true);
    p->a.read_size = p->b.read_size = 100;
    p->b.left = 1;
    want(&p->a);
    want(&p->b);
    UNTIL(&p->loop, p->a.got == 1);
    settle(&p->loop);
    assert_int_equal(write(p->fds[1], "\x17\x03\x03\x00\x40half", 9), 9);
    settle(&p->loop);
    unsigned calls = p->a.calls;
    settle(&p->loop);
    assert_int_equal(p->a.calls, calls);
}

/* Both ways at once, each reading slower than the other writes. */
static void big_transfers_arrive_whole_under_back_pressure(void **state) {
    struct place *p = *state;
    for (int is_tls = 0; is_tls < 2; is_tls++) {
        connect_ends(p, is_tls);
        p->a.left = p->b.left = BIG;
        p->a.read_size = 5000;
        p->b.read_size = 0; /* at first it takes nothing */
        want(&p->a);
        want(&p->b);
        if (!is_tls) {
            size_t before = 1;
            MEANWHILE(&p->loop, before == p->a.sent) {
                before = p->a.sent;
                settle(&p->loop);
            }
            assert_true(p->a.sent < BIG);
        }
        p->b.read_size = 6000;
        want(&p->b);
        UNTIL(&p->loop, p->a.got == BIG && p->b.got == BIG);
        assert_true(p->a.is_intact && p->b.is_intact);
        free_ends(p);
    }
}

/* The loop stops watching a socket that is in error; what came before it must be read all the same.
 */
static void all_that_came_before_a_reset_is_read(void **state) {
    struct place *p = *state;
    int listener = bound(SOCK_STREAM, 1);
    int theirs = filler(port_of(listener)), ours;
    UNTIL(&p->loop, (ours = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0);
    p->a = end_of(p, ours);
    stream_owner(p->a.stream, on_ready, &p->a);
    char bytes[1024];
    size_t sent = 0;
    while (sent < 32 * sizeof bytes) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = pattern(sent + i);
        assert_int_equal(write(theirs, bytes, sizeof bytes), sizeof bytes);
        sent += sizeof bytes;
    }
    int there = 0;
    MEANWHILE(&p->loop, (size_t)there == sent) {
        assert_int_equal(ioctl(ours, FIONREAD, &there), 0);
    }
    cut(theirs);
    p->a.read_size = 1000;
    want(&p->a);
    UNTIL(&p->loop, p->a.last != STREAM_AGAIN);
    assert_int_equal(p->a.last, STREAM_FAILED);
    assert_string_equal(stream_error(p->a.stream), "Connection reset by peer");
    assert_false(stream_error_is_certificate(p->a.stream));
    assert_true(p->a.is_intact);
    assert_int_equal(p->a.got, sent);
    close(listener);
}

static void writing_to_a_closed_connection_fails_without_a_signal(void **state) {
    struct place *p = *state;
    connect_ends(p, false);
    stream_free(p->b.stream);
    p->b.stream = NULL;
    assert_int_equal(stream_write(p->a.stream, STR("x")), STREAM_FAILED);
    assert_string_equal(stream_error(p->a.stream), "Broken pipe");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void) {
    signal(SIGPIPE, SIG_IGN); /* see tls.h */
    const struct CMUnitTest tests[] = {
        TEST(nobody_is_called_for_what_is_not_wanted),
        TEST(the_other_sides_end_is_an_orderly_end),
        TEST(a_stream_may_be_freed_by_its_own_call),
        TEST(another_owner_is_called_from_then_on),
        TEST(small_reads_get_all_that_tls_holds),
        TEST(reading_goes_on_after_a_pause_with_what_tls_holds),
        TEST(half_a_record_is_waited_for_in_the_socket),
        TEST(big_transfers_arrive_whole_under_back_pressure),
        TEST(all_that_came_before_a_reset_is_read),
        TEST(writing_to_a_closed_connection_fails_without_a_signal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
