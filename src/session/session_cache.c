/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_cache.h"

#include "session/session_int.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

enum { BUCKETS = 1024 };

struct entry {
    LIST_ENTRY(entry) in_bucket;
    TAILQ_ENTRY(entry) in_order; /* the least recently used first; not while it is being ended */
    unsigned char hash[SHA256_SIZE];
    struct session *session; /* NULL while it is being ended */
    unsigned ends;           /* calls under way that end it */
};

LIST_HEAD(bucket, entry);
TAILQ_HEAD(order, entry);

struct shard {
    pthread_mutex_t lock;
    struct bucket buckets[BUCKETS];
    struct order order;
    size_t count, bytes; /* in `order` */
};

struct session_cache {
    struct shard shards[SESSION_CACHE_SHARDS];
};

static struct shard *lock(struct session_cache *c, const unsigned char *hash) {
    struct shard *shard = &c->shards[hash[0] % SESSION_CACHE_SHARDS];
    pthread_mutex_lock(&shard->lock);
    return shard;
}

static void unlock(struct shard *shard) { pthread_mutex_unlock(&shard->lock); }

/* The hash is SHA-256 of what nobody can choose twice the same start of. */
static struct bucket *bucket_of(struct shard *shard, const unsigned char *hash) {
    return &shard->buckets[(hash[1] | (unsigned)hash[2] << 8) % BUCKETS];
}

static struct entry *find(struct shard *shard, const unsigned char *hash) {
    struct entry *e;
    LIST_FOREACH(e, bucket_of(shard, hash), in_bucket) {
        if (memcmp(e->hash, hash, sizeof e->hash) == 0)
            return e;
    }
    return NULL;
}

static struct entry *insert(struct shard *shard, const unsigned char *hash) {
    struct entry *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    memcpy(e->hash, hash, sizeof e->hash);
    LIST_INSERT_HEAD(bucket_of(shard, hash), e, in_bucket);
    return e;
}

static void drop_session(struct shard *shard, struct entry *e) {
    if (!e->session)
        return;
    TAILQ_REMOVE(&shard->order, e, in_order);
    shard->count--;
    shard->bytes -= session_size(e->session);
    session_unref(e->session);
    e->session = NULL;
}

static void drop(struct shard *shard, struct entry *e) {
    drop_session(shard, e);
    LIST_REMOVE(e, in_bucket);
    free(e);
}

static void put_session(struct shard *shard, struct entry *e, struct session *s) {
    drop_session(shard, e);
    e->session = session_ref(s);
    TAILQ_INSERT_TAIL(&shard->order, e, in_order);
    shard->count++;
    shard->bytes += session_size(s);
    while (shard->count > SESSION_CACHE_SHARD_ROWS || shard->bytes > SESSION_CACHE_SHARD_BYTES)
        drop(shard, TAILQ_FIRST(&shard->order));
}

struct session_cache *session_cache_new(void) {
    struct session_cache *c = calloc(1, sizeof *c);
    for (size_t i = 0; c && i < SESSION_CACHE_SHARDS; i++) {
        pthread_mutex_init(&c->shards[i].lock, NULL);
        TAILQ_INIT(&c->shards[i].order);
    }
    return c;
}

void session_cache_free(struct session_cache *c) {
    for (size_t i = 0; c && i < SESSION_CACHE_SHARDS; i++) {
        struct shard *shard = &c->shards[i];
        for (size_t k = 0; k < BUCKETS; k++) {
            for (struct entry *e = LIST_FIRST(&shard->buckets[k]), *next; e; e = next) {
                next = LIST_NEXT(e, in_bucket);
                drop(shard, e);
            }
        }
        pthread_mutex_destroy(&shard->lock);
    }
    free(c);
}

enum session_cached session_cache_find(struct session_cache *c,
                                       const unsigned char hash[SHA256_SIZE],
                                       struct session **out) {
    enum session_cached cached = SESSION_CACHED_NOT;
    struct shard *shard = lock(c, hash);
    struct entry *e = find(shard, hash);
    *out = NULL;
    if (e && e->ends) {
        cached = SESSION_CACHED_ENDING;
    } else if (e) {
        cached = SESSION_CACHED;
        *out = session_ref(e->session);
        TAILQ_REMOVE(&shard->order, e, in_order);
        TAILQ_INSERT_TAIL(&shard->order, e, in_order);
    }
    unlock(shard);
    return cached;
}

bool session_cache_add(struct session_cache *c, struct session *s) {
    struct shard *shard = lock(c, s->hash);
    struct entry *e = find(shard, s->hash);
    bool is_ending = e && e->ends;
    if (!e)
        e = insert(shard, s->hash);
    if (e && !is_ending)
        put_session(shard, e, s);
    unlock(shard);
    return !is_ending;
}

static void tell_over(struct entry *e) {
    if (e->session)
        e->session->life->is_over = true;
}

void session_cache_remove(struct session_cache *c, const unsigned char hash[SHA256_SIZE]) {
    struct shard *shard = lock(c, hash);
    struct entry *e = find(shard, hash);
    if (e && !e->ends) {
        tell_over(e);
        drop(shard, e);
    }
    unlock(shard);
}

void session_cache_drop(struct session_cache *c, bool (*pick)(void *user, struct session *s),
                        void *user) {
    for (size_t i = 0; i < SESSION_CACHE_SHARDS; i++) {
        struct shard *shard = &c->shards[i];
        pthread_mutex_lock(&shard->lock);
        for (struct entry *e = TAILQ_FIRST(&shard->order), *next; e; e = next) {
            next = TAILQ_NEXT(e, in_order);
            if (!pick(user, e->session))
                continue;
            tell_over(e);
            drop(shard, e);
        }
        unlock(shard);
    }
}

bool session_cache_end(struct session_cache *c, const unsigned char hash[SHA256_SIZE]) {
    struct shard *shard = lock(c, hash);
    struct entry *e = find(shard, hash);
    if (!e)
        e = insert(shard, hash);
    if (e) {
        tell_over(e);
        drop_session(shard, e);
        e->ends++;
    }
    unlock(shard);
    return e != NULL;
}

void session_cache_ended(struct session_cache *c, const unsigned char hash[SHA256_SIZE]) {
    struct shard *shard = lock(c, hash);
    struct entry *e = find(shard, hash);
    if (e && --e->ends == 0)
        drop(shard, e);
    unlock(shard);
}
