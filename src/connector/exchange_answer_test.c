/* SPDX-License-Identifier: Apache-2.0
 *
 * The answer: how it may come in pieces, how it ends, when its connection may be used again.
 */
#include "connector/testing_exchange.h"

#define HEAD "HTTP/1.1 200 OK\r\n"

/* How an answer ends, and what becomes of its connection. */
enum outcome { KEPT, CLOSED, BROKEN };
enum after { STAYS, ENDS, IS_CUT };

struct answer_row {
    const char *description, *method, *answer;
    enum after after; /* what the back end does then */
    const char *body; /* given outside */
    enum outcome outcome;
};

static const struct answer_row ROWS[] = {
    {"a length", "GET", HEAD "Content-Length: 5\r\n\r\nhello", STAYS, "hello", KEPT},
    {"chunks", "GET",
     HEAD "Transfer-Encoding: chunked\r\n\r\n2;x\r\nhe\r\n3\r\nllo\r\n0\r\nT: 1\r\n\r\n", STAYS,
     "hello", KEPT},
    {"no body", "GET", "HTTP/1.1 204 No Content\r\n\r\n", STAYS, "", KEPT},
    {"to HEAD", "HEAD", HEAD "Content-Length: 5\r\n\r\n", STAYS, "", KEPT},
    {"304 with a length", "GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", STAYS,
     "", KEPT},
    {"interim answers first", "GET",
     "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" HEAD
     "Content-Length: 2\r\n\r\nhi",
     STAYS, "hi", KEPT},
    {"close announced", "GET", HEAD "Connection: close\r\nContent-Length: 2\r\n\r\nhi", STAYS, "hi",
     CLOSED},
    {"HTTP/1.0", "GET", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", STAYS, "hi", CLOSED},
    {"bytes behind it", "GET", HEAD "Content-Length: 2\r\n\r\nhi!", STAYS, "hi", CLOSED},
    {"a second answer behind it", "GET",
     HEAD "Content-Length: 2\r\n\r\nhi" HEAD "Content-Length: 4\r\n\r\nevil", STAYS, "hi", CLOSED},
    {"a body to HEAD", "HEAD", HEAD "Content-Length: 2\r\n\r\nhi", STAYS, "", CLOSED},
    {"until close", "GET", HEAD "\r\nhello", ENDS, "hello", CLOSED},
    {"until close, cut off", "GET", HEAD "\r\nhello", IS_CUT, "hello", BROKEN},
    {"a length, too little", "GET", HEAD "Content-Length: 9\r\n\r\nhello", ENDS, "hello", BROKEN},
    {"chunks without end", "GET", HEAD "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", ENDS,
     "hello", BROKEN},
    {"half a head", "GET", HEAD "Content-Le", ENDS, "", BROKEN},
    {"interim answers only", "GET", "HTTP/1.1 100 Continue\r\n\r\n", ENDS, "", BROKEN},
    {"no HTTP", "GET", "SSH-2.0-OpenSSH_9.2\r\n\r\n", STAYS, "", BROKEN},
    {"two lengths", "GET", HEAD "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", STAYS, "",
     BROKEN},
    {"a length and chunks", "GET",
     HEAD "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", STAYS, "", BROKEN},
    {"a bad chunk", "GET", HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\nz\r\n", STAYS, "he",
     BROKEN},
    {"another protocol", "GET",
     "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", STAYS, "",
     BROKEN},
    {"an interim answer with a body", "GET",
     "HTTP/1.1 100 Continue\r\nContent-Length: 2\r\n\r\nhi" HEAD "Content-Length: 0\r\n\r\n", STAYS,
     "", BROKEN},
};

static void say_in_pieces(struct place *p, int fd, const char *text, size_t size) {
    for (size_t n = strlen(text); n > 0;) {
        size_t now = size < n ? size : n;
        ssize_t sent = send(fd, text, now, MSG_NOSIGNAL);
        if (sent < 0) /* refused already */
            return;
        uv_run(&p->loop, UV_RUN_NOWAIT);
        text += sent;
        n -= (size_t)sent;
    }
}

static bool is_as(const struct answer_row *row, const struct side *s, bool is_kept) {
    bool is_broken = s->told.fails == 1 && (s->told.err.code == ERR_BACKEND_CLOSED ||
                                            s->told.err.code == ERR_BACKEND_PROTOCOL);
    return (row->outcome == BROKEN) == is_broken && (row->outcome == KEPT) == is_kept &&
           str_eq(buf_str(&s->told.body), str_of(row->body));
}

static void check_answer(struct place *p, const struct answer_row *row, size_t size) {
    struct side s;
    side_begin(&s, p, 1, row->method);
    int fd = accept_back(p);
    char request[64];
    snprintf(request, sizeof request, "%s / HTTP/1.1\r\n" HOST_LINE "\r\n", row->method);
    expect(p, fd, request);
    say_in_pieces(p, fd, row->answer, size);
    if (row->after == ENDS)
        shutdown(fd, SHUT_WR);
    if (row->after == IS_CUT) {
        UNTIL(p, buf_size(&s.told.body) == strlen(row->body));
        cut(fd);
    }
    UNTIL(p, is_over(&s.told));
    settle(p);
    bool is_kept = row->after != IS_CUT && is_open(fd);
    if (!is_as(row, &s, is_kept))
        fail_msg("%s, by %zu: ends %u, kept %d, body %.*s, %s", row->description, size, s.told.ends,
                 is_kept, STR_ARG(buf_str(&s.told.body)), s.told.err.detail);
    side_end(&s);
    if (row->after != IS_CUT)
        close(fd);
    pool_close_idle(p->c->pool);
}

static void answers_end_as_their_framing_says_at_once_or_byte_by_byte(void **state) {
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        check_answer(*state, &ROWS[i], 1);
        check_answer(*state, &ROWS[i], SIZE_MAX);
    }
}

