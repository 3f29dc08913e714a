/* SPDX-License-Identifier: Apache-2.0
 *
 * Host names to addresses without blocking the loop (c-ares), by the configured resolvers or the
 * system's. A name is only ever turned into addresses here; it never becomes another name (an SPN
 * never comes from DNS, invariant 4). Loop thread only.
 *
 * Answers are kept for as long as their records say (the least TTL, at least 1 second and at most
 * an hour; 1 second for names of /etc/hosts), failures for one second, 1,024 names in all. All who
 * wait for one name share one question.
 */
#pragma once
#include "base/err.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <uv.h>

enum { RESOLVE_ADDRESSES_MAX = 16 };

struct resolver;
struct resolve_query;

union resolve_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct resolve_result {
    size_t count; /* 0: `err` says why */
    union resolve_address at[RESOLVE_ADDRESSES_MAX];
    struct err err; /* ERR_BACKEND_UNREACHABLE names the host and the resolver's reason */
};
/* Called once per query that was not cancelled, never from inside resolve_start. */
typedef void resolve_fn(void *user, const struct resolve_result *result);

/* `servers`: "address:port,…", NULL for the system's. NULL with `e` set when c-ares refuses. */
struct resolver *resolver_new(uv_loop_t *loop, const char *servers, struct err *e);
/* Every query must have been answered or cancelled. */
void resolver_free(struct resolver *r);

/* Looks up `host` (a name or a numeric address), results with `port` filled in. Two tries of
 * two seconds per server. Each answer begins with another address, in the order the server gave
 * them, as if it had been asked each time: servers rotate the addresses of a name so that its hosts
 * share the load. NULL when memory is short or 1,024 names are being asked for. */
struct resolve_query *resolve_start(struct resolver *r, const char *host, uint16_t port,
                                    resolve_fn *done, void *user);
/* The query's callback will not be called; the query must not be used afterwards. */
void resolve_cancel(struct resolve_query *q);
