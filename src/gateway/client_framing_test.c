/* SPDX-License-Identifier: Apache-2.0
 *
 * Where requests and answers begin and end on the connection of a client.
 */
#include "gateway/testing.h"

#define HOST "Host: apps.example.com\r\n"
#define GET "GET /open/ HTTP/1.1\r\n" HOST "\r\n"

static void a_head_may_come_byte_by_byte(void **state) {
    struct stream *s = connect_client();
    struct str request = STR(GET);
    (void)state;
    for (size_t i = 0; i < request.n; i++) {
        assert_int_equal(exchanges, 0);
        send_bytes(s, str_n(request.p + i, 1));
    }
    assert_int_equal(exchanges, 1);
    back_answers("hello");
    const char *text = received(s);
    assert_true(starts(text, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nDate: "));
    assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\nhello");
    assert_true(s->is_open && !s->is_shut);
}

static void requests_in_one_piece_are_answered_in_turn(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "GET /open/1 HTTP/1.1\r\n" HOST "\r\n"
                 "POST /open/2 HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\nabc"
                 "GET /open/3 HTTP/1.1\r\n" HOST "\r\nGET /op");
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(exchanges, i);
        assert_int_equal(back.r.message->target.p[1], '0' + (int)i);
        if (i == 2) {
            back_has_room(10);
            assert_true(str_eq(buf_str(&back.body), STR("abc")));
            assert_true(back.is_finished);
        }
        back_answers("x");
        assert_true(starts(received(s), "HTTP/1.1 200 OK"));
    }
    send_text(s, "en/4 HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(exchanges, 4);
    back_answers("x");
    assert_int_equal(records, 4);
}

struct refusal {
    const char *description, *request, *status_line;
};

static const struct refusal REFUSALS[] = {
    {"no HTTP", "hello\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
    {"a bare LF", "GET /open/ HTTP/1.1\nHost: apps.example.com\n\n",
     "HTTP/1.1 400 Bad Request\r\n"},
    {"no Host", "GET /open/ HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request\r\n"},
    {"two Hosts", "GET /open/ HTTP/1.1\r\n" HOST HOST "\r\n", "HTTP/1.1 400 Bad Request\r\n"},
    {"a length and a coding",
     "POST /open/ HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
     "\r\n",
     "HTTP/1.1 400 Bad Request\r\n"},
    {"two lengths",
     "POST /open/ HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\n",
     "HTTP/1.1 400 Bad Request\r\n"},
    {"a stacked coding",
     "POST /open/ HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
     "HTTP/1.1 501 Not Implemented\r\n"},
    {"HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 "},
};

static void what_cannot_be_read_is_answered_and_closed(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
        struct stream *s = connect_client();
        send_text(s, REFUSALS[i].request);
        check_refused(s, REFUSALS[i].status_line);
        buf_fini(&s->sent);
        buf_fini(&s->got);
        wire_count = 0;
    }
    assert_int_equal(exchanges, 0);
}

static void a_head_has_a_limit(void **state) {
    char line[3000];
    struct stream *s = connect_client();
    (void)state;
    memset(line, 'a', sizeof line);
    send_text(s, "GET /open/ HTTP/1.1\r\nX: ");
    send_bytes(s, str_n(line, 3000));
    check_refused(s, "HTTP/1.1 431 ");
    s = connect_client();
    send_text(s, "GET /");
    send_bytes(s, str_n(line, 3000));
    check_refused(s, "HTTP/1.1 414 ");
}

static void a_client_may_wait_to_be_told_to_go_on(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s,
              "POST /open/ HTTP/1.1\r\n" HOST "Content-Length: 3\r\nExpect: 100-continue\r\n\r\n");
    assert_string_equal(received(s), "");
    assert_true(back.r.message->headers.count > 0);
    assert_true(str_eq(headers_get(&back.r.message->headers, STR("Expect")), STR("100-continue")));
    back_has_room(10);
    assert_string_equal(received(s), ""); /* that is for the back end to say */
    back_says_first(100);
    assert_string_equal(received(s), "HTTP/1.1 100 Continue\r\n\r\n");
    send_text(s, "abc");
    assert_true(back.is_finished);
    back_answers("x");
    assert_true(starts(received(s), "HTTP/1.1 200 OK"));
    assert_false(s->is_shut);
}

static void who_did_not_wait_is_not_told(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "POST /open/ HTTP/1.1\r\n" HOST
                 "Content-Length: 3\r\nExpect: 100-continue\r\n\r\nabc");
    back_has_room(10);
    assert_string_equal(received(s), "");
    assert_true(back.is_finished);
}

/* What follows might be the body or the next request; nobody can tell (RFC 9112 9.3). */
static void an_answer_before_the_body_was_read_is_the_last(void **state) {
    static const char *const REQUESTS[] = {
        "POST / HTTP/1.1\r\nHost: hr.example.com\r\nContent-Length: 50\r\n"
        "Expect: 100-continue\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: hr.example.com\r\nContent-Length: 50\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: hr.example.com\r\nTransfer-Encoding: chunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: hr.example.com\r\nContent-Length: 71\r\n\r\n"
        "GET /open/ HTTP/1.1\r\nHost: apps.example.com\r\n\r\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof REQUESTS / sizeof *REQUESTS; i++) {
        struct stream *s = connect_client();
        send_text(s, REQUESTS[i]);
        check_refused(s, "HTTP/1.1 401 ");
    }
    assert_int_equal(exchanges, 0);
}

