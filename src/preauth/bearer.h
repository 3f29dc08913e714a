/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose access token came with a request (RFC 6750): by the cache, or else by the desk, which has
 * the keys of the issuers. What a token states is looked at first, on the asking loop, so that what
 * is not meant for here costs neither. Loop thread only.
 */
#pragma once
#include "preauth/bearer_cache.h"
#include "preauth/bearer_header.h"
#include "preauth/oidc_desk.h"

struct bearer_request {
    const struct config_app *app; /* lives as long as the call, and the rest as the question */
    const struct headers *headers;
    struct str query;
    struct bearer_cache *cache;
    struct oidc_desk *desk;
    uv_loop_t *loop;
};

enum bearer_found {
    BEARER_NONE,    /* the request has no such credential */
    BEARER_FOUND,   /* `*out` is set, the caller owns a reference */
    BEARER_REFUSED, /* `e` is set */
    BEARER_ASKED,   /* `done` will be called */
};
/* `session` NULL: refused by `e`; else the callee owns a reference. */
typedef void bearer_done_fn(void *user, struct session *session, const struct err *e);
struct bearer_call;

/* A session that no store knows: it ends with the token. `*call` is for bearer_cancel and set with
 * BEARER_ASKED only. */
enum bearer_found bearer_find(const struct bearer_request *r, bearer_done_fn *done, void *user,
                              struct session **out, struct bearer_call **call, struct err *e);
/* `done` will not be called; before it. NULL is allowed. */
void bearer_cancel(struct bearer_call *c);
