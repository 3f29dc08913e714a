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

enum { FORM_MAX = 64 * 1024, HINT_MAX = 6 * 1024 };

void oidc_fail(struct oidc_call *c, enum err_code code, const char *what) {
    struct err e;
    err_set(&e, code, "%s", what);
    oidc_finish(c, &e);
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
        oidc_fail(c, ERR_NO_MEMORY, "no memory for a person's claims");
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
        oidc_fail(c, ERR_NO_MEMORY, "no memory for a person's claims");
    else if (!oidc_http_ask(c->desk->http, &r, on_userinfo, c, &e))
        oidc_finish(c, &e);
}

static void add_userinfo(struct oidc_call *c) {
    if (c->provider->metadata.userinfo_endpoint && *c->access_token &&
        oidc_misses_claims(c->desk->config, c->provider->config, c->claims))
        ask_userinfo(c);
    else
        answer_person(c);
}

/* With the ID token itself, for the provider's own sign-out. */
static bool take_claims(struct oidc_call *c) {
    struct str whole = buf_str(&c->token.text);
    c->claims = json_copy(c->token.payload);
    json_object_del(c->claims, OIDC_HINT_CLAIM);
    if (c->provider->metadata.end_session_endpoint && whole.n <= HINT_MAX)
        json_object_set_new(c->claims, OIDC_HINT_CLAIM, json_stringn(whole.p, whole.n));
    return c->claims && oidc_keep_claims(c->claims, c->before);
}

static void check_person(struct oidc_call *c) {
    struct err e;
    struct oidc_expect expect = {.c = &c->provider->config->oidc,
                                 .nonce = c->question.nonce,
                                 .sub = json_string_value(json_object_get(c->before, "sub")),
                                 .access_token = str_of(c->access_token),
                                 .now_s = clock_wall_s()};
    if (!oidc_check_id_token(&c->token, &expect, &e))
        oidc_finish(c, &e);
    else if (!take_claims(c))
        oidc_fail(c, ERR_NO_MEMORY, "no memory for a person's claims");
    else
        add_userinfo(c);
}

/* A refresh need not bring an ID token (OpenID Connect Core 12.2): what is not about the sign-in is
 * in userinfo alone then. */
static void check_nobody(struct oidc_call *c) {
    c->claims = json_object();
    json_object_set(c->claims, "sub", json_object_get(c->before, "sub"));
    if (!c->claims || !oidc_keep_claims(c->claims, c->before))
        oidc_fail(c, ERR_NO_MEMORY, "no memory for a person's claims");
    else if (c->provider->metadata.userinfo_endpoint && *c->access_token)
        ask_userinfo(c);
    else
        oidc_fail(c, ERR_IDP_ANSWER,
                  "the provider answers a refresh token with neither an ID token nor an access "
                  "token for userinfo");
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
        oidc_fail(c, ERR_IDP_LOGOUT, "the logout token came before (jti)");
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
        oidc_fail(c, code,
                  "the token is signed with a key that is not in the provider's set, which was "
                  "read several times in the last minute");
    } else if (found == JWS_UNKNOWN_KEY) {
        oidc_fail(c, code,
                  "the token is signed with a key that is not in the provider's set (kid)");
    } else if (found == JWS_BAD) {
        oidc_fail(c, code, "the token's signature is not one of the key that it names");
    } else if (is_logout) {
        check_logout(c);
    } else if (c->question.kind == OIDC_BEARER) {
        oidc_check_bearer(c);
    } else {
        check_person(c);
    }
}

static void on_tokens(void *user, int status, struct str body, const struct err *failed) {
    struct oidc_call *c = user;
    struct err e = *failed;
    if (e.code != ERR_NONE || !oidc_read_tokens(c, status, body, &e))
        oidc_finish(c, &e);
    else if (c->has_token)
        verify(c);
    else
        check_nobody(c);
}

/* To the token endpoint, with the proof of who we are. */
static void send_form(struct oidc_call *c, struct buf *form) {
    struct err e;
    struct buf authorization;
    buf_init_secret(&authorization, FORM_MAX);
    bool is_made = oidc_provider_prove(c->provider, form, &authorization);
    struct str text = buf_str(form);
    struct oidc_http_request r = {
        .site = &c->provider->site, .url = c->provider->metadata.token_endpoint, .form = &text};
    if (buf_size(&authorization)) {
        buf_add_byte(&authorization, 0);
        r.authorization = buf_str(&authorization).p;
    }
    if (!is_made || authorization.failed)
        oidc_fail(c, ERR_NO_MEMORY, "no memory to ask for tokens");
    else if (!oidc_http_ask(c->desk->http, &r, on_tokens, c, &e))
        oidc_finish(c, &e);
    buf_fini(&authorization);
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
    struct buf form;
    const struct oidc_question *q = &c->question;
    if (c->provider->metadata.sends_issuer && !q->has_issuer) { /* RFC 9207 2.4 */
        oidc_fail(c, ERR_IDP_MIX_UP, "the answer does not say which issuer it is of (iss)");
        return;
    }
    if (!is_first(c->desk, q->state)) {
        oidc_fail(c, ERR_IDP_STATE, "this answer of the provider has been used already");
        return;
    }
    buf_init_secret(&form, FORM_MAX);
    buf_add(&form, STR("grant_type=authorization_code&code="));
    encode_query(&form, q->code);
    buf_add(&form, STR("&redirect_uri="));
    encode_query(&form, q->redirect_uri);
    buf_add(&form, STR("&code_verifier="));
    encode_query(&form, q->verifier);
    send_form(c, &form);
    buf_fini(&form);
}

/* RFC 6749 6. The scope is that of before. */
static void send_refresh_token(struct oidc_call *c) {
    struct buf form;
    struct str claims = c->question.claims;
    c->before = json_loadb(claims.n ? claims.p : "", claims.n, 0, NULL);
    if (!json_is_string(json_object_get(c->before, "sub"))) {
        oidc_fail(c, ERR_INTERNAL, "a session that is to be renewed does not say whose (sub)");
        return;
    }
    buf_init_secret(&form, FORM_MAX);
    buf_add(&form, STR("grant_type=refresh_token&refresh_token="));
    encode_query(&form, c->question.token);
    send_form(c, &form);
    buf_fini(&form);
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
    oidc_fail(c, ERR_IDP_LOGOUT, text);
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
        oidc_fail(c, ERR_NO_MEMORY, "no memory for a sign-in");
}

void oidc_step(struct oidc_call *c) {
    if (c->question.kind == OIDC_LOGOUT && !c->has_token && !read_logout(c))
        return;
    if (c->question.kind == OIDC_BEARER && !c->has_token && !oidc_read_bearer(c))
        return;
    c->answer.provider = c->provider->config;
    bool is_known = c->provider->metadata.jwks_uri != NULL;
    if (c->question.kind == OIDC_WHERE && c->question.is_only_known && !is_known) {
        oidc_fail(c, ERR_IDP_DOWN, "nothing is known of the provider yet");
        return;
    }
    if (!(c->question.is_only_known && is_known) && !oidc_provider_has_metadata(c->provider, c))
        return;
    if (c->question.kind == OIDC_WHERE)
        answer_where(c);
    else if (c->has_token)
        verify(c);
    else if (c->question.kind == OIDC_REFRESH)
        send_refresh_token(c);
    else
        send_code(c);
}
