/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/pool.h"

#include "base/clock.h"
#include "net/timer.h"

#include <stdlib.h>
#include <sys/queue.h>

enum {
    BUCKETS = 1024,
    IDLE_MS = 60000, /* an idle connection is closed after this */
    READ_MAX = 64 * 1024,
};

struct backend_place {
    struct backend backend;
    struct pool *pool;
    const struct config_app *app; /* the owner, for life: as the file has it, */
    struct str identity;          /* and, in one piece of memory, for whom */
    struct str host;              /* and where: one of many with a wildcard app */
    int64_t idle_since_us;
    LIST_ENTRY(backend_place) in_bucket; /* while idle */
    TAILQ_ENTRY(backend_place) in_order; /* while idle; longest idle first */
};

struct pool {
    uv_loop_t *loop;
    struct resolver *resolver;
    const struct config *config;
    struct trust *trust;
    struct timer *sweep;
    unsigned *open; /* connections of each app, taken, idle and being made */
    LIST_HEAD(, backend_place) buckets[BUCKETS];
    TAILQ_HEAD(, backend_place) order;
};

struct pool_dial {
    struct pool *pool;
    const struct config_app *app;
    struct str identity, host;
    struct dial *dial;
    pool_dial_fn *done;
    void *user;
};

struct trust {
    size_t count;
    struct tls_client *of_app[]; /* NULL: not https */
};

struct trust *trust_new(const struct config *c, struct err *e) {
    struct trust *t = calloc(1, sizeof *t + c->app_count * sizeof t->of_app[0]);
    if (!t) {
        err_set(e, ERR_NO_MEMORY, "no memory for the certificates of back ends");
        return NULL;
    }
    t->count = c->app_count;
    for (size_t i = 0; i < c->app_count; i++) {
        if (!str_eq(c->apps[i].internal.scheme, STR("https")))
            continue;
        t->of_app[i] = tls_client_new(c->apps[i].backend_ca, e);
        if (!t->of_app[i]) {
            trust_free(t);
            return NULL;
        }
    }
    return t;
}

void trust_free(struct trust *t) {
    for (size_t i = 0; t && i < t->count; i++)
        tls_client_free(t->of_app[i]);
    free(t);
}

static size_t index_of(const struct pool *p, const struct config_app *app) {
    return (size_t)(config_app_written(app) - p->config->apps);
}

/* FNV-1a. */
static size_t bucket_of(struct str identity) {
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < identity.n; i++)
        hash = (hash ^ (unsigned char)identity.p[i]) * 1099511628211u;
    return (hash ^ hash >> 32) % BUCKETS;
}

/* Idle connections are in both lists; one that is taken is in none. */
static void unlist(struct backend_place *at) {
    LIST_REMOVE(at, in_bucket);
    TAILQ_REMOVE(&at->pool->order, at, in_order);
}

static void close_taken(struct backend_place *at) {
    at->pool->open[index_of(at->pool, at->app)]--;
    stream_free(at->backend.stream);
    h1_free(at->backend.parser);
    buf_fini(&at->backend.in);
    free((char *)at->identity.p);
    free(at);
}

static void close_idle(struct backend_place *at) {
    unlist(at);
    close_taken(at);
}

static void on_sweep(void *user) {
    struct pool *p = user;
    struct backend_place *at;
    while ((at = TAILQ_FIRST(&p->order)) &&
           // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): because unlist() moves the queue's head on
           clock_mono_us() - at->idle_since_us >= (int64_t)IDLE_MS * 1000)
        close_idle(at);
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
    p->open = calloc(config->app_count, sizeof *p->open);
    p->sweep = timer_new(loop, on_sweep, p);
    if (p->open && p->sweep)
        return p;
    pool_free(p);
    return NULL;
}

void pool_close_idle(struct pool *p) {
    struct backend_place *at;
    while ((at = TAILQ_FIRST(&p->order)))
        close_idle(at); // NOLINT(clang-analyzer-unix.Malloc): because unlist() moves the head on
}

void pool_free(struct pool *p) {
    if (!p)
        return;
    pool_close_idle(p);
    timer_free(p->sweep);
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
        close_idle(user);
}

/* The youngest, which comes first in its bucket. */
static struct backend_place *find_idle(struct pool *p, const struct pool_owner *owner) {
    struct backend_place *at;
    LIST_FOREACH(at, &p->buckets[bucket_of(owner->identity)], in_bucket) {
        if (at->app == config_app_written(owner->app) && str_eq(at->identity, owner->identity) &&
            str_eq(at->host, owner->app->internal.host))
            return at;
    }
    return NULL;
}

struct backend *pool_take(struct pool *p, const struct pool_owner *owner, int64_t idle_ms_max) {
    struct backend_place *at;
    while ((at = find_idle(p, owner))) {
        if (clock_mono_us() - at->idle_since_us > idle_ms_max * 1000)
            return NULL;
        /* Has it said something that the loop has not come round to yet? */
        if (!is_silent(at)) {
            close_idle(at);
            continue;
        }
        unlist(at);
        stream_want(at->backend.stream, 0);
        return &at->backend;
    }
    return NULL;
}

