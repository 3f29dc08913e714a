/* SPDX-License-Identifier: Apache-2.0
 *
 * The broker: the one process that holds the keytab, the TGT and evidence tickets (invariant 5). It
 * answers two questions of the workers (protocol.h), after checking its own lists, and does nothing
 * else. A worker may have been broken into, so nothing it sends is trusted. Runs in a process of
 * its own, forked by the supervisor before any thread was started.
 */
#pragma once
#include "config/config.h"

struct broker_start {
    const struct config *config;
    int control_fd;     /* SOCK_SEQPACKET to the supervisor */
    const int *sockets; /* SOCK_SEQPACKET, one for each thread of a worker */
    size_t socket_count;
};

/* What is said over control_fd, one byte first in each datagram. */
enum {
    BROKER_SAYS_READY = 'R',
    BROKER_SAYS_ERROR = 'E', /* then a struct err as it lies in memory */
    BROKER_IS_TOLD_DRAIN = 'D',
};

/* Runs until control_fd is closed, or says to drain: then finishes what it has taken, for at most
 * the drain timeout, and leaves later questions in the sockets for a successor. Answers the status
 * for _exit, which must follow at once: 0, or 1 when it could not start. A thread may still wait
 * for a KDC when it returns, so exit() with its handlers will not do. */
int broker_process(const struct broker_start *s);
