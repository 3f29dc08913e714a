/* SPDX-License-Identifier: Apache-2.0
 *
 * A client at one end of a socket pair; the test is the broker at the other.
 */
#include "broker/testing.h"

#include "base/log.h"
#include "broker/client.h"

#include <sys/socket.h>
#include <unistd.h>

struct place {
    uv_loop_t loop;
    int ours, theirs; /* the broker's end, the client's end */
    struct broker_client *client;
    size_t answers, asked_again;
    struct broker_reply last;
    char in[BROKER_MESSAGE_MAX];
};

static int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    struct err e;
    int fds[2];
    assert_non_null(p);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
    p->ours = fds[0];
    p->theirs = fds[1];
    uv_loop_init(&p->loop);
    p->client = broker_client_new(&p->loop, p->theirs, &e);
    assert_non_null(p->client);
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    broker_client_free(p->client);
    uv_run(&p->loop, UV_RUN_DEFAULT);
    int code = uv_loop_close(&p->loop);
    if (p->ours >= 0)
        close(p->ours);
    close(p->theirs);
    free(p);
    return code;
}

/* Turns the loop until nothing more is ready, without waiting for a deadline. */
static void turn(struct place *p) {
    for (int i = 0; i < 3; i++)
        uv_run(&p->loop, UV_RUN_NOWAIT);
}

static void take_answer(void *user, struct broker_reply *reply) {
    struct place *p = user;
    p->answers++;
    p->last = *reply;
    ticket_free(reply->ticket);
    p->last.ticket = NULL;
}

static uint64_t ask(struct place *p, uint32_t timeout_ms) {
    struct err e = {ERR_NONE};
    struct broker_request q = ticket_question("alice", 0);
    q.timeout_ms = timeout_ms;
    uint64_t id = broker_ask(p->client, &q, take_answer, p, &e);
    assert_int_equal(id == 0, e.code != ERR_NONE);
    return id;
}

/* The next question in the socket; its id 0: none. */
static struct broker_request question(struct place *p) {
    struct broker_request q = {0};
    ssize_t n = recv(p->ours, p->in, sizeof p->in, MSG_DONTWAIT);
    if (n > 0)
        assert_true(broker_request_decode(str_n(p->in, (size_t)n), &q));
    return q;
}

static void say(struct place *p, const void *bytes, size_t n) {
    assert_int_equal(send(p->ours, bytes, n, MSG_NOSIGNAL), (ssize_t)n);
}

static void reply_ticket(struct place *p, uint64_t id) {
    struct broker_reply r = {.id = id, .kind = BROKER_TICKET, .ticket = some_ticket()};
    struct buf b;
    buf_init_secret(&b, BROKER_MESSAGE_MAX);
    broker_reply_encode(&b, &r);
    say(p, buf_str(&b).p, buf_size(&b));
    buf_fini(&b);
    ticket_free(r.ticket);
}

static void a_question_gets_its_answer(void **state) {
    struct place *p = *state;
    uint64_t id = ask(p, 30000);
    struct broker_request q = question(p);
    assert_true(q.id == id && q.timeout_ms == 30000 && str_eq(q.user, STR("alice")));
    assert_int_equal(p->answers, 0);
    reply_ticket(p, id);
    turn(p);
    assert_int_equal(p->answers, 1);
    assert_true(p->last.id == id && p->last.err.code == ERR_NONE);
    reply_ticket(p, id); /* a second one is nobody's */
    turn(p);
    assert_int_equal(p->answers, 1);
}

static void answers_find_their_question_in_any_order(void **state) {
    struct place *p = *state;
    uint64_t first = ask(p, 30000), second = ask(p, 30000);
    assert_true(first != second);
    reply_ticket(p, second);
    turn(p);
    assert_true(p->answers == 1 && p->last.id == second);
    reply_ticket(p, first);
    turn(p);
    assert_true(p->answers == 2 && p->last.id == first);
}

static void a_silent_broker_is_given_up_after_its_time_and_a_grace(void **state) {
    struct place *p = *state;
    uint64_t id = ask(p, 0), from = uv_hrtime();
    uv_run(&p->loop, UV_RUN_ONCE);
    while (p->answers == 0)
        uv_run(&p->loop, UV_RUN_ONCE);
    assert_int_equal(p->last.err.code, ERR_BROKER_DOWN);
    assert_true((uv_hrtime() - from) / 1000000 >= BROKER_GRACE_MS - 50);
    reply_ticket(p, id); /* too late */
    turn(p);
    assert_int_equal(p->answers, 1);
}

static void a_cancelled_question_is_never_answered(void **state) {
    struct place *p = *state;
    uint64_t id = ask(p, 30000);
    broker_cancel(p->client, id);
    broker_cancel(p->client, id);
    broker_cancel(p->client, 4711);
    reply_ticket(p, id);
    turn(p);
    assert_int_equal(p->answers, 0);
}

