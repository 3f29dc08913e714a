/* SPDX-License-Identifier: Apache-2.0
 *
 * The side that faces the applications: maps an identity to a login, gets its ticket, mints tokens
 * and exchanges requests with back ends (exchange.h). One connector per event loop; loop thread
 * only.
 */
#pragma once
#include "base/jws.h"
#include "broker/client.h"
#include "connector/health_check.h"
#include "connector/pool.h"
#include "connector/tickets.h"
#include "kerberos/mint.h"

struct connector {
    uv_loop_t *loop;
    const struct config *config;
    struct resolver *resolver;
    struct pool *pool;
    bool *has_own_names;          /* forget_prepare's, of each app */
    struct health_checks *checks; /* NULL: another thread's, or none */
    struct tickets *tickets;      /* NULL: no app needs Kerberos */
    struct mint *mint;            /* likewise */
    const struct jws_keys *keys;  /* of assertions; NULL: no app has one */
};

struct connector_start {
    uv_loop_t *loop;
    const struct config *config;
    struct trust *trust;          /* outlives the connector */
    const struct jws_keys *keys;  /* likewise; NULL: no app has an assertion */
    struct broker_client *broker; /* likewise; NULL: no app needs Kerberos */
    struct ticket_shelf *shelf;   /* likewise; NULL: likewise */
    struct metrics *metrics;      /* likewise; NULL: nothing is counted */
    struct health *health;        /* likewise; NULL: all are well */
    struct sink *sink;            /* likewise; of the checks */
    bool checks_health;           /* for all threads, and so in one of them */
};

/* NULL with `e` set. */
struct connector *connector_new(const struct connector_start *s, struct err *e);
/* Every exchange must have been freed. NULL is allowed. */
void connector_free(struct connector *c);
