/* SPDX-License-Identifier: Apache-2.0
 *
 * What every thread of a worker does with the tickets it holds: show them, or drop those of one
 * person; and with the requests of sessions that have ended. `kerbgate tickets` and `kerbgate
 * sessions` ask for it over the worker's control socket; so does a sign-out. Each thread does its
 * part in its own loop; when the last one has, the main thread writes the answer. Sessions are
 * first read, and ended on disk, by the store's thread.
 */
#pragma once
#include "config/config.h"
#include "connector/tickets.h"
#include "events/sink.h"
#include "session/session.h"

#include <uv.h>

enum {
    ERRAND_LIST = 'L',     /* answers with a line of JSON for each ticket of each thread */
    ERRAND_PURGE = 'P',    /* answers with the number of those that were dropped */
    ERRAND_SESSIONS = 'S', /* answers with a line of JSON for each session */
    ERRAND_REVOKE = 'R',   /* ends them, and answers with their number */
    ERRAND_END = 'E',      /* as that, behind it: for all workers, which leave the store */
    ERRAND_FORGET = 'F',   /* a sign-out's; nobody asks for it */
    ERRAND_PEOPLE_MAX =
        SESSION_ENDED_MAX,        /* sessions that end at once; with more, all tickets go */
    ERRANDS_MAX = 64,             /* not yet answered; further ones are turned away */
    ERRAND_TEXT_MAX = 64 << 20,   /* bytes of a list */
    ERRAND_CHUNK_MAX = 32 * 1024, /* bytes of a datagram of it */
    ERRAND_WRITE_S = 2,           /* for a datagram of an answer to be taken, */
    ERRAND_ANSWER_S = 10,         /* and for all of them: meanwhile the supervisor is not heard */
    /* The first byte of a datagram of the answer. */
    ERRAND_SAYS_MORE = 'M', /* then whole lines */
    ERRAND_SAYS_DONE = 'D', /* then a word for people; the last one */
    ERRAND_SAYS_NO = 'X',   /* then why not; the only one */
};

struct errands;
struct server;

/* What errands are about; all of it outlives them. */
struct errands_world {
    const struct config *config;
    struct session_store *sessions; /* NULL: sessions cannot be asked for */
    struct sink *sink;
};

/* For `lanes` threads, none of which takes part yet. NULL: memory, or no descriptor. */
struct errands *errands_new(unsigned lanes, const struct errands_world *world);
/* Every thread must have left. NULL is allowed. */
void errands_free(struct errands *e);
/* Readable when an answer is to be written. */
int errands_fd(const struct errands *e);

/* Thread `lane` takes part from now on: `wake` is sent when there is something to do. Any thread,
 * before that lane's runs. */
void errands_join(struct errands *e, unsigned lane, uv_async_t *wake);
/* It takes part no more, and `wake` may be closed. That lane's thread. */
void errands_leave(struct errands *e, unsigned lane);
/* Does what there is to do. `server` NULL: it holds nothing. That lane's thread. */
void errands_run(struct errands *e, unsigned lane, struct server *server);

/* One that `asked` tells: ERRAND_LIST or ERRAND_PURGE, then a user as in tickets_purge; or
 * ERRAND_SESSIONS, ERRAND_REVOKE or ERRAND_END, then "user\napp\nid", each empty for all. The
 * answer goes to `fd`, a SOCK_SEQPACKET socket, which is taken. Main thread. */
void errands_ask(struct errands *e, struct str asked, int fd);
/* Writes the answers that are ready, and waits for those who read them slowly, not for long. Main
 * thread. */
void errands_answer(struct errands *e);
/* These sessions have ended: nobody goes on in them, nor holds a ticket of theirs, any longer than
 * the threads take to hear it. Any thread. */
void errands_sign_out(struct errands *e, const struct session_ended *ended);
