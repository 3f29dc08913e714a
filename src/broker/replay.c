/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/replay.h"

#include "base/secret.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

enum { BUCKETS = 8192 };

struct seen {
    unsigned char hash[SHA256_SIZE];
    int64_t until_s;
    LIST_ENTRY(seen) in_bucket;
    STAILQ_ENTRY(seen) in_order; /* the first is forgotten first */
};

struct replay {
    pthread_mutex_t lock;
    int64_t began_ms;
    size_t count;
    LIST_HEAD(, seen) buckets[BUCKETS];
    STAILQ_HEAD(, seen) order;
};

struct replay *replay_new(int64_t now_ms) {
    struct replay *r = calloc(1, sizeof *r);
    if (!r)
        return NULL;
    pthread_mutex_init(&r->lock, NULL);
    STAILQ_INIT(&r->order);
    r->began_ms = now_ms;
    return r;
}

static void forget_first(struct replay *r) {
    struct seen *s = STAILQ_FIRST(&r->order);
    STAILQ_REMOVE_HEAD(&r->order, in_order);
    LIST_REMOVE(s, in_bucket);
    free(s);
    r->count--;
}

void replay_free(struct replay *r) {
    if (!r)
        return;
    while (!STAILQ_EMPTY(&r->order))
        forget_first(r);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static size_t bucket_of(const unsigned char hash[SHA256_SIZE]) {
    return ((size_t)hash[0] << 8 | hash[1]) % BUCKETS;
}

static bool is_seen(const struct replay *r, const unsigned char hash[SHA256_SIZE]) {
    const struct seen *s;
    LIST_FOREACH(s, &r->buckets[bucket_of(hash)], in_bucket) {
        if (memcmp(s->hash, hash, SHA256_SIZE) == 0)
            return true;
    }
    return false;
}

static enum replay_verdict note(struct replay *r, const unsigned char hash[SHA256_SIZE],
                                int64_t now_s) {
    /* A clock that was put back makes some stay longer, and none shorter than it may be used. */
    while (!STAILQ_EMPTY(&r->order) && STAILQ_FIRST(&r->order)->until_s < now_s)
        forget_first(r);
    if (is_seen(r, hash))
        return REPLAY_SEEN;
    struct seen *s = r->count < REPLAY_MAX ? malloc(sizeof *s) : NULL;
    if (!s)
        return REPLAY_FULL;
    memcpy(s->hash, hash, SHA256_SIZE);
    /* From our clock and not the client's: those that may still come are all within. */
    s->until_s = now_s + 2 * REPLAY_SKEW_S;
    LIST_INSERT_HEAD(&r->buckets[bucket_of(hash)], s, in_bucket);
    STAILQ_INSERT_TAIL(&r->order, s, in_order);
    r->count++;
    return REPLAY_NEW;
}

enum replay_verdict replay_judge(struct replay *r, struct str authenticator, int64_t made_ms,
                                 int64_t now_ms) {
    unsigned char hash[SHA256_SIZE];
    int64_t skew_s = now_ms / 1000 - made_ms / 1000;
    if (skew_s > REPLAY_SKEW_S || skew_s < -REPLAY_SKEW_S)
        return REPLAY_SKEWED;
    if (made_ms <= r->began_ms)
        return REPLAY_EARLIER;
    secret_sha256(authenticator, hash);
    pthread_mutex_lock(&r->lock);
    enum replay_verdict verdict = note(r, hash, now_ms / 1000);
    pthread_mutex_unlock(&r->lock);
    return verdict;
}
