/* SPDX-License-Identifier: Apache-2.0
 *
 * Connections to back ends, each owned for its whole life by one (app, identity): a connection that
 * ever carried something for that pair serves only that pair until it closes (invariant 1). The
 * owner is written into the connection when it is made and compared when it is taken, never
 * changed. One pool per loop; loop thread only.
 */
#pragma once
#include "config/config.h"
#include "http/h1.h"
#include "net/dial.h"
#include "net/stream.h"
#include "net/tls.h"

struct pool;
struct pool_dial;

struct pool_owner {
    const struct config_app *app;
    struct str identity; /* any bytes; two equal ones are one identity */
};

/* One connection. Fields are the user's while it has taken the connection. */
struct backend {
    struct stream *stream;
    struct h1_parser *parser;    /* of responses */
    struct buf in;               /* received, not yet parsed */
    bool is_reused;              /* has carried a whole exchange before */
    struct backend_place *place; /* the pool's */
};

/* Trust in back ends, from the files the configuration names; shared by threads, read-only. */
struct trust;
/* ERR_CONFIG names the file. */
struct trust *trust_new(const struct config *c, struct err *e);
void trust_free(struct trust *t);

struct pool *pool_new(uv_loop_t *loop, struct resolver *resolver, const struct config *config,
                      struct trust *trust);
/* Closes what is idle; everything taken must have been given back, every dial ended. */
void pool_free(struct pool *p);

/* An idle connection of this owner or NULL. `idle_ms_max`: not one that has been idle for longer,
 * for requests that cannot be sent twice. */
struct backend *pool_take(struct pool *p, const struct pool_owner *owner, int64_t idle_ms_max);
/* A new connection. ERR_BUSY above the app's limit, ERR_NO_MEMORY; `done` is not called then and
 * the result is NULL. Called back once, later, with a connection or `e`. TLS is not finished then:
 * its failure shows in the first read or write. */
typedef void pool_dial_fn(void *user, struct backend *b, const struct err *e);
struct pool_dial *pool_connect(struct pool *p, const struct pool_owner *owner, pool_dial_fn *done,
                               void *user, struct err *e);
void pool_dial_cancel(struct pool_dial *d);

/* Gives a connection back: between two messages, with nothing unread. */
void pool_give(struct backend *b);
/* Closes a connection that was taken. NULL is allowed. */
void pool_close(struct backend *b);

/* Closes all idle connections. */
void pool_close_idle(struct pool *p);
