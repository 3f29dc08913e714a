/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/tickets.h"

#include "base/clock.h"

#include <stdlib.h>
#include <sys/queue.h>

enum {
    BUCKETS = 4096,
    /* A ticket that ends sooner is not used any more: clocks differ. Of a short one, a fifth. */
    MARGIN_S = 120,
    AHEAD_S = 600, /* before that it is asked for again; of a short one, a quarter of its life */
    AGAIN_S = 30,  /* from one such question that failed to the next */
};

/* In the table it has a ticket or the reason why there is none, or the broker is asked. */
struct entry {
    struct login login;
    char *spn;
    struct shared_ticket *ticket;
    struct err *refusal; /* why there was none, */
    int64_t refused_us;  /* and when that was said */
    uint64_t asked;      /* the broker's id of the question, while asked, */
    int64_t asked_us;    /* and when it was */
    int64_t again_s;     /* not asked ahead before this */
    int64_t renewed_s;   /* when a back end had it asked for anew; 0: never */
    bool is_purged;      /* what the broker answers is for those who wait alone */
    struct tickets *tickets;
    TAILQ_HEAD(waits, tickets_wait) waits;
    LIST_ENTRY(entry) in_bucket;
    TAILQ_ENTRY(entry) in_order; /* least recently used first; only with ticket or refusal */
};

struct tickets_wait {
    struct entry *entry;
    tickets_done_fn *done;
    void *user;
    TAILQ_ENTRY(tickets_wait) next;
};

struct tickets {
    struct broker_client *broker;
    struct ticket_shelf *shelf;
    struct tickets_limits limits;
    unsigned count; /* entries with a ticket or a refusal */
    size_t bytes;   /* of the tickets */
    LIST_HEAD(, entry) buckets[BUCKETS];
    TAILQ_HEAD(order, entry) order;
};

static struct shared_ticket *reference(struct shared_ticket *t) {
    t->references++;
    return t;
}

bool shared_ticket_is_over(const struct shared_ticket *t) { return t->ends_s < clock_wall_s(); }

void shared_ticket_release(struct shared_ticket *t) {
    if (t && --t->references == 0) {
        mint_die_free(t->die);
        ticket_free(t->ticket);
        free(t);
    }
}

struct tickets *tickets_new(struct broker_client *broker, struct ticket_shelf *shelf,
                            struct tickets_limits limits) {
    struct tickets *t = calloc(1, sizeof *t);
    if (!t)
        return NULL;
    t->broker = broker;
    t->shelf = shelf;
    t->limits = limits;
    TAILQ_INIT(&t->order);
    return t;
}

static struct entry *find(struct tickets *t, const struct login *login, const char *spn) {
    struct entry *e;
    LIST_FOREACH(e, &t->buckets[tickets_hash(login, spn) % BUCKETS], in_bucket) {
        if (tickets_is_for(&e->login, e->spn, login, spn))
            return e;
    }
    return NULL;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }
static int64_t most(int64_t a, int64_t b) { return a > b ? a : b; }

static size_t size_of(const struct shared_ticket *t) {
    return t ? sizeof *t + ticket_size(t->ticket) + mint_die_size(t->ticket) : 0;
}

static void drop_kept(struct entry *e) {
    if (!e->ticket && !e->refusal)
        return;
    TAILQ_REMOVE(&e->tickets->order, e, in_order);
    e->tickets->count--;
    e->tickets->bytes -= size_of(e->ticket);
    shared_ticket_release(e->ticket);
    free(e->refusal);
    e->ticket = NULL;
    e->refusal = NULL;
}

/* Out of the table; nobody may wait for it. */
static void forget(struct entry *e) {
    LIST_REMOVE(e, in_bucket);
    drop_kept(e);
    if (e->asked)
        broker_cancel(e->tickets->broker, e->asked);
    free(e->spn);
    free(e);
}

void tickets_free(struct tickets *t) {
    if (!t)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        struct entry *e;
        while ((e = LIST_FIRST(&t->buckets[i])))
            forget(e); // NOLINT(clang-analyzer-unix.Malloc): because it leaves the list first
    }
    free(t);
}

/* As the one that was used last; what is too much goes. */
static void enlist(struct entry *e) {
    struct tickets *t = e->tickets;
    TAILQ_INSERT_TAIL(&t->order, e, in_order);
    t->count++;
    t->bytes += size_of(e->ticket);
    while ((t->count > t->limits.count || t->bytes > t->limits.bytes) &&
           TAILQ_FIRST(&t->order) != e)
        // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): because forget() moves the queue's head on
        forget(TAILQ_FIRST(&t->order));
}

static int64_t life_s(const struct ticket *t) { return most(t->ends_s - t->starts_s, 0); }

/* Until when it is used. */
static int64_t good_until_s(const struct ticket *t) {
    return t->ends_s - least(MARGIN_S, life_s(t) / 5);
}

