/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/oidc_claims.h"

#include "base/jws_public.h"
#include "base/secret.h"
#include "connector/login.h"
#include "preauth/claim.h"

#include <jansson.h>
#include <stdlib.h>

static const char LOGOUT_EVENT[] = "http://schemas.openid.net/event/backchannel-logout";

static bool no(struct err *e, const char *why) {
    return err_set(e, ERR_IDP_TOKEN, "the ID token %s", why);
}

static bool is_trusted_audience(const struct config_oidc *c, const char *name) {
    for (size_t i = 0; i < c->audience_count; i++)
        if (strcmp(c->audiences[i], name) == 0)
            return true;
    return false;
}

/* For us, and for nobody whom we do not know; of several that it is for, we are the one who asked
 * (OpenID Connect Core 3.1.3.7, 3 to 5). */
static const char *check_audience(const json_t *p, const struct config_oidc *c) {
    const json_t *aud = json_object_get(p, "aud"), *one;
    const char *party = claim_text(p, "azp");
    bool is_ours = json_is_string(aud) && strcmp(json_string_value(aud), c->client_id) == 0;
    size_t i;
    if (!json_is_string(aud) && !json_is_array(aud))
        return "does not say whom it is for (aud)";
    json_array_foreach(aud, i, one) {
        const char *name = json_string_value(one);
        if (!name)
            return "is for something that is no name (aud)";
        if (strcmp(name, c->client_id) == 0)
            is_ours = true;
        else if (!is_trusted_audience(c, name))
            return "is also for somebody who is not in audiences (aud)";
    }
    if (!is_ours)
        return "is for another client (aud)";
    if (json_array_size(aud) > 1 && !json_object_get(p, "azp"))
        return "is for several and does not say who asked for it (azp)";
    if (json_object_get(p, "azp") && (!party || strcmp(party, c->client_id) != 0))
        return "was asked for by another client (azp)";
    return NULL;
}

static const char *check_end(const json_t *p, const struct oidc_expect *x) {
    int64_t expires;
    if (!claim_time(p, "exp", &expires))
        return "has no end (exp)";
    return x->now_s >= expires + CLAIM_LEEWAY_S ? "is expired (exp)" : NULL;
}

static const char *check_begin(const json_t *p, const struct oidc_expect *x) {
    int64_t issued, begins;
    if (!claim_time(p, "iat", &issued))
        return "does not say when it was issued (iat)";
    if (issued > x->now_s + CLAIM_LEEWAY_S)
        return "is from the future (iat)";
    if (issued < x->now_s - OIDC_TOKEN_AGE_S)
        return "was issued long ago (iat)";
    if (json_object_get(p, "nbf") &&
        (!claim_time(p, "nbf", &begins) || begins > x->now_s + CLAIM_LEEWAY_S))
        return "is not valid yet (nbf)";
    return NULL;
}

/* What every token of a provider's is held against. */
static const char *check_common(const json_t *p, const struct oidc_expect *x) {
    const char *issuer = claim_text(p, "iss");
    if (!issuer || strcmp(issuer, x->c->issuer) != 0)
        return "is of another issuer (iss)";
    const char *why = check_audience(p, x->c);
    return why ? why : check_begin(p, x);
}

static const char *check_subject(const json_t *p) {
    const char *subject = claim_text(p, "sub");
    if (!subject || !claim_is_plain(subject, CLAIM_SUBJECT_MAX))
        return "does not say who it is about in at most 255 bytes (sub)";
    return NULL;
}

/* As strong and as recent as it was asked for (OpenID Connect Core 3.1.3.7, 12 and 13). */
static const char *check_strength(const json_t *p, const struct oidc_expect *x) {
    const struct config_oidc *c = x->c;
    const char *acr = claim_text(p, "acr");
    bool is_strong = c->acr_value_count == 0;
    int64_t at;
    for (size_t i = 0; acr && i < c->acr_value_count; i++)
        is_strong |= strcmp(acr, c->acr_values[i]) == 0;
    if (!is_strong)
        return "is of a sign-in in none of the ways of acr_values (acr)";
    if (c->max_age_s == 0)
        return NULL;
    if (!claim_time(p, "auth_time", &at))
        return "does not say when the person signed in (auth_time)";
    if (at > x->now_s + CLAIM_LEEWAY_S || at < x->now_s - c->max_age_s - CLAIM_LEEWAY_S)
        return "is of a sign-in longer ago than max_age (auth_time)";
    return NULL;
}

