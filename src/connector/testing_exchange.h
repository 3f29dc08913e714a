/* SPDX-License-Identifier: Apache-2.0
 *
 * One exchange at a time, driven as the gateway does it, and all that it calls back. For the tests
 * of exchange.
 */
#pragma once
#include "connector/testing.h"

#include "connector/exchange.h"

/* What one exchange called back. */
struct told {
    unsigned heads, interims, flushes, drains, ends, fails;
    struct message head, interim;
    struct headers trailers;
    struct buf body;
    size_t piece_max;
    struct err err;
    struct exchange *pauses; /* itself, with the next piece */
};

/* A request, its exchange and what it was told. */
struct side {
    struct place *p;
    struct exchange_request r;
    struct message request;
    struct header header;
    struct activity activity;
    struct exchange *x;
    struct told told;
    struct err err; /* of exchange_start */
};

static inline bool is_over(const struct told *t) { return t->ends + t->fails > 0; }

static inline void on_head(void *user, const struct message *m) {
    struct told *t = user;
    assert_true(t->heads == 0 && !is_over(t));
    t->heads++;
    t->head = *m;
}

static inline void on_body(void *user, struct str piece) {
    struct told *t = user;
    assert_true(t->heads == 1 && !is_over(t));
    buf_add(&t->body, piece);
    assert_false(t->body.failed);
    if (piece.n > t->piece_max)
        t->piece_max = piece.n;
    if (t->pauses)
        exchange_pause(t->pauses);
    t->pauses = NULL;
}

static inline void on_flush(void *user) {
    struct told *t = user;
    assert_false(is_over(t));
    t->flushes++;
}

static inline void on_drain(void *user) {
    struct told *t = user;
    assert_false(is_over(t));
    t->drains++;
}

static inline void on_interim(void *user, const struct message *m) {
    struct told *t = user;
    assert_true(t->heads == 0 && !is_over(t));
    t->interims++;
    t->interim = *m;
}

static inline void on_end(void *user, const struct headers *trailers) {
    struct told *t = user;
    assert_true(t->heads == 1 && !is_over(t));
    t->trailers = trailers ? *trailers : (struct headers){0};
    t->ends++;
}

static inline void on_fail(void *user, const struct err *e) {
    struct told *t = user;
    assert_false(is_over(t));
    t->fails++;
    t->err = *e;
}

static const struct exchange_calls CALLS = {.head = on_head,
                                            .body = on_body,
                                            .flush = on_flush,
                                            .drain = on_drain,
                                            .end = on_end,
                                            .interim = on_interim,
                                            .fail = on_fail};

#define HOST_LINE "Host: in.corp\r\n"
#define GET_TEXT "GET / HTTP/1.1\r\n" HOST_LINE "\r\n"

/* A request of client `client` to the passed-through app, not started. */
static inline struct side side_of(struct place *p, uint64_t client, const char *method) {
    struct side s = {.p = p,
                     .header = {STR("Host"), STR("in.corp")},
                     .r = {.app = &p->config->apps[OPEN], .client = client, .has_signed_in = true},
                     .request = {.method = str_of(method),
                                 .target = STR("/"),
                                 .minor = 1,
                                 .keep_alive = true,
                                 .body = BODY_NONE}};
    activity_begin(&s.activity);
    return s;
}

static inline void side_start(struct side *s) {
    s->request.headers = (struct headers){.at = &s->header, .count = 1, .capacity = 1};
    s->r.message = &s->request;
    s->r.activity = &s->activity;
    buf_init(&s->told.body, 1 << 24);
    s->x = exchange_start(s->p->c, &s->r, &CALLS, &s->told, &s->err);
    /* Nothing is called from inside. */
    assert_true(s->told.heads + s->told.drains + s->told.flushes == 0 && !is_over(&s->told));
}

static inline void side_end(struct side *s) {
    exchange_free(s->x);
    buf_fini(&s->told.body);
    s->x = NULL;
}

static inline void side_begin(struct side *s, struct place *p, uint64_t client,
                              const char *method) {
    *s = side_of(p, client, method);
    side_start(s);
    assert_non_null(s->x);
}

/* Reads `n` bytes at the back end. */
static inline void read_back(struct place *p, int fd, char *to, size_t n) {
    size_t got = 0;
    MEANWHILE(p, got == n) {
        ssize_t now = recv(fd, to + got, n - got, MSG_DONTWAIT);
        assert_true(now != 0);
        got += now > 0 ? (size_t)now : 0;
    }
}

/* Reads a head at the back end, whatever it says. */
static inline void read_head(struct place *p, int fd) {
    char last[4] = "";
    char c;
    MEANWHILE(p, memcmp(last, "\r\n\r\n", 4) == 0) {
        while (memcmp(last, "\r\n\r\n", 4) != 0 && recv(fd, &c, 1, MSG_DONTWAIT) == 1) {
            memmove(last, last + 1, 3);
            last[3] = c;
        }
    }
}

/* The back end gets exactly this. */
static inline void expect(struct place *p, int fd, const char *text) {
    char got[4096];
    size_t n = strlen(text);
    assert_true(n < sizeof got);
    read_back(p, fd, got, n);
    got[n] = 0;
    assert_string_equal(got, text);
    assert_true(is_open(fd));
}

#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"

/* A whole exchange on the connection `fd`, or on a new one when that is -1; which is returned and
 * stays kept. */
static inline int run_one(struct place *p, int fd, uint64_t client) {
    struct side s;
    side_begin(&s, p, client, "GET");
    if (fd < 0)
        fd = accept_back(p);
    expect(p, fd, GET_TEXT);
    say(fd, ANSWER);
    UNTIL(p, is_over(&s.told));
    assert_int_equal(s.told.ends, 1);
    side_end(&s);
    return fd;
}

static inline void check_fails(struct side *s, enum err_code code, const char *words) {
    UNTIL(s->p, is_over(&s->told));
    if (s->told.fails != 1 || s->told.err.code != code || !strstr(s->told.err.detail, words))
        fail_msg("ends %u, code %d: %s", s->told.ends, s->told.err.code, s->told.err.detail);
}
