/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/pool.h"

#include "base/clock.h"
#include "connector/pool_state.h"

#include <stdlib.h>

enum {
    IDLE_MS = 60000, /* an idle connection is closed after this */
    READ_MAX = 64 * 1024,
};

/* Idle connections are in both lists; one that is taken is in none. */
static void unlist(struct backend_place *at) {
    LIST_REMOVE(at, in_bucket);
    TAILQ_REMOVE(&at->claim.pool->order, at, in_order);
}

static void end_use(struct backend_place *at) {
    balance_end(at->claim.pool->balance, at->claim.app, at->backend.index);
}

static void place_free(struct backend_place *at) {
    claim_drop(&at->claim);
    stream_free(at->backend.stream);
    h1_free(at->backend.parser);
    buf_fini(&at->backend.in);
    free(at);
}

void pool_close_place(struct backend_place *at) {
    unlist(at);
    place_free(at);
}

static void on_sweep(void *user) {
    struct pool *p = user;
    struct backend_place *at;
    while ((at = TAILQ_FIRST(&p->order)) &&
           // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): because unlist() moves the queue's head on
           clock_mono_us() - at->idle_since_us >= (int64_t)IDLE_MS * 1000)
        pool_close_place(at);
    if (at)
        timer_start(p->sweep, IDLE_MS - (clock_mono_us() - at->idle_since_us) / 1000 + 1);
}

struct pool *pool_new(uv_loop_t *loop, struct resolver *resolver, const struct config *config,
                      struct trust *trust) {
    struct pool *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    *p = (struct pool){.loop = loop, .resolver = resolver, .config = config, .trust = trust};
    TAILQ_INIT(&p->order);
    TAILQ_INIT(&p->waits);
    p->open = calloc(config->app_count, sizeof *p->open);
    p->balance = balance_new(config);
    p->sweep = timer_new(loop, on_sweep, p);
    p->serve = timer_new(loop, pool_serve, p);
    if (p->open && p->balance && p->sweep && p->serve)
        return p;
    pool_free(p);
    return NULL;
}

void pool_close_idle(struct pool *p) {
    struct backend_place *at;
    while ((at = TAILQ_FIRST(&p->order)))
        pool_close_place(at); // NOLINT(clang-analyzer-unix.Malloc): because unlist() moves it on
}

void pool_close_idle_of(struct pool *p, struct str identity) {
    struct backend_place *at, *next;
    for (at = LIST_FIRST(&p->idle[pool_bucket_of(identity)]); at; at = next) {
        next = LIST_NEXT(at, in_bucket);
        if (str_eq(at->claim.identity, identity))
            pool_close_place(at);
    }
}

void pool_count_in(struct pool *p, struct metrics *metrics) { p->metrics = metrics; }

void pool_heed(struct pool *p, const struct health *health) { balance_heed(p->balance, health); }

void pool_free(struct pool *p) {
    if (!p)
        return;
    pool_close_idle(p);
    timer_free(p->sweep);
    timer_free(p->serve);
    balance_free(p->balance);
    free(p->open);
    free(p);
}

/* Anything that an idle connection has to say is the end of it: an orderly end, an error, or bytes
 * that answer nothing (RFC 9112 6.3 would let them answer the next request). */
static bool is_silent(struct backend_place *at) {
    char byte;
    return stream_read(at->backend.stream, &byte, 1) == STREAM_AGAIN;
}

static void on_idle_ready(void *user, unsigned ready) {
    (void)ready;
    if (!is_silent(user))
        pool_close_place(user);
}

/* The youngest, which comes first in its bucket. */
static struct backend_place *find_idle(struct pool *p, const struct pool_owner *owner,
                                       size_t index) {
    struct backend_place *at;
    LIST_FOREACH(at, &p->idle[pool_bucket_of(owner->identity)], in_bucket) {
        if (at->backend.index == index && pool_is_owner(&at->claim, owner))
            return at;
    }
    return NULL;
}

struct backend *pool_take(struct pool *p, const struct pool_owner *owner, bool is_safe) {
    struct backend_place *at;
    int64_t now_us = clock_mono_tick_us();
    size_t index = balance_choose(p->balance, owner->app, pool_person(owner), 0, now_us);
    while ((at = find_idle(p, owner, index))) {
        if (!is_safe && now_us - at->idle_since_us > POOL_IDLE_MS_UNSAFE * 1000)
            return NULL;
        /* Has it said something that the loop has not come round to yet? */
        if (!is_silent(at)) {
            pool_close_place(at);
            continue;
        }
        unlist(at);
        balance_begin(p->balance, owner->app, index);
        stream_want(at->backend.stream, 0);
        return &at->backend;
    }
    return NULL;
}

void pool_keep(struct backend *b) {
    b->is_reused = true;
    h1_reset(b->parser);
}

void pool_give(struct backend *b) {
    struct backend_place *at = b->place;
    struct pool *p = at->claim.pool;
    if (buf_size(&b->in) > 0) {
        pool_close(b);
        return;
    }
    end_use(at);
    pool_keep(b);
    buf_fini(&b->in); /* an idle connection costs no buffer */
    at->idle_since_us = clock_mono_tick_us();
    LIST_INSERT_HEAD(&p->idle[at->claim.bucket], at, in_bucket);
    if (TAILQ_EMPTY(&p->order))
        timer_start(p->sweep, IDLE_MS);
    TAILQ_INSERT_TAIL(&p->order, at, in_order);
    stream_owner(b->stream, on_idle_ready, at);
    stream_want(b->stream, STREAM_READABLE);
    pool_serve_soon(p);
}

void pool_close(struct backend *b) {
    if (!b)
        return;
    end_use(b->place);
    place_free(b->place);
}

void pool_disown(struct pool_dial *d, struct backend *b) {
    end_use(b->place);
    claim_move(&d->claim, &b->place->claim);
    place_free(b->place);
}

struct backend *pool_adopt(struct pool_dial *d, int fd) {
    struct pool *p = d->pool;
    const struct config_app *app = d->owner.app;
    const struct config_limits *l = &p->config->limits;
    struct backend_place *at = calloc(1, sizeof *at);
    struct stream *stream = stream_new(p->loop, fd, on_idle_ready, at);
    struct h1_parser *parser =
        h1_new(H1_RESPONSE, (struct h1_limits){.head = l->response_head, .headers = l->headers});
    struct tls_client *tls = trust_of(p->trust, pool_index_of(p, app));
    const char *name = app->backend_name;
    bool is_ready = at && stream && parser;
    if (is_ready && tls)
        is_ready = stream_tls_connect(stream, tls, name ? name : app->internal.host.p);
    if (!is_ready) {
        stream_free(stream);
        h1_free(parser);
        free(at);
        return NULL;
    }
    claim_move(&at->claim, &d->claim);
    at->backend =
        (struct backend){.stream = stream, .parser = parser, .place = at, .index = d->index};
    buf_init(&at->backend.in, l->response_head > READ_MAX ? l->response_head : READ_MAX);
    balance_begin(p->balance, app, d->index);
    return &at->backend;
}
