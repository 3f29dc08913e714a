/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests with tickets: whose connection, which token, and what is said when there is no ticket or
 * the back end does not take it.
 */
#include "connector/testing_person.h"

#include <fcntl.h>

static void each_request_has_a_fresh_token_of_a_ticket_asked_for_once(void **state) {
    static char first[4096], second[4096];
    struct place *p = *state;
    struct person alice;
    person_make(&alice, "alice");
    int fd = run_as(p, &alice, true, -1, first);
    run_as(p, &alice, false, fd, second);
    assert_string_not_equal(first, second);
    assert_int_equal(question(p).id, 0);
    identity_fini(&alice.identity);
    close(fd);
}

/* Invariant 1, where a token was sent with the first request and no 401 was ever seen. */
static void a_connection_that_carried_a_token_serves_its_person_alone(void **state) {
    static char token[4096];
    struct place *p = *state;
    struct person alice, bob;
    person_make(&alice, "alice");
    person_make(&bob, "bob");
    int first = run_as(p, &alice, true, -1, token);
    int second = run_as(p, &bob, true, -1, token);
    int third = run_one(p, -1, 1);
    run_as(p, &alice, false, first, token);
    run_as(p, &bob, false, second, token);
    identity_fini(&alice.identity);
    identity_fini(&bob.identity);
    close(first);
    close(second);
    close(third);
}

static void a_request_that_is_sent_again_has_a_token_of_its_own(void **state) {
    static char first[4096], second[4096];
    struct place *p = *state;
    struct person alice;
    struct side s;
    person_make(&alice, "alice");
    int kept = run_as(p, &alice, true, -1, first);
    ask_as(&s, p, &alice);
    read_token(p, kept, first);
    close(kept);
    int fd = accept_back(p);
    read_token(p, fd, second);
    assert_string_not_equal(first, second);
    say(fd, ANSWER);
    UNTIL(p, is_over(&s.told));
    assert_int_equal(s.told.ends, 1);
    side_end(&s);
    identity_fini(&alice.identity);
    close(fd);
}

#define REFUSED                                                                                    \
    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Negotiate oQcwBaADCgECSECRET\r\n"              \
    "Content-Length: 0\r\n\r\n"

static void a_refused_ticket_is_renewed_and_the_request_sent_again(void **state) {
    static char token[4096];
    struct place *p = *state;
    struct person alice;
    struct side s;
    person_make(&alice, "alice");
    int first = run_as(p, &alice, true, -1, token);
    ask_as(&s, p, &alice);
    read_token(p, first, token);
    say(first, REFUSED);
    give_ticket(p, LONG_S);
    int second = accept_back(p);
    read_token(p, second, token);
    say(second, ANSWER);
    UNTIL(p, is_over(&s.told));
    assert_true(s.told.ends == 1 && s.told.head.status == 200);
    side_end(&s);
    assert_int_equal(run_as(p, &alice, false, second, token), second);
    identity_fini(&alice.identity);
    close(first);
    close(second);
}

static void who_refuses_a_new_ticket_too_is_event_13022_and_costs_no_more_of_them(void **state) {
    static char token[4096];
    struct place *p = *state;
    struct person alice;
    person_make(&alice, "alice");
    int fd = run_as(p, &alice, true, -1, token);
    for (int i = 0; i < 2; i++) {
        struct side s;
        ask_as(&s, p, &alice);
        if (i > 0)
            fd = accept_back(p);
        read_token(p, fd, token);
        say(fd, REFUSED);
        if (i == 0) {
            give_ticket(p, LONG_S);
            close(fd);
            fd = accept_back(p);
            read_token(p, fd, token);
            say(fd, REFUSED);
        }
        check_fails(&s, ERR_BACKEND_REFUSED_TICKET, "alice@CORP.EXAMPLE for HTTP/hr.corp.example");
        assert_int_equal(err_info(s.told.err.code)->event, 13022);
        assert_non_null(strstr(s.told.err.detail, "asks for Negotiate"));
        assert_null(strstr(s.told.err.detail, "SECRET")); /* invariant 9 */
        assert_non_null(strstr(s.told.err.hint, "setspn -Q HTTP/hr.corp.example"));
        assert_non_null(strstr(s.told.err.hint, "useAppPoolCredentials"));
        assert_int_equal(s.told.heads, 0);
        assert_int_equal(question(p).id, 0);
        side_end(&s);
        close(fd);
    }
    identity_fini(&alice.identity);
}

static void a_proof_that_is_false_is_worse_than_none(void **state) {
    static char token[4096];
    struct place *p = *state;
    struct person alice;
    struct side s;
    person_make(&alice, "alice");
    ask_as(&s, p, &alice);
    give_ticket(p, LONG_S);
    int fd = accept_back(p);
    read_token(p, fd, token);
    /* An AP-REP with nothing in it. */
    say(fd,
        "HTTP/1.1 200 OK\r\nWWW-Authenticate: Negotiate bwIwAA==\r\nContent-Length: 2\r\n\r\nhi");
    check_fails(&s, ERR_BACKEND_UNPROVEN, "it is false");
    assert_int_equal(s.told.heads, 0);
    side_end(&s);
    identity_fini(&alice.identity);
    close(fd);
}

static void a_401_that_asks_for_something_else_goes_outside(void **state) {
    static char token[4096];
    struct place *p = *state;
    struct person alice;
    struct side s;
    person_make(&alice, "alice");
    ask_as(&s, p, &alice);
    give_ticket(p, LONG_S);
    int fd = accept_back(p);
    read_token(p, fd, token);
    say(fd, "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\n"
            "Content-Length: 0\r\n\r\n");
    UNTIL(p, is_over(&s.told));
    assert_true(s.told.ends == 1 && s.told.head.status == 401);
    side_end(&s);
    identity_fini(&alice.identity);
    close(fd);
}