static void a_back_end_may_answer_before_the_body_is_there(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "POST /open/ HTTP/1.1\r\n" HOST "Content-Length: 9\r\n\r\nabc");
    back_has_room(10);
    back_answers("no");
    check_refused(s, "HTTP/1.1 200 OK\r\n");
    assert_int_equal(exchanges, 1);
}

struct version_row {
    const char *request, *head, *body;
    bool is_kept;
};

static const struct version_row VERSIONS[] = {
    {"GET /open/ HTTP/1.1\r\n" HOST "\r\n", "Transfer-Encoding: chunked\r\n",
     "\r\n\r\n2\r\nab\r\n0\r\n\r\n", true},
    {"GET /open/ HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", "Transfer-Encoding: chunked\r\n",
     "\r\n\r\n2\r\nab\r\n0\r\n\r\n", false},
    {"GET /open/ HTTP/1.0\r\n" HOST "\r\n", "Connection: close\r\n", "\r\n\r\nab", false},
    {"GET /open/ HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n", "Connection: close\r\n",
     "\r\n\r\nab", false},
    {"HEAD /open/ HTTP/1.1\r\n" HOST "\r\n", "Transfer-Encoding: chunked\r\n", "\r\n\r\n", true},
};

static void the_end_of_an_answer_is_told_as_the_client_can_read_it(void **state) {
    static const enum body_kind KINDS[] = {BODY_CHUNKED, BODY_UNTIL_CLOSE};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof VERSIONS / sizeof *VERSIONS; i++) {
        const struct version_row *row = &VERSIONS[i / 2];
        wire_count = 0;
        struct stream *s = connect_client();
        send_text(s, row->request);
        back_begins(200, KINDS[i % 2], 0);
        back_says("ab");
        back_ends();
        const char *text = received(s);
        if (!strstr(text, row->head) || strcmp(strstr(text, "\r\n\r\n"), row->body) != 0)
            fail_msg("%s\n%s", row->request, text);
        assert_int_equal(row->is_kept, !s->is_shut);
        hang_up(s);
        buf_fini(&s->sent);
        buf_fini(&s->got);
    }
    wire_count = 0;
}

/* RFC 9112 9.3: a proxy and a client of HTTP/1.0 cannot agree on it. */
static void an_old_client_is_never_kept(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "GET /open/ HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n");
    back_answers("x");
    check_refused(s, "HTTP/1.1 200 OK\r\n");
}

static void the_answer_to_head_has_a_length_and_no_body(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "HEAD /.kerbgate/sign-in HTTP/1.1\r\nHost: hr.example.com\r\n\r\n" GET);
    const char *text = received(s);
    assert_true(starts(text, "HTTP/1.1 200 OK\r\nContent-Length: "));
    assert_non_null(strstr(text, "Content-Security-Policy: "));
    assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n");
    assert_int_equal(recorded.bytes_out, 0);
    assert_int_equal(exchanges, 1);
}

static void a_head_request_that_is_refused_gets_a_head_alone(void **state) {
    (void)state;
    static const char *const REFUSED[] = {"HEAD /open/ HTTP/1.1\r\n" HOST "A : b\r\n\r\n",
                                          "\r\nHEAD /open/ HTTP/1.1\r\n" HOST "A : b\r\n\r\n"};
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        struct stream *s = connect_client();
        send_text(s, REFUSED[i]);
        const char *text = received(s), *end = strstr(text, "\r\n\r\n");
        assert_true(starts(text, "HTTP/1.1 400 "));
        assert_non_null(end);
        assert_string_equal(end + 4, "");
    }
}

static void a_body_that_cannot_be_read_is_given_up(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "POST /open/ HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2\r\nabX");
    back_has_room(100);
    pass(0);
    check_refused(s, "HTTP/1.1 400 ");
    assert_false(back.is_finished);
    assert_false(back.is_open);
}

static void an_answer_that_breaks_off_is_not_ended(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, GET);
    back_begins(200, BODY_CHUNKED, 0);
    back_says("ab");
    back_fails(ERR_BACKEND_CLOSED);
    const char *text = received(s);
    assert_string_equal(strstr(text, "\r\n\r\n"), "\r\n\r\n2\r\nab\r\n");
    assert_false(s->is_open);
    assert_false(s->is_shut);
    assert_int_equal(recorded.err.code, ERR_BACKEND_CLOSED);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_head_request_that_is_refused_gets_a_head_alone),
        TEST(a_head_may_come_byte_by_byte),
        TEST(requests_in_one_piece_are_answered_in_turn),
        TEST(what_cannot_be_read_is_answered_and_closed),
        TEST(a_head_has_a_limit),
        TEST(a_client_may_wait_to_be_told_to_go_on),
        TEST(who_did_not_wait_is_not_told),
        TEST(an_answer_before_the_body_was_read_is_the_last),
        TEST(a_back_end_may_answer_before_the_body_is_there),
        TEST(the_end_of_an_answer_is_told_as_the_client_can_read_it),
        TEST(an_old_client_is_never_kept),
        TEST(the_answer_to_head_has_a_length_and_no_body),
        TEST(a_body_that_cannot_be_read_is_given_up),
        TEST(an_answer_that_breaks_off_is_not_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
