/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/renewal.h"

#include "base/clock.h"
#include "base/secret.h"
#include "net/timer.h"
#include "preauth/local_wait.h"
#include "preauth/oidc_claims.h"
#include "preauth/oidc_desk.h"
#include "session/session_renew.h"

#include <stdlib.h>

enum {
    AGAIN_MS = 100,             /* until the lease of somebody else is looked at again */
    TOLD_US = 60 * 1000 * 1000, /* between two events about a provider that does not answer */
    LEASE_MORE_S = 5,
    QUESTIONS = 4, /* that a renewal may ask the provider, one after the other: metadata, token,
                      keys and userinfo */
};

static const struct err FINE = {.code = ERR_NONE};

struct waiter {
    struct local_wait wait; /* first: they are the same to the caller */
    struct renewing *renewing;
    renewal_done_fn *done;
    void *user;
    STAILQ_ENTRY(waiter) in_waiters;
};

struct renewing {
    struct local_tools *t;
    const struct config_provider *provider;
    struct session *session;
    char cookie[SESSION_TOKEN_SIZE];
    struct activity activity; /* of the request behind which it began */
    struct oidc_call *asked;
    struct session_call *call;
    struct timer *again; /* NULL: nobody else was in the way */
    bool has_lease;
    int64_t until_us; /* to wait for the lease */
    struct err over;  /* why the provider has ended it */
    STAILQ_HEAD(, waiter) waiters;
    LIST_ENTRY(renewing) in_all;
};

static void give_up(struct renewing *r) {
    if (r->has_lease)
        session_renewal_give_up(r->t->sessions, r->session);
    r->has_lease = false;
}

static void renewing_free(struct renewing *r) {
    LIST_REMOVE(r, in_all);
    r->t->renewal_count--;
    oidc_cancel(r->asked);
    session_cancel(r->call);
    timer_free(r->again);
    session_unref(r->session);
    secret_wipe(r->cookie, sizeof r->cookie);
    free(r);
}

/* With a reference to the session, or none. What is told may take others out of the list. */
static void finish(struct renewing *r, struct session *session, const struct err *e) {
    struct waiter *w;
    struct err copy = *e;
    while ((w = STAILQ_FIRST(&r->waiters))) {
        renewal_done_fn *done = w->done;
        void *user = w->user;
        STAILQ_REMOVE_HEAD(&r->waiters, in_waiters);
        free(w);
        done(user, session ? session_ref(session) : NULL, &copy);
    }
    session_unref(session);
    renewing_free(r);
}

/* Many sessions may find the provider silent at the same time. */
static void fail(struct renewing *r, const struct err *e) {
    int64_t now_us = clock_mono_us();
    give_up(r);
    if (now_us >= r->t->renewal_told_us && e->code != ERR_SHUTTING_DOWN) {
        sink_event(r->t->sink, err_info(e->code)->event, &r->activity, e->detail);
        r->t->renewal_told_us = now_us + TOLD_US;
    }
    finish(r, NULL, e);
}

static void fail_memory(struct renewing *r) {
    struct err e;
    err_set(&e, ERR_NO_MEMORY, "no memory to renew a session");
    fail(r, &e);
}

/* Who goes on in the session as it was is cut only where it makes a difference. */
static void replace(struct renewing *r, struct session *session) {
    const struct identity *before = session_identity(r->session);
    if (session && oidc_changes_access(r->t->config, r->provider, before->parsed,
                                       session_identity(session)->parsed))
        session_outdate(r->session, session);
    finish(r, session, &FINE);
}

static void on_renewed(void *user, struct session *session, const struct err *e) {
    struct renewing *r = user;
    r->call = NULL;
    if (e->code != ERR_NONE) {
        fail(r, e);
        return;
    }
    r->has_lease = false;
    replace(r, session);
}

static void renew(struct renewing *r, const struct oidc_answer *told) {
    struct identity who = {.provider = r->provider->name,
                           .subject = (char *)told->subject,
                           .claims = (char *)told->claims,
                           .refresh_token = (char *)told->refresh_token};
    struct session_renewed renewed = {
        .session = r->session, .cookie = str_of(r->cookie), .as = &who};
    r->call = session_renew(r->t->sessions, r->t->loop, &renewed, on_renewed, r);
    if (!r->call)
        fail_memory(r);
}

