/* SPDX-License-Identifier: Apache-2.0
 *
 * What a worker's loops ask of OpenID Connect providers and issuers of access tokens, answered by
 * one thread that alone knows their metadata and keys and speaks with them. Metadata and keys are
 * read when somebody needs them and kept for `keep`; all who wait for them share one fetch; after a
 * failure the next is not before OIDC_RETRY_MS. A key that is not known is looked for at once, by a
 * new fetch, of which there are OIDC_REFETCHES in OIDC_REFETCH_S at most. A code is never sent
 * twice for one sign-in. A refresh token that is good no more is ERR_IDP_GRANT, and no other error
 * means that.
 *
 * Asks come from any loop and are answered on that loop. A call keeps its loop running until it is
 * answered, cancelled or not; when the desk stops, all are answered at once.
 */
#pragma once
#include "base/err.h"
#include "base/secret.h"
#include "config/config.h"

#include <uv.h>

enum {
    OIDC_CALLS_MAX = 256, /* not yet answered, of all loops */
    OIDC_BEARERS_MAX =
        1024, /* beside them, of kind OIDC_BEARER: who signs in is not kept waiting */
    OIDC_RETRY_MS = 1000,
    OIDC_REFETCHES = 3,
    OIDC_REFETCH_S = 60,
    OIDC_TEXT_MAX = 96 * 1024, /* bytes of a question and its answer */
};

struct oidc_desk;

/* Reads the files of the providers of types oidc and bearer, by a process that still may; `*out` is
 * NULL when there is none, and due to oidc_desk_free also when it is false, with `e` set
 * (ERR_CONFIG names the file). The configuration outlives it. */
bool oidc_desk_new(const struct config *c, struct oidc_desk **out, struct err *e);
/* Starts the thread. NULL is allowed. */
bool oidc_desk_start(struct oidc_desk *d, struct err *e);
/* Answers what is under way with ERR_SHUTTING_DOWN, and so whatever is asked from now on. Any
 * thread. NULL is allowed. */
void oidc_desk_stop(struct oidc_desk *d);
/* No call may be under way. NULL is allowed. */
void oidc_desk_free(struct oidc_desk *d);

enum oidc_kind {
    OIDC_WHERE,   /* where people are sent to sign in and out */
    OIDC_REDEEM,  /* who it is that brought a code */
    OIDC_REFRESH, /* who somebody is by now */
    OIDC_LOGOUT,  /* whose sessions a logout token ends */
    OIDC_BEARER,  /* whose access token it is; the provider is of type bearer */
};

struct oidc_question {
    enum oidc_kind kind;
    const struct config_provider *provider; /* NULL with OIDC_LOGOUT: the token says which */
    bool is_only_known;                     /* OIDC_WHERE: fetch nothing for it */
    struct str code, state, verifier, nonce, redirect_uri; /* OIDC_REDEEM */
    bool has_issuer;   /* OIDC_REDEEM: the answer named one, which is the right one */
    struct str token;  /* OIDC_LOGOUT, OIDC_BEARER; OIDC_REFRESH: the refresh token */
    struct str claims; /* OIDC_REFRESH: as the person's session has them */
};

/* All as long as the call of `done`. */
struct oidc_answer {
    struct err err; /* ERR_NONE: the rest is set */
    const struct config_provider *provider;
    const char *authorization_endpoint, *end_session_endpoint; /* the latter NULL: there is none */
    const char *subject,
        *claims;               /* of all but OIDC_WHERE, OIDC_LOGOUT: as struct identity has them */
    const char *refresh_token; /* OIDC_REDEEM, OIDC_REFRESH: the next one; NULL: none was given */
    int64_t ends_s;            /* OIDC_BEARER: the token */
    const char *sub, *sid;     /* OIDC_LOGOUT: NULL: not named */
    unsigned char logout[SHA256_SIZE]; /* OIDC_LOGOUT: for oidc_logout_is_done */
};
typedef void oidc_done_fn(void *user, const struct oidc_answer *a);

struct oidc_call;
/* Copies the question. NULL: no memory, and `done` is never called. */
struct oidc_call *oidc_ask(struct oidc_desk *d, uv_loop_t *loop, const struct oidc_question *q,
                           oidc_done_fn *done, void *user);
/* `done` will not be called. On the asking loop, before `done`; NULL is allowed. */
void oidc_cancel(struct oidc_call *c);
/* A logout token has done what it is for, and is refused from now on. Any thread. */
void oidc_logout_is_done(struct oidc_desk *d, const unsigned char logout[SHA256_SIZE]);
