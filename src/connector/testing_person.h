/* SPDX-License-Identifier: Apache-2.0
 *
 * Exchanges in somebody's name, with tickets and tokens. For the tests of exchange.
 */
#pragma once
#include "connector/testing_exchange.h"

enum { LONG_S = 36000 };

struct person {
    struct identity identity;
    char name[64], claims[128];
};

static inline void person_make(struct person *w, const char *name) {
    static char provider[] = "staff";
    snprintf(w->name, sizeof w->name, "%s@CORP.EXAMPLE", name);
    snprintf(w->claims, sizeof w->claims, "{\"user_principal_name\":\"%s\"}", w->name);
    struct identity from = {
        .provider = provider, .subject = w->name, .principal = w->name, .claims = w->claims};
    assert_true(identity_copy(&w->identity, &from));
}

static inline void ask_as(struct side *s, struct place *p, struct person *who) {
    *s = side_of(p, 1, "GET");
    s->r.app = &p->config->apps[HR];
    s->r.identity = who ? &who->identity : NULL;
    side_start(s);
}

/* The broker is asked for a ticket, which is good for so long. */
static inline void give_ticket(struct place *p, int64_t seconds) {
    struct broker_request q = {0};
    UNTIL(p, (q = question(p)).id);
    reply_ticket(p, q.id, clock_wall_s() + seconds);
}

/* Reads the head of a request, as text. */
static inline void read_request(struct place *p, int fd, char head[8192]) {
    size_t n = 0;
    bool is_whole = false;
    MEANWHILE(p, is_whole) {
        ssize_t now = recv(fd, head + n, 8192 - 1 - n, MSG_DONTWAIT);
        n += now > 0 ? (size_t)now : 0;
        head[n] = 0;
        is_whole = strstr(head, "\r\n\r\n") != NULL;
    }
}

/* Reads a request and its token. */
static inline void read_token(struct place *p, int fd, char token[4096]) {
    static const char BEFORE[] = GET_TEXT;
    char head[8192];
    read_request(p, fd, head);
    assert_int_equal(strncmp(head, BEFORE, sizeof BEFORE - 3), 0);
    const char *line = strstr(head, "\r\nAuthorization: Negotiate ");
    assert_non_null(line);
    assert_null(strstr(line + 2, "\r\nAuthorization"));
    assert_true(sscanf(line, "\r\nAuthorization: Negotiate %4095s", token) == 1);
}

/* A whole exchange in somebody's name on `fd`, or on a new connection. */
static inline int run_as(struct place *p, struct person *who, bool is_asked, int fd,
                         char token[4096]) {
    struct side s;
    ask_as(&s, p, who);
    assert_non_null(s.x);
    if (is_asked)
        give_ticket(p, LONG_S);
    if (fd < 0)
        fd = accept_back(p);
    read_token(p, fd, token);
    say(fd, "HTTP/1.1 200 OK\r\nWWW-Authenticate: Negotiate oRQ=\r\nContent-Length: 2\r\n\r\nhi");
    UNTIL(p, is_over(&s.told));
    assert_int_equal(s.told.ends, 1);
    assert_int_equal(s.told.head.headers.count, 1); /* the proof is ours */
    assert_int_equal(s.activity.is_ticket_cached, !is_asked);
    side_end(&s);
    return fd;
}
