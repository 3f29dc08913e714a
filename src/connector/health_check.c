/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/health_check.h"

#include "base/secret.h"
#include "config/wildcard.h"
#include "events/catalogue.h"
#include "http/h1.h"
#include "net/dial.h"
#include "net/stream.h"
#include "net/timer.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    HEAD_MAX = 16 * 1024,
    HEADERS_MAX = 200,
    WELL_BELOW = 500,
    JITTER = 8, /* an eighth of the interval: not all at once */
};

/* One back end. */
struct check {
    struct health_checks *all;
    const struct config_app *app;
    size_t index;
    struct timer *next, *deadline;
    /* While it is asked: */
    struct dial *dial;
    struct stream *stream;
    struct h1_parser *parser;
    struct arena arena;
    struct buf in, out;
};

struct health_checks {
    struct health_checks_start with;
    size_t count;
    struct check at[];
};

static void begin(void *user);

static void release(struct check *c) {
    timer_stop(c->deadline);
    dial_cancel(c->dial);
    stream_free(c->stream);
    h1_free(c->parser);
    arena_fini(&c->arena);
    buf_fini(&c->in);
    buf_fini(&c->out);
    c->dial = NULL;
    c->stream = NULL;
    c->parser = NULL;
}

static void wait_for_next(struct check *c, bool is_first) {
    uint32_t random;
    int64_t interval = c->app->health.interval_ms;
    secret_random(&random, sizeof random);
    if (is_first) /* soon, but all of a restart not at once */
        timer_start(c->next, (int64_t)(random % (uint64_t)(interval / JITTER + 1)));
    else
        timer_start(c->next, interval - (int64_t)(random % (uint64_t)(interval / JITTER + 1)));
}

static void tell(const struct check *c, bool is_well, const char *what) {
    const struct config_backend *at = &c->app->backends[c->index];
    char text[512];
    snprintf(text, sizeof text, "%s:%u of app %s: %s", at->host, (unsigned)at->port, c->app->name,
             what);
    sink_event(c->all->with.sink, is_well ? EVENT_BACKEND_WELL : EVENT_BACKEND_ILL, NULL, text);
}

static void finish(struct check *c, bool is_well, const char *what) {
    if (health_found(c->all->with.health, c->app, c->index, is_well))
        tell(c, is_well, what);
    release(c);
    wait_for_next(c, false);
}

static void on_deadline(void *user) {
    struct check *c = user;
    char what[80];
    snprintf(what, sizeof what, "no answer to a health check within %lld ms",
             (long long)c->app->health.timeout_ms);
    finish(c, false, what);
}

static void write_request(struct check *c) {
    const struct config_app *app = c->app;
    struct str host =
        app->host_header == HOST_EXTERNAL ? app->external.authority : app->internal.authority;
    struct message m = {
        .method = STR("GET"), .target = str_of(app->health.path), .minor = 1, .keep_alive = false};
    if (!headers_add(&c->arena, &m.headers, STR("Host"), host) ||
        !headers_add(&c->arena, &m.headers, STR("User-Agent"), STR("kerbgate-health")))
        c->out.failed = true;
    h1_write_request(&c->out, &m);
}

/* Heads until the final one; the body is of no interest. */
static void parse(struct check *c) {
    struct message m;
    struct err e;
    size_t used;
    for (;;) {
        enum h1_result result = h1_head(c->parser, buf_str(&c->in), &c->arena, &m, &used, &e);
        if (result == H1_MORE)
            return;
        char what[sizeof e.detail + 64];
        if (result == H1_ERROR) {
            snprintf(what, sizeof what, "its answer to a health check is no HTTP: %s", e.detail);
            finish(c, false, what);
            return;
        }
        buf_consume(&c->in, used);
        if (m.status >= 200) {
            snprintf(what, sizeof what, "%d to GET %s", m.status, c->app->health.path);
            finish(c, m.status < WELL_BELOW, what);
            return;
        }
        h1_reset(c->parser);
    }
}

static void broken(struct check *c) {
    char what[256];
    snprintf(what, sizeof what, "a health check met %s", stream_error(c->stream));
    finish(c, false, what);
}

