/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands between the broker's reader and its threads: questions as jobs, in order, at most so
 * many. Identical ticket questions are one job with several askers, so that a hundred browsers
 * waiting for one user's ticket cost one exchange; sign-ins, with a password or a ticket, are never
 * shared. An asker whose time is over is taken off its job and answered by the reader, whatever the
 * thread is doing; a job nobody waits for any more is never begun, and while it runs it takes
 * nobody's turn, however long libkrb5 goes on waiting for a silent KDC. Of looks for a finding
 * (BROKER_EXAMINE) one runs at a time, beside the others: what went wrong for one person keeps
 * nobody else waiting. Knows nothing of Kerberos or sockets. Any thread.
 */
#pragma once
#include "broker/protocol.h"

#include <sys/queue.h>

struct asker {
    TAILQ_ENTRY(asker) next;
    size_t socket; /* index of the socket the answer goes to */
    uint64_t id;
    int64_t timeout_ms, deadline_us;
};

struct job {
    TAILQ_ENTRY(job) next;
    struct buf datagram;           /* secret; `request` points into it */
    struct broker_request request; /* its id and timeout are the first asker's */
    struct broker_reply reply;     /* filled by the thread; a ticket in it is the job's */
    TAILQ_HEAD(asker_list, asker) askers;
    int64_t deadline_us; /* of the asker with the most patience when a thread took it */
    bool is_running;
};

/* An asker that has waited too long. */
struct queue_overdue {
    size_t socket;
    uint64_t id;
    enum broker_kind kind;
    int64_t waited_ms;
    bool is_running; /* a thread was at it: the KDC is slow, not the queue long */
};

struct queue;

/* At most `limit` askers; at most `width` jobs run that somebody waits for, and one look. `wake` is
 * called, from any thread, when a job is done. NULL: no memory. */
struct queue *queue_new(size_t limit, size_t width, void (*wake)(void *user), void *user);
/* Nobody may use it any more. */
void queue_free(struct queue *q);

/* Takes the question in `datagram` (copied), which `request` was decoded from. False with `e` set:
 * ERR_BUSY, ERR_NO_MEMORY. The same question of the same asker again is taken and answered once:
 * a worker asks again when the broker was restarted, and the first may still wait in the socket. */
bool queue_put(struct queue *q, size_t socket, struct str datagram,
               const struct broker_request *request, struct err *e);
/* The oldest job, which is the caller's until queue_done; waits for one, and for its turn. NULL:
 * queue_close came. */
struct job *queue_take(struct queue *q);
void queue_done(struct queue *q, struct job *job);
/* A job that is done, for job_free, or NULL. */
struct job *queue_next_done(struct queue *q);
void job_free(struct job *job);

/* Takes one asker whose deadline has passed off its job; false when there is none. */
bool queue_next_overdue(struct queue *q, int64_t now_us, struct queue_overdue *out);
/* The earliest deadline of all, INT64_MAX when nobody waits. */
int64_t queue_deadline(struct queue *q);
/* Whether no job waits or is done, nor any runs that somebody waits for. */
bool queue_is_idle(struct queue *q);
/* Lets queue_take answer NULL from now on. */
void queue_close(struct queue *q);
