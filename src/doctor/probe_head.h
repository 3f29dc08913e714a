/* SPDX-License-Identifier: Apache-2.0
 *
 * The head of a request of the doctor's, as an application gets one from kerbgate
 * (gateway/forward.h and connector/exchange.h make those), with what a probe changes in it.
 * Sans-I/O, any thread.
 */
#pragma once
#include "base/buf.h"
#include "config/config_app.h"

struct probe_head {
    const struct config_app *app;
    struct str target; /* path and query, as the application is asked for it */
    enum config_host_header host;
    const char *peer;         /* address for whom it is said to be */
    struct str authorization; /* value, empty: none */
    size_t filler;            /* bytes of a header that says nothing */
};

/* Appends to `out`, whose `failed` is set when something is not clean or does not fit. */
void probe_head_write(struct buf *out, const struct probe_head *h);
