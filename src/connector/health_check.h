/* SPDX-License-Identifier: Apache-2.0
 *
 * Asks each back end of each app with `health` at its interval, on a connection of its own, with
 * the same name, TLS and verification as requests have, and without a token: that somebody must
 * sign in is an answer, too. Any status below 500 is well. What changes is an event, with the words
 * of what was wrong. Loop thread only; one for all threads.
 */
#pragma once
#include "connector/health.h"
#include "connector/trust.h"
#include "events/sink.h"
#include "net/resolve.h"

struct health_checks;

struct health_checks_start {
    uv_loop_t *loop;
    struct resolver *resolver;
    const struct config *config;
    struct trust *trust;
    struct health *health; /* where it is kept what was found */
    struct sink *sink;     /* NULL: only the log */
};

/* What it is given outlives it. NULL with `e` set: memory. */
struct health_checks *health_checks_new(const struct health_checks_start *s, struct err *e);
void health_checks_free(struct health_checks *all);
