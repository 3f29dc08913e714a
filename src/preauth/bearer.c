/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/bearer.h"

#include "base/clock.h"
#include "preauth/bearer_token.h"
#include "preauth/claim.h"

#include <jansson.h>
#include <stdlib.h>

struct bearer_call {
    struct oidc_call *asked;
    struct bearer_cache *cache;
    const struct config_app *app;
    unsigned char hash[SHA256_SIZE];
    bearer_done_fn *done;
    void *user;
};

/* A token is one thing at one app: another one may have other issuers, or other names. False: no
 * memory. */
static bool hash_token(const struct config_app *app, struct str token,
                       unsigned char hash[SHA256_SIZE]) {
    struct buf text;
    buf_init_secret(&text, JWS_TOKEN_MAX + 2 * 1024);
    buf_add_all(&text,
                (struct str[]){str_of(app->name), STR("\n"), app->external.host, STR("\n"), token},
                5);
    bool is_whole = !text.failed;
    secret_sha256(buf_str(&text), hash);
    buf_fini(&text);
    return is_whole;
}

/* Among the app's issuers the one that the token says it is of, and meant for. */
static const struct config_provider *choose(const struct config_app *app, const struct jws_token *t,
                                            struct err *e) {
    const char *issuer = claim_text(t->payload, "iss");
    int64_t ends_s;
    err_set(e, ERR_BEARER_TOKEN, "the access token is of another issuer (iss)");
    for (size_t i = 0; issuer && i < app->provider_count; i++) {
        const struct config_provider *p = app->providers[i];
        if (p->type == PROVIDER_BEARER && strcmp(p->oidc.issuer, issuer) == 0 &&
            bearer_check(t, &p->oidc, clock_wall_s(), &ends_s, e))
            return p;
    }
    return NULL;
}

static const struct config_provider *look_at(const struct config_app *app, struct str token,
                                             struct err *e) {
    struct jws_token t;
    const char *why;
    if (!jws_token_parse(&t, token, &why)) {
        err_set(e, ERR_BEARER_UNREADABLE, "the access token %s", why);
        return NULL;
    }
    const struct config_provider *provider = choose(app, &t, e);
    jws_token_fini(&t);
    return provider;
}

static struct session *admit(const struct bearer_call *c, const struct oidc_answer *a) {
    struct identity who = {
        .provider = a->provider->name, .subject = (char *)a->subject, .claims = (char *)a->claims};
    struct session *session = session_passing(&who, c->app->external.host, a->ends_s);
    int64_t until_s = clock_wall_s() + a->provider->oidc.keep_s;
    if (session)
        bearer_cache_keep(c->cache, c->hash, session, until_s < a->ends_s ? until_s : a->ends_s);
    return session;
}

static void on_answer(void *user, const struct oidc_answer *a) {
    struct bearer_call *c = user;
    struct err e = a->err;
    struct session *session = e.code == ERR_NONE ? admit(c, a) : NULL;
    if (e.code == ERR_NONE && !session)
        err_set(&e, ERR_NO_MEMORY, "no memory for what an access token says");
    c->done(c->user, session, &e);
    free(c);
}

static bool ask(const struct bearer_request *r, const struct oidc_question *q,
                struct bearer_call *c, struct err *e) {
    if (c)
        c->asked = oidc_ask(r->desk, r->loop, q, on_answer, c);
    if (c && c->asked)
        return true;
    free(c);
    return err_set(e, ERR_NO_MEMORY, "no memory to have an access token checked");
}

enum bearer_found bearer_find(const struct bearer_request *r, bearer_done_fn *done, void *user,
                              struct session **out, struct bearer_call **call, struct err *e) {
    struct oidc_question q = {.kind = OIDC_BEARER};
    unsigned char hash[SHA256_SIZE];
    switch (bearer_read(r->headers, r->query, &q.token, e)) {
    case BEARER_NOT_SENT:
        return BEARER_NONE;
    case BEARER_WRONG:
        return BEARER_REFUSED;
    case BEARER_SENT:
        break;
    }
    if (q.token.n > JWS_TOKEN_MAX) {
        err_set(e, ERR_BEARER_UNREADABLE, "the access token is longer than %d bytes",
                JWS_TOKEN_MAX);
        return BEARER_REFUSED;
    }
    if (!hash_token(r->app, q.token, hash)) {
        err_set(e, ERR_NO_MEMORY, "no memory to look for an access token");
        return BEARER_REFUSED;
    }
    *out = bearer_cache_find(r->cache, hash, clock_wall_s());
    if (*out)
        return BEARER_FOUND;
    q.provider = look_at(r->app, q.token, e);
    if (!q.provider)
        return BEARER_REFUSED;
    struct bearer_call *c = calloc(1, sizeof *c);
    if (c) {
        *c = (struct bearer_call){.cache = r->cache, .app = r->app, .done = done, .user = user};
        memcpy(c->hash, hash, sizeof hash);
    }
    if (!ask(r, &q, c, e))
        return BEARER_REFUSED;
    *call = c;
    return BEARER_ASKED;
}

void bearer_cancel(struct bearer_call *c) {
    if (!c)
        return;
    oidc_cancel(c->asked);
    free(c);
}
