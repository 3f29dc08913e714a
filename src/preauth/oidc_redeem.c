/* SPDX-License-Identifier: Apache-2.0
 *
 * From a question to its answer: each step is gone when what it needs is there, and goes as far as
 * it can.
 */
#include "base/clock.h"
#include "base/encode.h"
#include "preauth/oidc_claims.h"
#include "preauth/oidc_int.h"

#include <jansson.h>
#include <stdlib.h>

enum { FORM_MAX = 64 * 1024, HINT_MAX = 6 * 1024, WORD_MAX = 64 };

static void fail(struct oidc_call *c, enum err_code code, const char *what) {
    struct err e;
    err_set(&e, code, "%s", what);
    oidc_finish(c, &e);
}

/* An error's name (RFC 6749 5.2), if it looks like one; never what else somebody may have written
 * there. */
static const char *error_of(const json_t *root, char word[WORD_MAX]) {
    const char *name = json_string_value(json_object_get(root, "error"));
    size_t n = 0;
    for (; name && name[n] && n + 1 < WORD_MAX; n++) {
        char c = name[n];
        if (!str_is_alnum(c) && c != '_' && c != '-')
            return "an error without a name";
        word[n] = name[n];
    }
    word[n] = 0;
    return n ? word : "an error without a name";
}

void oidc_answer_person(struct oidc_call *c, char *subject, char *claims) {
    struct err e;
    c->answer.subject = arena_cstr(&c->arena, str_of(subject));
    c->answer.claims = arena_cstr(&c->arena, str_of(claims));
    bool fits = c->answer.subject && c->answer.claims;
    free(subject);
    free(claims);
    err_set(&e, ERR_BUSY, "what %s says about a person does not fit %d bytes",
            c->provider->config->name, OIDC_TEXT_MAX);
    oidc_finish(c, fits ? NULL : &e);
}

static void answer_person(struct oidc_call *c) {
    char *subject, *claims;
    if (oidc_make_identity(&c->provider->config->oidc, c->claims, &subject, &claims))
        oidc_answer_person(c, subject, claims);
    else
        fail(c, ERR_NO_MEMORY, "no memory for a person's claims");
}

static void on_userinfo(void *user, int status, struct str body, const struct err *failed) {
    struct oidc_call *c = user;
    struct err e = *failed;
    if (e.code == ERR_NONE && status != 200)
        err_set(&e, ERR_IDP_ANSWER, "userinfo of %s answers with status %d",
                c->provider->config->oidc.issuer, status);
    if (e.code == ERR_NONE && oidc_add_userinfo(c->claims, body, &e))
        answer_person(c);
    else
        oidc_finish(c, &e);
}

static void ask_userinfo(struct oidc_call *c) {
    struct err e;
    char *bearer = arena_printf(&c->arena, "Bearer %s", c->access_token);
    struct oidc_http_request r = {.site = &c->provider->site,
                                  .url = c->provider->metadata.userinfo_endpoint,
                                  .authorization = bearer};
    if (!bearer)
        fail(c, ERR_NO_MEMORY, "no memory for a person's claims");
    else if (!oidc_http_ask(c->desk->http, &r, on_userinfo, c, &e))
        oidc_finish(c, &e);
}

static void check_person(struct oidc_call *c) {
    struct err e;
    const struct config_provider *p = c->provider->config;
    struct oidc_expect expect = {.c = &p->oidc,
                                 .nonce = c->question.nonce,
                                 .access_token = str_of(c->access_token),
                                 .now_s = clock_wall_s()};
    if (!oidc_check_id_token(&c->token, &expect, &e)) {
        oidc_finish(c, &e);
        return;
    }
    c->claims = json_copy(c->token.payload);
    struct str whole = buf_str(&c->token.text);
    json_object_del(c->claims, OIDC_HINT_CLAIM);
    if (c->provider->metadata.end_session_endpoint && whole.n <= HINT_MAX)
        json_object_set_new(c->claims, OIDC_HINT_CLAIM, json_stringn(whole.p, whole.n));
    if (c->provider->metadata.userinfo_endpoint && *c->access_token &&
        oidc_misses_claims(c->desk->config, p, c->claims))
        ask_userinfo(c);
    else
        answer_person(c);
}

static bool logout_came_before(struct oidc_desk *d, const unsigned char logout[SHA256_SIZE]) {
    pthread_mutex_lock(&d->lock);
    bool came = oidc_seen_has(&d->logouts, logout);
    pthread_mutex_unlock(&d->lock);
    return came;
}