static void on_ended(void *user, struct session *none, const struct err *e) {
    struct renewing *r = user;
    struct session_ended ended = {.at = {r->session}, .count = 1, .total = 1};
    r->call = NULL;
    session_unref(none);
    if (e->code != ERR_NONE) {
        fail(r, e);
        return;
    }
    r->has_lease = false;
    if (r->t->signed_out)
        r->t->signed_out(r->t->signed_out_user, &ended);
    sink_event(r->t->sink, err_info(r->over.code)->event, &r->activity, r->over.detail);
    finish(r, NULL, &FINE);
}

static void on_told(void *user, const struct oidc_answer *told) {
    struct renewing *r = user;
    r->asked = NULL;
    if (told->err.code == ERR_NONE) {
        renew(r, told);
        return;
    }
    if (told->err.code != ERR_IDP_GRANT) {
        fail(r, &told->err);
        return;
    }
    r->over = told->err;
    r->call = session_end(r->t->sessions, r->t->loop, r->session, on_ended, r);
    if (!r->call)
        fail_memory(r);
}

static void ask_provider(struct renewing *r) {
    struct buf token;
    struct oidc_question q = {.kind = OIDC_REFRESH,
                              .provider = r->provider,
                              .claims = str_of(session_identity(r->session)->claims)};
    buf_init_secret(&token, SESSION_REFRESH_TOKEN_MAX);
    r->has_lease = true;
    if (session_unseal(r->session, str_of(r->cookie), &token)) {
        q.token = buf_str(&token);
        r->asked = oidc_ask(r->t->desk, r->t->loop, &q, on_told, r);
    }
    buf_fini(&token);
    if (!r->asked)
        fail_memory(r);
}

static void on_begun(void *user, enum session_renewal what, struct session *session,
                     const struct err *e);

static bool begin(struct renewing *r) {
    int64_t lease_s = QUESTIONS * r->provider->oidc.timeout_ms / 1000 + LEASE_MORE_S;
    r->call = session_renewal_begin(r->t->sessions, r->t->loop, r->session, lease_s, on_begun, r);
    return r->call != NULL;
}

static void on_again(void *user) {
    struct renewing *r = user;
    if (STAILQ_EMPTY(&r->waiters))
        finish(r, NULL, &FINE);
    else if (!begin(r))
        fail_memory(r);
}

/* Somebody else renews it, perhaps another process. */
static void wait_turn(struct renewing *r) {
    struct err e;
    if (STAILQ_EMPTY(&r->waiters)) {
        finish(r, NULL, &FINE);
        return;
    }
    if (!r->again)
        r->again = timer_new(r->t->loop, on_again, r);
    if (r->again && clock_mono_us() < r->until_us) {
        timer_start(r->again, AGAIN_MS);
        return;
    }
    err_set(&e, ERR_IDP_DOWN,
            "the provider %s was asked about the session already, and no answer came",
            r->provider->name);
    fail(r, &e);
}

static void on_begun(void *user, enum session_renewal what, struct session *session,
                     const struct err *e) {
    struct renewing *r = user;
    r->call = NULL;
    if (e->code != ERR_NONE)
        fail(r, e);
    else if (what == SESSION_RENEWAL_OURS)
        ask_provider(r);
    else if (what == SESSION_RENEWAL_BUSY)
        wait_turn(r);
    else
        replace(r, session);
}

static struct renewing *find(const struct local_tools *t, const struct session *s) {
    struct renewing *r;
    LIST_FOREACH(r, &t->renewals, in_all) {
        if (strcmp(session_public_id(r->session), session_public_id(s)) == 0)
            return r;
    }
    return NULL;
}

