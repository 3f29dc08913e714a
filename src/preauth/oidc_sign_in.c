/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/oidc_sign_in.h"

#include "base/clock.h"
#include "http/cookie.h"
#include "http/form.h"
#include "preauth/admission.h"
#include "preauth/choice.h"
#include "preauth/local_wait.h"
#include "preauth/oidc_authorize.h"
#include "preauth/oidc_desk.h"

#include <stdlib.h>

enum { CODE_MAX = 2048, WORD_MAX = 64 };

struct visit {
    struct local_wait wait; /* first: they are the same to the caller */
    struct local_tools *t;
    const struct local_request *r;
    struct local_later later;
    const struct config_app *app; /* that the person wants to go to */
    const struct config_provider *provider;
    struct oidc_flow flow;
    struct oidc_call *asked; /* of the desk, while waiting for it */
    struct admission *admission;
};

static void cancel(struct local_wait *w) {
    struct visit *v = (struct visit *)w;
    oidc_cancel(v->asked);
    admission_cancel(v->admission);
    free(v);
}

static void answer(struct visit *v, const struct page *page) {
    struct local_later later = v->later;
    free(v);
    later.done(later.user, page);
}

/* A flow that has come to its end, good or bad, is none any more. */
static bool forget_flow(const struct local_request *r, struct str state, struct page *p) {
    if (!oidc_flow_is_state(state))
        return true;
    struct str name = oidc_flow_cookie(r->arena, state);
    struct str over = name.p ? cookie_format(r->arena, name, STR(""), 0, 0) : STR_NONE;
    return over.p && page_header(r->arena, p, STR("Set-Cookie"), over);
}

static bool refuse(const struct local_request *r, struct str state, const struct err *e,
                   struct page *p) {
    r->activity->err = *e;
    return page_error(r->arena, p, e, r->activity, &r->message->headers) &&
           forget_flow(r, state, p);
}

static void refuse_later(struct visit *v, const struct err *e) {
    struct page page;
    bool is_made = refuse(v->r, v->flow.state, e, &page);
    answer(v, is_made ? &page : NULL);
}

static struct visit *visit_new(struct local_tools *t, const struct local_request *r,
                               const struct local_later *later) {
    struct visit *v = calloc(1, sizeof *v);
    if (v)
        *v = (struct visit){.wait = {.cancel = cancel}, .t = t, .r = r, .later = *later};
    return v;
}

/* The way to the provider, with the cookie of this flow; at the limit the oldest one ends. */
static bool send_away(struct visit *v, const char *endpoint, struct page *p) {
    struct arena *a = v->r->arena;
    struct str surplus[OIDC_FLOWS_SEEN], value;
    const unsigned char *key = v->t->note_key;
    size_t count = oidc_flow_surplus(a, key, &v->r->message->headers, surplus);
    if (!oidc_flow_begin(a, &v->flow))
        return false;
    if (!oidc_flow_seal(a, key, &v->flow, &value)) {
        v->flow.to = v->app->external.path; /* too long to be taken along */
        if (!oidc_flow_seal(a, key, &v->flow, &value))
            return false;
    }
    struct str url = oidc_authorize_url(a, &v->provider->oidc, endpoint, &v->flow);
    struct str name = oidc_flow_cookie(a, v->flow.state);
    struct str cookie = name.p ? cookie_format(a, name, value, OIDC_FLOW_S, 0) : STR_NONE;
    bool is_made = url.p && cookie.p && page_redirect(a, p, 303, url) &&
                   page_header(a, p, STR("Set-Cookie"), cookie) &&
                   choice_remember(a, v->app, v->provider, p);
    for (size_t i = 0; is_made && i < count; i++) {
        struct str over = cookie_format(a, surplus[i], STR(""), 0, 0);
        is_made = over.p && page_header(a, p, STR("Set-Cookie"), over);
    }
    return is_made;
}

static void on_where(void *user, const struct oidc_answer *told) {
    struct visit *v = user;
    struct page page;
    v->asked = NULL;
    if (told->err.code != ERR_NONE) {
        refuse_later(v, &told->err);
        return;
    }
    bool is_made = send_away(v, told->authorization_endpoint, &page);
    answer(v, is_made ? &page : NULL);
}

enum local_result oidc_sign_in_start(struct local_tools *t, const struct local_request *r,
                                     const struct oidc_entry *entry,
                                     const struct local_later *later, struct page *page,
                                     struct local_wait **wait) {
    struct visit *v = visit_new(t, r, later);
    (void)page;
    if (!v)
        return LOCAL_FULL;
    v->app = entry->app;
    v->provider = entry->provider;
    v->flow = (struct oidc_flow){.provider = str_of(v->provider->name),
                                 .origin = v->app->external.origin,
                                 .to = entry->to,
                                 .begun_s = clock_wall_s()};
    struct oidc_question q = {.kind = OIDC_WHERE, .provider = v->provider};
    v->asked = oidc_ask(t->desk, t->loop, &q, on_where, v);
    if (!v->asked) {
        free(v);
        return LOCAL_FULL;
    }
    *wait = &v->wait;
    return LOCAL_LATER;
}

