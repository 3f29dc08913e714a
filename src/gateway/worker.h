/* SPDX-License-Identifier: Apache-2.0
 *
 * The worker process: serves HTTP on sockets that the supervisor opened, with one event loop per
 * thread. It holds TLS keys, sessions and the tickets it was given, never the keytab (invariant 5).
 */
#pragma once
#include "config/config.h"

struct worker_start {
    const struct config *config;
    int control_fd;            /* SOCK_SEQPACKET to the supervisor */
    const int *listen_fds;     /* listening sockets: for each thread, one per config->listen */
    const int *broker_sockets; /* SOCK_SEQPACKET, one per thread; NULL without a broker */
    int admin_fd;              /* a listening socket; -1: none */
    int access_log_fd;         /* open for appending; -1: none. The worker's to close */
    unsigned threads;          /* listen_fds holds threads * config->listen_count */
};

/* What is said over control_fd, one byte first in each datagram. The first two are those of
 * broker/process.h. */
enum {
    WORKER_SAYS_READY = 'R',
    WORKER_SAYS_ERROR = 'E',            /* then a struct err as it lies in memory */
    WORKER_SAYS_LEFT = 'L',             /* nothing more is accepted, as it was told */
    WORKER_IS_TOLD_DRAIN = 'D',         /* accept nothing more, finish what runs, then end */
    WORKER_IS_TOLD_HAND_OVER = 'H',     /* the same, and another worker has the same sockets */
    WORKER_IS_TOLD_BROKER_IS_NEW = 'B', /* the broker was started again on the same sockets */
    WORKER_IS_TOLD_TICKETS = 'T',       /* then what errands_ask takes; with a descriptor */
    WORKER_IS_TOLD_CHECKUP = 'C',       /* a run of the doctor speaks over the descriptor */
    WORKER_WORD_MAX = 2048,             /* bytes of what it is told */
};

/* Runs until it has drained or control_fd is closed. Answers the status for _exit: 0, or 1 when it
 * could not start. */
int worker_process(const struct worker_start *s);
