/* SPDX-License-Identifier: Apache-2.0
 *
 * What a resolver knows of names, and for how long: the table behind net/resolve.h, which asks.
 * RESOLVE_NAMES_MAX names, of which the one that was longest not asked for makes room. Loop thread
 * only.
 */
#pragma once
#include "net/resolve.h"

#include <sys/queue.h>

enum {
    RESOLVE_NAMES_MAX = 1024, /* some 500 KB */
    RESOLVE_NAMES_BUCKETS = 256,
};

TAILQ_HEAD(resolve_query_list, resolve_query);

struct resolve_name {
    union resolve_address at[RESOLVE_ADDRESSES_MAX]; /* port 0 */
    size_t count;
    size_t turn;     /* answers given from these */
    int status;      /* of the resolver's library, when there is no address */
    int64_t ends_us; /* when this is no longer known; 0: it never was */
    bool is_asking;
    unsigned users; /* queries; one that has some, or is being asked for, stays */
    struct resolve_query_list waiting;
    TAILQ_ENTRY(resolve_name) in_order; /* longest not asked for first */
    LIST_ENTRY(resolve_name) in_bucket;
    char host[];
};

struct resolve_names {
    size_t count;
    TAILQ_HEAD(, resolve_name) order;
    LIST_HEAD(, resolve_name) buckets[RESOLVE_NAMES_BUCKETS];
};

void resolve_names_init(struct resolve_names *names);
void resolve_names_fini(struct resolve_names *names);
/* The entry of `host`, in any case of letters, which may be new: then nothing is known yet. NULL
 * when memory is short or all entries have users. */
struct resolve_name *resolve_names_get(struct resolve_names *names, const char *host);
/* For how long an answer with this TTL (in seconds) is taken: as long as it says, but at least one
 * second, so that not every connection asks, and at most an hour. */
int64_t resolve_names_keep_us(int ttl);
