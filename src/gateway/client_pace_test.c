/* SPDX-License-Identifier: Apache-2.0
 *
 * Time, room and turns on the connection of a client.
 */
#include "gateway/testing.h"

#define HOST "Host: apps.example.com\r\n"
#define GET "GET /open/ HTTP/1.1\r\n" HOST "\r\n"

static void a_slow_head_ends_at_its_deadline(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "GET /");
    for (int i = 0; i < 9; i++) {
        pass(100);
        send_text(s, "a");
    }
    assert_string_equal(received(s), "");
    pass(100);
    check_refused(s, "HTTP/1.1 408 Request Timeout\r\n");
    assert_int_equal(exchanges, 0);
}

static void who_never_says_anything_is_let_go(void **state) {
    struct stream *s = connect_client();
    (void)state;
    pass(999);
    assert_true(s->is_open);
    pass(1);
    assert_false(s->is_open);
    assert_string_equal(received(s), "");
    assert_int_equal(records, 0);
}

static void a_kept_connection_is_closed_after_a_while(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, GET);
    back_answers("x");
    pass(4999);
    assert_true(s->is_open);
    pass(1);
    assert_false(s->is_open);
}

static void a_client_that_reads_slowly_stops_the_back_end(void **state) {
    static char piece[100 * 1024];
    struct stream *s = connect_client();
    (void)state;
    send_text(s, GET);
    s->room = 0;
    back_begins(200, BODY_LENGTH, 2 * sizeof piece);
    back.calls->body(back.user, str_n(piece, sizeof piece));
    back.calls->flush(back.user);
    assert_false(back.is_paused);
    back.calls->body(back.user, str_n(piece, sizeof piece));
    assert_true(back.is_paused);
    take(s, 50 * 1024);
    assert_true(back.is_paused);
    take(s, 50 * 1024);
    assert_false(back.is_paused);
    take(s, SIZE_MAX);
    back_ends();
    assert_true(s->is_open && !s->is_shut);
}

/* Not even the first byte: the kernel's buffer was full before. */
static void a_client_that_reads_nothing_is_let_go(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, GET);
    pass(60000); /* for the back end, whose own time it is */
    s->room = 0;
    back_begins(200, BODY_LENGTH, 100);
    back_says("a");
    pass(1000);
    back_says("a"); /* no sign of life of the client's */
    pass(999);
    assert_true(s->is_open);
    pass(1);
    assert_false(s->is_open);
    assert_false(back.is_open);
}

static void a_body_waits_for_the_back_end(void **state) {
    static char piece[64 * 1024];
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "POST /open/ HTTP/1.1\r\n" HOST "Content-Length: 131072\r\n\r\n");
    send_bytes(s, str_n(piece, sizeof piece));
    send_bytes(s, str_n(piece, sizeof piece));
    assert_false(s->wanted & STREAM_READABLE);
    assert_true(buf_size(&s->sent) > 0);
    pass(60000);
    assert_true(s->is_open); /* it is not the client who is late */
    for (int i = 0; i < 300 && !back.is_finished; i++) {
        back_has_room(1000);
        deliver(s);
    }
    assert_true(back.is_finished);
    assert_int_equal(buf_size(&back.body), 131072);
}

static void a_body_that_stops_is_given_up(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "POST /open/ HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nabc");
    back_has_room(100);
    pass(1999);
    send_text(s, "d");
    pass(1999);
    assert_string_equal(received(s), "");
    pass(1);
    check_refused(s, "HTTP/1.1 408 ");
    assert_false(back.is_finished);
}

/* It is the back end that is waited for, until it gives leave or the body comes without. */
static void who_waits_for_leave_is_not_waited_for(void **state) {
    (void)state;
    static const char *const BEGUN[] = {"5", "5\r\n", "5\r\na", NULL};
    for (size_t i = 0; i < sizeof BEGUN / sizeof *BEGUN; i++) {
        struct stream *s = connect_client();
        send_text(s, "POST /open/ HTTP/1.1\r\n" HOST
                     "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n");
        back_has_room(100);
        pass(60000);
        assert_string_equal(received(s), "");
        assert_false(back.is_begun);
        if (BEGUN[i]) {
            send_text(s, BEGUN[i]);
            assert_true(back.is_begun);
        } else {
            back_says_first(103);
            pass(60000);
            assert_true(starts(received(s), "HTTP/1.1 103 "));
            back_says_first(100);
            assert_true(starts(received(s), "HTTP/1.1 100 Continue\r\n\r\n"));
        }
        pass(1999);
        assert_string_equal(received(s), "");
        pass(1);
        check_refused(s, "HTTP/1.1 408 ");
    }
}

