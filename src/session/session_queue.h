/* SPDX-License-Identifier: Apache-2.0
 *
 * The store's thread, the only one that touches SQLite, and the calls it works off in the order in
 * which they came. The queue is bounded by kind, so that people who sign out are served while
 * somebody floods us with cookies or passwords; who finds it full is told ERR_BUSY.
 *
 * A call that somebody waits for is a handle of the asking loop and keeps that loop running until
 * it is answered, cancelled or not: the answer never comes to a loop that is gone. The thread
 * writes a call until `is_done`, the loop reads it from then on.
 */
#pragma once
#include "base/err.h"
#include "session/session.h"

#include <stdatomic.h>
#include <sys/queue.h>

/* Calls that may wait when one of the kind is added. */
enum {
    SESSION_QUEUE_LOOKUPS = 1024,
    SESSION_QUEUE_SIGN_INS = 1536,
    SESSION_QUEUE_ALL = 2048, /* what ends a session or settles an attempt */
};

struct session_call {
    uv_async_t woken; /* first: a closed handle is its call; unused when nobody waits */
    struct session_store *store;
    unsigned queue_max;
    bool needs_doing;                        /* also when it is cancelled before its turn */
    void (*work)(struct session_call *c);    /* on the store's thread; sets `err` */
    void (*tell)(struct session_call *c);    /* on the loop; calls the asker's function */
    void (*drop)(struct session_call *c);    /* in its place when cancelled; NULL is allowed */
    void (*release)(struct session_call *c); /* what it holds, not itself; NULL is allowed */
    void *user;
    struct err err;
    bool has_waiter;
    bool goes_on; /* set by `work`: once more, behind what has been asked for meanwhile */
    _Atomic bool is_cancelled, is_done;
    STAILQ_ENTRY(session_call) in_queue;
};

struct session_queue;

/* Starts the thread. NULL with `e` set (ERR_NO_MEMORY). */
struct session_queue *session_queue_new(struct err *e);
/* Works off what is queued, then ends the thread. NULL is allowed. */
void session_queue_free(struct session_queue *q);

/* Takes over the call, which came from calloc. Answers it, or NULL after freeing it: memory. */
struct session_call *session_queue_ask(struct session_queue *q, uv_loop_t *loop,
                                       struct session_call *c);
/* The same for a call that nobody waits for; false: it does not fit, or the queue is being freed,
 * and it has been freed. */
bool session_queue_send(struct session_queue *q, struct session_call *c);
/* A call that has failed already (`err` is set): told on the loop as any other. */
struct session_call *session_queue_refuse(uv_loop_t *loop, struct session_call *c);