static void on_ready(void *user, unsigned ready) {
    struct check *c = user;
    (void)ready;
    while (buf_size(&c->out) > 0) {
        ssize_t n = stream_write(c->stream, buf_str(&c->out));
        if (n == STREAM_FAILED) {
            broken(c);
            return;
        }
        if (n == STREAM_AGAIN)
            break;
        buf_consume(&c->out, (size_t)n);
    }
    size_t room = HEAD_MAX;
    char *to = buf_reserve(&c->in, &room);
    ssize_t n = to ? stream_read(c->stream, to, room) : 0;
    if (n == STREAM_FAILED) {
        broken(c);
    } else if (n == 0) {
        finish(c, false, "it closed the connection of a health check without an answer");
    } else {
        stream_want(c->stream, STREAM_READABLE | (buf_size(&c->out) > 0 ? STREAM_WRITABLE : 0));
        if (n > 0) {
            buf_commit(&c->in, (size_t)n);
            parse(c);
        }
    }
}

static void on_dialled(void *user, int fd, const struct err *e) {
    struct check *c = user;
    const struct health_checks_start *with = &c->all->with;
    size_t app = (size_t)(c->app - with->config->apps);
    struct tls_client *tls = trust_of(with->trust, app);
    const char *name = c->app->backend_name ? c->app->backend_name : c->app->internal.host.p;
    c->dial = NULL;
    if (fd < 0) {
        finish(c, false, e->detail);
        return;
    }
    c->stream = stream_new(with->loop, fd, on_ready, c);
    c->parser = h1_new(H1_RESPONSE, (struct h1_limits){.head = HEAD_MAX, .headers = HEADERS_MAX});
    write_request(c);
    if (!c->stream || !c->parser || c->out.failed ||
        (tls && !stream_tls_connect(c->stream, tls, name)))
        finish(c, false, "no memory for a health check");
    else
        stream_want(c->stream, STREAM_READABLE | STREAM_WRITABLE);
}

static void begin(void *user) {
    struct check *c = user;
    const struct health_checks_start *with = &c->all->with;
    const struct config_backend *at = &c->app->backends[c->index];
    arena_init(&c->arena, 8 * HEAD_MAX);
    buf_init(&c->in, HEAD_MAX);
    buf_init(&c->out, HEAD_MAX);
    timer_start(c->deadline, c->app->health.timeout_ms);
    c->dial = dial_start(with->resolver, with->loop, at->host, at->port, c->app->health.timeout_ms,
                         on_dialled, c);
    if (!c->dial)
        finish(c, false, "no memory for a health check");
}

/* A wildcard app's back ends have no one name to be asked by. */
static bool is_checked(const struct config_app *app) {
    return app->health.path && !wildcard_is(app->internal.host);
}

static bool add(struct health_checks *all, const struct config_app *app, size_t index) {
    struct check *c = &all->at[all->count++];
    *c = (struct check){.all = all, .app = app, .index = index};
    c->next = timer_new(all->with.loop, begin, c);
    c->deadline = timer_new(all->with.loop, on_deadline, c);
    if (!c->next || !c->deadline)
        return false;
    wait_for_next(c, true);
    return true;
}

struct health_checks *health_checks_new(const struct health_checks_start *s, struct err *e) {
    size_t count = 0;
    for (size_t i = 0; i < s->config->app_count; i++)
        count += is_checked(&s->config->apps[i]) ? s->config->apps[i].backend_count : 0;
    struct health_checks *all = calloc(1, sizeof *all + count * sizeof all->at[0]);
    bool ok = all;
    if (all)
        all->with = *s;
    for (size_t i = 0; ok && i < s->config->app_count; i++) {
        const struct config_app *app = &s->config->apps[i];
        for (size_t k = 0; ok && is_checked(app) && k < app->backend_count; k++)
            ok = add(all, app, k);
    }
    if (ok)
        return all;
    health_checks_free(all);
    err_set(e, ERR_NO_MEMORY, "no memory for the health checks");
    return NULL;
}

void health_checks_free(struct health_checks *all) {
    for (size_t i = 0; all && i < all->count; i++) {
        release(&all->at[i]);
        timer_free(all->at[i].next);
        timer_free(all->at[i].deadline);
    }
    free(all);
}
