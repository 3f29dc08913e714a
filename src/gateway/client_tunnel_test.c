/* SPDX-License-Identifier: Apache-2.0
 *
 * What passes beside requests and answers: another protocol, interim answers, trailers; and what
 * becomes of them when the session ends.
 */
#include "gateway/testing.h"

#define HOST "Host: apps.example.com\r\n"
#define UPGRADE                                                                                    \
    "GET /open/chat HTTP/1.1\r\n" HOST                                                             \
    "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: abc\r\n\r\n"

static void another_protocol_passes_both_ways(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, UPGRADE);
    assert_true(back.r.message->upgrade);
    back_switches(100);
    assert_string_equal(received(s), "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                                     "Upgrade: websocket\r\n\r\n");
    send_text(s, "GET / HTTP/1.1\r\n\r\n"); /* no request any more */
    assert_true(str_eq(buf_str(&back.body), STR("GET / HTTP/1.1\r\n\r\n")));
    back_says("HTTP/1.1 200 OK\r\n");
    assert_string_equal(received(s), "HTTP/1.1 200 OK\r\n");
    pass(1000000); /* its time is the exchange's business */
    assert_true(s->is_open && exchanges == 1);
    back_ends();
    assert_true(s->is_shut);
}

static void what_came_before_the_101_goes_through_behind_it(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, UPGRADE "early");
    assert_int_equal(buf_size(&back.body), 0);
    back_switches(3);
    assert_true(str_eq(buf_str(&back.body), STR("ear")));
    back_has_room(100);
    assert_true(str_eq(buf_str(&back.body), STR("early")));
}

static void what_came_behind_a_refused_upgrade_is_the_next_request(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, UPGRADE "GET /open/next HTTP/1.1\r\n" HOST "\r\n");
    back_answers("no");
    assert_int_equal(exchanges, 2);
    assert_true(str_eq(back.r.message->target, STR("/next")));
}

static void the_end_of_the_client_ends_its_half_of_a_tunnel(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, UPGRADE);
    back_switches(100);
    hang_up(s);
    assert_true(back.is_finished && s->is_open);
    received(s);
    back_says("bye");
    assert_string_equal(received(s), "bye");
    back_ends();
    assert_true(s->is_shut);
}

static void what_came_before_the_end_of_the_client_goes_through_before_it(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, UPGRADE);
    back_switches(3);
    send_text(s, "last");
    hang_up(s);
    assert_true(str_eq(buf_str(&back.body), STR("las")));
    assert_true(s->is_open && !back.is_finished);
    back_has_room(100);
    assert_true(str_eq(buf_str(&back.body), STR("last")));
    assert_true(s->is_open && back.is_finished);
}

static void interim_answers_go_before_the_final_one(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "GET /open/ HTTP/1.1\r\n" HOST "\r\n");
    back_says_first(103);
    assert_string_equal(received(s), "HTTP/1.1 103 Early Hints\r\n\r\n");
    back_answers("x");
    assert_true(starts(received(s), "HTTP/1.1 200 OK\r\n"));
    s = connect_client();
    send_text(s, "GET /open/ HTTP/1.0\r\n" HOST "\r\n");
    back_says_first(103);
    assert_string_equal(received(s), ""); /* RFC 9110 15.2 */
}

static void trailers_pass_both_ways(void **state) {
    struct arena a;
    struct headers trailers = {0};
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "POST /open/ HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                 "1\r\nx\r\n0\r\nSum: 7\r\ncontent_length: 9\r\nHost: evil\r\n"
                 "X-User: admin\r\nx_user: admin\r\nX.USER: admin\r\n\r\n");
    back_has_room(10);
    assert_true(back.is_finished);
    assert_int_equal(back.trailers->count, 1);
    assert_true(str_eq(headers_get(back.trailers, STR("Sum")), STR("7")));
    arena_init(&a, 4096);
    assert_true(headers_add(&a, &trailers, STR("Done"), STR("yes")));
    back_begins(200, BODY_CHUNKED, 0);
    back_says("hi");
    back.calls->end(back.user, &trailers);
    pass(0);
    assert_non_null(strstr(received(s), "\r\n\r\n2\r\nhi\r\n0\r\nDone: yes\r\n\r\n"));
    arena_fini(&a);
}

