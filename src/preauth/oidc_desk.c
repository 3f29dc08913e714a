/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/oidc_int.h"

#include <jansson.h>
#include <signal.h>
#include <stdlib.h>

enum { WAIT_MS = 1000 };

bool oidc_seen_has(const struct oidc_seen *s, const unsigned char hash[SHA256_SIZE]) {
    for (size_t i = 0; i < OIDC_SEEN_MAX; i++)
        if (memcmp(s->hashes[i], hash, SHA256_SIZE) == 0)
            return true;
    return false;
}

void oidc_seen_add(struct oidc_seen *s, const unsigned char hash[SHA256_SIZE]) {
    memcpy(s->hashes[s->next++ % OIDC_SEEN_MAX], hash, SHA256_SIZE);
}

void oidc_logout_is_done(struct oidc_desk *d, const unsigned char logout[SHA256_SIZE]) {
    pthread_mutex_lock(&d->lock);
    oidc_seen_add(&d->logouts, logout);
    pthread_mutex_unlock(&d->lock);
}

static void on_closed(uv_handle_t *handle) {
    struct oidc_call *c = (struct oidc_call *)handle;
    if (c->has_token)
        jws_token_fini(&c->token);
    json_decref(c->claims);
    json_decref(c->before);
    arena_fini_wiped(&c->arena);
    free(c);
}

static void on_woken(uv_async_t *woken) {
    struct oidc_call *c = (struct oidc_call *)woken;
    if (!c->is_done)
        return;
    if (!c->is_cancelled)
        c->done(c->user, &c->answer);
    uv_close((uv_handle_t *)woken, on_closed);
}

/* Of calls that are counted together. */
static _Atomic unsigned *count_of(struct oidc_desk *d, enum oidc_kind kind) {
    return kind == OIDC_BEARER ? &d->bearers : &d->calls;
}

void oidc_finish(struct oidc_call *c, const struct err *e) {
    c->answer.err = e ? *e : (struct err){.code = ERR_NONE};
    --*count_of(c->desk, c->question.kind);
    c->is_done = true;
    uv_async_send(&c->woken);
}

static bool copy(struct arena *a, struct str *s) {
    *s = arena_str(a, *s);
    return s->p != NULL;
}

static bool copy_question(struct oidc_call *c, const struct oidc_question *q) {
    struct oidc_question *own = &c->question;
    *own = *q;
    return copy(&c->arena, &own->code) && copy(&c->arena, &own->state) &&
           copy(&c->arena, &own->verifier) && copy(&c->arena, &own->nonce) &&
           copy(&c->arena, &own->redirect_uri) && copy(&c->arena, &own->token) &&
           copy(&c->arena, &own->claims);
}

/* Taken by the thread unless it is about to end or has too much to do. */
static bool enqueue(struct oidc_desk *d, struct oidc_call *c, struct err *e) {
    pthread_mutex_lock(&d->lock);
    bool is_stopping = d->is_stopping || !d->has_thread;
    bool is_bearer = c->question.kind == OIDC_BEARER;
    unsigned max = is_bearer ? OIDC_BEARERS_MAX : OIDC_CALLS_MAX;
    bool is_in = !is_stopping && *count_of(d, c->question.kind) <= max;
    if (is_in) {
        STAILQ_INSERT_TAIL(&d->queue, c, in_queue);
        oidc_http_wake(d->http); /* which is there as long as the thread is not told to end */
    }
    pthread_mutex_unlock(&d->lock);
    if (!is_in && is_stopping)
        err_set(e, ERR_SHUTTING_DOWN, "the gateway is about to end");
    else if (!is_in)
        err_set(e, ERR_BUSY, "%u %s are under way, and more may not", max,
                is_bearer ? "checks of access tokens" : "questions to identity providers");
    return is_in;
}

struct oidc_call *oidc_ask(struct oidc_desk *d, uv_loop_t *loop, const struct oidc_question *q,
                           oidc_done_fn *done, void *user) {
    struct err e;
    struct oidc_call *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    c->desk = d;
    c->done = done;
    c->user = user;
    arena_init(&c->arena, OIDC_TEXT_MAX);
    if (!copy_question(c, q) || uv_async_init(loop, &c->woken, on_woken) != 0) {
        arena_fini_wiped(&c->arena);
        free(c);
        return NULL;
    }
    ++*count_of(d, q->kind);
    if (!enqueue(d, c, &e))
        oidc_finish(c, &e);
    return c;
}

