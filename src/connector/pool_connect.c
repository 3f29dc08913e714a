/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/pool_state.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

static void leave_waits(struct pool_dial *d) {
    if (!d->patience)
        return;
    TAILQ_REMOVE(&d->pool->waits, d, in_waits);
    d->pool->waiting--;
    timer_free(d->patience);
    d->patience = NULL;
}

static void dial_gone(struct pool_dial *d) {
    leave_waits(d);
    claim_drop(&d->claim);
    free(d);
}

static void finish(struct pool_dial *d, struct backend *b, const struct err *e) {
    pool_dial_fn *done = d->done;
    void *user = d->user;
    dial_gone(d);
    done(user, b, b ? NULL : e);
}

static void fail_memory(struct pool_dial *d) {
    struct err e;
    err_set(&e, ERR_NO_MEMORY, "no memory for a connection to app %s", d->owner.app->name);
    finish(d, NULL, &e);
}

static void on_dialled(void *user, int fd, const struct err *e);

/* To the back end that is chosen now, within the time that is left. False: memory. */
static bool dial_next(struct pool_dial *d) {
    struct pool *p = d->pool;
    const struct config_app *app = d->owner.app;
    int64_t now_us = clock_mono_us(), left_ms = (d->ends_us - now_us) / 1000;
    d->index = balance_choose(p->balance, app, pool_person(&d->owner), d->tried, now_us);
    balance_turn(p->balance, app, d->index);
    d->tried |= UINT64_C(1) << d->index;
    const struct config_backend *at = &app->backends[d->index];
    d->dial = dial_start(p->resolver, p->loop, at->host, at->port, left_ms > 1 ? left_ms : 1,
                         on_dialled, d);
    return d->dial != NULL;
}

static unsigned tried_count(const struct pool_dial *d) {
    return (unsigned)__builtin_popcountll(d->tried);
}

/* Nothing was asked of it yet: another may do (RFC 9110 9.2.2 says nothing against it). */
static void on_refused(struct pool_dial *d, const struct err *e) {
    const struct config_app *app = d->owner.app;
    struct err last = *e;
    size_t used = strlen(last.detail);
    balance_failed(d->pool->balance, app, d->index, clock_mono_us());
    if (tried_count(d) < app->backend_count && clock_mono_us() < d->ends_us) {
        if (!dial_next(d))
            fail_memory(d);
        return;
    }
    if (app->backend_count > 1)
        snprintf(last.detail + used, sizeof last.detail - used,
                 "; %u of the %zu back ends of app %s were tried", tried_count(d),
                 app->backend_count, app->name);
    finish(d, NULL, &last);
}

/* "web1.corp.example port 443" of the back end it is at. */
static void describe(const struct pool_dial *d, char *out, size_t size) {
    const struct config_backend *at = &d->owner.app->backends[d->index];
    snprintf(out, size, "%s port %u", at->host, (unsigned)at->port);
}

static void end_handshake(struct pool_dial *d) {
    timer_free(d->late);
    d->late = NULL;
    d->backend = NULL;
}

/* No handshake came about: another back end may do better. */
static void handshake_failed(struct pool_dial *d, const char *why) {
    const struct config_app *app = d->owner.app;
    struct backend *b = d->backend;
    struct err e;
    char at[300];
    describe(d, at, sizeof at);
    if (stream_error_is_certificate(b->stream)) {
        err_set(&e, ERR_BACKEND_TLS, "the certificate of %s is not trusted: %s", at, why);
        err_hint(&e,
                 "Name the CA that issued it as backend_tls.ca of app %s, and the name in it as "
                 "backend_tls.name if that is not the host of internal_url. See it with: openssl "
                 "s_client -showcerts -connect %s:%u",
                 app->name, app->backends[d->index].host, (unsigned)app->backends[d->index].port);
    } else {
        err_set(&e, ERR_BACKEND_TLS, "no TLS handshake with %s: %s", at, why);
        err_hint(&e, "See what it speaks with: openssl s_client -connect %s:%u",
                 app->backends[d->index].host, (unsigned)app->backends[d->index].port);
    }
    end_handshake(d);
    pool_disown(d, b);
    on_refused(d, &e);
}

static void on_late(void *user) {
    handshake_failed(user, "its end did not come within the connect_timeout");
}