static bool is_this(void *user, const struct session *s) { return user == s; }

static bool is_nobodys(void *user, const struct session *s) {
    (void)user, (void)s;
    return false;
}

#define SIGNED_IN_UPGRADE                                                                          \
    "GET /chat HTTP/1.1\r\nHost: hr.example.com\r\n" SESSION                                       \
    "Connection: Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: abc\r\n\r\n"

static void a_tunnel_ends_with_its_session(void **state) {
    struct stream *s = connect_client(), *other = connect_client();
    (void)state;
    send_text(s, SIGNED_IN_UPGRADE);
    back_switches(100);
    assert_int_equal(server_end_sessions(&server, is_nobodys, NULL), 0);
    pass(0);
    assert_true(s->is_open && back.is_open);
    assert_int_equal(server_end_sessions(&server, is_this, &find.session), 1);
    assert_false(back.is_open);
    pass(0);
    assert_false(s->is_open);
    assert_true(other->is_open);
    assert_int_equal(recorded.err.code, ERR_SIGN_IN_REQUIRED);
}

static void a_tunnel_does_not_outlive_its_session_for_long(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, SIGNED_IN_UPGRADE);
    back_switches(100);
    pass(60000);
    assert_true(s->is_open);
    find.session.is_over = true;
    pass(10000);
    pass(0);
    assert_false(s->is_open || back.is_open);
}

static void a_request_that_waits_is_sent_to_sign_in_when_its_session_ends(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "GET /x HTTP/1.1\r\nHost: hr.example.com\r\n" SESSION "\r\n");
    assert_int_equal(server_end_sessions(&server, is_this, &find.session), 1);
    pass(0);
    assert_false(back.is_open);
    assert_non_null(strstr(received(s), "Location: https://hr.example.com/.kerbgate/sign-in"));
    assert_int_equal(server_end_sessions(&server, is_this, &find.session), 0);
    send_text(s,
              "POST /x HTTP/1.1\r\nHost: hr.example.com\r\n" SESSION "Content-Length: 5\r\n\r\nab");
    assert_int_equal(server_end_sessions(&server, is_this, &find.session), 1);
    pass(0);
    assert_true(starts(received(s), "HTTP/1.1 401"));
    assert_true(s->is_shut);
}

static void an_answer_that_has_begun_is_cut_when_its_session_ends(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "GET /x HTTP/1.1\r\nHost: hr.example.com\r\n" SESSION "\r\n");
    back_begins(200, BODY_LENGTH, 100);
    back_says("half");
    assert_int_equal(server_end_sessions(&server, is_this, &find.session), 1);
    pass(0);
    assert_false(s->is_open || back.is_open);
}

/* The store's thread found it, and then somebody ended it. */
static void a_session_that_ended_on_its_way_to_the_request_is_none(void **state) {
    struct stream *s = connect_client();
    (void)state;
    find.result = SESSION_LOADING;
    send_text(s, "GET /x HTTP/1.1\r\nHost: hr.example.com\r\n" SESSION "\r\n");
    find.session.is_over = true;
    store_answers(&find.session, ERR_NONE);
    pass(0);
    assert_int_equal(exchanges, 0);
    assert_non_null(strstr(received(s), "Location: https://hr.example.com/.kerbgate/sign-in"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(another_protocol_passes_both_ways),
        TEST(what_came_before_the_101_goes_through_behind_it),
        TEST(what_came_behind_a_refused_upgrade_is_the_next_request),
        TEST(the_end_of_the_client_ends_its_half_of_a_tunnel),
        TEST(what_came_before_the_end_of_the_client_goes_through_before_it),
        TEST(interim_answers_go_before_the_final_one),
        TEST(trailers_pass_both_ways),
        TEST(a_tunnel_ends_with_its_session),
        TEST(a_tunnel_does_not_outlive_its_session_for_long),
        TEST(a_request_that_waits_is_sent_to_sign_in_when_its_session_ends),
        TEST(an_answer_that_has_begun_is_cut_when_its_session_ends),
        TEST(a_session_that_ended_on_its_way_to_the_request_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
