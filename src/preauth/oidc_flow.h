/* SPDX-License-Identifier: Apache-2.0
 *
 * A sign-in on its way to an identity provider and back, kept in a cookie of the browser that began
 * it: sealed with a key of the store's, so that nobody else can read, change or make one, and so
 * that neither a reload nor visitors who never come back cost us anything. A browser has
 * OIDC_FLOWS_MAX of them at most. Sans-I/O, any thread.
 */
#pragma once
#include "http/message.h"
#include "session/session.h"

#define OIDC_FLOW_COOKIE "__Host-kerbgate-flow-"

enum {
    OIDC_FLOWS_MAX = 4,
    OIDC_FLOWS_SEEN = 16, /* of what a browser sends; no head of a request has room for more */
    OIDC_FLOW_S = 600,    /* from the first redirect to the last */
    OIDC_FLOW_VALUE_MAX =
        3800, /* browsers take 4096 bytes with name and attributes (RFC 6265 6.1) */
};

struct oidc_flow {
    struct str provider; /* its name */
    struct str origin;   /* of the app, where it began and has to end */
    struct str to;       /* path and query to go to after */
    struct str state;    /* 256 random bits each, as base64url */
    struct str nonce;
    struct str verifier; /* of PKCE (RFC 7636 4.1) */
    int64_t begun_s;
};

/* Sets state, nonce and verifier. False: the arena is full. */
bool oidc_flow_begin(struct arena *a, struct oidc_flow *f);
/* BASE64URL(SHA256(verifier)), RFC 7636 4.2. p == NULL: the arena is full. */
struct str oidc_flow_challenge(struct arena *a, const struct oidc_flow *f);
/* The cookie's name for a state, which is one by oidc_flow_is_state. p == NULL: the arena is full.
 */
struct str oidc_flow_cookie(struct arena *a, struct str state);
/* The cookie's value. False: memory, or it is longer than OIDC_FLOW_VALUE_MAX. */
bool oidc_flow_seal(struct arena *a, const unsigned char key[SESSION_KEY_SIZE],
                    const struct oidc_flow *f, struct str *value);
bool oidc_flow_is_state(struct str state);
/* The flow with this state, if this browser began it on this origin not too long ago. False with
 * `*why`, which continues "the answer ...". */
bool oidc_flow_open(struct arena *a, const unsigned char key[SESSION_KEY_SIZE],
                    const struct headers *h, struct str state, struct str origin, int64_t now_s,
                    struct oidc_flow *out, const char **why);
/* The names of the browser's flow cookies that have to end so that there is room for one more: what
 * is none of ours, then those that were begun first. How many there are. */
size_t oidc_flow_surplus(struct arena *a, const unsigned char key[SESSION_KEY_SIZE],
                         const struct headers *h, struct str names[OIDC_FLOWS_SEEN]);
