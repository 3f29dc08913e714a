/* SPDX-License-Identifier: Apache-2.0
 *
 * The connection and the request: who gets which connection, what is sent twice, how a body goes
 * out. exchange_answer_test.c has the answers, exchange_fault_test.c the tickets.
 */
#include "connector/testing_exchange.h"

static void a_connection_serves_its_owner_again_and_nobody_else(void **state) {
    struct place *p = *state;
    int first = run_one(p, -1, 1);
    int second = run_one(p, -1, 2);
    assert_true(is_open(first));
    run_one(p, first, 1);
    run_one(p, second, 2);
    close(first);
    close(second);
}

/* Signed in, but without tickets: the back end may still remember whom a connection belongs to. */
static void a_connection_of_one_person_is_not_anothers_nor_another_apps(void **state) {
    static char staff[] = "staff", alice[] = "alice", bob[] = "bob";
    struct place *p = *state;
    struct identity who[] = {{.provider = staff, .subject = alice},
                             {.provider = staff, .subject = bob}};
    int fds[2];
    for (int i = 0; i < 2; i++) {
        struct side s = side_of(p, 1, "GET");
        s.r.app = &p->config->apps[QUIET];
        s.r.identity = &who[i];
        side_start(&s);
        fds[i] = accept_back(p);
        say(fds[i], ANSWER);
        UNTIL(p, is_over(&s.told));
        side_end(&s);
    }
    int other = run_one(p, -1, 1);
    close(fds[0]);
    close(fds[1]);
    close(other);
}

static void the_connection_of_a_cancelled_exchange_is_closed(void **state) {
    struct place *p = *state;
    struct side s;
    int first = run_one(p, -1, 1);
    side_begin(&s, p, 1, "GET");
    expect(p, first, GET_TEXT);
    side_end(&s);
    UNTIL(p, is_closed(first));
    int second = run_one(p, -1, 1);
    close(first);
    close(second);
}

static void an_exchange_may_be_cancelled_at_any_time(void **state) {
    struct place *p = *state;
    for (int turns = 0; turns < 6; turns++) {
        struct side s;
        side_begin(&s, p, 1, "GET");
        for (int i = 0; i < turns; i++)
            uv_run(&p->loop, UV_RUN_NOWAIT);
        side_end(&s);
        settle(p);
        assert_int_equal(s.told.fails, 0);
    }
    int fd;
    while ((fd = accept(p->listener, NULL, NULL)) >= 0)
        close(fd);
}

static void what_comes_while_a_connection_is_idle_answers_nothing(void **state) {
    struct place *p = *state;
    int first = run_one(p, -1, 1);
    say(first, ANSWER); /* the loop has no time to see it */
    int second = run_one(p, -1, 1);
    char rest[64];
    UNTIL(p, recv(first, rest, sizeof rest, MSG_DONTWAIT) <= 0 && errno != EAGAIN);
    close(first);
    close(second);
}

static void nothing_is_sent_behind_a_whole_request(void **state) {
    struct place *p = *state;
    struct side s;
    char more[8];
    side_begin(&s, p, 1, "GET");
    int fd = accept_back(p);
    expect(p, fd, GET_TEXT);
    assert_int_equal(exchange_room(s.x), 0);
    exchange_send(s.x, STR("GET /smuggled HTTP/1.1\r\n\r\n"));
    settle(p);
    assert_int_equal(recv(fd, more, sizeof more, MSG_DONTWAIT), -1);
    side_end(&s);
    close(fd);
}

static void what_comes_before_the_request_was_sent_answers_nothing(void **state) {
    struct place *p = *state;
    struct side s;
    side_begin(&s, p, 1, "GET");
    int fd = accept_back(p);
    say(fd, ANSWER);
    check_fails(&s, ERR_BACKEND_PROTOCOL, "before it was asked");
    side_end(&s);
    close(fd);
}

static void a_get_is_sent_once_more_when_a_kept_connection_closes(void **state) {
    struct place *p = *state;
    struct side s;
    int first = run_one(p, -1, 1);
    side_begin(&s, p, 1, "GET");
    expect(p, first, GET_TEXT);
    close(first);
    int second = accept_back(p);
    expect(p, second, GET_TEXT);
    say(second, ANSWER);
    UNTIL(p, is_over(&s.told));
    assert_true(s.told.ends == 1 && !s.activity.is_connection_reused);
    side_end(&s);
    close(second);
}

static void it_is_not_sent_a_third_time(void **state) {
    struct place *p = *state;
    struct side s;
    int first = run_one(p, -1, 1);
    side_begin(&s, p, 1, "GET");
    expect(p, first, GET_TEXT);
    close(first);
    int second = accept_back(p);
    expect(p, second, GET_TEXT);
    close(second);
    check_fails(&s, ERR_BACKEND_CLOSED, "without an answer");
    assert_true(nobody_connects(p));
    side_end(&s);
}

