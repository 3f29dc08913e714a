/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/certificate_int.h"

#include <signal.h>
#include <stdlib.h>

enum { WAIT_MS = 1000, CALL_BYTES_MAX = 256 * 1024 };

static void on_closed(uv_handle_t *handle) {
    struct certificate_call *c = (struct certificate_call *)handle;
    certificate_verified_fini(&c->verified);
    certificate_ocsp_fini(&c->question);
    free(c->person.claims);
    arena_fini(&c->arena);
    free(c);
}

static void on_woken(uv_async_t *woken) {
    struct certificate_call *c = (struct certificate_call *)woken;
    if (!c->is_done)
        return;
    if (!c->is_cancelled)
        c->done(c->user, &c->answer);
    uv_close((uv_handle_t *)woken, on_closed);
}

void certificate_finish(struct certificate_call *c, const struct err *e) {
    c->answer.err = e ? *e : (struct err){.code = ERR_NONE};
    c->desk->calls--;
    c->is_done = true;
    uv_async_send(&c->woken);
}

static bool copy(struct certificate_call *c, const struct str *ders, size_t count) {
    for (; c->count < count && c->count < CERTIFICATE_CHAIN_MAX; c->count++)
        if (!(c->ders[c->count] = arena_str(&c->arena, ders[c->count])).p)
            return false;
    return true;
}

/* Taken by the thread unless it is about to end or has too much to do. */
static bool enqueue(struct certificate_desk *d, struct certificate_call *c, struct err *e) {
    pthread_mutex_lock(&d->lock);
    bool is_stopping = d->is_stopping || !d->has_thread;
    bool is_in = !is_stopping && d->calls <= CERTIFICATE_CALLS_MAX;
    if (is_in) {
        STAILQ_INSERT_TAIL(&d->queue, c, in_queue);
        oidc_http_wake(d->http); /* which is there as long as the thread is not told to end */
    }
    pthread_mutex_unlock(&d->lock);
    if (!is_in && is_stopping)
        err_set(e, ERR_SHUTTING_DOWN, "the gateway is about to end");
    else if (!is_in)
        err_set(e, ERR_BUSY, "%d certificates are being looked at, and more may not",
                CERTIFICATE_CALLS_MAX);
    return is_in;
}

static const struct certificate_source *source_of(const struct certificate_desk *d,
                                                  const struct config_provider *provider) {
    for (size_t i = 0; i < d->count; i++)
        if (d->sources[i].config == provider)
            return &d->sources[i];
    return NULL;
}

struct certificate_call *certificate_ask(struct certificate_desk *d, uv_loop_t *loop,
                                         const struct config_provider *provider,
                                         const struct str *ders, size_t count,
                                         certificate_done_fn *done, void *user) {
    struct err e;
    const struct certificate_source *source = source_of(d, provider);
    struct certificate_call *c = source ? calloc(1, sizeof *c) : NULL;
    if (!c)
        return NULL;
    c->desk = d;
    c->source = source;
    c->done = done;
    c->user = user;
    arena_init(&c->arena, CALL_BYTES_MAX);
    if (!copy(c, ders, count) || uv_async_init(loop, &c->woken, on_woken) != 0) {
        arena_fini(&c->arena);
        free(c);
        return NULL;
    }
    d->calls++;
    if (!enqueue(d, c, &e))
        certificate_finish(c, &e);
    return c;
}

void certificate_cancel(struct certificate_call *c) {
    if (c)
        c->is_cancelled = true;
}

static struct certificate_call *take(struct certificate_desk *d, bool *is_stopping) {
    pthread_mutex_lock(&d->lock);
    struct certificate_call *c = STAILQ_FIRST(&d->queue);
    if (c)
        STAILQ_REMOVE_HEAD(&d->queue, in_queue);
    *is_stopping = d->is_stopping;
    pthread_mutex_unlock(&d->lock);
    return c;
}

static void *work(void *arg) {
    struct certificate_desk *d = arg;
    bool is_stopping = false;
    struct err ending;
    err_set(&ending, ERR_SHUTTING_DOWN, "the gateway is about to end");
    while (!is_stopping) {
        struct certificate_call *c;
        while ((c = take(d, &is_stopping)))
            if (is_stopping)
                certificate_finish(c, &ending);
            else
                certificate_step(c);
        if (!is_stopping)
            oidc_http_run(d->http, WAIT_MS);
    }
    oidc_http_free(d->http); /* whoever waits, waits for one of its requests */
    return NULL;
}

static bool add_source(struct certificate_desk *d, const struct config_provider *p, struct err *e) {
    struct certificate_source *s = &d->sources[d->count];
    *s = (struct certificate_source){.config = p,
                                     .trust = certificate_trust_new(&p->certificates, e),
                                     .site = {.timeout_ms = p->certificates.ocsp.timeout_ms}};
    d->count += s->trust != NULL;
    return s->trust != NULL;
}

struct certificate_desk *certificate_desk_new(const struct config *c, struct err *e) {
    struct certificate_desk *d = calloc(1, sizeof *d);
    if (d) {
        d->config = c;
        pthread_mutex_init(&d->lock, NULL);
        STAILQ_INIT(&d->queue);
        STAILQ_INIT(&d->waiting);
        d->sources = calloc(c->provider_count + 1, sizeof *d->sources);
        d->kept = calloc(CERTIFICATE_KEPT_MAX, sizeof *d->kept);
    }
    bool ok = d && d->sources && d->kept;
    if (!ok)
        err_set(e, ERR_NO_MEMORY, "no memory for certificates");
    for (size_t i = 0; ok && i < c->provider_count; i++)
        if (c->providers[i].type == PROVIDER_CERTIFICATE)
            ok = add_source(d, &c->providers[i], e);
    if (ok)
        return d;
    certificate_desk_free(d);
    return NULL;
}

/* Signals are for the main thread. */
static bool start_thread(struct certificate_desk *d) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    d->has_thread = pthread_create(&d->thread, NULL, work, d) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return d->has_thread;
}

bool certificate_desk_start(struct certificate_desk *d, struct err *e) {
    if (d->count == 0)
        return true;
    oidc_http_init();
    d->http = oidc_http_new();
    if (d->http && start_thread(d))
        return true;
    oidc_http_free(d->http);
    return err_set(e, ERR_NO_MEMORY, "no memory for the thread that looks at certificates");
}

void certificate_desk_stop(struct certificate_desk *d) {
    if (!d || !d->has_thread)
        return;
    pthread_mutex_lock(&d->lock);
    bool was_stopping = d->is_stopping;
    d->is_stopping = true;
    if (!was_stopping)
        oidc_http_wake(d->http);
    pthread_mutex_unlock(&d->lock);
}

void certificate_desk_free(struct certificate_desk *d) {
    if (!d)
        return;
    certificate_desk_stop(d);
    if (d->has_thread)
        pthread_join(d->thread, NULL);
    for (size_t i = 0; d->sources && i < d->count; i++)
        certificate_trust_free(d->sources[i].trust);
    free(d->sources);
    free(d->kept);
    pthread_mutex_destroy(&d->lock);
    free(d);
}
