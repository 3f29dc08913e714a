/* SPDX-License-Identifier: Apache-2.0
 *
 * Back ends that are sent a token when they ask for it, and on the connection on which they do.
 */
#include "connector/testing_person.h"

#include <netinet/tcp.h>

#define REFUSED                                                                                    \
    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate oQcwBaADCgEC\r\n"                    \
    "Content-Length: 0\r\n\r\n"
#define CHALLENGE                                                                                  \
    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\nContent-Length: 0\r\n\r\n"

#define CHALLENGE_WITH_PAGE                                                                        \
    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\n"                                 \
    "Transfer-Encoding: chunked\r\n\r\n4\r\nsign\r\n3\r\n in\r\n0\r\n\r\n"
#define CHALLENGE_THAT_CLOSES                                                                      \
    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate\r\n"                                 \
    "Connection: close\r\nContent-Length: 7\r\n\r\nsign in"

/* A request that comes without a token on `fd`, or on a new connection; which is answered. */
static int expect_bare(struct place *p, int fd, const char *answer) {
    if (fd < 0)
        fd = accept_back(p);
    expect(p, fd, GET_TEXT);
    say(fd, answer);
    return fd;
}

static void finish(struct side *s, int status) {
    UNTIL(s->p, is_over(&s->told));
    assert_int_equal(s->told.ends, 1);
    assert_int_equal(s->told.head.status, status);
    side_end(s);
}

static void on_challenge_a_token_is_sent_when_it_is_asked_for(void **state) {
    static char token[4096];
    struct place *p = *state;
    struct person alice;
    struct side s;
    p->config->apps[HR].waits_for_challenge = true;
    person_make(&alice, "alice");
    ask_as(&s, p, &alice);
    give_ticket(p, LONG_S);
    int first = expect_bare(p, -1, ANSWER); /* this page is for everybody */
    finish(&s, 200);
    ask_as(&s, p, &alice);
    expect_bare(p, first, CHALLENGE_WITH_PAGE);
    read_token(p, first, token); /* on the connection that asked for it */
    say(first, ANSWER);
    finish(&s, 200);
    ask_as(&s, p, &alice);
    expect_bare(p, first, CHALLENGE_THAT_CLOSES);
    int second = accept_back(p);
    read_token(p, second, token);
    say(second, REFUSED); /* a token was sent: this is no challenge, and the ticket is renewed */
    give_ticket(p, LONG_S);
    int third = accept_back(p);
    read_token(p, third, token);
    say(third, ANSWER);
    finish(&s, 200);
    identity_fini(&alice.identity);
    close(first);
    close(second);
    close(third);
}

/* What was heard of it before the challenge was of another attempt. */
static void a_kept_connection_that_closes_behind_a_challenge_is_tried_once_more(void **state) {
    static char token[4096];
    struct place *p = *state;
    struct person alice;
    struct side s;
    p->config->apps[HR].waits_for_challenge = true;
    person_make(&alice, "alice");
    ask_as(&s, p, &alice);
    give_ticket(p, LONG_S);
    int first = expect_bare(p, -1, "HTTP/1.1 103 Early Hints\r\n\r\n" CHALLENGE);
    read_token(p, first, token);
    close(first);
    int second = accept_back(p);
    read_token(p, second, token);
    say(second, ANSWER);
    finish(&s, 200);
    identity_fini(&alice.identity);
    close(second);
}

/* It could not be sent again, and this one is not told from it by many a back end. */
static void a_body_of_no_bytes_comes_with_a_token(void **state) {
    static char head[8192];
    struct place *p = *state;
    struct person alice;
    p->config->apps[HR].waits_for_challenge = true;
    person_make(&alice, "alice");
    struct side s = side_of(p, 1, "POST");
    s.r.app = &p->config->apps[HR];
    s.r.identity = &alice.identity;
    s.request.body = BODY_LENGTH;
    side_start(&s);
    give_ticket(p, LONG_S);
    int fd = accept_back(p);
    read_request(p, fd, head);
    assert_non_null(strstr(head, "\r\nAuthorization: Negotiate "));
    say(fd, ANSWER);
    finish(&s, 200);
    identity_fini(&alice.identity);
    close(fd);
}