void pool_give(struct backend *b) {
    struct backend_place *at = b->place;
    struct pool *p = at->pool;
    if (buf_size(&b->in) > 0) {
        close_taken(at);
        return;
    }
    b->is_reused = true;
    buf_fini(&b->in); /* an idle connection costs no buffer */
    h1_reset(b->parser);
    at->idle_since_us = clock_mono_us();
    LIST_INSERT_HEAD(&p->buckets[bucket_of(at->identity)], at, in_bucket);
    if (TAILQ_EMPTY(&p->order))
        timer_start(p->sweep, IDLE_MS);
    TAILQ_INSERT_TAIL(&p->order, at, in_order);
    stream_owner(b->stream, on_idle_ready, at);
    stream_want(b->stream, STREAM_READABLE);
}

void pool_close(struct backend *b) {
    if (b)
        close_taken(b->place);
}

/* The connection for a socket, or NULL; takes the identity over from the dial. */
static struct backend *adopt(struct pool_dial *d, int fd) {
    struct pool *p = d->pool;
    const struct config_app *app = d->app;
    const struct config_limits *l = &p->config->limits;
    struct backend_place *at = calloc(1, sizeof *at);
    struct stream *stream = stream_new(p->loop, fd, on_idle_ready, at);
    struct h1_parser *parser =
        h1_new(H1_RESPONSE, (struct h1_limits){.head = l->response_head, .headers = l->headers});
    struct tls_client *tls = p->trust->of_app[index_of(p, app)];
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
    *at = (struct backend_place){
        .pool = p, .app = config_app_written(app), .identity = d->identity, .host = d->host};
    d->identity = STR_NONE;
    p->open[index_of(p, app)]++;
    at->backend = (struct backend){.stream = stream, .parser = parser, .place = at};
    buf_init(&at->backend.in, l->response_head > READ_MAX ? l->response_head : READ_MAX);
    return &at->backend;
}

static void dial_gone(struct pool_dial *d) {
    d->pool->open[index_of(d->pool, d->app)]--;
    free((char *)d->identity.p);
    free(d);
}

static void on_dialled(void *user, int fd, const struct err *e) {
    struct pool_dial *d = user;
    struct backend *b = fd >= 0 ? adopt(d, fd) : NULL;
    struct err failed;
    if (fd >= 0 && !b) {
        err_set(&failed, ERR_NO_MEMORY, "no memory for a connection to app %s", d->app->name);
        e = &failed;
    }
    pool_dial_fn *done = d->done;
    void *who = d->user;
    dial_gone(d);
    done(who, b, e);
}

/* At its limit an app's longest idle connection makes room, whoever's it is. */
static bool has_room(struct pool *p, const struct config_app *app) {
    unsigned max = p->config->limits.backend_connections_per_app;
    struct backend_place *at;
    if (p->open[index_of(p, app)] < max)
        return true;
    TAILQ_FOREACH(at, &p->order, in_order) {
        if (at->app == config_app_written(app)) {
            close_idle(at);
            return true;
        }
    }
    return false;
}

struct pool_dial *pool_connect(struct pool *p, const struct pool_owner *owner, pool_dial_fn *done,
                               void *user, struct err *e) {
    const struct config_app *app = owner->app;
    if (!has_room(p, app)) {
        err_set(e, ERR_BUSY, "app %s has %u connections to its back end, all in use", app->name,
                p->config->limits.backend_connections_per_app);
        err_hint(e,
                 "Raise gateway.limits.backend_connections_per_app, or look why %s answers "
                 "slowly: kerbgate events",
                 app->name);
        return NULL;
    }
    struct pool_dial *d = calloc(1, sizeof *d);
    struct str host = app->internal.host;
    char *identity = malloc(owner->identity.n + host.n + 1);
    if (d && identity) {
        memcpy(identity, owner->identity.n ? owner->identity.p : "", owner->identity.n);
        memcpy(identity + owner->identity.n, host.p, host.n);
        *d = (struct pool_dial){.pool = p,
                                .app = app,
                                .done = done,
                                .user = user,
                                .identity = str_n(identity, owner->identity.n),
                                .host = str_n(identity + owner->identity.n, host.n)};
        d->dial = dial_start(p->resolver, p->loop, app->internal.host.p, app->internal.port,
                             app->connect_timeout_ms, on_dialled, d);
    }
    if (!d || !identity || !d->dial) {
        free(identity);
        free(d);
        err_set(e, ERR_NO_MEMORY, "no memory for a connection to app %s", app->name);
        return NULL;
    }
    p->open[index_of(p, app)]++;
    return d;
}

void pool_dial_cancel(struct pool_dial *d) {
    if (!d)
        return;
    dial_cancel(d->dial);
    dial_gone(d);
}
