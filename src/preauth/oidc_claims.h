/* SPDX-License-Identifier: Apache-2.0
 *
 * What a provider states in a token whose signature was verified: whether it is meant for us, now,
 * and as the answer to this sign-in (OpenID Connect Core 3.1.3.7), and the person as we know them
 * from it. Sans-I/O, any thread.
 */
#pragma once
#include "base/err.h"
#include "base/jws_token.h"
#include "config/config.h"

enum {
    OIDC_TOKEN_AGE_S = 600, /* since it was issued: it comes straight from the provider */
};
/* The ID token itself, for the provider's own sign-out; the name of no claim. */
#define OIDC_HINT_CLAIM "id token\x7f"

struct oidc_expect {
    const struct config_oidc *c;
    struct str nonce; /* of this sign-in */
    const char *sub;  /* who it has to be about when it comes of a refresh (OpenID Connect Core
                         12.2), and has no nonce; else NULL */
    struct str access_token; /* that came along and will be used; else empty */
    int64_t now_s;
};

/* False with `e` set (ERR_IDP_TOKEN; ERR_IDP_GRANT when a refresh is about somebody else) and the
 * reason, which says nothing of what is in the token but names of claims. */
bool oidc_check_id_token(const struct jws_token *t, const struct oidc_expect *x, struct err *e);

struct oidc_logout {
    const char *subject, *sid; /* as long as the token; NULL: not named, but one of them is */
    const char *id;            /* jti */
};
/* OpenID Connect Back-Channel Logout 1.0 section 2.6; one without `exp`, which the drafts up to 6
 * did not know, counts for OIDC_TOKEN_AGE_S. ERR_IDP_LOGOUT. */
bool oidc_check_logout_token(const struct jws_token *t, const struct oidc_expect *x,
                             struct oidc_logout *out, struct err *e);

/* Whether userinfo may have what the claims lack under this name; not when it is NULL. */
bool oidc_is_missing(const struct json_t *claims, const char *name);
/* Whether something is configured for people of this provider that needs a claim which is not
 * there. */
bool oidc_misses_claims(const struct config *c, const struct config_provider *p,
                        const struct json_t *claims);
/* Adds to `claims` what userinfo says besides, but nothing about the sign-in itself (acr, amr,
 * auth_time, sid and the like); false with `e` set when it is of somebody else. */
bool oidc_add_userinfo(struct json_t *claims, struct str userinfo, struct err *e);
/* What a session knows of the sign-in itself and a refresh does not repeat. False: no memory. */
bool oidc_keep_claims(struct json_t *claims, const struct json_t *before);
/* Whether another one of these claims lets somebody in elsewhere, or as somebody else. */
bool oidc_changes_access(const struct config *c, const struct config_provider *p,
                         const struct json_t *before, const struct json_t *after);
/* The person as sessions have it: texts and lists of texts, and the claims that the configuration
 * makes of others. `*subject` is what we show. Both are new; false: no memory, and nothing to free.
 */
bool oidc_make_identity(const struct config_oidc *c, const struct json_t *claims, char **subject,
                        char **text);
