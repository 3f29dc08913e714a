/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose a connection is when nobody has signed in: everybody's, as long as nothing can be left
 * behind on it.
 */
#include "connector/forget.h"
#include "connector/testing_exchange.h"

struct passed {
    const char *method, *name, *value; /* and a header of the request */
    bool has_body, has_signed_in;
    const char *answer;
    bool is_shared; /* another client's next plain GET goes over the same connection */
    bool is_upgrade;
};

#define SAID(status) "HTTP/1.1 " status "\r\nContent-Length: 0\r\n\r\n"
#define EMPTY(status) "HTTP/1.1 " status "\r\n\r\n"

static const struct passed PASSED[] = {
    {"GET", "Accept", "*/*", false, false, ANSWER, true},
    {"GET", "Cookie", "a=b", false, false, ANSWER, true},
    {"GET", "Range", "bytes=0-1", false, false, ANSWER, true},
    {"GET", "Accept", "*/*", false, false, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", true},
    {"GET", "Accept", "*/*", false, true, ANSWER, false},
    {"GET", "Content-Type", "text/plain", true, false, ANSWER, false},
    {"GET", "If-None-Match", "\"1\"", false, false, ANSWER, false},
    {"GET", "If-Modified-Since", "Mon, 30 Nov 2026 00:00:00 GMT", false, false, ANSWER, false},
    {"GET", "Accept", "*/*", false, false, ANSWER, false, true},
    {"POST", "Content-Type", "text/plain", true, false, ANSWER, false},
    {"HEAD", "Accept", "*/*", false, false, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", false},
    {"OPTIONS", "Accept", "*/*", false, false, ANSWER, false},
    {"get", "Accept", "*/*", false, false, ANSWER, false},
    {"GET", "Accept", "*/*", false, false, SAID("400 Bad Request"), false},
    {"GET", "Accept", "*/*", false, false, SAID("414 Too Long"), false},
    {"GET", "Accept", "*/*", false, false, SAID("431 Too Large"), false},
    /* Answers that have no body by their status: a faulty back end may send one. */
    {"GET", "Accept", "*/*", false, false, EMPTY("204 No Content"), false},
    {"GET", "Accept", "*/*", false, false, EMPTY("304 Not Modified"), false},
};

/* On `fd`, or a new connection when that is -1. */
static int run_from(struct place *p, const struct passed *row, uint64_t client, const char *address,
                    int fd) {
    struct side s = side_of(p, client, row->method);
    struct header headers[] = {s.header, {str_of(row->name), str_of(row->value)}};
    s.request.headers = (struct headers){.at = headers, .count = 2, .capacity = 2};
    s.request.body = row->has_body ? BODY_LENGTH : BODY_NONE;
    s.request.upgrade = row->is_upgrade;
    s.request.protocol = row->is_upgrade ? STR("websocket") : STR_NONE;
    s.r.has_signed_in = row->has_signed_in;
    s.r.message = &s.request;
    s.r.activity = &s.activity;
    buf_init(&s.told.body, 1 << 16);
    activity_text(s.activity.client, sizeof s.activity.client, str_of(address));
    s.x = exchange_start(p->c, &s.r, &CALLS, &s.told, &s.err);
    assert_non_null(s.x);
    if (fd < 0)
        fd = accept_back(p);
    read_head(p, fd);
    if (row->has_body)
        exchange_finish(s.x, NULL);
    say(fd, row->answer);
    UNTIL(p, is_over(&s.told));
    assert_int_equal(s.told.ends, 1);
    side_end(&s);
    return fd;
}

static int run(struct place *p, const struct passed *row, uint64_t client, int fd) {
    return run_from(p, row, client, "192.0.2.1", fd);
}

static void what_leaves_nothing_behind_goes_over_connections_of_nobody(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < sizeof PASSED / sizeof *PASSED; i++) {
        int first = run(p, &PASSED[i], 1, -1);
        int second = run(p, &PASSED[0], 2, PASSED[i].is_shared ? first : -1);
        pool_close_idle(p->c->pool);
        UNTIL(p, is_closed(first));
        close(first);
        if (second != first)
            close(second);
    }
}

/* A back end signs in a connection once, and the client sends no Authorization from then on. */
static void who_has_signed_in_stays_on_connections_of_its_own(void **state) {
    struct place *p = *state;
    static const struct passed OWN = {"GET", "Accept", "*/*", false, true, ANSWER, false};
    int nobodys = run(p, &PASSED[0], 1, -1), own = run(p, &OWN, 1, -1);
    run(p, &OWN, 1, own);
    run(p, &PASSED[0], 2, nobodys);
    close(nobodys);
    close(own);
}

static void what_was_a_clients_own_is_closed_with_it(void **state) {
    struct place *p = *state;
    static const struct passed OWN = {"POST", "Accept", "*/*", false, false, ANSWER, false};
    int first = run(p, &OWN, 1, -1), second = run(p, &OWN, 2, -1),
        shared = run(p, &PASSED[0], 1, -1);
    connector_forget_client(p->c, 1, "192.0.2.1");
    UNTIL(p, is_closed(first));
    settle(p);
    assert_true(is_open(second));
    assert_true(is_open(shared));
    close(first);
    close(second);
    close(shared);
}

/* A proxy in front has one connection for many people, each of whom may be signed in. */
static void who_comes_by_a_proxy_is_known_by_address(void **state) {
    struct place *p = *state;
    static const struct passed OWN = {"GET", "Accept", "*/*", false, true, ANSWER, false};
    int first = run_from(p, &OWN, 1, "192.0.2.1", -1);
    int second = run_from(p, &OWN, 1, "192.0.2.2", -1);
    run_from(p, &OWN, 1, "192.0.2.1", first);
    close(first);
    close(second);
}

/* All that come by one proxy may seem to be one. */
static void nobody_has_as_many_as_the_app(void **state) {
    struct place *p = *state;
    struct side sides[3];
    int fds[3];
    p->config->limits.backend_connections_per_identity = 1;
    for (int i = 0; i < 3; i++) {
        sides[i] = side_of(p, 1, "GET");
        sides[i].r.has_signed_in = false;
        side_start(&sides[i]);
        fds[i] = accept_back(p);
    }
    for (int i = 0; i < 3; i++) {
        side_end(&sides[i]);
        close(fds[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_leaves_nothing_behind_goes_over_connections_of_nobody),
        TEST(who_has_signed_in_stays_on_connections_of_its_own),
        TEST(what_was_a_clients_own_is_closed_with_it),
        TEST(who_comes_by_a_proxy_is_known_by_address),
        TEST(nobody_has_as_many_as_the_app),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
