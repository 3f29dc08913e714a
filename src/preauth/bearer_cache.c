/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/bearer_cache.h"

#include <pthread.h>
#include <stdlib.h>

struct place {
    unsigned char hash[SHA256_SIZE];
    struct session *session; /* NULL: empty */
    int64_t until_s;
    uint64_t used; /* the row's count at the last use */
};

struct row {
    struct place places[BEARER_CACHE_ROW];
    uint64_t uses;
};

struct bearer_cache {
    pthread_mutex_t locks[BEARER_CACHE_LOCKS];
    struct row *rows;
    size_t count;
};

/* Nobody can choose the hash of a token that an issuer has signed. */
static size_t row_of(const struct bearer_cache *c, const unsigned char *hash) {
    uint64_t number;
    memcpy(&number, hash, sizeof number);
    return number % c->count;
}

static pthread_mutex_t *lock_of(struct bearer_cache *c, size_t row) {
    return &c->locks[row % BEARER_CACHE_LOCKS];
}

struct bearer_cache *bearer_cache_new(unsigned tokens) {
    struct bearer_cache *c = calloc(1, sizeof *c);
    if (!c)
        return NULL;
    for (size_t i = 0; i < BEARER_CACHE_LOCKS; i++)
        pthread_mutex_init(&c->locks[i], NULL);
    c->count = (tokens + BEARER_CACHE_ROW - 1) / BEARER_CACHE_ROW;
    c->rows = calloc(c->count, sizeof *c->rows);
    if (c->rows)
        return c;
    bearer_cache_free(c);
    return NULL;
}

static void empty(struct place *p) {
    session_unref(p->session);
    *p = (struct place){.session = NULL};
}

void bearer_cache_free(struct bearer_cache *c) {
    if (!c)
        return;
    for (size_t i = 0; c->rows && i < c->count; i++)
        for (size_t k = 0; k < BEARER_CACHE_ROW; k++)
            empty(&c->rows[i].places[k]);
    for (size_t i = 0; i < BEARER_CACHE_LOCKS; i++)
        pthread_mutex_destroy(&c->locks[i]);
    free(c->rows);
    free(c);
}

/* Its place, or NULL; what is over on the way is gone. */
static struct place *look(struct row *row, const unsigned char *hash, int64_t now_s) {
    struct place *found = NULL;
    for (size_t i = 0; i < BEARER_CACHE_ROW; i++) {
        struct place *p = &row->places[i];
        if (p->session && (now_s >= p->until_s || session_is_over(p->session)))
            empty(p);
        if (p->session && memcmp(p->hash, hash, SHA256_SIZE) == 0)
            found = p;
    }
    return found;
}

struct session *bearer_cache_find(struct bearer_cache *c, const unsigned char hash[SHA256_SIZE],
                                  int64_t now_s) {
    size_t number = row_of(c, hash);
    struct row *row = &c->rows[number];
    struct session *session = NULL;
    pthread_mutex_lock(lock_of(c, number));
    struct place *p = look(row, hash, now_s);
    if (p) {
        p->used = ++row->uses;
        session = session_ref(p->session);
    }
    pthread_mutex_unlock(lock_of(c, number));
    return session;
}

static struct place *make_room(struct row *row) {
    struct place *oldest = &row->places[0];
    for (size_t i = 0; i < BEARER_CACHE_ROW; i++)
        if (row->places[i].used < oldest->used) /* 0 in an empty one */
            oldest = &row->places[i];
    return oldest;
}

void bearer_cache_keep(struct bearer_cache *c, const unsigned char hash[SHA256_SIZE],
                       struct session *s, int64_t until_s) {
    size_t number = row_of(c, hash);
    struct row *row = &c->rows[number];
    pthread_mutex_lock(lock_of(c, number));
    struct place *p = look(row, hash, INT64_MIN);
    p = p ? p : make_room(row);
    empty(p);
    *p = (struct place){.session = session_ref(s), .until_s = until_s, .used = ++row->uses};
    memcpy(p->hash, hash, SHA256_SIZE);
    pthread_mutex_unlock(lock_of(c, number));
}
