/* SPDX-License-Identifier: Apache-2.0
 *
 * What a generation's children share beside the listeners: the bytes of the configuration, and the
 * sockets between worker and broker. All of it closes at exec. Supervisor only.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"

/* A memfd with `text` that nobody can change any more; -1 with `e` set. */
int sealed_text(struct str text, struct err *e);
/* What is in it, at most `max` bytes, into `out`, which is initialised here and the caller's to
 * free, also after a failure. */
bool sealed_read(int fd, size_t max, struct buf *out, struct err *e);

struct pairs {
    int *broker, *worker; /* the ends of `count` SOCK_SEQPACKET pairs; NULL: there are none */
    unsigned count;
};

/* False with `e` set, and then there are none. */
bool pairs_open(struct pairs *p, unsigned count, struct err *e);
/* One more, of `count` that there will be, of ends that another program has opened; they are the
 * caller's still when the answer is false: it has all, or memory. */
bool pairs_adopt(struct pairs *p, unsigned count, int broker, int worker);
void pairs_close(struct pairs *p);
/* Throws away the answers that a worker which is gone has left unread. */
void pairs_forget_answers(const struct pairs *p);
