/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/bearer_token.h"

#include "preauth/claim.h"
#include "preauth/oidc_claims.h"

#include <jansson.h>

enum { ID_MAX = 255 };

static bool no(struct err *e, const char *why) {
    return err_set(e, ERR_BEARER_TOKEN, "the access token %s", why);
}

static bool is_among(const char *name, char *const *list, size_t count) {
    for (size_t i = 0; name && i < count; i++)
        if (strcmp(list[i], name) == 0)
            return true;
    return false;
}

/* An ID token, a logout token or whatever else an issuer signs must not pass for one (RFC 9068 4,
 * RFC 8725 3.11). */
static const char *check_kind(const struct jws_token *t, const struct config_oidc *c) {
    if (!t->type)
        return "does not say that it is one (typ)";
    if (!str_eq_ci(str_of(t->type), STR("at+jwt")) &&
        !str_eq_ci(str_of(t->type), STR("application/at+jwt")))
        return "is a token of another kind (typ)";
    if (c->algorithm_count &&
        !is_among(jws_algorithm_name(t->algorithm), c->algorithms, c->algorithm_count))
        return "is signed in a way that is not among algorithms (alg)";
    return NULL;
}

/* One of our names is enough; others are the issuer's and the client's affair. */
static const char *check_audience(const json_t *p, const struct config_oidc *c) {
    const json_t *aud = json_object_get(p, "aud"), *one;
    bool is_ours = is_among(claim_text(p, "aud"), c->audiences, c->audience_count);
    size_t i;
    if (!json_is_string(aud) && !json_is_array(aud))
        return "does not say whom it is for (aud)";
    json_array_foreach(aud, i, one) {
        if (!json_is_string(one))
            return "is for something that is no name (aud)";
        is_ours |= is_among(json_string_value(one), c->audiences, c->audience_count);
    }
    return is_ours ? NULL : "is for somebody else (aud)";
}

static const char *check_names(const json_t *p) {
    static const char *const NAMES[] = {"sub", "client_id", "jti"};
    static const char *const WHY[] = {"does not say who it is about in at most 255 bytes (sub)",
                                      "does not say who asked for it (client_id)",
                                      "has no number (jti)"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        const char *text = claim_text(p, NAMES[i]);
        if (!text || !claim_is_plain(text, ID_MAX))
            return WHY[i];
    }
    /* Whoever shows it has to have a key, too (RFC 7800 3): it is good for less without. */
    if (json_object_get(p, "cnf"))
        return "is bound to a key, of which Bearer proves nothing (cnf)";
    if (json_object_get(p, "events"))
        return "is a token of another kind (events)";
    return NULL;
}

static bool check_times(const json_t *p, int64_t now_s, int64_t *ends_s, struct err *e) {
    int64_t issued, begins;
    bool has_begin = claim_time(p, "nbf", &begins); /* else 0 */
    if (!claim_time(p, "exp", ends_s))
        return no(e, "has no end (exp)");
    if (!claim_time(p, "iat", &issued))
        return no(e, "does not say when it was issued (iat)");
    if (json_object_get(p, "nbf") && !has_begin)
        return no(e, "begins at something that is no time (nbf)");
    if (now_s >= *ends_s)
        return err_set(e, ERR_BEARER_ENDED, "the access token is expired (exp)");
    if (issued > now_s + CLAIM_LEEWAY_S)
        return err_set(e, ERR_BEARER_ENDED, "the access token is from the future (iat)");
    if (begins > now_s + CLAIM_LEEWAY_S)
        return err_set(e, ERR_BEARER_ENDED, "the access token is not valid yet (nbf)");
    return true;
}

bool bearer_check(const struct jws_token *t, const struct config_oidc *c, int64_t now_s,
                  int64_t *ends_s, struct err *e) {
    const json_t *p = t->payload;
    const char *issuer = claim_text(p, "iss"), *why = check_kind(t, c);
    *ends_s = 0;
    if (!why && (!issuer || strcmp(issuer, c->issuer) != 0))
        why = "is of another issuer (iss)";
    if (why || (why = check_audience(p, c)) || (why = check_names(p)))
        return no(e, why);
    return check_times(p, now_s, ends_s, e);
}

/* RFC 8693 4.2 has one text; some issuers write a list. */
static bool has_scope(const json_t *scope, const char *wanted) {
    const char *text = json_string_value(scope);
    struct str rest = str_of(text), one;
    const json_t *element;
    size_t i;
    while (text && str_split(&rest, ' ', &one))
        if (str_eq(one, str_of(wanted)))
            return true;
    json_array_foreach(scope, i,
                       element) if (json_is_string(element) &&
                                    strcmp(json_string_value(element), wanted) == 0) return true;
    return false;
}

static bool check_age(const json_t *p, const struct config_oidc *c, int64_t now_s, struct err *e) {
    int64_t at;
    if (c->max_age_s == 0)
        return true;
    if (!claim_time(p, "auth_time", &at))
        return err_set(e, ERR_BEARER_WEAK,
                       "the access token does not say when the person signed in (auth_time)");
    if (at > now_s + CLAIM_LEEWAY_S || at < now_s - c->max_age_s - CLAIM_LEEWAY_S)
        return err_set(e, ERR_BEARER_WEAK,
                       "the access token is of a sign-in longer ago than max_age (auth_time)");
    return true;
}

bool bearer_check_power(const struct jws_token *t, const struct config_oidc *c, int64_t now_s,
                        struct err *e) {
    const json_t *p = t->payload;
    for (size_t i = 0; i < c->scope_count; i++)
        if (!has_scope(json_object_get(p, "scope"), c->scopes[i]))
            return err_set(e, ERR_BEARER_SCOPE, "the access token lacks the scope %s",
                           c->scopes[i]);
    if (c->acr_value_count && !is_among(claim_text(p, "acr"), c->acr_values, c->acr_value_count))
        return err_set(e, ERR_BEARER_WEAK,
                       "the access token is of a sign-in in none of the ways of acr_values (acr)");
    return check_age(p, c, now_s, e);
}

static bool split_scope(json_t *claims) {
    const char *text = claim_text(claims, "scope");
    struct str rest = str_of(text), one;
    json_t *list = text ? json_array() : NULL;
    while (list && str_split(&rest, ' ', &one))
        if (one.n > 0)
            json_array_append_new(list, json_stringn(one.p, one.n));
    return !text || (list && json_object_set_new(claims, "scope", list) == 0);
}

bool bearer_make_identity(const struct jws_token *t, const struct config_oidc *c, char **subject,
                          char **claims) {
    json_t *all = json_copy(t->payload);
    json_object_del(all, OIDC_HINT_CLAIM);
    bool is_made = all && split_scope(all) && oidc_make_identity(c, all, subject, claims);
    json_decref(all);
    return is_made;
}
