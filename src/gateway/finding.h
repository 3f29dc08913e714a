/* SPDX-License-Identifier: Apache-2.0
 *
 * A request that failed for want of a ticket, or whose ticket was refused, explains itself: behind
 * it the broker is asked what it can find out (BROKER_EXAMINE), the doctor's checks judge that, and
 * the finding is recorded as event 20011 of the same activity. At most a few at a time; for the
 * same app, person and error one finding is for all, and good for ten seconds. Loop thread only;
 * one desk per loop.
 */
#pragma once
#include "broker/client.h"
#include "events/sink.h"
#include "session/identity.h"

struct finding_desk;
struct config;
struct config_app;

enum { FINDING_PENDING_MAX = 4, FINDING_SHARED_MAX = 16, FINDING_KEPT = 32 };

struct finding_desk_start {
    uv_loop_t *loop;
    const struct config *config;
    struct broker_client *broker; /* NULL: nothing is ever found */
    struct sink *sink;
};

/* What `start` points to outlives the desk. NULL: no memory. */
struct finding_desk *finding_desk_new(const struct finding_desk_start *start);
/* Before the broker's client is freed. NULL is allowed. */
void finding_desk_free(struct finding_desk *d);

/* A request of `who` to `app` (which may end before this returns) ended as `a` says. Does nothing
 * when there is nothing to explain, or no room to. */
void finding_ask(struct finding_desk *d, const struct config_app *app, const struct identity *who,
                 const struct activity *a);
