/* SPDX-License-Identifier: Apache-2.0
 *
 * Input: a byte that says where it is cut, a byte that says how the owner behaves, and the frames
 * of a connection behind its preface. While nothing is sent (which may close streams), where they
 * are cut changes nothing of what the owner is told; windows, rooms and arenas are kept in any
 * case.
 */
#include "http/h2.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PREFACE "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

enum { STREAMS_MAX = 4, ARENA_MAX = 16384, LOG_MAX = 1 << 20 };

/* How the owner behaves; bits of the second byte. */
enum {
    ANSWERS = 1,   /* at once */
    WITH_BODY = 2, /* ... and in two pieces */
    CONSUMES = 4,
    REFUSES = 8,
    RESETS = 16,
    SHUTS_DOWN = 32,
};

struct run {
    struct h2 *h;
    struct buf out, log; /* what was sent; what the owner was told */
    unsigned behaviour;
    size_t open, held;
    bool is_good, is_over;
};

struct request {
    struct run *run;
    struct h2_stream *stream;
    struct arena arena;
    struct message m;
    size_t held;
    bool has_head, is_ended;
};

static void must(bool is_true) {
    if (!is_true)
        abort();
}

static void *on_open(void *user, struct h2_stream *s, struct arena **a, struct message **m) {
    struct run *r = user;
    struct request *q;
    buf_printf(&r->log, "open %u\n", h2_stream_id(s));
    if (r->behaviour & REFUSES && h2_stream_id(s) % 3 == 0)
        return NULL;
    must((q = calloc(1, sizeof *q)) != NULL && r->open++ < STREAMS_MAX);
    q->run = r;
    q->stream = s;
    arena_init(&q->arena, ARENA_MAX);
    *a = &q->arena;
    *m = &q->m;
    return q;
}

static void answer(struct request *q) {
    struct message m = {.status = q->m.is_connect ? 101 : 200, .body = BODY_CHUNKED};
    bool is_whole = !(q->run->behaviour & WITH_BODY);
    must(h2_answer_head(q->stream, &m, is_whole));
    if (is_whole)
        return;
    h2_answer_body(q->stream, STR("0123456789"));
    if (h2_has_room(q->stream))
        h2_answer_body(q->stream, STR("0123456789"));
    h2_answer_end(q->stream, &q->m.headers);
}

static void on_head(void *stream, const struct err *refused) {
    struct request *q = stream;
    struct buf *log = &q->run->log;
    must(!q->has_head);
    q->has_head = true;
    buf_printf(log, "head %u %s %.*s %.*s %d %llu\n", h2_stream_id(q->stream),
               refused ? refused->detail : "", STR_ARG(q->m.method), STR_ARG(q->m.target),
               (int)q->m.body, (unsigned long long)q->m.length);
    for (size_t i = 0; !refused && i < q->m.headers.count; i++) {
        struct header *h = &q->m.headers.at[i];
        buf_printf(log, "%.*s: %.*s\n", STR_ARG(h->name), STR_ARG(h->value));
        must(h->name.n > 0 && !memchr(h->value.p ? h->value.p : "", '\n', h->value.n));
    }
    must(refused || headers_count(&q->m.headers, STR("Host")) == 1);
    if (q->run->behaviour & RESETS)
        h2_reset(q->stream, H2_CANCEL);
    else if (q->run->behaviour & ANSWERS)
        answer(q);
}

static void on_body(void *stream, struct str piece) {
    struct request *q = stream;
    must(q->has_head && !q->is_ended && piece.n > 0);
    for (size_t i = 0; i < piece.n; i++)
        buf_printf(&q->run->log, "%u<%02x\n", h2_stream_id(q->stream), (unsigned char)piece.p[i]);
    q->held += piece.n;
    q->run->held += piece.n;
    must(q->held <= H2_STREAM_WINDOW && q->run->held <= H2_CONNECTION_WINDOW);
    if (q->run->behaviour & CONSUMES) {
        h2_consume(q->stream, q->held);
        q->run->held -= q->held;
        q->held = 0;
    }
}