static bool is_due(const struct entry *e, int64_t now_s) {
    int64_t due_s = e->ticket->ends_s - least(AHEAD_S, life_s(e->ticket->ticket) / 4);
    return !e->asked && now_s >= e->again_s && due_s <= now_s;
}

/* Takes the ticket, or, without memory, frees it. */
static bool keep(struct entry *e, struct ticket *ticket) {
    struct shared_ticket *shared = malloc(sizeof *shared);
    if (!shared) {
        ticket_free(ticket);
        return false;
    }
    *shared =
        (struct shared_ticket){.ticket = ticket, .ends_s = good_until_s(ticket), .references = 1};
    drop_kept(e);
    e->ticket = shared;
    enlist(e);
    return true;
}

/* What depends on this very question is remembered; what may be over with the next, is not. */
static bool is_worth_remembering(enum err_code code) {
    return code != ERR_NO_MEMORY && code != ERR_BUSY && code != ERR_BROKER_DOWN &&
           code != ERR_SIGN_IN_REQUIRED; /* of one session, and the next is another */
}

/* Without memory it is forgotten, and asked again. */
static void keep_refusal(struct entry *e, const struct err *err) {
    if (!is_worth_remembering(err->code) || !(e->refusal = malloc(sizeof *e->refusal)))
        return;
    *e->refusal = *err;
    e->refused_us = clock_mono_us();
    enlist(e);
}

static void take_reply(struct entry *e, struct broker_reply *reply, struct err *err) {
    *err = reply->err;
    e->asked = 0;
    e->is_purged = false;
    if (err->code == ERR_NONE)
        ticket_shelf_put(e->tickets->shelf, &e->login, e->spn, reply->ticket, e->asked_us);
    if (err->code == ERR_NONE && !keep(e, reply->ticket))
        err_set(err, ERR_NO_MEMORY, "no memory for a ticket");
    if (err->code != ERR_NONE)
        e->again_s = clock_wall_s() + AGAIN_S;
}

/* Each gets a reference of its own, or why there is none. */
static void tell(struct waits *waits, struct shared_ticket *ticket, const struct err *err) {
    struct tickets_wait *w;
    while ((w = TAILQ_FIRST(waits))) {
        TAILQ_REMOVE(waits, w, next);
        if (w->done && ticket)
            ticket->uses++;
        if (w->done)
            w->done(w->user, ticket ? reference(ticket) : NULL, err);
        free(w);
    }
}

static void answered(void *user, struct broker_reply *reply) {
    struct entry *e = user;
    struct err err;
    bool is_purged = e->is_purged;
    struct waits waits = TAILQ_HEAD_INITIALIZER(waits);
    struct tickets_wait *w;
    take_reply(e, reply, &err);
    /* Whoever is called back may ask again, or cancel others that wait: the entry is not touched
     * any more, and a failed one has left the table first. */
    TAILQ_FOREACH(w, &e->waits, next)
    w->entry = NULL;
    TAILQ_CONCAT(&waits, &e->waits, next);
    struct shared_ticket *ticket = e->ticket ? reference(e->ticket) : NULL;
    if (!ticket)
        keep_refusal(e, &err);
    if (is_purged || (!ticket && !e->refusal))
        forget(e);
    // NOLINTNEXTLINE(clang-analyzer-unix.Malloc): because of the reference taken above
    tell(&waits, ticket, &err);
    shared_ticket_release(ticket);
}

/* False with `err` set. */
static bool ask(struct entry *e, struct str proof, struct err *err) {
    struct tickets *t = e->tickets;
    struct broker_request ask = {.kind = BROKER_TICKET,
                                 .account = e->login.account,
                                 .timeout_ms = (uint32_t)t->limits.timeout_ms,
                                 .user = str_of(e->login.name),
                                 .name_type = e->login.type,
                                 .spn = str_of(e->spn),
                                 .proof = proof};
    e->asked_us = clock_mono_us();
    e->asked = broker_ask(t->broker, &ask, answered, e, err);
    return e->asked;
}

static struct entry *entry_new(struct tickets *t, const struct tickets_question *q,
                               struct err *err) {
    struct entry *e = calloc(1, sizeof *e);
    if (e)
        e->spn = strdup(q->spn);
    if (!e || !e->spn) {
        free(e);
        err_set(err, ERR_NO_MEMORY, "no memory for a ticket");
        return NULL;
    }
    e->tickets = t;
    e->login = *q->login;
    TAILQ_INIT(&e->waits);
    LIST_INSERT_HEAD(&t->buckets[tickets_hash(q->login, q->spn) % BUCKETS], e, in_bucket);
    return e;
}

/* What is too old to be used goes. */
static void let_age(struct entry *e) {
    bool is_over = e->ticket && shared_ticket_is_over(e->ticket);
    bool is_stale =
        e->refusal && clock_mono_us() - e->refused_us >= TICKETS_REFUSAL_MS * INT64_C(1000);
    if (is_over || is_stale)
        drop_kept(e);
}

