/* SPDX-License-Identifier: Apache-2.0 */
#include "session/session_roll.h"

#include "session/session_cache.h"
#include "session/session_int.h"
#include "session/session_query.h"
#include "session/session_queue.h"

#include <stdlib.h>

/* One portion. */
struct portion {
    struct session_call call; /* first: they are the same to the queue */
    struct session_roll roll;
    int64_t behind; /* the row that the one before ended with */
    unsigned picked;
    bool is_first, has_run, is_last;
    size_t count;
    struct session *ending[SESSION_ROLL_PORTION];
};

static struct portion *portion_of(struct session_call *c) { return (struct portion *)c; }

static bool counts(const struct session_store *store, const struct session *s) {
    int64_t now_s = session_store_now_s(store);
    return !session_is_past_lifetime(s, &store->limits, now_s) &&
           !session_is_idle(s, &store->limits, now_s);
}

static void on_row(void *user, struct session *s) {
    struct portion *p = user;
    if (!counts(p->call.store, s) || !p->roll.pick(p->roll.user, s))
        return;
    p->picked++;
    if (p->roll.is_end)
        p->ending[p->count++] = session_ref(s);
}

/* On disk first; then nobody finds them in the cache either. */
static bool end_all(struct portion *p, struct err *e) {
    struct session_store *store = p->call.store;
    bool is_done = p->count == 0 || session_query_delete_all(store->file, p->ending, p->count, e);
    for (size_t i = 0; i < p->count; i++) {
        if (is_done)
            session_cache_remove(store->cache, p->ending[i]->hash);
        session_unref(p->ending[i]);
    }
    p->count = 0;
    return is_done;
}

static void work(struct session_call *c) {
    struct portion *p = portion_of(c);
    int64_t behind = p->behind;
    p->has_run = true;
    if (p->roll.is_cached) {
        session_cache_drop(c->store->cache, p->roll.pick, p->roll.user);
        p->is_last = true;
        return;
    }
    bool is_read =
        session_query_each(c->store->file, &p->behind, SESSION_ROLL_PORTION, on_row, p, &c->err);
    bool is_done = end_all(p, &c->err) && is_read;
    p->is_last = !is_done || p->behind == behind;
    if (is_done && p->is_last && p->roll.is_end)
        session_cache_drop(c->store->cache, p->roll.pick, p->roll.user);
}

static struct portion *portion_new(struct session_store *s, const struct session_roll *r);

/* The next portion is queued behind what has been asked for meanwhile. */
static void release(struct session_call *c) {
    struct portion *p = portion_of(c), *next;
    if (!p->has_run && p->is_first) /* who asked is told so */
        return;
    if (!p->has_run)
        err_set(&c->err, ERR_BUSY, "too much waits for the session store");
    else if (!p->is_last && (next = portion_new(c->store, &p->roll))) {
        next->behind = p->behind;
        next->picked = p->picked;
        session_queue_send(c->store->queue,
                           &next->call); /* or it is released, without having run */
        return;
    } else if (!p->is_last) {
        err_set(&c->err, ERR_NO_MEMORY, "no memory for the sessions");
    }
    p->roll.done(p->roll.user, p->picked, &c->err);
}

static struct portion *portion_new(struct session_store *s, const struct session_roll *r) {
    struct portion *p = calloc(1, sizeof *p);
    if (p)
        *p = (struct portion){
            .call = {.store = s, .queue_max = SESSION_QUEUE_ALL, .work = work, .release = release},
            .roll = *r};
    return p;
}

bool session_roll(struct session_store *s, const struct session_roll *r) {
    struct portion *p = portion_new(s, r);
    if (!p)
        return false;
    p->is_first = true;
    return session_queue_send(s->queue, &p->call);
}