void oidc_cancel(struct oidc_call *c) {
    if (c)
        c->is_cancelled = true;
}

static struct oidc_call *take(struct oidc_desk *d, bool *is_stopping) {
    pthread_mutex_lock(&d->lock);
    struct oidc_call *c = STAILQ_FIRST(&d->queue);
    if (c)
        STAILQ_REMOVE_HEAD(&d->queue, in_queue);
    *is_stopping = d->is_stopping;
    pthread_mutex_unlock(&d->lock);
    return c;
}

static void begin(struct oidc_desk *d, struct oidc_call *c, bool is_stopping) {
    struct err e;
    for (size_t i = 0; i < d->count; i++)
        if (d->providers[i].config == c->question.provider)
            c->provider = &d->providers[i];
    if (is_stopping)
        err_set(&e, ERR_SHUTTING_DOWN, "the gateway is about to end");
    else if (c->question.provider && !c->provider)
        err_set(&e, ERR_INTERNAL, "a provider that is no issuer was asked");
    else {
        oidc_step(c);
        return;
    }
    oidc_finish(c, &e);
}

static void *work(void *arg) {
    struct oidc_desk *d = arg;
    bool is_stopping = false;
    while (!is_stopping) {
        struct oidc_call *c;
        while ((c = take(d, &is_stopping)))
            begin(d, c, is_stopping);
        if (!is_stopping)
            oidc_http_run(d->http, WAIT_MS);
    }
    oidc_http_free(d->http); /* whoever waits, waits for one of its requests */
    return NULL;
}

static struct oidc_desk *make(const struct config *c) {
    struct oidc_desk *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    d->config = c;
    pthread_mutex_init(&d->lock, NULL);
    STAILQ_INIT(&d->queue);
    d->providers = calloc(c->provider_count, sizeof *d->providers);
    if (d->providers)
        return d;
    oidc_desk_free(d);
    return NULL;
}

bool oidc_desk_new(const struct config *c, struct oidc_desk **out, struct err *e) {
    *out = NULL;
    for (size_t i = 0; i < c->provider_count; i++) {
        if (c->providers[i].type != PROVIDER_OIDC && c->providers[i].type != PROVIDER_BEARER)
            continue;
        struct oidc_desk *d = *out ? *out : (*out = make(c));
        if (!d)
            return err_set(e, ERR_NO_MEMORY, "no memory for identity providers");
        if (!oidc_provider_init(&d->providers[d->count++], d, &c->providers[i], e))
            return false;
    }
    return true;
}

/* Signals are for the main thread. */
static bool start_thread(struct oidc_desk *d) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    d->has_thread = pthread_create(&d->thread, NULL, work, d) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return d->has_thread;
}

bool oidc_desk_start(struct oidc_desk *d, struct err *e) {
    if (!d)
        return true;
    oidc_http_init();
    d->http = oidc_http_new();
    if (d->http && start_thread(d))
        return true;
    oidc_http_free(d->http);
    return err_set(e, ERR_NO_MEMORY, "no memory for the thread that asks identity providers");
}

void oidc_desk_stop(struct oidc_desk *d) {
    if (!d || !d->has_thread)
        return;
    pthread_mutex_lock(&d->lock);
    bool was_stopping = d->is_stopping;
    d->is_stopping = true;
    if (!was_stopping)
        oidc_http_wake(d->http);
    pthread_mutex_unlock(&d->lock);
}

void oidc_desk_free(struct oidc_desk *d) {
    if (!d)
        return;
    oidc_desk_stop(d);
    if (d->has_thread)
        pthread_join(d->thread, NULL);
    for (size_t i = 0; i < d->count; i++)
        oidc_provider_fini(&d->providers[i]);
    free(d->providers);
    pthread_mutex_destroy(&d->lock);
    free(d);
}
