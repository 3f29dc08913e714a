/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of h2 share: an owner that notes what it is told.
 */
#pragma once
#include "http/testing.h"

#include "http/h2.h"
#include "http/testing_h2_frames.h"

enum { H2_HEAD_MAX = 512, H2_FIELDS_MAX = 6, H2_STREAMS_MAX = 20, ASKED_MAX = 1024 };

/* A request as its owner sees it. */
struct asked {
    struct h2_stream *stream; /* NULL: closed */
    struct arena arena;
    struct message m;
    struct buf body;
    struct err refused; /* code ERR_NONE: it was not */
    const struct headers *trailers;
    bool has_head, is_ended, is_drained, is_closed;
    uint32_t code;
};

struct site {
    struct h2 *h;
    struct buf in; /* written by the client, not yet received */
    struct buf out;
    struct asked asked[ASKED_MAX];
    size_t count;
    bool refuses_all, answers_all;
    bool is_good; /* what h2_receive said */
    int64_t now_us;
    struct err e;
};

static inline void *site_open(void *user, struct h2_stream *s, struct arena **a,
                              struct message **m) {
    struct site *t = user;
    if (t->refuses_all)
        return NULL;
    assert_true(t->count < ASKED_MAX);
    struct asked *q = &t->asked[t->count++];
    q->stream = s;
    arena_init(&q->arena, 65536);
    buf_init(&q->body, 4 << 20);
    *a = &q->arena;
    *m = &q->m;
    return q;
}

static inline struct message answer_of(int status) {
    return (struct message){.status = status, .minor = 1, .body = BODY_NONE};
}

static inline void site_head(void *stream, const struct err *refused) {
    struct asked *q = stream;
    assert_false(q->has_head);
    q->has_head = true;
    if (refused)
        q->refused = *refused;
}

static inline void site_body(void *stream, struct str piece) {
    struct asked *q = stream;
    assert_true(q->has_head && !q->is_ended && piece.n > 0 && !q->refused.code);
    buf_add(&q->body, piece);
}

static inline void site_trailers(void *stream, const struct headers *fields) {
    struct asked *q = stream;
    assert_true(q->has_head && !q->is_ended && !q->trailers);
    q->trailers = fields;
}

static inline void site_body_end(void *stream) {
    struct asked *q = stream;
    assert_true(q->has_head && !q->is_ended);
    q->is_ended = true;
}

static inline void site_drained(void *stream) { ((struct asked *)stream)->is_drained = true; }

static inline void site_closed(void *stream, uint32_t code) {
    struct asked *q = stream;
    assert_false(q->is_closed);
    q->is_closed = true;
    q->code = code;
    q->stream = NULL;
}

static inline struct site *site_start(void) {
    static const struct h2_calls CALLS = {site_open,     site_head,    site_body,  site_trailers,
                                          site_body_end, site_drained, site_closed};
    static const struct h2_limits LIMITS = {H2_HEAD_MAX, H2_FIELDS_MAX, H2_STREAMS_MAX};
    struct site *t = calloc(1, sizeof *t);
    assert_non_null(t);
    t->h = h2_new(&LIMITS, &CALLS, t);
    t->is_good = true;
    t->now_us = 1;
    assert_non_null(t->h);
    buf_init(&t->in, 8 << 20);
    buf_init(&t->out, 8 << 20);
    return t;
}

static inline void site_stop(struct site *t) {
    h2_free(t->h);
    assert_false(t->in.failed || t->out.failed);
    for (size_t i = 0; i < t->count; i++) {
        assert_true(t->asked[i].is_closed);
        arena_fini(&t->asked[i].arena);
        buf_fini(&t->asked[i].body);
    }
    buf_fini(&t->in);
    buf_fini(&t->out);
    free(t);
}

/* Has what the client wrote received, `step` bytes at a time; 0: at once. */
static inline void site_receive(struct site *t, size_t step) {
    while (buf_size(&t->in) > 0) {
        size_t n = step && step < buf_size(&t->in) ? step : buf_size(&t->in);
        char *copy = malloc(n); /* other memory each time, so that a read too far is seen */
        assert_non_null(copy);
        memcpy(copy, buf_str(&t->in).p, n);
        if (t->is_good)
            t->is_good = h2_receive(t->h, str_n(copy, n), t->now_us, &t->out, &t->e);
        free(copy);
        buf_consume(&t->in, n);
    }
}

/* Finds the `skip`th frame of this type for this stream among what was sent. */
static inline bool sent_frame(const struct site *t, uint8_t type, uint32_t id, size_t skip,
                              struct str *payload) {
    struct str rest = buf_str(&t->out);
    *payload = STR_NONE;
    while (rest.n >= 9) {
        const uint8_t *p = (const uint8_t *)rest.p;
        size_t n = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
        uint32_t to = (uint32_t)p[5] << 24 | (uint32_t)p[6] << 16 | (uint32_t)p[7] << 8 | p[8];
        assert_true(rest.n >= 9 + n);
        *payload = str_head(str_from(rest, 9), n);
        if (p[3] == type && to == id && skip-- == 0)
            return true;
        rest = str_from(rest, 9 + n);
    }
    assert_int_equal(rest.n, 0);
    return false;
}

static inline uint32_t u32_at(struct str s, size_t at) {
    uint8_t b[4] = {0};
    assert_true(s.p && s.n >= at + sizeof b);
    if (s.p)
        memcpy(b, s.p + at, sizeof b);
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

/* The code of the RST_STREAM or of the GOAWAY that was sent; -1: none. */
static inline int sent_reset(const struct site *t, uint32_t id) {
    struct str payload;
    bool is_there = sent_frame(t, NGHTTP2_RST_STREAM, id, 0, &payload);
    return is_there ? (int)u32_at(payload, 0) : -1;
}

static inline int sent_goaway(const struct site *t) {
    struct str payload;
    bool is_there = sent_frame(t, NGHTTP2_GOAWAY, 0, 0, &payload);
    return is_there ? (int)u32_at(payload, 4) : -1;
}

#define LINE ":method=GET\n:scheme=https\n:authority=a\n:path=/\n"
#define SEND ":method=POST\n:scheme=https\n:authority=a\n:path=/\n"
