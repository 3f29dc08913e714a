/* SPDX-License-Identifier: Apache-2.0
 *
 * The service tickets one thread holds: (login, SPN) to ticket, bounded in number and bytes, the
 * least recently used goes first. What is neither here nor on the shelf that the threads share is
 * asked of the broker, once for all who wait; what is in use is asked for again before it ends,
 * behind the requests. Loop thread only, but for the pure functions at the end.
 */
#pragma once
#include "broker/client.h"
#include "connector/login.h"
#include "connector/ticket_shelf.h"
#include "kerberos/mint.h"

/* A ticket that several requests may be minting from. */
struct shared_ticket {
    struct ticket *ticket;
    struct mint_die *die; /* NULL until the first token is made of it */
    int64_t ends_s;       /* not used after this: some time before its own end */
    unsigned references;
    uint64_t uses; /* requests it was given to */
};
/* Whether it came to that while somebody held it. */
bool shared_ticket_is_over(const struct shared_ticket *t);
void shared_ticket_release(struct shared_ticket *t);

struct tickets;
struct tickets_wait;

struct tickets_limits {
    unsigned count;     /* tickets kept */
    size_t bytes;       /* of them, with their dies; the one that was used last stays in any case */
    int64_t timeout_ms; /* for the broker's answer */
};

/* `broker` and `shelf` stay the caller's and outlive the result. NULL: memory. */
struct tickets *tickets_new(struct broker_client *broker, struct ticket_shelf *shelf,
                            struct tickets_limits limits);
/* Every wait must have been called back or cancelled, every ticket released. */
void tickets_free(struct tickets *t);

/* `ticket` (a reference, the callee's) or NULL and `e` says why. Never called from inside
 * tickets_get. */
typedef void tickets_done_fn(void *user, struct shared_ticket *ticket, const struct err *e);

/* The caller waits with `done` and `user`, and owns `*wait` until it is called back. */
struct tickets_question {
    const struct login *login;
    const char *spn;
    struct str proof; /* as login_proof has it; read before it returns */
    tickets_done_fn *done;
    void *user;
};
enum tickets_result {
    TICKETS_FOUND,   /* `*ticket` is a reference of the caller's */
    TICKETS_WAITING, /* `*wait` is set */
    TICKETS_FAILED,  /* `e` is set: ERR_BUSY, ERR_BROKER_DOWN, ERR_NO_MEMORY, ERR_KRB_… */
};
/* How long a failure of the KDC's or of the broker's lists is the answer to the same question. */
enum { TICKETS_REFUSAL_MS = 1000 };
enum tickets_result tickets_get(struct tickets *t, const struct tickets_question *q,
                                struct shared_ticket **ticket, struct tickets_wait **wait,
                                struct err *e);
void tickets_cancel(struct tickets_wait *w);
enum { TICKETS_RENEW_S = 60 };
/* A back end did not take the ticket of `q` (without `done`): the broker is asked for another,
 * which whoever asks next waits for. False when that was so already in the last TICKETS_RENEW_S:
 * then it is not the ticket, and the KDC is left alone. */
bool tickets_renew(struct tickets *t, const struct tickets_question *q);

/* A ticket that is held, as tickets_each shows it: for the length of the call. */
struct tickets_held {
    const struct login *login; /* what it was asked for */
    const char *spn;
    const struct shared_ticket *ticket;
};
typedef void tickets_each_fn(void *user, const struct tickets_held *held);
/* Shows those of `user` (empty: of everybody), as tickets_is_of has it. */
void tickets_each(const struct tickets *t, struct str user, tickets_each_fn *fn, void *fn_user);
/* Drops the same, here and on the shelf, with what is remembered of failures, and keeps no answer
 * to a question that the broker has been asked before: who waits for it is still given it. How many
 * tickets went from here. */
unsigned tickets_purge(struct tickets *t, struct str user);
/* Whether one asked for as `login`, in the name of `client`, is `user`'s: one of the two names, or
 * either without its realm when `user` has none. ASCII case aside. Pure, any thread. */
bool tickets_is_of(const struct login *login, const char *client, struct str user);
/* Whether two names and two SPNs are those of one ticket, and a number that is the same then. Pure,
 * any thread. */
bool tickets_is_for(const struct login *login, const char *spn, const struct login *other,
                    const char *other_spn);
size_t tickets_hash(const struct login *login, const char *spn);