/* The handshake has what is left of the app's connect_timeout. False: memory. */
static bool begin_wait(struct pool_dial *d) {
    int64_t left_ms = (d->ends_us - clock_mono_us()) / 1000;
    d->late = timer_new(d->pool->loop, on_late, d);
    if (d->late)
        timer_start(d->late, left_ms > 1 ? left_ms : 1);
    return d->late;
}

static void on_handshake(void *user, unsigned ready) {
    struct pool_dial *d = user;
    struct backend *b = d->backend;
    int result = stream_handshake(b->stream);
    (void)ready;
    if (result == STREAM_AGAIN && !d->late && !begin_wait(d)) {
        pool_close(b);
        d->backend = NULL;
        fail_memory(d);
    } else if (result == STREAM_AGAIN) {
        stream_want(b->stream, STREAM_READABLE);
    } else if (result == STREAM_FAILED) {
        handshake_failed(d, stream_error(b->stream));
    } else {
        balance_worked(d->pool->balance, d->owner.app, d->index);
        end_handshake(d);
        stream_want(b->stream, 0);
        finish(d, b, NULL);
    }
}

static void on_dialled(void *user, int fd, const struct err *e) {
    struct pool_dial *d = user;
    d->dial = NULL;
    if (fd < 0) {
        on_refused(d, e);
        return;
    }
    d->backend = pool_adopt(d, fd);
    if (!d->backend) {
        fail_memory(d);
        return;
    }
    stream_owner(d->backend->stream, on_handshake, d);
    on_handshake(d, 0);
}

static bool begin(struct pool_dial *d) {
    return claim_make(&d->claim, d->pool, &d->owner) && dial_next(d);
}

static void on_patience(void *user) {
    struct pool_dial *d = user;
    struct err e;
    struct pool *p = d->pool;
    if (claim_fits(p, &d->owner, &e)) { /* at the last moment */
        leave_waits(d);
        if (!begin(d))
            fail_memory(d);
        return;
    }
    finish(d, NULL, &e);
}

static bool wait_for_turn(struct pool_dial *d) {
    struct pool *p = d->pool;
    d->patience = timer_new(p->loop, on_patience, d);
    if (!d->patience)
        return false;
    timer_start(d->patience, d->owner.app->connect_timeout_ms);
    TAILQ_INSERT_TAIL(&p->waits, d, in_waits);
    p->waiting++;
    return true;
}

void pool_serve_soon(struct pool *p) {
    if (p->waiting > 0)
        timer_start(p->serve, 0);
}

/* What one that waits can have now: an idle connection of its own, or a new one. True when it is
 * served, and may be gone. */
static bool serve(struct pool_dial *d) {
    struct backend *b = pool_take(d->pool, &d->owner, false);
    struct err e;
    if (b) {
        finish(d, b, NULL);
        return true;
    }
    if (!claim_fits(d->pool, &d->owner, &e))
        return false;
    leave_waits(d);
    if (!begin(d))
        fail_memory(d);
    return true;
}

void pool_serve(void *pool) {
    struct pool *p = pool;
    struct pool_dial *d, *next;
    for (d = TAILQ_FIRST(&p->waits); d; d = next) {
        next = TAILQ_NEXT(d, in_waits);
        if (serve(d)) { /* others may be gone, too: by what it called */
            pool_serve_soon(p);
            return;
        }
    }
}

struct pool_dial *pool_connect(struct pool *p, const struct pool_owner *owner, pool_dial_fn *done,
                               void *user, struct err *e) {
    bool fits = claim_fits(p, owner, e);
    if (!fits && p->waiting >= POOL_WAITS)
        return NULL;
    struct pool_dial *d = calloc(1, sizeof *d);
    if (d) {
        *d = (struct pool_dial){.pool = p, .owner = *owner, .done = done, .user = user};
        d->ends_us = clock_mono_us() + owner->app->connect_timeout_ms * 1000;
        if (fits ? begin(d) : wait_for_turn(d))
            return d;
        dial_gone(d);
    }
    err_set(e, ERR_NO_MEMORY, "no memory for a connection to app %s", owner->app->name);
    return NULL;
}

void pool_dial_cancel(struct pool_dial *d) {
    if (!d)
        return;
    dial_cancel(d->dial);
    pool_close(d->backend);
    end_handshake(d);
    dial_gone(d);
}
