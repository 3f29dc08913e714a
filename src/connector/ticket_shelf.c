/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/ticket_shelf.h"

#include "base/clock.h"
#include "connector/tickets.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

enum { BUCKETS = 4096 };

struct place {
    struct login login;
    char *spn;
    struct ticket *ticket;
    LIST_ENTRY(place) in_bucket;
    TAILQ_ENTRY(place) in_order; /* least recently taken first */
};

struct ticket_shelf {
    pthread_mutex_t mutex;
    unsigned count, count_max;
    size_t bytes, bytes_max;
    int64_t purged_us; /* when something was, last */
    LIST_HEAD(, place) buckets[BUCKETS];
    TAILQ_HEAD(, place) order;
};

struct ticket_shelf *ticket_shelf_new(unsigned count, size_t bytes) {
    struct ticket_shelf *s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    pthread_mutex_init(&s->mutex, NULL);
    TAILQ_INIT(&s->order);
    s->count_max = count;
    s->bytes_max = bytes;
    return s;
}

static void clear(struct ticket_shelf *s, struct place *p) {
    LIST_REMOVE(p, in_bucket);
    TAILQ_REMOVE(&s->order, p, in_order);
    s->count--;
    s->bytes -= ticket_size(p->ticket);
    ticket_free(p->ticket);
    free(p->spn);
    free(p);
}

void ticket_shelf_free(struct ticket_shelf *s) {
    if (!s)
        return;
    while (!TAILQ_EMPTY(&s->order))
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): because clear() moves the queue's head on
        clear(s, TAILQ_FIRST(&s->order));
    pthread_mutex_destroy(&s->mutex);
    free(s);
}

static struct place *find(struct ticket_shelf *s, const struct login *login, const char *spn) {
    struct place *p;
    LIST_FOREACH(p, &s->buckets[tickets_hash(login, spn) % BUCKETS], in_bucket) {
        if (tickets_is_for(&p->login, p->spn, login, spn))
            return p;
    }
    return NULL;
}

struct ticket *ticket_shelf_take(struct ticket_shelf *s, const struct login *login, const char *spn,
                                 int64_t after_s) {
    struct ticket *found = NULL;
    pthread_mutex_lock(&s->mutex);
    struct place *p = find(s, login, spn);
    if (p && p->ticket->ends_s > after_s) {
        TAILQ_REMOVE(&s->order, p, in_order);
        TAILQ_INSERT_TAIL(&s->order, p, in_order);
        found = ticket_hold(p->ticket);
    }
    pthread_mutex_unlock(&s->mutex);
    return found;
}

static struct place *place_new(const struct login *login, const char *spn, struct ticket *t) {
    struct place *p = calloc(1, sizeof *p);
    if (p)
        p->spn = strdup(spn);
    if (!p || !p->spn) {
        free(p);
        return NULL;
    }
    p->login = *login;
    p->ticket = ticket_hold(t);
    return p;
}

/* Called with the mutex held. */
static void put(struct ticket_shelf *s, struct place *p) {
    struct place *old = find(s, &p->login, p->spn);
    if (old)
        clear(s, old);
    LIST_INSERT_HEAD(&s->buckets[tickets_hash(&p->login, p->spn) % BUCKETS], p, in_bucket);
    TAILQ_INSERT_TAIL(&s->order, p, in_order);
    s->count++;
    s->bytes += ticket_size(p->ticket);
    while (s->count > s->count_max || s->bytes > s->bytes_max)
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): because clear() moves the queue's head on
        clear(s, TAILQ_FIRST(&s->order));
}

void ticket_shelf_put(struct ticket_shelf *s, const struct login *login, const char *spn,
                      struct ticket *t, int64_t asked_us) {
    struct place *p = place_new(login, spn, t);
    if (!p)
        return;
    pthread_mutex_lock(&s->mutex);
    bool is_current = asked_us > s->purged_us;
    if (is_current)
        put(s, p);
    pthread_mutex_unlock(&s->mutex);
    if (is_current)
        return;
    ticket_free(p->ticket);
    free(p->spn);
    free(p);
}

void ticket_shelf_drop(struct ticket_shelf *s, const struct login *login, const char *spn) {
    pthread_mutex_lock(&s->mutex);
    struct place *p = find(s, login, spn);
    if (p)
        clear(s, p);
    pthread_mutex_unlock(&s->mutex);
}

void ticket_shelf_purge(struct ticket_shelf *s, struct str user) {
    struct place *p, *next;
    pthread_mutex_lock(&s->mutex);
    s->purged_us = clock_mono_us();
    for (p = TAILQ_FIRST(&s->order); p; p = next) {
        next = TAILQ_NEXT(p, in_order);
        if (tickets_is_of(&p->login, p->ticket->client, user))
            clear(s, p);
    }
    pthread_mutex_unlock(&s->mutex);
}