static void check_logout(struct oidc_call *c) {
    struct err e;
    struct oidc_logout logout;
    struct oidc_expect expect = {.c = &c->provider->config->oidc, .now_s = clock_wall_s()};
    if (!oidc_check_logout_token(&c->token, &expect, &logout, &e)) {
        oidc_finish(c, &e);
        return;
    }
    char *once = arena_printf(&c->arena, "%s %s", expect.c->issuer, logout.id);
    secret_sha256(str_of(once), c->answer.logout);
    if (!once || logout_came_before(c->desk, c->answer.logout)) {
        fail(c, ERR_IDP_LOGOUT, "the logout token came before (jti)");
        return;
    }
    c->answer.sub = logout.subject; /* the token lives as long as the call */
    c->answer.sid = logout.sid;
    oidc_finish(c, NULL);
}

static enum err_code signature_code(enum oidc_kind kind) {
    if (kind == OIDC_LOGOUT)
        return ERR_IDP_LOGOUT;
    return kind == OIDC_BEARER ? ERR_BEARER_SIGNATURE : ERR_IDP_TOKEN;
}

/* By whose key, and only then what it says. */
static void verify(struct oidc_call *c) {
    struct oidc_provider *p = c->provider;
    bool is_logout = c->question.kind == OIDC_LOGOUT;
    enum err_code code = signature_code(c->question.kind);
    if (!oidc_provider_has_keys(p, c))
        return;
    enum jws_verified found = jws_public_verify(p->public, &c->token);
    if (found == JWS_UNKNOWN_KEY && !c->unknown_in)
        c->unknown_in = p->public_number;
    if (found == JWS_UNKNOWN_KEY && c->unknown_in == p->public_number) {
        if (oidc_provider_refetch(p, c, is_logout ? &p->logouts : &p->sign_ins))
            return;
        fail(c, code,
             "the token is signed with a key that is not in the provider's set, which was "
             "read several times in the last minute");
    } else if (found == JWS_UNKNOWN_KEY) {
        fail(c, code, "the token is signed with a key that is not in the provider's set (kid)");
    } else if (found == JWS_BAD) {
        fail(c, code, "the token's signature is not one of the key that it names");
    } else if (is_logout) {
        check_logout(c);
    } else if (c->question.kind == OIDC_BEARER) {
        oidc_check_bearer(c);
    } else {
        check_person(c);
    }
}

static bool read_tokens(struct oidc_call *c, const json_t *root, struct err *e) {
    const char *why, *id = json_string_value(json_object_get(root, "id_token"));
    const char *access = json_string_value(json_object_get(root, "access_token"));
    const char *type = json_string_value(json_object_get(root, "token_type"));
    const char *issuer = c->provider->config->oidc.issuer;
    if (!id)
        return err_set(e, ERR_IDP_ANSWER, "%s answers a code without an ID token", issuer);
    if (access && (!type || !str_eq_ci(str_of(type), STR("Bearer"))))
        access = NULL; /* RFC 6749 7.1: one of a kind that is not known is not used */
    for (size_t i = 0; access && access[i]; i++) /* RFC 6750 2.1 */
        if (access[i] <= ' ' || access[i] > '~')
            return err_set(e, ERR_IDP_ANSWER, "%s gives out an access token that is none", issuer);
    c->access_token = arena_cstr(&c->arena, str_of(access));
    if (!c->access_token)
        return err_set(e, ERR_NO_MEMORY, "the tokens of %s do not fit the memory", issuer);
    c->has_token = jws_token_parse(&c->token, str_of(id), &why);
    return c->has_token ||
           err_set(e, ERR_IDP_TOKEN_UNREADABLE, "the ID token of %s %s", issuer, why);
}

static void on_tokens(void *user, int status, struct str body, const struct err *failed) {
    struct oidc_call *c = user;
    struct err e = *failed;
    char word[WORD_MAX];
    const char *issuer = c->provider->config->oidc.issuer;
    json_t *root = json_loadb(body.p ? body.p : "", body.n, JSON_REJECT_DUPLICATES, NULL);
    if (e.code != ERR_NONE) {
        ;
    } else if (status >= 400) {
        err_set(&e, ERR_IDP_CODE, "%s answers the code of a sign-in with status %d and %s", issuer,
                status, error_of(root, word));
    } else if (status != 200 || !json_is_object(root)) {
        err_set(&e, ERR_IDP_ANSWER, "%s answers a code with something that is no JSON object",
                issuer);
    } else {
        read_tokens(c, root, &e);
    }
    json_decref(root);
    if (e.code == ERR_NONE)
        verify(c);
    else
        oidc_finish(c, &e);
}