static void on_admitted(void *user, const struct page *page, const struct err *e) {
    struct visit *v = user;
    v->admission = NULL;
    if (e->code != ERR_NONE) {
        refuse_later(v, e);
        return;
    }
    struct page p = page ? *page : (struct page){0};
    answer(v, page && forget_flow(v->r, v->flow.state, &p) ? &p : NULL);
}

static void on_redeemed(void *user, const struct oidc_answer *told) {
    struct visit *v = user;
    struct err e;
    v->asked = NULL;
    if (told->err.code != ERR_NONE) {
        refuse_later(v, &told->err);
        return;
    }
    /* Its copy is not const, this one is only read. */
    struct identity who = {.provider = v->provider->name,
                           .subject = (char *)told->subject,
                           .claims = (char *)told->claims,
                           .refresh_token = (char *)told->refresh_token};
    const char *how = arena_printf(v->r->arena, "signed in by %s", v->provider->name);
    struct admission_way way = {v->t, v->r, v->app, v->flow.to, how};
    v->admission = how ? admit(&way, &who, on_admitted, v) : NULL;
    if (!v->admission) {
        err_set(&e, ERR_NO_MEMORY, "no memory for a session");
        refuse_later(v, &e);
    }
}

/* What the provider answers, as far as it can be told without asking it. */
struct callback {
    struct str query, state, code, issuer;
    bool has_issuer;
};

static const struct config_provider *provider_named(const struct config *c, struct str name) {
    for (size_t i = 0; i < c->provider_count; i++)
        if (c->providers[i].type == PROVIDER_OIDC && str_eq(str_of(c->providers[i].name), name))
            return &c->providers[i];
    return NULL;
}

/* An error's name (RFC 6749 4.1.2.1), if it looks like one. */
static bool refused(const struct config_provider *p, struct str name, struct err *e) {
    for (size_t i = 0; i < name.n; i++) {
        char c = str_lower(name.p[i]);
        if ((!(c >= 'a' && c <= 'z') && c != '_') || name.n > WORD_MAX)
            name = STR("an error without a name");
    }
    return err_set(e, ERR_IDP_REFUSED, "the provider %s answers with %.*s", p->name, STR_ARG(name));
}

/* This browser began it here, and the app that it is for is still one of the provider's. */
static bool find_flow(struct visit *v, struct callback *c, struct err *e) {
    const struct local_request *r = v->r;
    const char *why;
    c->query = str_from(r->target->query, 1);
    if (!form_get(r->arena, c->query, STR("state"), &c->state))
        c->state = STR_NONE;
    if (!oidc_flow_open(r->arena, v->t->note_key, &r->message->headers, c->state,
                        r->app->external.origin, clock_wall_s(), &v->flow, &why))
        return err_set(e, ERR_IDP_STATE, "the answer of a provider %s", why);
    v->provider = provider_named(v->t->config, v->flow.provider);
    struct str to = v->flow.to;
    if (!local_destination(v->t, r->arena, r->app, to, &v->app, &v->flow.to))
        return err_set(e, ERR_NO_MEMORY, "no memory for a sign-in");
    return (v->provider && config_app_has(v->app, v->provider)) ||
           err_set(e, ERR_IDP_STATE, "the app is not signed in to by the provider %.*s any more",
                   STR_ARG(v->flow.provider));
}

static bool read_callback(struct visit *v, struct callback *c, struct err *e) {
    struct arena *a = v->r->arena;
    struct str error;
    if (!find_flow(v, c, e))
        return false;
    c->has_issuer = form_get(a, c->query, STR("iss"), &c->issuer);
    if (c->has_issuer && !str_eq(c->issuer, str_of(v->provider->oidc.issuer)))
        return err_set(e, ERR_IDP_MIX_UP,
                       "the answer is not of the issuer that was asked, %s (iss)",
                       v->provider->oidc.issuer);
    if (form_get(a, c->query, STR("error"), &error))
        return refused(v->provider, error, e);
    if (!form_get(a, c->query, STR("code"), &c->code) || c->code.n == 0 || c->code.n > CODE_MAX)
        return err_set(e, ERR_IDP_REFUSED, "the answer of the provider %s has no code, or several",
                       v->provider->name);
    return true;
}

enum local_result oidc_sign_in_end(struct local_tools *t, const struct local_request *r,
                                   const struct local_later *later, struct page *page,
                                   struct local_wait **wait) {
    struct err e;
    struct callback c = {.has_issuer = false};
    struct visit *v = visit_new(t, r, later);
    if (!v)
        return LOCAL_FULL;
    if (!read_callback(v, &c, &e)) {
        /* Only a flow that was this browser's is over by this. */
        bool is_made = refuse(r, e.code == ERR_IDP_STATE ? STR_NONE : c.state, &e, page);
        free(v);
        return is_made ? LOCAL_NOW : LOCAL_FULL;
    }
    struct oidc_question q = {.kind = OIDC_REDEEM,
                              .provider = v->provider,
                              .code = c.code,
                              .state = v->flow.state,
                              .verifier = v->flow.verifier,
                              .nonce = v->flow.nonce,
                              .has_issuer = c.has_issuer,
                              .redirect_uri = oidc_callback_url(r->arena, v->flow.origin)};
    v->asked = oidc_ask(t->desk, t->loop, &q, on_redeemed, v);
    if (!v->asked) {
        free(v);
        return LOCAL_FULL;
    }
    *wait = &v->wait;
    return LOCAL_LATER;
}