static void on_trailers(void *stream, const struct headers *fields) {
    struct request *q = stream;
    must(q->has_head && !q->is_ended && fields->count > 0);
    buf_printf(&q->run->log, "trailers %u %zu\n", h2_stream_id(q->stream), fields->count);
}

static void on_body_end(void *stream) {
    struct request *q = stream;
    must(q->has_head && !q->is_ended);
    q->is_ended = true;
    buf_printf(&q->run->log, "end %u\n", h2_stream_id(q->stream));
    if (!(q->run->behaviour & (ANSWERS | RESETS)))
        answer(q);
}

static void on_drained(void *stream) { must(((struct request *)stream)->has_head); }

static void on_closed(void *stream, uint32_t code) {
    struct request *q = stream;
    buf_printf(&q->run->log, "closed %u %u\n", h2_stream_id(q->stream), code);
    q->run->open--;
    q->run->held -= q->held;
    must(q->arena.used <= ARENA_MAX);
    arena_fini(&q->arena);
    free(q);
}

static void give(struct run *r, struct str in) {
    struct err e;
    char *copy = malloc(in.n + 1);
    must(copy != NULL);
    memcpy(copy, in.p, in.n);
    if (r->is_good)
        r->is_good = h2_receive(r->h, str_n(copy, in.n), 1, &r->out, &e);
    free(copy);
    must(buf_size(&r->out) < (size_t)2 * H2_OUTPUT_SIZE && !r->out.failed);
    must(h2_stream_count(r->h) >= r->open);
}

/* Nothing is sent while `out` is full. */
static void fill(struct buf *out) {
    size_t n = H2_OUTPUT_SIZE;
    must(buf_reserve(out, &n) != NULL && n == H2_OUTPUT_SIZE);
    buf_commit(out, n);
}

static void run(struct run *r, unsigned behaviour, struct str in, size_t cut, size_t step,
                bool is_sent) {
    static const struct h2_calls CALLS = {on_open,     on_head,    on_body,  on_trailers,
                                          on_body_end, on_drained, on_closed};
    static const struct h2_limits LIMITS = {1024, 8, STREAMS_MAX};
    *r = (struct run){.behaviour = behaviour, .is_good = true};
    buf_init(&r->out, (size_t)2 * H2_OUTPUT_SIZE);
    buf_init(&r->log, LOG_MAX);
    r->h = h2_new(&LIMITS, &CALLS, r);
    must(r->h != NULL);
    give(r, STR(PREFACE));
    buf_clear(&r->out);
    if (!is_sent)
        fill(&r->out);
    give(r, str_head(in, cut));
    for (size_t at = cut; at < in.n; at += step)
        give(r, str_head(str_from(in, at), step));
    if (behaviour & SHUTS_DOWN) {
        h2_shutdown(r->h, false);
        h2_shutdown(r->h, true);
    }
    buf_clear(&r->out);
    h2_output(r->h, &r->out);
    r->is_over = h2_is_over(r->h);
    must(r->is_good || r->is_over);
    h2_free(r->h);
    must(r->open == 0 && r->held == 0);
}

static void stop(struct run *r) {
    buf_fini(&r->out);
    buf_fini(&r->log);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct run sent, whole, parts;
    if (size < 2 || size > 32768)
        return 0;
    struct str in = str_n((const char *)data + 2, size - 2);
    run(&sent, data[1], in, data[0] < in.n ? data[0] : in.n, in.n + 1, true);
    run(&whole, data[1], in, in.n, 1, false);
    run(&parts, data[1], in, 0, 1, false);
    must(whole.is_good == parts.is_good && whole.is_over == parts.is_over);
    must(str_eq(buf_str(&whole.log), buf_str(&parts.log)));
    stop(&sent);
    stop(&whole);
    stop(&parts);
    return 0;
}