static bool is_first(struct oidc_desk *d, struct str state) {
    unsigned char hash[SHA256_SIZE];
    secret_sha256(state, hash);
    bool is_new = !oidc_seen_has(&d->states, hash);
    if (is_new)
        oidc_seen_add(&d->states, hash);
    return is_new;
}

static void send_code(struct oidc_call *c) {
    struct err e;
    struct buf form, authorization;
    const struct oidc_question *q = &c->question;
    buf_init_secret(&form, FORM_MAX);
    buf_init_secret(&authorization, FORM_MAX);
    buf_add(&form, STR("grant_type=authorization_code&code="));
    encode_query(&form, q->code);
    buf_add(&form, STR("&redirect_uri="));
    encode_query(&form, q->redirect_uri);
    buf_add(&form, STR("&code_verifier="));
    encode_query(&form, q->verifier);
    bool is_made = oidc_provider_prove(c->provider, &form, &authorization);
    struct str text = buf_str(&form);
    struct oidc_http_request r = {
        .site = &c->provider->site, .url = c->provider->metadata.token_endpoint, .form = &text};
    if (buf_size(&authorization)) {
        buf_add_byte(&authorization, 0);
        r.authorization = buf_str(&authorization).p;
    }
    if (!is_made || authorization.failed)
        fail(c, ERR_NO_MEMORY, "no memory to redeem a code");
    else if (c->provider->metadata.sends_issuer && !q->has_issuer) /* RFC 9207 2.4 */
        fail(c, ERR_IDP_MIX_UP, "the answer does not say which issuer it is of (iss)");
    else if (!is_first(c->desk, q->state))
        fail(c, ERR_IDP_STATE, "this answer of the provider has been used already");
    else if (!oidc_http_ask(c->desk->http, &r, on_tokens, c, &e))
        oidc_finish(c, &e);
    buf_fini(&form);
    buf_fini(&authorization);
}

static bool is_for(const json_t *payload, const char *client) {
    const json_t *aud = json_object_get(payload, "aud"), *one;
    size_t i;
    json_array_foreach(aud, i, one) if (json_is_string(one) &&
                                        strcmp(json_string_value(one), client) == 0) return true;
    return json_is_string(aud) && strcmp(json_string_value(aud), client) == 0;
}

/* Which provider's it says it is; whether it is, its signature tells. */
static bool read_logout(struct oidc_call *c) {
    const char *why = "is of nobody who is known here";
    char text[160];
    c->has_token = jws_token_parse(&c->token, c->question.token, &why);
    const char *issuer =
        c->has_token ? json_string_value(json_object_get(c->token.payload, "iss")) : NULL;
    for (size_t i = 0; issuer && i < c->desk->count; i++) {
        struct oidc_provider *p = &c->desk->providers[i];
        if (p->config->type == PROVIDER_OIDC && strcmp(p->config->oidc.issuer, issuer) == 0 &&
            is_for(c->token.payload, p->config->oidc.client_id))
            c->provider = p;
    }
    if (c->provider)
        return true;
    if (c->has_token)
        why = "is of nobody who is known here (iss, aud)";
    snprintf(text, sizeof text, "the logout token %s", why);
    fail(c, ERR_IDP_LOGOUT, text);
    return false;
}

static void answer_where(struct oidc_call *c) {
    const struct oidc_metadata *m = &c->provider->metadata;
    c->answer.authorization_endpoint = arena_cstr(&c->arena, str_of(m->authorization_endpoint));
    if (m->end_session_endpoint)
        c->answer.end_session_endpoint = arena_cstr(&c->arena, str_of(m->end_session_endpoint));
    if (c->answer.authorization_endpoint)
        oidc_finish(c, NULL);
    else
        fail(c, ERR_NO_MEMORY, "no memory for a sign-in");
}

void oidc_step(struct oidc_call *c) {
    if (c->question.kind == OIDC_LOGOUT && !c->has_token && !read_logout(c))
        return;
    if (c->question.kind == OIDC_BEARER && !c->has_token && !oidc_read_bearer(c))
        return;
    c->answer.provider = c->provider->config;
    bool is_known = c->provider->metadata.jwks_uri != NULL;
    if (c->question.kind == OIDC_WHERE && c->question.is_only_known && !is_known) {
        fail(c, ERR_IDP_DOWN, "nothing is known of the provider yet");
        return;
    }
    if (!(c->question.is_only_known && is_known) && !oidc_provider_has_metadata(c->provider, c))
        return;
    if (c->question.kind == OIDC_WHERE)
        answer_where(c);
    else if (c->has_token)
        verify(c);
    else
        send_code(c);
}