static void an_early_answer_is_given_and_its_connection_not_kept(void **state) {
    struct place *p = *state;
    struct side s = side_of(p, 1, "POST");
    s.request.body = BODY_LENGTH;
    s.request.length = 10;
    side_start(&s);
    int fd = accept_back(p);
    expect(p, fd, "POST / HTTP/1.1\r\nContent-Length: 10\r\n" HOST_LINE "\r\n");
    say(fd, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno");
    UNTIL(p, is_over(&s.told));
    assert_int_equal(s.told.head.status, 413);
    assert_int_equal(s.told.ends, 1);
    exchange_send(s.x, STR("0123456789")); /* too late, and allowed */
    exchange_finish(s.x, NULL);
    UNTIL(p, is_closed(fd));
    side_end(&s);
    close(fd);
}

static void an_early_answer_is_found_behind_a_body_that_is_not_taken(void **state) {
    static char bytes[64 * 1024];
    struct place *p = *state;
    struct side s = side_of(p, 1, "POST");
    s.request.body = BODY_CHUNKED;
    side_start(&s);
    int fd = accept_back(p);
    UNTIL(p, s.told.drains);
    say(fd, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    close(fd); /* with the request unread: a reset */
    while (!is_over(&s.told)) {
        size_t n = exchange_room(s.x);
        exchange_send(s.x, str_n(bytes, n));
        uv_run(&p->loop, UV_RUN_ONCE);
    }
    /* The system may throw away what came before the reset; but this ends, and not as a success
     * without its answer. */
    assert_true(s.told.fails == 1 || s.told.head.status == 413);
    side_end(&s);
}

static void endless_interim_answers_come_to_an_end(void **state) {
    struct place *p = *state;
    struct side s;
    side_begin(&s, p, 1, "GET");
    int fd = accept_back(p);
    expect(p, fd, GET_TEXT);
    while (!is_over(&s.told)) {
        (void)!send(fd, "HTTP/1.1 102 Processing\r\nX: 0123456789\r\n\r\n", 42, MSG_NOSIGNAL);
        uv_run(&p->loop, UV_RUN_NOWAIT);
    }
    check_fails(&s, ERR_BACKEND_PROTOCOL, "interim");
    assert_int_equal(s.told.interims, 32);
    side_end(&s);
    close(fd);
}

static void a_head_without_end_is_refused_at_its_limit(void **state) {
    struct place *p = *state;
    struct side s;
    size_t sent = 0;
    side_begin(&s, p, 1, "GET");
    int fd = accept_back(p);
    expect(p, fd, GET_TEXT);
    say(fd, HEAD);
    while (!is_over(&s.told)) {
        ssize_t n = send(fd, "X: 0123456789\r\n", 15, MSG_NOSIGNAL);
        sent += n > 0 ? (size_t)n : 0;
        uv_run(&p->loop, UV_RUN_NOWAIT);
    }
    check_fails(&s, ERR_BACKEND_PROTOCOL, "head");
    assert_true(sent < 2 * p->config->limits.response_head);
    side_end(&s);
    close(fd);
}

/* Sends until the other side takes no more; how much that was. */
static size_t flood(struct place *p, int fd, size_t max) {
    static char bytes[64 * 1024];
    size_t sent = 0;
    for (int refused = 0; refused < 5 && sent < max;) {
        size_t n = max - sent < sizeof bytes ? max - sent : sizeof bytes;
        ssize_t now = send(fd, bytes, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (now > 0)
            sent += (size_t)now;
        else
            refused++;
        settle(p);
    }
    return sent;
}

static void a_pause_stops_the_reading_and_the_back_ends_time(void **state) {
    enum { SIZE = 12 * 1024 * 1024 };
    struct place *p = *state;
    struct side s;
    p->config->apps[OPEN].timeout_ms = 500;
    p->config->apps[OPEN].idle_timeout_ms = 500;
    side_begin(&s, p, 1, "GET");
    s.told.pauses = s.x;
    int fd = accept_back(p);
    expect(p, fd, GET_TEXT);
    say(fd, HEAD "Content-Length: 12582912\r\n\r\n");
    size_t sent = flood(p, fd, SIZE);
    assert_true(sent > 0 && sent < SIZE);
    assert_true(buf_size(&s.told.body) > 0 && buf_size(&s.told.body) <= 64 * 1024);
    int64_t later = clock_mono_us() + 700 * 1000;
    UNTIL(p, clock_mono_us() > later);
    assert_false(is_over(&s.told));
    exchange_resume(s.x);
    while (sent < SIZE)
        sent += flood(p, fd, SIZE - sent);
    UNTIL(p, is_over(&s.told));
    assert_true(s.told.ends == 1 && buf_size(&s.told.body) == SIZE);
    assert_true(s.told.piece_max <= 64 * 1024 && s.told.flushes > 0);
    side_end(&s);
    close(fd);
}

static void a_back_end_that_is_silent_has_its_time(void **state) {
    static const struct {
        const char *said;
        int64_t timeout_ms, idle_ms, total_ms;
        const char *detail, *hint;
    } ROWS_OF_TIME[] = {
        {"", 30, 5000, 0, "sent nothing for 0.03 s", "raise the timeout of app open"},
        {"HTTP/1.1 103 Early Hints\r\n\r\n", 30, 5000, 0, "sent nothing for 0.03 s",
         "raise the timeout of app open"},
        {"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200", 5000, 30, 0, "sent nothing for 0.03 s",
         "the idle_timeout of app open"},
        {"HTTP/1.1 200", 5000, 30, 0, "sent nothing for 0.03 s", "the idle_timeout of app open"},
        {HEAD "Content-Length: 2\r\n\r\nh", 5000, 30, 0, "sent nothing for 0.03 s",
         "the idle_timeout of app open"},
        {HEAD "Content-Length: 2\r\n\r\nh", 5000, 5000, 30, "not finished its answer after 0.03 s",
         "the total_timeout of app open"},
    };
    struct place *p = *state;
    struct config_app *app = &p->config->apps[OPEN];
    for (size_t i = 0; i < sizeof ROWS_OF_TIME / sizeof *ROWS_OF_TIME; i++) {
        struct side s;
        app->timeout_ms = ROWS_OF_TIME[i].timeout_ms;
        app->idle_timeout_ms = ROWS_OF_TIME[i].idle_ms;
        app->total_timeout_ms = ROWS_OF_TIME[i].total_ms;
        side_begin(&s, p, 1, "GET");
        int fd = accept_back(p);
        expect(p, fd, GET_TEXT);
        say(fd, ROWS_OF_TIME[i].said);
        check_fails(&s, ERR_BACKEND_TIMEOUT, ROWS_OF_TIME[i].detail);
        assert_non_null(strstr(s.told.err.hint, ROWS_OF_TIME[i].hint));
        assert_int_equal(s.told.heads, strstr(ROWS_OF_TIME[i].said, "\r\n\r\nh") != NULL);
        UNTIL(p, is_closed(fd));
        side_end(&s);
        close(fd);
    }
}

/* Over HTTP/2 any success would open the tunnel. */
static void a_page_does_not_answer_an_extended_connect(void **state) {
    static const struct {
        const char *status;
        bool is_given;
    } ROWS_OF_STATUS[] = {{"200 OK", false},
                          {"204 No Content", false},
                          {"401 Unauthorized", true},
                          {"302 Found", true}};
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS_OF_STATUS / sizeof *ROWS_OF_STATUS; i++) {
        struct side s = side_of(p, 1, "GET");
        s.request.is_connect = true;
        side_start(&s);
        int fd = accept_back(p);
        expect(p, fd, GET_TEXT);
        say(fd, "HTTP/1.1 ");
        say(fd, ROWS_OF_STATUS[i].status);
        say(fd, "\r\nContent-Length: 0\r\n\r\n");
        UNTIL(p, is_over(&s.told));
        assert_int_equal(s.told.heads, ROWS_OF_STATUS[i].is_given);
        if (!ROWS_OF_STATUS[i].is_given)
            check_fails(&s, ERR_NO_WEBSOCKET, "to a request for a WebSocket");
        side_end(&s);
        close(fd);
        pool_close_idle(p->c->pool);
    }
}

/* Who is waited for, and for how long, once the head was read (RFC 9110 10.1.1). */
static void a_back_end_that_owes_leave_has_its_time(void **state) {
    static const struct {
        const char *said, *body;
        const char *detail; /* NULL: nothing is owed by the back end */
    } ROWS_OF_LEAVE[] = {
        {"", "", "sent nothing for 0.03 s"},
        {"HTTP/1.1 103 Early Hints\r\n\r\n", "", "sent nothing for 0.03 s"},
        {"HTTP/1.1 100 Continue\r\n\r\n", "", NULL},
        {"HTTP/1.1 100 Continue\r\n\r\n", "hello", "sent nothing for 0.03 s"},
        {"", "hello", "sent nothing for 0.03 s"},
        {"", "he", NULL},
    };
    struct place *p = *state;
    struct config_app *app = &p->config->apps[OPEN];
    app->timeout_ms = 30;
    app->idle_timeout_ms = 5000;
    for (size_t i = 0; i < sizeof ROWS_OF_LEAVE / sizeof *ROWS_OF_LEAVE; i++) {
        struct side s = side_of(p, 1, "POST");
        s.request.body = BODY_LENGTH;
        s.request.length = 5;
        s.request.expects_continue = true;
        side_start(&s);
        int fd = accept_back(p);
        expect(p, fd, "POST / HTTP/1.1\r\nContent-Length: 5\r\n" HOST_LINE "\r\n");
        say(fd, ROWS_OF_LEAVE[i].said);
        UNTIL(p, is_over(&s.told) || s.told.interims == (ROWS_OF_LEAVE[i].said[0] != 0));
        if (ROWS_OF_LEAVE[i].body[0])
            exchange_body_begins(s.x);
        exchange_send(s.x, str_of(ROWS_OF_LEAVE[i].body));
        if (strlen(ROWS_OF_LEAVE[i].body) == 5)
            exchange_finish(s.x, NULL);
        int64_t later = clock_mono_us() + 100 * 1000;
        UNTIL(p, is_over(&s.told) || clock_mono_us() > later);
        if (!ROWS_OF_LEAVE[i].detail)
            assert_false(is_over(&s.told));
        else
            check_fails(&s, ERR_BACKEND_TIMEOUT, ROWS_OF_LEAVE[i].detail);
        if (ROWS_OF_LEAVE[i].detail)
            assert_non_null(strstr(s.told.err.hint, "raise the timeout of app open"));
        side_end(&s);
        close(fd);
    }
}

static void the_head_is_made_fit_for_the_outside(void **state) {
    struct place *p = *state;
    struct side s;
    side_begin(&s, p, 1, "GET");
    int fd = accept_back(p);
    expect(p, fd, GET_TEXT);
    say(fd, "HTTP/1.1 302 Found\r\nLocation: /x\r\nSet-Cookie: __Host-kerbgate=evil\r\n"
            "Keep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n");
    UNTIL(p, is_over(&s.told));
    assert_int_equal(s.told.head.status, 302);
    struct str location = headers_get(&s.told.head.headers, STR("Location"));
    assert_true(str_eq(location, STR("https://open.example.com/x")));
    assert_int_equal(headers_count(&s.told.head.headers, STR("Set-Cookie")), 0);
    assert_int_equal(headers_count(&s.told.head.headers, STR("Keep-Alive")), 0);
    side_end(&s);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(answers_end_as_their_framing_says_at_once_or_byte_by_byte),
        TEST(an_early_answer_is_given_and_its_connection_not_kept),
        TEST(an_early_answer_is_found_behind_a_body_that_is_not_taken),
        TEST(endless_interim_answers_come_to_an_end),
        TEST(a_head_without_end_is_refused_at_its_limit),
        TEST(a_pause_stops_the_reading_and_the_back_ends_time),
        TEST(a_back_end_that_is_silent_has_its_time),
        TEST(a_page_does_not_answer_an_extended_connect),
        TEST(a_back_end_that_owes_leave_has_its_time),
        TEST(the_head_is_made_fit_for_the_outside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