static void who_has_yet_to_prove_itself_says_no_more_than_that_the_body_may_come(void **state) {
    static char token[4096];
    struct place *p = *state;
    struct person alice;
    struct side s;
    p->config->apps[HR].is_mutual_required = true;
    person_make(&alice, "alice");
    ask_as(&s, p, &alice);
    give_ticket(p, LONG_S);
    int fd = accept_back(p);
    read_token(p, fd, token);
    say(fd,
        "HTTP/1.1 103 Early Hints\r\nSet-Cookie: a=b\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" ANSWER);
    UNTIL(p, is_over(&s.told));
    assert_int_equal(s.told.fails, 1); /* and the answer has no proof */
    assert_int_equal(s.told.interims, 1);
    assert_int_equal(s.told.interim.status, 100);
    side_end(&s);
    identity_fini(&alice.identity);
    close(fd);
}

static void one_token_is_for_all_of_a_connection_where_the_app_has_it_so(void **state) {
    static char token[4096];
    struct place *p = *state;
    struct person alice;
    struct side s;
    p->config->apps[HR].authenticates_connection = true;
    person_make(&alice, "alice");
    int fd = run_as(p, &alice, true, -1, token);
    for (int i = 0; i < 2; i++) {
        ask_as(&s, p, &alice);
        expect_bare(p, fd, ANSWER);
        finish(&s, 200);
    }
    ask_as(&s, p, &alice);
    expect_bare(p, fd, CHALLENGE); /* it has forgotten */
    read_token(p, fd, token);
    say(fd, ANSWER);
    finish(&s, 200);
    ask_as(&s, p, &alice);
    expect_bare(p, fd, ANSWER);
    finish(&s, 200);
    identity_fini(&alice.identity);
    close(fd);
}

/* Of several back ends the next has its turn as soon as a request is over; this one is not. */
static void the_token_goes_to_the_back_end_that_asked_for_it(void **state) {
    static char token[4096];
    struct place *p = *state;
    struct config_app *hr = &p->config->apps[HR];
    struct config_backend one = hr->backends[0], both[] = {one, one}, *were = hr->backends;
    struct person alice;
    struct side s;
    hr->waits_for_challenge = true;
    hr->backends = both;
    hr->backend_count = 2;
    hr->is_sticky = false;
    place_connect(p);
    person_make(&alice, "alice");
    ask_as(&s, p, &alice);
    give_ticket(p, LONG_S);
    int fd = expect_bare(p, -1, CHALLENGE_WITH_PAGE);
    read_token(p, fd, token);
    assert_true(s.activity.is_connection_reused);
    say(fd, ANSWER);
    finish(&s, 200);
    assert_true(nobody_connects(p));
    identity_fini(&alice.identity);
    hr->backends = were;
    close(fd);
}

/* Behind a part of a request the next one would be more of it. */
static void half_a_request_is_never_followed_by_another(void **state) {
    enum { LONG = 120000 };
    static char target[LONG + 1];
    struct place *p = *state;
    struct person alice;
    int small = 536;
    p->config->apps[HR].waits_for_challenge = true;
    memset(target, 'x', LONG);
    target[0] = '/';
    assert_int_equal(setsockopt(p->listener, IPPROTO_TCP, TCP_MAXSEG, &small, sizeof small), 0);
    assert_int_equal(setsockopt(p->listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), 0);
    person_make(&alice, "alice");
    struct side s = side_of(p, 1, "GET");
    s.r.app = &p->config->apps[HR];
    s.r.identity = &alice.identity;
    s.request.target = str_of(target);
    side_start(&s);
    give_ticket(p, LONG_S);
    int first = accept_back(p), second;
    char byte;
    UNTIL(p, recv(first, &byte, 1, MSG_DONTWAIT) == 1);
    say(first, CHALLENGE);
    second = accept_back(p);
    read_head(p, second);
    say(second, ANSWER);
    finish(&s, 200);
    identity_fini(&alice.identity);
    close(first);
    close(second);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_kept_connection_that_closes_behind_a_challenge_is_tried_once_more),
        TEST(a_body_of_no_bytes_comes_with_a_token),
        TEST(who_has_yet_to_prove_itself_says_no_more_than_that_the_body_may_come),
        TEST(on_challenge_a_token_is_sent_when_it_is_asked_for),
        TEST(one_token_is_for_all_of_a_connection_where_the_app_has_it_so),
        TEST(the_token_goes_to_the_back_end_that_asked_for_it),
        TEST(half_a_request_is_never_followed_by_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
