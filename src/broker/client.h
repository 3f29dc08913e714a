/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker's side of the broker's socket: asks questions, and calls back when the answer comes or
 * its time is over. The broker answers within a question's time itself, also while a KDC hangs; the
 * client's own deadline, a little later, is for a broker that is gone. Loop thread only; one client
 * per loop.
 */
#pragma once
#include "base/err.h"
#include "broker/protocol.h"

#include <uv.h>

enum {
    BROKER_PENDING_MAX = 1024, /* questions one client waits for at a time */
    BROKER_GRACE_MS = 1000,    /* how much later than the broker the client gives up */
};

struct broker_client;

/* The answer: `reply->err` says why there is none, else the callee owns what it has
 * (broker_reply_fini). It may ask and cancel, but not free the client. */
typedef void broker_answer_fn(void *user, struct broker_reply *reply);

/* `fd` is one end of a SOCK_SEQPACKET pair; it stays the caller's, who closes it after
 * broker_client_free. NULL with `e` set (ERR_NO_MEMORY, ERR_IO). */
struct broker_client *broker_client_new(uv_loop_t *loop, int fd, struct err *e);
/* Drops all questions without calling back. */
void broker_client_free(struct broker_client *c);

/* Asks `asked`, whose strs are copied (the password into memory that is wiped) and whose id is
 * chosen here. The result is that id, and `answer` is called exactly once, later, from the loop,
 * unless broker_cancel comes first. 0 with `e` set when the question could not be taken, and then
 * `answer` is never called: ERR_BUSY above BROKER_PENDING_MAX, ERR_BROKER_DOWN when the socket is
 * dead, ERR_SIGN_IN_REFUSED or ERR_KRB_USER_UNKNOWN when a text is one the protocol does not carry
 * (too long, a NUL byte), ERR_NO_MEMORY. */
uint64_t broker_ask(struct broker_client *c, const struct broker_request *asked,
                    broker_answer_fn *answer, void *user, struct err *e);
/* Forgets a question; its answer, should one come, is dropped. Unknown ids are allowed. */
void broker_cancel(struct broker_client *c, uint64_t id);

/* The broker was restarted on the same sockets: everything that waits is asked again, with the time
 * it has left. */
void broker_client_restarted(struct broker_client *c);