static void garbage_is_dropped(void **state) {
    struct place *p = *state;
    static const char LONG[BROKER_MESSAGE_MAX + 1];
    int size = 4 * BROKER_MESSAGE_MAX;
    setsockopt(p->ours, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
    uint64_t id = ask(p, 30000);
    say(p, "garbage", 7);
    say(p, p->in, (size_t)recv(p->ours, p->in, sizeof p->in, 0)); /* the question itself */
    send(p->ours, LONG, sizeof LONG, MSG_DONTWAIT);
    turn(p);
    assert_int_equal(p->answers, 0);
    reply_ticket(p, id);
    turn(p);
    assert_int_equal(p->answers, 1);
}

static void an_answer_of_the_other_kind_is_dropped(void **state) {
    struct place *p = *state;
    struct broker_reply r = {.id = ask(p, 30000), .kind = BROKER_SIGN_IN, .principal = "mallory"};
    struct buf b;
    buf_init_secret(&b, BROKER_MESSAGE_MAX);
    broker_reply_encode(&b, &r);
    say(p, buf_str(&b).p, buf_size(&b));
    buf_fini(&b);
    turn(p);
    assert_int_equal(p->answers, 0);
}

static void a_restarted_broker_is_asked_again_with_the_time_left(void **state) {
    struct place *p = *state;
    uint64_t cancelled = ask(p, 30000), over = ask(p, 0), waits = ask(p, 30000);
    struct broker_request q;
    while ((q = question(p)).id)
        assert_true(q.id != 0);
    broker_cancel(p->client, cancelled);
    broker_client_restarted(p->client);
    turn(p);
    q = question(p);
    assert_true(q.id == waits && q.id != over);
    assert_true(q.timeout_ms <= 30000 && q.timeout_ms > 20000);
    assert_true(str_eq(q.user, STR("alice")) && str_eq(q.spn, STR("HTTP/hr.corp.example")));
    assert_true(question(p).id == 0);
    reply_ticket(p, waits);
    turn(p);
    assert_int_equal(p->answers, 1);
}

static void ask_again(void *user, struct broker_reply *reply) {
    struct place *p = user;
    take_answer(user, reply);
    p->asked_again += ask(p, 30000) != 0;
}

static void a_broken_socket_fails_all_and_refuses_more(void **state) {
    struct place *p = *state;
    struct err e;
    struct broker_request q = ticket_question("alice", 0);
    for (int i = 0; i < 3; i++)
        assert_true(broker_ask(p->client, &q, ask_again, p, &e) != 0);
    close(p->ours);
    p->ours = -1;
    turn(p);
    assert_int_equal(p->answers, 3);
    assert_int_equal(p->asked_again, 0);
    assert_int_equal(p->last.err.code, ERR_BROKER_DOWN);
    assert_true(broker_ask(p->client, &q, take_answer, p, &e) == 0);
    assert_int_equal(e.code, ERR_BROKER_DOWN);
    broker_client_restarted(p->client); /* changes nothing */
}

static void an_answer_may_ask_the_next_question(void **state) {
    struct place *p = *state;
    struct err e;
    struct broker_request q = ticket_question("alice", 0);
    uint64_t id = broker_ask(p->client, &q, ask_again, p, &e);
    assert_true(question(p).id == id);
    reply_ticket(p, id);
    turn(p);
    assert_true(p->answers == 1 && p->asked_again == 1);
    uint64_t next = question(p).id;
    assert_true(next != 0 && next != id);
}

/* More than the socket holds: what it does not take at once is sent when there is room. */
static void questions_above_the_limit_are_refused_and_none_below_is_lost(void **state) {
    struct place *p = *state;
    struct err e;
    static uint64_t ids[BROKER_PENDING_MAX];
    int size = 4096;
    setsockopt(p->theirs, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    for (size_t i = 0; i < BROKER_PENDING_MAX; i++)
        assert_true((ids[i] = ask(p, 30000)) != 0);
    struct broker_request q = ticket_question("alice", 0);
    assert_true(broker_ask(p->client, &q, take_answer, p, &e) == 0);
    assert_int_equal(e.code, ERR_BUSY);
    for (size_t i = 0; i < BROKER_PENDING_MAX; i++) {
        while ((q = question(p)).id == 0)
            uv_run(&p->loop, UV_RUN_NOWAIT);
        assert_true(q.id == ids[i]);
        reply_ticket(p, q.id);
        turn(p);
    }
    assert_int_equal(p->answers, BROKER_PENDING_MAX);
    assert_true(ask(p, 30000) != 0);
}

static void texts_that_cannot_be_sent_are_refused_at_once(void **state) {
    struct place *p = *state;
    static char text[BROKER_NAME_MAX + 2];
    struct err e;
    struct broker_request q = ticket_question("alice", 0), s = sign_in_question("alice", 0);
    memset(text, 'x', sizeof text - 1);
    q.user = str_of(text);
    s.password = str_n("secret\0", 7);
    assert_true(broker_ask(p->client, &q, take_answer, p, &e) == 0);
    assert_int_equal(e.code, ERR_KRB_USER_UNKNOWN);
    assert_true(broker_ask(p->client, &s, take_answer, p, &e) == 0);
    assert_int_equal(e.code, ERR_SIGN_IN_REFUSED);
    assert_null(strstr(e.detail, "secret"));
    turn(p);
    assert_true(question(p).id == 0 && p->answers == 0);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, place_make, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_PLACE(a_question_gets_its_answer),
        IN_PLACE(answers_find_their_question_in_any_order),
        IN_PLACE(a_silent_broker_is_given_up_after_its_time_and_a_grace),
        IN_PLACE(a_cancelled_question_is_never_answered),
        IN_PLACE(garbage_is_dropped),
        IN_PLACE(an_answer_of_the_other_kind_is_dropped),
        IN_PLACE(a_restarted_broker_is_asked_again_with_the_time_left),
        IN_PLACE(a_broken_socket_fails_all_and_refuses_more),
        IN_PLACE(an_answer_may_ask_the_next_question),
        IN_PLACE(questions_above_the_limit_are_refused_and_none_below_is_lost),
        IN_PLACE(texts_that_cannot_be_sent_are_refused_at_once),
    };
    log_threshold(LOG_ERROR); /* what is dropped is warned of */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
