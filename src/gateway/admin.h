/* SPDX-License-Identifier: Apache-2.0
 *
 * gateway.admin: answers /metrics, /healthz and /readyz to whoever can connect there, in clear, one
 * request for each connection. It is no part of the data plane: the requests of people never come
 * here, and what comes here is never forwarded, signed in or recorded. Loop thread only.
 */
#pragma once
#include "events/access_log.h"
#include "events/metrics.h"
#include "gateway/standing.h"

#include <uv.h>

struct admin;

enum {
    ADMIN_CONNECTIONS = 16, /* at a time; others wait in the kernel */
    ADMIN_TIME_MS = 10000,  /* for a connection, from its beginning to its end */
    ADMIN_HEAD_MAX = 8192,
    ADMIN_ANSWER_MAX = 32 * 1024 * 1024,
};

struct admin_start {
    uv_loop_t *loop;
    int fd; /* listens; it stays the caller's */
    struct metrics_source metrics;
    struct access_log *access_log;   /* NULL: none is kept */
    const struct standing *standing; /* NULL: nothing is known of it */
};
/* What it points to lives longer. NULL: no memory. */
struct admin *admin_new(const struct admin_start *start);
/* The next generation answers from now on; who is connected gets an answer, /readyz a 503. */
void admin_drain(struct admin *a);
/* Closes what is left. The loop must run once more for its handles to go. NULL is allowed. */
void admin_free(struct admin *a);