/* Keeps what another thread got meanwhile, if that ends later than `after_s`. */
static void borrow(struct entry *e, int64_t after_s) {
    struct ticket *found = ticket_shelf_take(e->tickets->shelf, &e->login, e->spn, after_s);
    if (found && good_until_s(found) > clock_wall_s())
        keep(e, found);
    else
        ticket_free(found);
}

static struct shared_ticket *use(struct entry *e, struct str proof, int64_t now_s) {
    struct err ignored; /* there is a ticket, and time to ask again */
    if (is_due(e, now_s))
        borrow(e, e->ticket->ticket->ends_s);
    if (is_due(e, now_s) && !ask(e, proof, &ignored))
        e->again_s = now_s + AGAIN_S;
    TAILQ_REMOVE(&e->tickets->order, e, in_order);
    TAILQ_INSERT_TAIL(&e->tickets->order, e, in_order);
    e->ticket->uses++;
    return reference(e->ticket);
}

/* The broker is asked, unless it has been. An entry that has nothing does not stay without that. */
static enum tickets_result wait_for(struct entry *e, const struct tickets_question *q,
                                    struct tickets_wait **wait, struct err *err) {
    struct tickets_wait *w = malloc(sizeof *w);
    if (!w)
        err_set(err, ERR_NO_MEMORY, "no memory for a ticket");
    if (!w || (!e->asked && !ask(e, q->proof, err))) {
        free(w);
        if (!e->asked)
            forget(e);
        return TICKETS_FAILED;
    }
    *w = (struct tickets_wait){.entry = e, .done = q->done, .user = q->user};
    TAILQ_INSERT_TAIL(&e->waits, w, next);
    *wait = w;
    return TICKETS_WAITING;
}

enum tickets_result tickets_get(struct tickets *t, const struct tickets_question *q,
                                struct shared_ticket **ticket, struct tickets_wait **wait,
                                struct err *err) {
    struct entry *e = find(t, q->login, q->spn);
    int64_t now_s = clock_wall_s();
    *ticket = NULL;
    *wait = NULL;
    if (!e && !(e = entry_new(t, q, err)))
        return TICKETS_FAILED;
    let_age(e);
    /* Also after a refusal, which another thread's ticket is newer than. Whoever waits already is
     * told by the broker's answer, and not dropped with what is borrowed. */
    if (!e->ticket && !e->asked)
        borrow(e, now_s);
    if (e->ticket) {
        *ticket = use(e, q->proof, now_s);
        return TICKETS_FOUND;
    }
    if (e->refusal) {
        *err = *e->refusal;
        return TICKETS_FAILED;
    }
    return wait_for(e, q, wait, err);
}

void tickets_cancel(struct tickets_wait *w) {
    if (!w)
        return;
    if (!w->entry) {
        w->done = NULL; /* answered() is at work on its list, and frees it */
        return;
    }
    TAILQ_REMOVE(&w->entry->waits, w, next);
    free(w);
}

bool tickets_renew(struct tickets *t, const struct tickets_question *q) {
    struct entry *e = find(t, q->login, q->spn);
    int64_t now_s = clock_wall_s();
    if (!e || !e->ticket)
        return true;
    if (e->renewed_s && now_s < e->renewed_s + TICKETS_RENEW_S)
        return false;
    e->renewed_s = now_s;
    drop_kept(e);
    ticket_shelf_drop(t->shelf, q->login, q->spn);
    struct err ignored; /* whoever asks next is told */
    if (!e->asked && !ask(e, q->proof, &ignored))
        forget(e);
    return true;
}

static bool is_of(const struct entry *e, struct str user) {
    return tickets_is_of(&e->login, e->ticket ? e->ticket->ticket->client : NULL, user);
}

void tickets_each(const struct tickets *t, struct str user, tickets_each_fn *fn, void *fn_user) {
    const struct entry *e;
    TAILQ_FOREACH(e, &t->order, in_order) {
        if (e->ticket && is_of(e, user))
            fn(fn_user, &(struct tickets_held){&e->login, e->spn, e->ticket});
    }
}

/* One that the broker is asked for stays for its answer. */
static unsigned purge(struct entry *e) {
    unsigned count = e->ticket != NULL;
    if (e->asked) {
        drop_kept(e);
        e->is_purged = true;
    } else {
        forget(e);
    }
    return count;
}

unsigned tickets_purge(struct tickets *t, struct str user) {
    unsigned count = 0;
    ticket_shelf_purge(t->shelf, user);
    for (size_t i = 0; i < BUCKETS; i++) {
        struct entry *e, *next;
        for (e = LIST_FIRST(&t->buckets[i]); e; e = next) {
            next = LIST_NEXT(e, in_bucket);
            if (is_of(e, user))
                count += purge(e);
        }
    }
    return count;
}
