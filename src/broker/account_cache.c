/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/account_cache.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>

enum { BUCKETS = 1024 };

struct known {
    LIST_ENTRY(known) in_bucket;
    TAILQ_ENTRY(known) in_order; /* longest not asked for first */
    enum broker_name_type type;
    char *name, *principal;
    struct sid sid;
    struct err *why; /* NULL: it is `principal` and `sid` */
    int64_t ends_us;
};

/* `lock` guards all of it. */
struct account_cache {
    pthread_mutex_t lock;
    unsigned count;
    LIST_HEAD(, known) buckets[BUCKETS];
    TAILQ_HEAD(, known) order;
};

struct account_cache *account_cache_new(void) {
    struct account_cache *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    pthread_mutex_init(&c->lock, NULL);
    TAILQ_INIT(&c->order);
    return c;
}

static void known_free(struct known *k) {
    free(k->name);
    free(k->principal);
    free(k->why);
    free(k);
}

static void forget(struct account_cache *c, struct known *k) {
    LIST_REMOVE(k, in_bucket);
    TAILQ_REMOVE(&c->order, k, in_order);
    c->count--;
    known_free(k);
}

void account_cache_free(struct account_cache *c) {
    if (!c)
        return;
    for (struct known *k; (k = TAILQ_FIRST(&c->order));)
        forget(c, k);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

/* FNV-1a. */
static size_t bucket_of(struct str name) {
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < name.n; i++)
        hash = (hash ^ (unsigned char)name.p[i]) * 16777619u;
    return hash % BUCKETS;
}

static struct known *find(struct account_cache *c, enum broker_name_type type, struct str name) {
    struct known *k;
    LIST_FOREACH(k, &c->buckets[bucket_of(name)], in_bucket) {
        if (k->type == type && str_eq(str_of(k->name), name))
            return k;
    }
    return NULL;
}

bool account_cache_get(struct account_cache *c, enum broker_name_type type, struct str name,
                       int64_t now_us, struct account *out, struct err *why) {
    pthread_mutex_lock(&c->lock);
    struct known *k = find(c, type, name);
    if (k && k->ends_us <= now_us) {
        forget(c, k);
        k = NULL;
    }
    if (k) {
        TAILQ_REMOVE(&c->order, k, in_order);
        TAILQ_INSERT_TAIL(&c->order, k, in_order);
        *why = k->why ? *k->why : (struct err){.code = ERR_NONE};
        snprintf(out->principal, sizeof out->principal, "%s", k->principal);
        out->sid = k->sid;
    }
    pthread_mutex_unlock(&c->lock);
    return k != NULL;
}

static struct known *known_new(struct str name, const struct account *account,
                               const struct err *why) {
    struct known *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    k->name = strndup(name.n ? name.p : "", name.n);
    k->principal = strdup(why ? "" : account->principal);
    if (!why)
        k->sid = account->sid;
    k->why = why ? malloc(sizeof *why) : NULL;
    if (k->name && k->principal && !k->why == !why) {
        if (why)
            *k->why = *why;
        return k;
    }
    known_free(k);
    return NULL;
}

void account_cache_put(struct account_cache *c, enum broker_name_type type, struct str name,
                       int64_t now_us, const struct account *account, const struct err *why) {
    struct known *k = known_new(name, account, why), *before;
    if (!k)
        return;
    k->type = type;
    k->ends_us = now_us + (int64_t)(why ? ACCOUNT_NONE_S : ACCOUNT_FOUND_S) * 1000000;
    pthread_mutex_lock(&c->lock);
    before = find(c, type, name);
    if (!before && c->count == ACCOUNT_CACHE_MAX)
        before = TAILQ_FIRST(&c->order);
    if (before)
        forget(c, before);
    LIST_INSERT_HEAD(&c->buckets[bucket_of(name)], k, in_bucket);
    TAILQ_INSERT_TAIL(&c->order, k, in_order);
    c->count++;
    pthread_mutex_unlock(&c->lock);
}

void account_cache_forget(struct account_cache *c, enum broker_name_type type, struct str name) {
    pthread_mutex_lock(&c->lock);
    struct known *k = find(c, type, name);
    if (k)
        forget(c, k);
    pthread_mutex_unlock(&c->lock);
}
