/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/shares.h"

#include "base/secret.h"

#include <stdlib.h>
#include <sys/queue.h>

enum { BUCKETS = 1024 };

struct share {
    uint64_t key;
    bool is_ipv6;
    unsigned count;
    LIST_ENTRY(share) next;
};

struct shares {
    unsigned max;
    uint64_t salt; /* so that nobody can choose addresses of one bucket */
    LIST_HEAD(, share) buckets[BUCKETS];
};

struct shares *shares_new(unsigned max) {
    struct shares *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    s->max = max;
    secret_random(&s->salt, sizeof s->salt);
    s->salt |= 1;
    return s;
}

void shares_free(struct shares *s) {
    for (size_t i = 0; s && i < BUCKETS; i++) {
        for (struct share *at = LIST_FIRST(&s->buckets[i]), *next; at; at = next) {
            next = LIST_NEXT(at, next);
            free(at);
        }
    }
    free(s);
}

static uint64_t key_of(const union resolve_address *who) {
    uint64_t key = 0;
    if (who->any.sa_family == AF_INET6)
        memcpy(&key, &who->v6.sin6_addr, sizeof key);
    else
        memcpy(&key, &who->v4.sin_addr, sizeof who->v4.sin_addr);
    return key;
}

static struct share *find(struct shares *s, uint64_t key, bool is_ipv6, size_t *bucket) {
    uint64_t mixed = (key ^ s->salt) * 0x9e3779b97f4a7c15u;
    mixed = (mixed ^ mixed >> 32) * s->salt;
    *bucket = mixed >> 54;
    struct share *at;
    LIST_FOREACH(at, &s->buckets[*bucket], next) {
        if (at->key == key && at->is_ipv6 == is_ipv6)
            return at;
    }
    return NULL;
}

bool shares_take(struct shares *s, const union resolve_address *who) {
    uint64_t key = key_of(who);
    bool is_ipv6 = who->any.sa_family == AF_INET6;
    size_t bucket;
    struct share *at = find(s, key, is_ipv6, &bucket);
    if (at && at->count >= s->max)
        return false;
    if (!at) {
        if (!(at = malloc(sizeof *at)))
            return false;
        *at = (struct share){.key = key, .is_ipv6 = is_ipv6};
        LIST_INSERT_HEAD(&s->buckets[bucket], at, next);
    }
    at->count++;
    return true;
}

void shares_give(struct shares *s, const union resolve_address *who) {
    size_t bucket;
    struct share *at = find(s, key_of(who), who->any.sa_family == AF_INET6, &bucket);
    if (at && --at->count == 0) {
        LIST_REMOVE(at, next);
        free(at);
    }
}