static void nothing_is_sent_twice_after_a_byte_of_answer(void **state) {
    struct place *p = *state;
    struct side s;
    int first = run_one(p, -1, 1);
    side_begin(&s, p, 1, "GET");
    expect(p, first, GET_TEXT);
    say(first, "H");
    close(first);
    check_fails(&s, ERR_BACKEND_CLOSED, "in the middle of its answer's head");
    assert_true(nobody_connects(p));
    side_end(&s);
}

static void a_get_on_a_new_connection_is_not_sent_twice(void **state) {
    struct place *p = *state;
    struct side s;
    side_begin(&s, p, 1, "GET");
    int fd = accept_back(p);
    expect(p, fd, GET_TEXT);
    close(fd);
    check_fails(&s, ERR_BACKEND_CLOSED, "without an answer");
    assert_true(nobody_connects(p));
    side_end(&s);
}

static void what_changes_something_is_never_sent_twice(void **state) {
    static const char *const METHODS[] = {"POST", "PUT", "DELETE", "PATCH"};
    struct place *p = *state;
    for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++) {
        char text[64];
        struct side s;
        int fd = run_one(p, -1, 1);
        side_begin(&s, p, 1, METHODS[i]);
        snprintf(text, sizeof text, "%s / HTTP/1.1\r\n" HOST_LINE "\r\n", METHODS[i]);
        expect(p, fd, text);
        assert_true(s.activity.is_connection_reused);
        close(fd);
        check_fails(&s, ERR_BACKEND_CLOSED, "without an answer");
        assert_true(nobody_connects(p));
        side_end(&s);
    }
}

static void a_get_with_a_body_is_not_sent_twice(void **state) {
    struct place *p = *state;
    int fd = run_one(p, -1, 1);
    struct side s = side_of(p, 1, "GET");
    s.request.body = BODY_LENGTH;
    s.request.length = 2;
    side_start(&s);
    exchange_send(s.x, STR("ab"));
    exchange_finish(s.x, NULL);
    expect(p, fd, "GET / HTTP/1.1\r\nContent-Length: 2\r\n" HOST_LINE "\r\nab");
    close(fd);
    check_fails(&s, ERR_BACKEND_CLOSED, "without an answer");
    assert_true(nobody_connects(p));
    side_end(&s);
}

/* The time for an answer is not that for a connection; and nothing is called after a failure. */
static void the_back_ends_time_stands_still_while_it_is_connected_to_again(void **state) {
    struct place *p = *state;
    struct side s;
    int fillers[2];
    int first = run_one(p, -1, 1);
    assert_int_equal(listen(p->listener, 0), 0);
    p->config->apps[OPEN].timeout_ms = 60;
    p->config->apps[OPEN].connect_timeout_ms = 400;
    side_begin(&s, p, 1, "GET");
    expect(p, first, GET_TEXT);
    for (int i = 0; i < 2; i++)
        fillers[i] = filler(p);
    close(first);
    check_fails(&s, ERR_BACKEND_UNREACHABLE, "no answer within "); /* 400 ms, or what is left */
    settle(p);
    assert_int_equal(s.told.heads, 0);
    side_end(&s);
    close(fillers[0]);
    close(fillers[1]);
}

static void a_chunked_body_is_framed_anew(void **state) {
    struct place *p = *state;
    struct side s = side_of(p, 1, "POST");
    s.request.body = BODY_CHUNKED;
    side_start(&s);
    assert_int_equal(exchange_room(s.x), 0);
    int fd = accept_back(p);
    UNTIL(p, s.told.drains);
    assert_false(exchange_is_sent(s.x));
    exchange_send(s.x, STR("hello"));
    exchange_send(s.x, STR(""));
    exchange_send(s.x, STR("you"));
    exchange_finish(s.x, NULL);
    assert_true(exchange_is_sent(s.x));
    expect(p, fd,
           "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" HOST_LINE
           "\r\n5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n");
    say(fd, ANSWER);
    UNTIL(p, is_over(&s.told));
    side_end(&s);
    run_one(p, fd, 1);
    close(fd);
}

/* Gives as much body as there is room for; the limit is never passed. */
static size_t give(struct side *s, size_t left) {
    static char bytes[64 * 1024];
    size_t n = exchange_room(s->x);
    assert_true(n <= sizeof bytes);
    n = n < left ? n : left;
    exchange_send(s->x, str_n(bytes, n));
    if (n == left)
        exchange_finish(s->x, NULL);
    return left - n;
}

