/* SPDX-License-Identifier: Apache-2.0
 *
 * People and programs who show an access token with each request (RFC 6750): let in, or told why
 * not, and never sent anywhere.
 */
#include "connector/authorize.h"
#include "gateway/walk_state.h"

enum { SCOPES_MAX = 64 };

static void on_bearer(void *user, struct session *session, const struct err *e) {
    struct walk *w = user;
    w->bearer_call = NULL;
    w->session = session;
    if (session)
        walk_enter(w);
    else
        walk_refuse_bearer(w, e);
}

bool walk_takes_bearer(struct walk *w) {
    struct err e;
    const struct server_shared *shared = w->server->shared;
    struct bearer_request r = {.app = w->app,
                               .headers = &w->message.headers,
                               .query = w->target.query,
                               .cache = shared->bearers,
                               .desk = shared->desk,
                               .loop = w->server->loop};
    if (!shared->bearers || !config_app_provider_of(w->app, PROVIDER_BEARER))
        return false;
    enum bearer_found found = bearer_find(&r, on_bearer, w, &w->session, &w->bearer_call, &e);
    w->is_bearer = found != BEARER_NONE;
    if (found == BEARER_FOUND)
        walk_enter(w);
    else if (found == BEARER_REFUSED)
        walk_refuse_bearer(w, &e);
    return w->is_bearer;
}

static void refuse(struct walk *w, const struct err *e, const char *challenge) {
    if (challenge)
        walk_fail_with(w, e, STR("WWW-Authenticate"), str_of(challenge));
    else
        walk_fail_memory(w);
}

void walk_refuse_bearer(struct walk *w, const struct err *e) {
    const struct config_provider *p = bearer_only_provider(w->app);
    struct bearer_wanted wanted = p ? bearer_wanted_by(p) : (struct bearer_wanted){.scopes = NULL};
    bool is_begun = w->reply->is_answer_begun;
    if (!is_begun && bearer_is_refusal(e))
        refuse(w, e, bearer_challenge(&w->arena, w->app, e, &wanted));
    else if (!is_begun && err_info(e->code)->status == 503)
        walk_fail_with(w, e, STR("Retry-After"), STR("1"));
    else
        walk_fail(w, e);
}

static bool has(const struct identity *who, const char *claim, const char *value) {
    for (size_t i = 0; i < identity_claim_count(who, claim); i++)
        if (strcmp(identity_claim_at(who, claim, i), value) == 0)
            return true;
    return false;
}

/* Those of a rule's scopes that would have been needed: all that are missing of `all`, and `any`
 * when there is none of it. */
static size_t missing_scopes(const struct config_allow *a, const struct identity *who,
                             char *scopes[SCOPES_MAX]) {
    size_t count = 0;
    for (size_t i = 0; i < a->claim_count; i++) {
        const struct config_claim *c = &a->claims[i];
        bool has_any = c->any_count == 0;
        if (strcmp(c->claim, "scope") != 0)
            continue;
        for (size_t k = 0; k < c->all_count && count < SCOPES_MAX; k++)
            if (!has(who, c->claim, c->all[k]))
                scopes[count++] = c->all[k];
        for (size_t k = 0; k < c->any_count; k++)
            has_any |= has(who, c->claim, c->any[k]);
        for (size_t k = 0; !has_any && k < c->any_count && count < SCOPES_MAX; k++)
            scopes[count++] = c->any[k];
    }
    return count;
}

static bool lacks_acr(const struct config_allow *a, const struct identity *who) {
    bool has_one = !a->acr;
    for (size_t i = 0; a->acr && i < a->acr_count; i++)
        has_one |= has(who, CLAIM_ACR, a->acr[i]);
    return !has_one;
}

/* What is missing of it: the word for the client, whose next token may have it. */
static enum err_code lacks(const struct config_allow *a, const struct identity *who,
                           struct bearer_wanted *wanted, char *scopes[SCOPES_MAX]) {
    *wanted = (struct bearer_wanted){.scopes = scopes,
                                     .scope_count = missing_scopes(a, who, scopes),
                                     .acr_values = a->acr,
                                     .acr_value_count = a->acr_count};
    if (wanted->scope_count)
        return ERR_BEARER_SCOPE;
    return lacks_acr(a, who) ? ERR_BEARER_WEAK : ERR_NONE;
}

/* The rule and where it stands are for the event alone. */
void walk_forbid_bearer(struct walk *w, const struct err *e) {
    struct authorized decided;
    struct bearer_wanted wanted;
    struct err noted = *e, told;
    char *scopes[SCOPES_MAX];
    const struct identity *who = session_identity(w->session);
    struct authorize_request r = {.config = w->server->shared->config,
                                  .app = w->app,
                                  .who = who,
                                  .method = w->message.method,
                                  .path = w->target.path,
                                  .from = &w->peer.any};
    authorize_explain(&r, &decided);
    const struct config_allow *a =
        decided.rule ? &decided.rule->allow : &config_app_written(w->app)->allow;
    enum err_code code = lacks(a, who, &wanted, scopes);
    if (code == ERR_NONE) {
        walk_fail(w, e);
        return;
    }
    noted.code = code;
    err_set(&told, code, "the access token is not good for this at this application");
    refuse(w, &noted, bearer_challenge(&w->arena, w->app, &told, &wanted));
}

bool walk_add_challenge(struct walk *w, struct page *p) {
    if (!config_app_provider_of(w->app, PROVIDER_BEARER))
        return true;
    char *text = bearer_challenge(&w->arena, w->app, NULL, NULL);
    return text && page_header(&w->arena, p, STR("WWW-Authenticate"), str_of(text));
}
