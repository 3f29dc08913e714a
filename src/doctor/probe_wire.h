/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection of the doctor's to one address, and a request and an answer over it, waiting. Each
 * step ends by the time it is given, whatever the other side does. The thread that opened it.
 */
#pragma once
#include "base/arena.h"
#include "base/buf.h"
#include "http/h1.h"
#include "net/resolve.h"
#include "net/tls.h"

/* Why a step failed: a stable word, and what the system, OpenSSL or the parser says. */
struct probe_fault {
    const char *code;
    char detail[512];
};

struct probe_wire {
    int fd; /* -1: not connected */
    struct tls *tls;
    struct h1_parser *parser;
    struct buf in;
    struct h1_limits limits;
    char own_address[48]; /* of this end */
    bool is_reusable;     /* the last answer was read whole and leaves the connection open */
};

/* Of every wait: when to give up, by clock_mono_us(). */
bool probe_wire_open(struct probe_wire *w, const union resolve_address *to, int64_t ends_us,
                     struct probe_fault *f);
/* As the connector does: verified, for `name`. */
bool probe_wire_secure(struct probe_wire *w, struct tls_client *client, const char *name,
                       int64_t ends_us, struct probe_fault *f);
bool probe_wire_send(struct probe_wire *w, struct str bytes, int64_t ends_us,
                     struct probe_fault *f);
/* The head of the final answer into `m`, in `a`; `*first_us`: clock_mono_us() at its first byte. */
bool probe_wire_head(struct probe_wire *w, struct arena *a, struct message *m, int64_t ends_us,
                     int64_t *first_us, struct probe_fault *f);
/* Reads what is behind it, up to a limit, and says in `is_reusable` whether that was all. */
void probe_wire_skip_body(struct probe_wire *w, const struct message *m, int64_t ends_us);
/* Allowed on one that is all zero but its fd -1, and after every failure. */
void probe_wire_close(struct probe_wire *w);
