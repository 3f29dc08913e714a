/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections to back ends, each owned for its whole life by one (app, identity): a connection that
 * ever carried something for that pair serves only that pair until it closes (invariant 1). The
 * owner is written into the connection when it is made and compared when it is taken, never
 * changed. Those of nobody serve whoever has not signed in (forget.h). Connections are limited for
 * all apps, for each app and for each of its identities, but nobody; who finds a limit reached and
 * nothing idle to close in its place waits for its turn. Which back end of an app a connection goes
 * to is balance.h's choice. One pool per loop; loop thread only.
 */
#pragma once
#include "connector/health.h"
#include "connector/trust.h"
#include "events/metrics.h"
#include "http/h1.h"
#include "net/dial.h"
#include "net/stream.h"

struct pool;
struct pool_dial;

enum { POOL_IDENTITY_MAX = 4 * 1024 };

struct pool_owner {
    const struct config_app *app;
    struct str identity; /* any bytes; two equal ones are one identity; empty: nobody's, for what
                            leaves nothing behind on a connection */
    struct str person;   /* whose requests stay at one back end where the app is sticky */
};

/* One connection. Fields are the user's while it has taken the connection. */
struct backend {
    struct stream *stream;
    struct h1_parser *parser; /* of responses */
    struct buf in;            /* received, not yet parsed */
    size_t index;             /* of the app's back ends */
    bool is_reused;           /* has carried a whole exchange before */
    bool is_authenticated;    /* a token was taken on it */
    bool has_bindings;        /* `bindings` is what a token is bound to here (mint.h) */
    unsigned char bindings[16];
    struct backend_place *place; /* the pool's */
};

struct pool *pool_new(uv_loop_t *loop, struct resolver *resolver, const struct config *config,
                      struct trust *trust);
/* Closes what is idle; everything taken must have been given back, every dial ended. */
void pool_free(struct pool *p);
/* Where its connections are counted. */
void pool_count_in(struct pool *p, struct metrics *metrics);
/* As balance_heed. */
void pool_heed(struct pool *p, const struct health *health);

/* For requests that cannot be sent twice. */
enum { POOL_IDLE_MS_UNSAFE = 2000 };

/* An idle connection of this owner, at the back end that is chosen for it, or NULL. Unless the
 * request `is_safe` to be sent twice, not one that has been idle for longer than
 * POOL_IDLE_MS_UNSAFE. */
struct backend *pool_take(struct pool *p, const struct pool_owner *owner, bool is_safe);
/* A new connection, or, where a limit is reached, the next that is free: both within the app's
 * connect_timeout, in which all its back ends may be tried. The owner's app and identity must live
 * until it is called back. ERR_BUSY when POOL_WAITS wait already, ERR_NO_MEMORY; `done` is not
 * called then and the result is NULL. Called back once, later, with a connection, its TLS handshake
 * over, or `e` (ERR_BACKEND_UNREACHABLE, ERR_BACKEND_TLS, …). */
enum { POOL_WAITS = 1024 };
typedef void pool_dial_fn(void *user, struct backend *b, const struct err *e);
struct pool_dial *pool_connect(struct pool *p, const struct pool_owner *owner, pool_dial_fn *done,
                               void *user, struct err *e);
void pool_dial_cancel(struct pool_dial *d);

/* Makes a connection that was taken ready for its owner's next message, between two, with nothing
 * unread: as if it were given back and taken again, but for that nobody comes between. */
void pool_keep(struct backend *b);
/* Gives a connection back: between two messages, with nothing unread. */
void pool_give(struct backend *b);
/* Closes a connection that was taken. NULL is allowed. */
void pool_close(struct backend *b);

/* Closes all idle connections; or those of one identity, whatever the app. */
void pool_close_idle(struct pool *p);
void pool_close_idle_of(struct pool *p, struct str identity);