static void a_big_body_goes_out_as_the_back_end_takes_it(void **state) {
    enum { SIZE = 16 * 1024 * 1024 };
    static char head[] = "POST / HTTP/1.1\r\nContent-Length: 16777216\r\n" HOST_LINE "\r\n";
    struct place *p = *state;
    struct side s = side_of(p, 1, "POST");
    char bytes[32 * 1024];
    size_t left = SIZE, got = 0;
    s.request.body = BODY_LENGTH;
    s.request.length = SIZE;
    side_start(&s);
    int fd = accept_back(p);
    size_t before = 0;
    MEANWHILE(p, before == left) { /* the back end reads nothing: this comes to a stop */
        before = left;
        left = give(&s, left);
        settle(p);
    }
    assert_true(left > 0);
    unsigned drains = s.told.drains;
    MEANWHILE(p, got == sizeof head - 1 + SIZE) {
        ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
        got += n > 0 ? (size_t)n : 0;
        if (left && exchange_room(s.x) > 0)
            left = give(&s, left);
    }
    assert_true(s.told.drains > drains);
    say(fd, ANSWER);
    UNTIL(p, is_over(&s.told));
    assert_int_equal(s.told.ends, 1);
    side_end(&s);
    run_one(p, fd, 1);
    close(fd);
}

static void a_back_end_that_stops_taking_the_body_has_its_time(void **state) {
    static char bytes[64 * 1024];
    struct place *p = *state;
    struct side s = side_of(p, 1, "POST");
    s.request.body = BODY_CHUNKED;
    p->config->apps[OPEN].timeout_ms = 60;
    p->config->apps[OPEN].idle_timeout_ms = 60;
    side_start(&s);
    int fd = accept_back(p);
    MEANWHILE(p, is_over(&s.told)) {
        size_t n = exchange_room(s.x);
        exchange_send(s.x, str_n(bytes, n < sizeof bytes ? n : sizeof bytes));
    }
    check_fails(&s, ERR_BACKEND_TIMEOUT, "took nothing of the request");
    side_end(&s);
    close(fd);
}

static void a_client_that_sends_slowly_does_not_use_up_the_back_ends_time(void **state) {
    struct place *p = *state;
    struct side s = side_of(p, 1, "POST");
    s.request.body = BODY_LENGTH;
    s.request.length = 2;
    p->config->apps[OPEN].timeout_ms = 20;
    p->config->apps[OPEN].idle_timeout_ms = 20;
    side_start(&s);
    int fd = accept_back(p);
    UNTIL(p, s.told.drains);
    int64_t later = clock_mono_us() + 100 * 1000;
    UNTIL(p, clock_mono_us() > later);
    assert_false(is_over(&s.told));
    exchange_send(s.x, STR("ab"));
    exchange_finish(s.x, NULL);
    check_fails(&s, ERR_BACKEND_TIMEOUT, "sent nothing");
    side_end(&s);
    close(fd);
}

static void a_head_that_is_not_clean_is_not_sent(void **state) {
    struct place *p = *state;
    struct side s = side_of(p, 1, "GET");
    s.header.value = STR("a\r\nX: y");
    side_start(&s);
    int fd = accept_back(p);
    UNTIL(p, is_over(&s.told));
    assert_int_equal(s.told.fails, 1);
    UNTIL(p, is_closed(fd));
    side_end(&s);
    close(fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_connection_serves_its_owner_again_and_nobody_else),
        TEST(a_connection_of_one_person_is_not_anothers_nor_another_apps),
        TEST(the_connection_of_a_cancelled_exchange_is_closed),
        TEST(an_exchange_may_be_cancelled_at_any_time),
        TEST(what_comes_while_a_connection_is_idle_answers_nothing),
        TEST(nothing_is_sent_behind_a_whole_request),
        TEST(what_comes_before_the_request_was_sent_answers_nothing),
        TEST(a_get_is_sent_once_more_when_a_kept_connection_closes),
        TEST(it_is_not_sent_a_third_time),
        TEST(nothing_is_sent_twice_after_a_byte_of_answer),
        TEST(a_get_on_a_new_connection_is_not_sent_twice),
        TEST(what_changes_something_is_never_sent_twice),
        TEST(a_get_with_a_body_is_not_sent_twice),
        TEST(the_back_ends_time_stands_still_while_it_is_connected_to_again),
        TEST(a_chunked_body_is_framed_anew),
        TEST(a_big_body_goes_out_as_the_back_end_takes_it),
        TEST(a_back_end_that_stops_taking_the_body_has_its_time),
        TEST(a_client_that_sends_slowly_does_not_use_up_the_back_ends_time),
        TEST(a_head_that_is_not_clean_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