static void who_hangs_up_gives_up_the_exchange(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, GET);
    assert_true(back.is_open);
    hang_up(s);
    assert_false(s->is_open);
    assert_false(back.is_open);
    assert_int_equal(records, 1);
    assert_int_equal(recorded.status, 0);
}

/* Whatever is left of a turn of reading, the rest comes in the next. */
static void no_client_keeps_the_others_waiting(void **state) {
    static char piece[1 << 20];
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "POST /open/ HTTP/1.1\r\n" HOST "Content-Length: 1048576\r\n\r\n");
    back_has_room(SIZE_MAX);
    buf_add(&s->sent, str_n(piece, sizeof piece));
    s->ready(s->user, STREAM_READABLE);
    assert_false(back.is_finished);
    assert_true(s->wanted & STREAM_READABLE);
    deliver(s);
    assert_true(back.is_finished);
}

static void a_client_that_becomes_idle_lets_new_ones_in(void **state) {
    struct stream *first = connect_client();
    (void)state;
    send_text(first, GET);
    for (unsigned i = 1; i < config->limits.connections; i++)
        send_text(connect_client(), "G");
    server.is_accepting = false; /* as it is when all are at work */
    back_answers("x");
    assert_true(server.is_accepting);
}

static unsigned drained;
static void on_drained(void *user) {
    (void)user;
    drained++;
}

static void draining_lets_requests_finish(void **state) {
    struct stream *idle = connect_client(), *busy = connect_client();
    (void)state;
    drained = 0;
    send_text(busy, GET);
    server_drain(&server, false, on_drained, NULL);
    pass(0);
    assert_false(idle->is_open);
    assert_int_equal(drained, 0);
    back_answers("x");
    assert_non_null(strstr(received(busy), "Connection: close"));
    hang_up(busy);
    pass(0);
    assert_int_equal(drained, 1);
    pass(20000);
    assert_int_equal(drained, 1);
}

/* The last answer says so, and only then the connection goes. */
static void check_last(struct stream *s) {
    send_text(s, GET);
    back_answers("last");
    const char *text = received(s);
    assert_true(starts(text, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
    assert_true(s->is_open && s->is_shut);
    hang_up(s);
    assert_false(s->is_open);
}

static void who_hands_over_answers_once_more_on_each_connection(void **state) {
    struct stream *shaking = connect_client(), *idle = connect_client(), *busy = connect_client();
    (void)state;
    drained = 0;
    send_text(idle, GET);
    back_answers("x");
    send_text(busy, GET);
    back_begins(200, BODY_LENGTH, 1); /* nothing was said about an end */
    back.calls->flush(back.user);
    server_drain(&server, true, on_drained, NULL);
    pass(0);
    assert_true(shaking->is_open && idle->is_open);
    back_says("x");
    back_ends();
    assert_null(strstr(received(busy), "close"));
    assert_true(busy->is_open && !busy->is_shut);
    received(idle);
    check_last(busy);
    check_last(idle);
    assert_int_equal(drained, 0);
    check_last(shaking);
    pass(0);
    assert_int_equal(drained, 1);
}

static void draining_has_an_end(void **state) {
    struct stream *busy = connect_client();
    (void)state;
    drained = 0;
    send_text(busy, GET);
    server_drain(&server, false, on_drained, NULL);
    pass(8999);
    assert_true(busy->is_open);
    pass(1);
    assert_false(busy->is_open);
    assert_int_equal(drained, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_slow_head_ends_at_its_deadline),
        TEST(who_never_says_anything_is_let_go),
        TEST(a_kept_connection_is_closed_after_a_while),
        TEST(a_client_that_reads_slowly_stops_the_back_end),
        TEST(a_client_that_reads_nothing_is_let_go),
        TEST(a_body_waits_for_the_back_end),
        TEST(a_body_that_stops_is_given_up),
        TEST(who_waits_for_leave_is_not_waited_for),
        TEST(who_hangs_up_gives_up_the_exchange),
        TEST(no_client_keeps_the_others_waiting),
        TEST(a_client_that_becomes_idle_lets_new_ones_in),
        TEST(draining_lets_requests_finish),
        TEST(who_hands_over_answers_once_more_on_each_connection),
        TEST(draining_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
