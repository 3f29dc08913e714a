/* SPDX-License-Identifier: Apache-2.0
 *
 * Who it is that shows a certificate, found out by one thread for all loops of a worker: lists of
 * millions of serial numbers and responders that take their time cost nobody who is signed in
 * already. Asks come from any loop and are answered on that loop. A call keeps its loop running
 * until it is answered, cancelled or not; when the desk stops, all are answered at once. What a
 * responder has said is kept for as long as it is good, at most for CERTIFICATE_KEPT_MAX people.
 */
#pragma once
#include "base/err.h"
#include "config/config.h"
#include "session/identity.h"

#include <uv.h>

enum {
    CERTIFICATE_CALLS_MAX = 1024, /* not yet answered, of all loops */
    CERTIFICATE_ASKING_MAX = 16,  /* of a responder at one time; the others wait for their turn, */
    CERTIFICATE_WAIT_S = 10,      /* for so long */
    CERTIFICATE_KEPT_MAX = 4096,
    CERTIFICATE_SILENT_S = 60, /* how long somebody is believed whom nobody could be asked about */
};

struct certificate_desk;

/* Reads the files of the providers of type certificate, by a process that still may. NULL with `e`
 * set (ERR_CONFIG names the file). The configuration outlives it. */
struct certificate_desk *certificate_desk_new(const struct config *c, struct err *e);
/* Starts the thread, when there is such a provider. */
bool certificate_desk_start(struct certificate_desk *d, struct err *e);
/* Answers what is under way with ERR_SHUTTING_DOWN, and so whatever is asked from now on. Any
 * thread. NULL is allowed. */
void certificate_desk_stop(struct certificate_desk *d);
/* No call may be under way. NULL is allowed. */
void certificate_desk_free(struct certificate_desk *d);

/* All as long as the call of `done`. */
struct certificate_answer {
    struct err err;      /* ERR_NONE: the rest is set */
    struct err doubt;    /* ERR_CERTIFICATE_SILENT: let in all the same; else ERR_NONE */
    struct identity who; /* not parsed, and not the caller's to free */
    int64_t ends_s;      /* until when it is so */
};
typedef void certificate_done_fn(void *user, const struct certificate_answer *a);

struct certificate_call;
/* `ders` is copied: tls_peer's. NULL: no memory, and `done` is never called. */
struct certificate_call *certificate_ask(struct certificate_desk *d, uv_loop_t *loop,
                                         const struct config_provider *provider,
                                         const struct str *ders, size_t count,
                                         certificate_done_fn *done, void *user);
/* `done` will not be called. On the asking loop, before `done`; NULL is allowed. */
void certificate_cancel(struct certificate_call *c);
