/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether domain controllers are there: each is asked on port 88 over TCP and over UDP, all at one
 * time, with the first message of an AS exchange (as_req.h). What they answer does not matter, only
 * that they do, and what their clock says. libkrb5 would stop at the first that answers. Waits; any
 * thread.
 */
#pragma once
#include "base/err.h"

#include <stddef.h>
#include <sys/socket.h>

enum { KDC_PROBES_MAX = 32 };

/* One way to one KDC. */
struct kdc_way {
    bool has_answered;
    int64_t took_us;  /* until it did, or failed */
    char failure[96]; /* why not; empty: it did */
};

struct kdc_probe {
    struct sockaddr_storage address; /* with the port */
    socklen_t address_size;
    struct kdc_way tcp, udp;
    bool has_clock;
    int64_t skew_s;     /* by how much our clock is ahead of its own */
    int32_t code;       /* what it said: the error's number; 0: a ticket, or nothing */
    uint32_t nt_status; /* 0: none */
};

struct kdc_probe_question {
    struct str client, realm; /* as in struct as_req */
    int64_t timeout_ms;       /* for all */
};

/* Asks `count` KDCs (at most KDC_PROBES_MAX) and fills in what they did. */
void kdc_probe(struct kdc_probe *at, size_t count, const struct kdc_probe_question *q);
