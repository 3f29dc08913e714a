/* SPDX-License-Identifier: Apache-2.0
 *
 * What an access token states (RFC 9068), held against the provider of type bearer whose it says it
 * is. All of it can be said before the signature is verified, and nothing counts before that.
 * Sans-I/O, any thread.
 */
#pragma once
#include "base/err.h"
#include "base/jws_token.h"
#include "config/config.h"

/* Whether it is an access token of this issuer, for one of our names, now (RFC 9068 2 and 4). Else
 * `e` is set (ERR_BEARER_TOKEN, ERR_BEARER_ENDED) with a reason that names claims and no values.
 * `*ends_s` is its end (exp), to the second. */
bool bearer_check(const struct jws_token *t, const struct config_oidc *c, int64_t now_s,
                  int64_t *ends_s, struct err *e);
/* Whether it is good for as much as the provider's scopes, acr_values and max_age ask for:
 * ERR_BEARER_SCOPE, ERR_BEARER_WEAK. For a token that was verified: the reason names what is
 * configured. */
bool bearer_check_power(const struct jws_token *t, const struct config_oidc *c, int64_t now_s,
                        struct err *e);
/* Whose it is, as oidc_make_identity has it; `scope` has become a list of texts, for rules. */
bool bearer_make_identity(const struct jws_token *t, const struct config_oidc *c, char **subject,
                          char **claims);