static const char *check_hash(const struct jws_token *t, struct str access_token) {
    const json_t *claim = json_object_get(t->payload, "at_hash");
    const char *hash = claim_text(t->payload, "at_hash");
    struct buf own;
    if (!claim || access_token.n == 0) /* of a token that is not used */
        return NULL;
    buf_init(&own, 128);
    jws_half_hash(t->algorithm, access_token, &own);
    bool is_same = hash && !own.failed && secret_equal(str_of(hash), buf_str(&own));
    buf_fini(&own);
    return is_same ? NULL : "belongs to another access token (at_hash)";
}

bool oidc_check_id_token(const struct jws_token *t, const struct oidc_expect *x, struct err *e) {
    const json_t *p = t->payload;
    const char *nonce = claim_text(p, "nonce"), *why;
    /* A token of another kind must not pass for one (RFC 8725 3.11). */
    if (t->type && !str_eq_ci(str_of(t->type), STR("JWT")) &&
        !str_eq_ci(str_of(t->type), STR("application/jwt")))
        return no(e, "is a token of another kind (typ)");
    if (json_object_get(p, "events"))
        return no(e, "is a token of another kind (events)");
    if ((why = check_common(p, x)) || (why = check_end(p, x)) || (why = check_subject(p)))
        return no(e, why);
    if (x->sub && strcmp(claim_text(p, "sub"), x->sub) != 0)
        return err_set(e, ERR_IDP_GRANT, "the ID token of a refresh is about somebody else (sub)");
    if (x->sub)
        return (why = check_hash(t, x->access_token)) ? no(e, why) : true;
    if (!nonce || !secret_equal(str_of(nonce), x->nonce))
        return no(e, "is not the answer to this sign-in (nonce)");
    if ((why = check_strength(p, x)) || (why = check_hash(t, x->access_token)))
        return no(e, why);
    return true;
}

static bool refuse(struct err *e, const char *why) {
    return err_set(e, ERR_IDP_LOGOUT, "the logout token %s", why);
}

bool oidc_check_logout_token(const struct jws_token *t, const struct oidc_expect *x,
                             struct oidc_logout *out, struct err *e) {
    const json_t *p = t->payload, *events = json_object_get(p, "events");
    const char *why;
    *out = (struct oidc_logout){
        .subject = claim_text(p, "sub"), .sid = claim_text(p, "sid"), .id = claim_text(p, "jti")};
    if (t->type && !str_eq_ci(str_of(t->type), STR("logout+jwt")) &&
        !str_eq_ci(str_of(t->type), STR("application/logout+jwt")) &&
        !str_eq_ci(str_of(t->type), STR("JWT")))
        return refuse(e, "is a token of another kind (typ)");
    /* Providers of the drafts give it no end; its age has a limit all the same. */
    if ((why = check_common(p, x)) || (json_object_get(p, "exp") && (why = check_end(p, x))))
        return refuse(e, why);
    if (!json_is_object(json_object_get(events, LOGOUT_EVENT)))
        return refuse(e, "does not say that it is one (events)");
    if (json_object_get(p, "nonce"))
        return refuse(e, "has what only an ID token has (nonce)");
    if (!out->id || !claim_is_plain(out->id, CLAIM_SUBJECT_MAX))
        return refuse(e, "has no number (jti)");
    if ((json_object_get(p, "sub") &&
         (!out->subject || !claim_is_plain(out->subject, CLAIM_SUBJECT_MAX))) ||
        (json_object_get(p, "sid") && (!out->sid || !claim_is_plain(out->sid, CLAIM_SUBJECT_MAX))))
        return refuse(e, "names somebody by something that is no text (sub, sid)");
    if (!out->subject && !out->sid)
        return refuse(e, "names nobody (sub, sid)");
    return true;
}

static bool is_ours(const char *name) {
    return strcmp(name, CLAIM_UPN) == 0 || strcmp(name, CLAIM_ON_PREMISES_UPN) == 0 ||
           strcmp(name, CLAIM_SAM_ACCOUNT_NAME) == 0;
}

/* What is true of this sign-in and this token: only the token itself, signed and meant for us, says
 * it (OpenID Connect Core 2; of `sid` Front-Channel Logout 3). */
