/* SPDX-License-Identifier: Apache-2.0
 *
 * How access tokens come and how they are refused (RFC 6750 2.1 and 3): the Authorization header of
 * a request and the WWW-Authenticate header of our answer. Sans-I/O, any thread.
 */
#pragma once
#include "base/err.h"
#include "config/config.h"
#include "http/message.h"

enum bearer_sent {
    BEARER_NOT_SENT, /* no credential of this kind, whatever else there is */
    BEARER_SENT,
    BEARER_WRONG, /* there is one, but not as it has to be: ERR_BEARER_REQUEST */
};

/* The token in `*token`, as long-lived as the headers. More than one credential is wrong, also one
 * in `query` beside it (RFC 6750 2 and 3.1); a token in the query alone is none. */
enum bearer_sent bearer_read(const struct headers *h, struct str query, struct str *token,
                             struct err *e);

/* What a token has to have that would do. */
struct bearer_wanted {
    char *const *scopes;
    size_t scope_count;
    char *const *acr_values;
    size_t acr_value_count;
    int64_t max_age_s; /* 0: any */
};
/* As all tokens of a provider need it. */
struct bearer_wanted bearer_wanted_by(const struct config_provider *p);

/* The value of WWW-Authenticate, in the arena; NULL when that is full. `e` NULL: no token came; one
 * that is no refusal of a token makes a challenge without an error, too. `w` NULL: nothing special.
 */
char *bearer_challenge(struct arena *a, const struct config_app *app, const struct err *e,
                       const struct bearer_wanted *w);
/* Whether `e` is a refusal of a token that a challenge has a word for. */
bool bearer_is_refusal(const struct err *e);

/* The app's provider whose scopes and limits a challenge names: its only one of type bearer, else
 * NULL. */
const struct config_provider *bearer_only_provider(const struct config_app *app);
/* Whether the app is for programs alone: all of its providers are of type bearer. */
bool bearer_is_only_way(const struct config_app *app);
