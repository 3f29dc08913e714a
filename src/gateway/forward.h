/* SPDX-License-Identifier: Apache-2.0
 *
 * The request as the back end shall see it: made anew from what was decided on, with nothing in it
 * by which a client could speak for somebody's identity or path (invariant 6). Sans-I/O.
 */
#pragma once
#include "config/config.h"
#include "http/message.h"

struct forward {
    const struct config *config;
    const struct config_app *app;
    const struct message *message; /* as received */
    const struct target *target;
    const char *peer;         /* the client's address */
    struct str websocket_key; /* where the client has none: 16 random bytes (RFC 6455 4.1) */
};

enum forward_steps {
    FORWARD_ANY,     /* it says nothing of them, or is no OPTIONS */
    FORWARD_COUNTED, /* at most `steps` */
    FORWARD_UNCLEAR, /* said twice, or not as a number below 2^63 */
};
/* How often an OPTIONS may still be sent on: Max-Forwards (RFC 9110 7.6.2). */
enum forward_steps forward_steps(const struct message *m, uint64_t *steps);

/* The message for the back end, in the arena: one step further where those are counted, of which
 * there must be one left. False when the arena is full. */
bool forward_message(struct arena *a, const struct forward *f, struct message *out);
/* Likewise for the fields behind its body, beside those that the parsers take out. */
bool forward_trailers(struct arena *a, const struct config *c, const struct headers *in,
                      struct headers *out);