static bool is_of_the_token(const char *name) {
    static const char *const NAMES[] = {
        "iss",     "aud",    "azp",    "exp", "iat", "nbf", "jti",       "nonce",
        "at_hash", "c_hash", "s_hash", "acr", "amr", "sid", "auth_time", OIDC_HINT_CLAIM};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strcmp(name, NAMES[i]) == 0)
            return true;
    return false;
}

bool oidc_is_missing(const json_t *claims, const char *name) {
    return name && !is_ours(name) && !is_of_the_token(name) && !json_object_get(claims, name);
}

bool oidc_keep_claims(json_t *claims, const json_t *before) {
    static const char *const NAMES[] = {"acr", "amr", "sid", OIDC_HINT_CLAIM};
    bool is_kept = true;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        json_t *value = json_object_get(before, NAMES[i]);
        if (value && !json_object_get(claims, NAMES[i]))
            is_kept = json_object_set(claims, NAMES[i], value) == 0 && is_kept;
    }
    return is_kept;
}

static void take_out_of_the_token(json_t *userinfo) {
    const char *name;
    json_t *value;
    void *next;
    json_object_foreach_safe(userinfo, next, name, value) if (is_of_the_token(name))
        json_object_del(userinfo, name);
}

static bool add_missing(json_t *claims, json_t *userinfo, struct err *e) {
    take_out_of_the_token(userinfo);
    return json_object_update_missing(claims, userinfo) == 0 ||
           err_set(e, ERR_NO_MEMORY, "no memory for what is said of a person");
}

bool oidc_add_userinfo(json_t *claims, struct str userinfo, struct err *e) {
    json_t *more =
        json_loadb(userinfo.p ? userinfo.p : "", userinfo.n, JSON_REJECT_DUPLICATES, NULL);
    const char *own = claim_text(claims, "sub"), *told = claim_text(more, "sub");
    bool is_same = own && told && strcmp(own, told) == 0; /* OpenID Connect Core 5.3.2 */
    if (!json_is_object(more))
        err_set(e, ERR_IDP_ANSWER, "userinfo is no JSON object");
    else if (!is_same)
        err_set(e, ERR_IDP_TOKEN, "userinfo is about somebody else (sub)");
    else
        is_same = add_missing(claims, more, e);
    json_decref(more);
    return is_same;
}

/* Texts, and lists of nothing else, as struct identity has them. */
static bool is_kept(const char *name, const json_t *value) {
    static const char *const KEPT_NOWHERE[] = {"iss",     "aud",    "azp",    "nonce",
                                               "at_hash", "c_hash", "s_hash", "jti"};
    const json_t *one;
    size_t i;
    for (size_t k = 0; k < sizeof KEPT_NOWHERE / sizeof *KEPT_NOWHERE; k++)
        if (strcmp(name, KEPT_NOWHERE[k]) == 0)
            return false;
    json_array_foreach(value, i, one) if (!json_is_string(one)) return false;
    return !is_ours(name) && (json_is_string(value) || json_is_array(value));
}

static bool map(json_t *to, const json_t *claims, const char *name, const char *from) {
    const char *value = from ? claim_text(claims, from) : NULL;
    return !value || json_object_set_new(to, name, json_string(value)) == 0;
}

bool oidc_make_identity(const struct config_oidc *c, const json_t *claims, char **subject,
                        char **text) {
    json_t *kept = json_object(), *value;
    const char *name, *shown;
    bool is_made = kept != NULL;
    json_object_foreach((json_t *)claims, name, value) if (is_kept(name, value)) is_made =
        is_made && json_object_set(kept, name, value) == 0;
    is_made = is_made && map(kept, claims, CLAIM_UPN, c->upn) &&
              map(kept, claims, CLAIM_ON_PREMISES_UPN, c->on_premises_upn) &&
              map(kept, claims, CLAIM_SAM_ACCOUNT_NAME, c->sam_account_name);
    shown = claim_text(kept, CLAIM_UPN);
    if (!shown || !claim_is_plain(shown, CLAIM_SUBJECT_MAX))
        shown = claim_text(claims, "sub");
    *subject = is_made && shown ? strdup(shown) : NULL;
    *text = *subject ? json_dumps(kept, JSON_COMPACT) : NULL;
    json_decref(kept);
    if (*text)
        return true;
    free(*subject);
    *subject = NULL;
    return false;
}
