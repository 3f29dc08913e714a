/* SPDX-License-Identifier: Apache-2.0 */
#include "net/resolve_names.h"

#include <stdlib.h>

enum { TTL_MIN_S = 1, TTL_MAX_S = 3600 };

/* FNV-1a, letters in lower case. */
static size_t bucket_of(const char *host) {
    uint64_t hash = 14695981039346656037u;
    for (; *host; host++)
        hash = (hash ^ (unsigned char)str_lower(*host)) * 1099511628211u;
    return (hash ^ hash >> 32) % RESOLVE_NAMES_BUCKETS;
}

void resolve_names_init(struct resolve_names *names) {
    *names = (struct resolve_names){0};
    TAILQ_INIT(&names->order);
}

static void drop(struct resolve_names *names, struct resolve_name *n) {
    TAILQ_REMOVE(&names->order, n, in_order);
    LIST_REMOVE(n, in_bucket);
    names->count--;
    free(n);
}

void resolve_names_fini(struct resolve_names *names) {
    struct resolve_name *n;
    while ((n = TAILQ_FIRST(&names->order)))
        drop(names, n); // NOLINT(clang-analyzer-unix.Malloc): because drop() moves the head on
}

static bool make_room(struct resolve_names *names) {
    struct resolve_name *n;
    if (names->count < RESOLVE_NAMES_MAX)
        return true;
    TAILQ_FOREACH(n, &names->order, in_order) {
        if (n->users == 0 && !n->is_asking) {
            drop(names, n);
            return true;
        }
    }
    return false;
}

struct resolve_name *resolve_names_get(struct resolve_names *names, const char *host) {
    struct str wanted = str_of(host);
    size_t bucket = bucket_of(host);
    struct resolve_name *n;
    LIST_FOREACH(n, &names->buckets[bucket], in_bucket) {
        if (str_eq_ci(str_of(n->host), wanted)) {
            TAILQ_REMOVE(&names->order, n, in_order);
            TAILQ_INSERT_TAIL(&names->order, n, in_order);
            return n;
        }
    }
    if (!make_room(names) || !(n = calloc(1, sizeof *n + wanted.n + 1)))
        return NULL;
    memcpy(n->host, host, wanted.n + 1);
    TAILQ_INIT(&n->waiting);
    TAILQ_INSERT_TAIL(&names->order, n, in_order);
    LIST_INSERT_HEAD(&names->buckets[bucket], n, in_bucket);
    names->count++;
    return n;
}

int64_t resolve_names_keep_us(int ttl) {
    int s = ttl < TTL_MIN_S ? TTL_MIN_S : ttl > TTL_MAX_S ? TTL_MAX_S : ttl;
    return (int64_t)s * 1000000;
}
