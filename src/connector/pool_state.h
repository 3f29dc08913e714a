/* SPDX-License-Identifier: Apache-2.0
 *
 * The pool from the inside, for the files pool*.c alone: pool.c keeps connections, pool_connect.c
 * makes them, pool_claim.c counts them.
 */
#pragma once
#include "connector/balance.h"
#include "connector/pool.h"
#include "net/timer.h"

#include <sys/queue.h>

enum { POOL_BUCKETS = 1024 };

/* A connection, or one that is being made: what counts against the limits. */
struct claim {
    struct pool *pool;            /* NULL: there is none */
    const struct config_app *app; /* the owner, for life: as the file has it, */
    struct str identity;          /* and, in one piece of memory, for whom */
    struct str host;              /* and where: one of many with a wildcard app */
    size_t bucket;                /* pool_bucket_of the identity */
    LIST_ENTRY(claim) in_bucket;
};

struct backend_place {
    struct backend backend;
    struct claim claim;
    int64_t idle_since_us;
    LIST_ENTRY(backend_place) in_bucket; /* while idle */
    TAILQ_ENTRY(backend_place) in_order; /* while idle; longest idle first */
};

struct pool_dial {
    struct pool *pool;
    struct pool_owner owner;
    struct claim claim;
    struct dial *dial;       /* NULL: it waits, or */
    struct backend *backend; /* is in the TLS handshake, */
    struct timer *late;      /* which has an end */
    size_t index;            /* of the back end it is at */
    uint64_t tried;
    int64_t ends_us;
    struct timer *patience; /* while it waits */
    pool_dial_fn *done;
    void *user;
    TAILQ_ENTRY(pool_dial) in_waits;
};

struct pool {
    uv_loop_t *loop;
    struct resolver *resolver;
    const struct config *config;
    struct trust *trust;
    struct balance *balance;
    struct timer *sweep;
    struct timer *serve;     /* those that wait are looked at when the current call is over */
    unsigned *open;          /* claims of each app */
    struct metrics *metrics; /* NULL: nothing is counted */
    unsigned open_total;
    unsigned waiting;
    LIST_HEAD(, claim) claims[POOL_BUCKETS];
    LIST_HEAD(, backend_place) idle[POOL_BUCKETS];
    TAILQ_HEAD(, backend_place) order;
    TAILQ_HEAD(, pool_dial) waits;
};

size_t pool_index_of(const struct pool *p, const struct config_app *app);
size_t pool_bucket_of(struct str identity);
bool pool_is_owner(const struct claim *c, const struct pool_owner *owner);
/* For whom a back end is chosen. */
struct str pool_person(const struct pool_owner *owner);

/* Counts one for the owner. False: memory. */
bool claim_make(struct claim *c, struct pool *p, const struct pool_owner *owner);
/* `from` is none afterwards. */
void claim_move(struct claim *to, struct claim *from);
void claim_drop(struct claim *c);
/* Whether one more of this owner's fits, if need be in the place of an idle one, the longest idle
 * in what is full: the owner's, the app's, all. False with `e` set (ERR_BUSY), which names the
 * limit.
 */
bool claim_fits(struct pool *p, const struct pool_owner *owner, struct err *e);

/* Closes a connection that is idle. */
void pool_close_place(struct backend_place *at);
/* The connection for a socket of this dial, whose claim it takes over; NULL: memory. */
struct backend *pool_adopt(struct pool_dial *d, int fd);
/* Closes it, and gives the claim back to the dial. */
void pool_disown(struct pool_dial *d, struct backend *b);
/* Something was given back or closed: those that wait may have their turn. */
void pool_serve_soon(struct pool *p);
/* Gives those that wait what there is. */
void pool_serve(void *pool);
