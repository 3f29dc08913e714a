/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/2 on the connection of a client: what is waited for, and another protocol on a stream.
 */
#include "gateway/shares.h"
#include "gateway/testing.h"
#include "http/h2.h"
#include "http/testing_h2_frames.h"

#define OPEN ":scheme=https\n:authority=apps.example.com\n:path=/open/\n"
#define POST_OPEN ":method=POST\n" OPEN
#define CONNECT_TO(path)                                                                           \
    ":method=CONNECT\n:protocol=websocket\n:scheme=https\n:authority=apps.example.com\n:"          \
    "path=" path

/* Frames that have not been sent yet. */
static struct buf frames;

static void send_frames(struct stream *s) {
    struct str all = buf_str(&frames);
    send_bytes(s, all);
    buf_clear(&frames);
}

static struct stream *connect_h2(void) {
    struct stream *s;
    wire_protocol = TLS_HTTP2;
    s = connect_client();
    put_preface(&frames);
    send_frames(s);
    return s;
}

/* The request of a stream, without the end of it. */
static void begin_request(struct stream *s, uint32_t id, const char *lines) {
    put_head(&frames, id, false, str_of(lines));
    send_frames(s);
}

static void send_data(struct stream *s, uint32_t id, bool is_end, const char *text) {
    put_data(&frames, id, is_end, str_of(text));
    send_frames(s);
}

static void ping(struct stream *s) {
    put_frame(&frames, NGHTTP2_PING, 0, 0, STR("01234567"));
    send_frames(s);
}

static void a_body_that_stops_is_given_up(void **state) {
    struct stream *s = connect_h2();
    (void)state;
    begin_request(s, 1, POST_OPEN);
    back_has_room(100);
    pass(1400);
    send_data(s, 1, false, "abc");
    for (int i = 0; i < 19; i++) {
        pass(100);
        ping(s); /* is no part of it */
    }
    assert_int_equal(records, 0);
    pass(600); /* it is looked at four times within its time */
    assert_int_equal(recorded.status, 408);
    assert_true(s->is_open && !back.is_finished);
}

static void who_waits_for_leave_is_not_waited_for(void **state) {
    struct stream *s = connect_h2();
    (void)state;
    begin_request(s, 1, POST_OPEN "expect=100-continue");
    back_has_room(100);
    pass(60400); /* not when it is looked at */
    assert_int_equal(records, 0);
    back_says_first(100);
    pass(1900);
    assert_int_equal(records, 0);
    pass(700);
    assert_int_equal(recorded.status, 408);
}

static void who_may_not_send_is_not_waited_for(void **state) {
    static char piece[16 * 1024];
    enum { FULL = H2_CONNECTION_WINDOW / H2_STREAM_WINDOW };
    struct stream *s = connect_h2();
    (void)state;
    config->limits.requests_per_client = 10;
    shares_free(server.shares);
    server.shares = shares_new(10);
    for (uint32_t id = 1; id <= 2 * FULL + 1; id += 2)
        begin_request(s, id, POST_OPEN);
    assert_int_equal(exchanges, FULL + 1);
    for (uint32_t id = 1; id < 2 * FULL; id += 2) {
        for (size_t n = 0; n < H2_STREAM_WINDOW; n += sizeof piece)
            put_data(&frames, id, false, str_n(piece, sizeof piece));
        send_frames(s);
    }
    more_backs[FULL - 1].room = 100;
    pass(60000); /* the other back ends take nothing */
    assert_true(records == 0 && s->is_open);
    back_has_room(H2_STREAM_WINDOW);
    pass(2600);
    assert_int_equal(recorded.status, 408);
}

static void a_tunnel_ends_when_both_have_ended_it(void **state) {
    struct stream *s = connect_h2();
    (void)state;
    begin_request(s, 1, CONNECT_TO("/open/"));
    back_switches(100);
    send_data(s, 1, false, "up");
    assert_true(str_eq(buf_str(&back.body), STR("up")) && !back.is_finished);
    send_data(s, 1, true, "");
    assert_true(back.is_finished && records == 0);
    back_ends();
    assert_int_equal(recorded.status, 101);
}

/* RFC 8441 5: the end of a stream is the end of its half, also before there was a tunnel. */
static void the_clients_end_of_a_tunnel_is_not_forgotten(void **state) {
    struct stream *s = connect_h2();
    (void)state;
    begin_request(s, 1, CONNECT_TO("/open/"));
    send_data(s, 1, true, "up");
    assert_true(!back.is_finished && buf_size(&back.body) == 0);
    back_switches(1);
    assert_true(str_eq(buf_str(&back.body), STR("u")) && !back.is_finished);
    back_has_room(100);
    assert_true(str_eq(buf_str(&back.body), STR("up")) && back.is_finished);
    back_ends();
    assert_int_equal(recorded.status, 101);
}

static void a_page_of_ours_is_no_tunnel(void **state) {
    struct stream *s = connect_h2();
    (void)state;
    config->apps[config->app_count - 1].robots = ROBOTS_DENY;
    begin_request(s, 1, CONNECT_TO("/robots.txt"));
    send_data(s, 1, true, "");
    assert_int_equal(recorded.status, 404);
    assert_int_equal(exchanges, 0);
}

static int make(void **state) {
    buf_init(&frames, 1 << 22);
    return server_make(state);
}

static int remove_all(void **state) {
    buf_fini(&frames);
    return server_remove_all(state);
}

#define H2_TEST(f) cmocka_unit_test_setup_teardown(f, make, remove_all)

int main(void) {
    const struct CMUnitTest tests[] = {
        H2_TEST(a_body_that_stops_is_given_up),
        H2_TEST(who_waits_for_leave_is_not_waited_for),
        H2_TEST(who_may_not_send_is_not_waited_for),
        H2_TEST(a_tunnel_ends_when_both_have_ended_it),
        H2_TEST(the_clients_end_of_a_tunnel_is_not_forgotten),
        H2_TEST(a_page_of_ours_is_no_tunnel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
