/* SPDX-License-Identifier: Apache-2.0
 *
 * The process that examines a chain: like the broker it reads the keytab, gives up its rights, and
 * speaks with KDCs and the directory alone (invariant 5). What it finds out goes one by one to who
 * forked it, who has no keytab: datagrams over a SOCK_SEQPACKET pair, each a fact, the service
 * ticket, or the end.
 */
#pragma once
#include "broker/examine.h"

struct examiner_start {
    const struct config *config;
    size_t account; /* config_account_of */
    struct broker_request asked;
    struct str web_port; /* struct examine's */
    bool is_trace;       /* likewise */
    int64_t until_us;    /* monotonic */
    int fd;              /* its end of the pair */
};

/* In a process that was forked for it, before any thread: answers the status for _exit, which must
 * follow at once. */
int examiner_process(const struct examiner_start *s);

enum { EXAMINER_MESSAGE_MAX = 192 * 1024 };

enum examiner_says {
    EXAMINER_FACT = 'F',   /* then the path, a NUL, and JSON */
    EXAMINER_TICKET = 'T', /* then a broker's reply */
    EXAMINER_END = 'E',    /* all was told */
};

struct examiner_message {
    char kind;             /* enum examiner_says */
    char path[128];        /* EXAMINER_FACT */
    json_t *value;         /* EXAMINER_FACT; the receiver's */
    struct ticket *ticket; /* EXAMINER_TICKET; the receiver's */
};

/* Takes a datagram apart; false for what an examiner does not send. Pure. */
bool examiner_read(struct str datagram, struct examiner_message *out);