static struct renewing *start(struct local_tools *t, const struct config_provider *p,
                              const struct renewal_request *q) {
    struct renewing *r = q->cookie.n < SESSION_TOKEN_SIZE ? calloc(1, sizeof *r) : NULL;
    if (!r)
        return NULL;
    r->t = t;
    r->provider = p;
    r->session = session_ref(q->session);
    r->activity = *q->activity;
    activity_text(r->activity.user, sizeof r->activity.user,
                  str_of(session_identity(r->session)->subject));
    memcpy(r->cookie, q->cookie.p, q->cookie.n);
    STAILQ_INIT(&r->waiters);
    LIST_INSERT_HEAD(&t->renewals, r, in_all);
    t->renewal_count++;
    r->until_us = clock_mono_us() + (QUESTIONS * p->oidc.timeout_ms + LEASE_MORE_S * 1000) * 1000;
    if (begin(r))
        return r;
    renewing_free(r);
    return NULL;
}

static void cancel(struct local_wait *wait) {
    struct waiter *w = (struct waiter *)wait;
    STAILQ_REMOVE(&w->renewing->waiters, w, waiter, in_waiters);
    free(w);
}

static bool await(struct renewing *r, const struct renewal_request *q, struct local_wait **wait) {
    struct waiter *w = calloc(1, sizeof *w);
    if (!w)
        return false;
    *w = (struct waiter){

        .wait = {.cancel = cancel}, .renewing = r, .done = q->done, .user = q->user};
    STAILQ_INSERT_TAIL(&r->waiters, w, in_waiters);
    *wait = &w->wait;
    return true;
}

static const struct config_provider *provider_of(const struct local_tools *t,
                                                 const struct session *s) {
    const char *name = session_identity(s)->provider;
    for (size_t i = 0; t->desk && i < t->config->provider_count; i++) {
        const struct config_provider *p = &t->config->providers[i];
        if (p->type == PROVIDER_OIDC && p->oidc.refresh_s && strcmp(p->name, name) == 0)
            return p;
    }
    return NULL;
}

static enum renewal_result refuse(struct err *e, enum err_code code, const char *what) {
    err_set(e, code, "%s", what);
    return RENEWAL_FAILED;
}

/* The request cannot go on without an answer. */
static enum renewal_result demand(struct local_tools *t, const struct config_provider *p,
                                  const struct renewal_request *q, struct local_wait **wait,
                                  struct err *e) {
    struct renewing *r = find(t, q->session);
    if (!session_is_renewable(q->session))
        return RENEWAL_OVER; /* of a time without refresh */
    if (!r && session_renewal_has_failed(t->sessions, q->session))
        return refuse(e, ERR_IDP_DOWN,
                      "what is known of the person is older than refresh_limit, and the provider "
                      "did not answer a moment ago");
    if (!r && t->renewal_count >= RENEWALS_MAX)
        return refuse(e, ERR_BUSY, "too many sessions are being renewed");
    if (!r)
        r = start(t, p, q);
    return r && await(r, q, wait) ? RENEWAL_LATER
                                  : refuse(e, ERR_NO_MEMORY, "no memory to renew a session");
}

enum renewal_result renewal_check(struct local_tools *t, const struct renewal_request *q,
                                  struct local_wait **wait, struct err *e) {
    const struct config_provider *p = provider_of(t, q->session);
    int64_t age_s = clock_wall_s() - session_renewed_s(q->session);
    *wait = NULL;
    if (!p || (age_s >= 0 && age_s < p->oidc.refresh_s))
        return RENEWAL_GO_ON;
    if (age_s >= p->oidc.refresh_limit_s)
        return demand(t, p, q, wait, e);
    if (session_is_renewable(q->session) && !find(t, q->session) &&
        !session_renewal_has_failed(t->sessions, q->session) &&
        t->renewal_count < RENEWALS_BEHIND_MAX)
        start(t, p, q);
    return RENEWAL_GO_ON;
}

bool renewal_is_under_way(const struct local_tools *t) { return !LIST_EMPTY(&t->renewals); }

void renewal_fini(struct local_tools *t) {
    struct renewing *r, *next;
    for (r = LIST_FIRST(&t->renewals); r; r = next) {
        next = LIST_NEXT(r, in_all);
        give_up(r);
        renewing_free(r);
    }
}