/* Invariant 3: no ticket, no request. */
static void without_a_ticket_the_back_end_is_not_asked(void **state) {
    struct place *p = *state;
    struct person alice;
    struct side s;
    struct broker_request q = {0};
    person_make(&alice, "alice");
    ask_as(&s, p, &alice);
    UNTIL(p, (q = question(p)).id);
    assert_true(str_eq(q.spn, STR("HTTP/hr.corp.example")));
    reply_error(p, q.id, ERR_KRB_NOT_DELEGATED);
    check_fails(&s, ERR_KRB_NOT_DELEGATED, "the domain says no");
    assert_true(nobody_connects(p));
    side_end(&s);
    identity_fini(&alice.identity);
}

static void nobody_and_somebody_without_the_claim_get_no_ticket(void **state) {
    static char provider[] = "staff", subject[] = "eve", claims[] = "{\"mail\":\"a@b\"}";
    struct place *p = *state;
    struct side s;
    struct identity eve, from = {.provider = provider, .subject = subject, .claims = claims};
    ask_as(&s, p, NULL);
    assert_null(s.x);
    assert_int_equal(s.err.code, ERR_CLAIM_MISSING);
    side_end(&s);
    assert_true(identity_copy(&eve, &from));
    s = side_of(p, 1, "GET");
    s.r.app = &p->config->apps[HR];
    s.r.identity = &eve;
    side_start(&s);
    assert_null(s.x);
    assert_int_equal(s.err.code, ERR_CLAIM_MISSING);
    assert_int_equal(err_info(s.err.code)->event, 13016);
    assert_int_equal(question(p).id, 0);
    assert_true(nobody_connects(p));
    side_end(&s);
    identity_fini(&eve);
}

static void an_app_is_told_in_a_header_who_somebody_is(void **state) {
    static const char TOLD_TEXT[] =
        "GET / HTTP/1.1\r\n" HOST_LINE "X-User: alice@CORP.EXAMPLE\r\n\r\n";
    struct place *p = *state;
    struct person alice;
    person_make(&alice, "alice");
    for (int fd = -1, i = 0; i < 2; i++) {
        struct side s = side_of(p, 1, "GET");
        s.r.app = &p->config->apps[TOLD];
        s.r.identity = &alice.identity;
        side_start(&s);
        if (i == 0)
            fd = accept_back(p);
        expect(p, fd, TOLD_TEXT);
        if (i > 0) { /* on the kept connection: sent once more */
            close(fd);
            fd = accept_back(p);
            expect(p, fd, TOLD_TEXT);
        }
        say(fd, ANSWER);
        UNTIL(p, is_over(&s.told));
        assert_int_equal(s.told.ends, 1);
        side_end(&s);
        if (i > 0)
            close(fd);
    }
    assert_int_equal(question(p).id, 0);
    identity_fini(&alice.identity);
}

static void an_app_is_sent_nothing_when_the_claim_is_missing(void **state) {
    static char provider[] = "staff", subject[] = "eve", claims[] = "{\"mail\":\"a@b\"}";
    struct place *p = *state;
    struct identity eve, from = {.provider = provider, .subject = subject, .claims = claims};
    assert_true(identity_copy(&eve, &from));
    for (int i = 0; i < 2; i++) {
        struct side s = side_of(p, 1, "GET");
        s.r.app = &p->config->apps[TOLD];
        s.r.identity = i ? &eve : NULL;
        side_start(&s);
        assert_null(s.x);
        assert_int_equal(s.err.code, ERR_CLAIM_MISSING);
        assert_true(nobody_connects(p));
        side_end(&s);
    }
    identity_fini(&eve);
}

static void an_exchange_may_be_cancelled_while_it_waits_for_its_ticket(void **state) {
    struct place *p = *state;
    struct person alice;
    struct side s;
    person_make(&alice, "alice");
    ask_as(&s, p, &alice);
    side_end(&s);
    give_ticket(p, LONG_S);
    assert_true(nobody_connects(p));
    identity_fini(&alice.identity);
}

static void a_back_end_that_cannot_be_reached_is_named(void **state) {
    struct place *p = *state;
    struct side s;
    char port[32];
    snprintf(port, sizeof port, "127.0.0.1 port %u", (unsigned)p->config->apps[OPEN].internal.port);
    close(p->listener);
    side_begin(&s, p, 1, "GET");
    check_fails(&s, ERR_BACKEND_UNREACHABLE, port);
    side_end(&s);
    p->listener = open("/dev/null", O_RDONLY); /* to be closed at the end */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(each_request_has_a_fresh_token_of_a_ticket_asked_for_once),
        TEST(a_connection_that_carried_a_token_serves_its_person_alone),
        TEST(a_request_that_is_sent_again_has_a_token_of_its_own),
        TEST(a_refused_ticket_is_renewed_and_the_request_sent_again),
        TEST(who_refuses_a_new_ticket_too_is_event_13022_and_costs_no_more_of_them),
        TEST(a_proof_that_is_false_is_worse_than_none),
        TEST(a_401_that_asks_for_something_else_goes_outside),
        TEST(without_a_ticket_the_back_end_is_not_asked),
        TEST(nobody_and_somebody_without_the_claim_get_no_ticket),
        TEST(an_app_is_told_in_a_header_who_somebody_is),
        TEST(an_app_is_sent_nothing_when_the_claim_is_missing),
        TEST(an_exchange_may_be_cancelled_while_it_waits_for_its_ticket),
        TEST(a_back_end_that_cannot_be_reached_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
