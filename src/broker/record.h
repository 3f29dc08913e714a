/* SPDX-License-Identifier: Apache-2.0
 *
 * Every message between a krb5_context and its KDCs as it went over the wire, one after the other,
 * for kerbgate trace. What is secret in them is encrypted, with keys that are in none of them. The
 * broker that serves records nothing. One thread.
 */
#pragma once
#include "base/buf.h"

enum {
    RECORD_MESSAGES_MAX = 256,    /* then nothing more is told */
    RECORD_BYTES_MAX = 8 << 20,   /* of all of them */
    RECORD_MESSAGE_MAX = 1 << 17, /* one that is longer is told without its bytes */
};

struct record_message {
    unsigned exchange; /* number of the question, from 1; its answer has the same */
    bool is_reply;
    bool is_udp;
    bool is_left_out;    /* it is too long: `bytes` is empty, and its size is: */
    size_t size;         /* 0: there was no answer */
    int64_t at_us;       /* when, microseconds since 1970 */
    const char *address; /* the KDC, "10.0.0.10:88"; empty: not known */
    const char *realm;   /* whose KDC was asked */
    int32_t code;        /* of a reply: libkrb5's, 0: one came */
    struct str bytes;    /* without the length before it on TCP */
};

/* What it points to is good until it returns. */
typedef void record_fn(void *user, const struct record_message *m);

struct record {
    record_fn *tell;
    void *user;
    struct buf request; /* until its answer comes, since only then it is known who was asked */
    struct record_message asked;
    char realm[128];
    int64_t wall_us, mono_us; /* the same moment by both clocks */
    unsigned exchanges, told;
    size_t bytes;
};

void record_init(struct record *r, record_fn *tell, void *user);
void record_fini(struct record *r);

/* A question goes out. */
void record_sent(struct record *r, struct str realm, struct str message);
/* Its answer has come, or, with libkrb5's `code`, none has; tells both. */
void record_got(struct record *r, const char *address, bool is_udp, int32_t code,
                struct str message);
/* Whether messages were not told, because there were too many. */
bool record_is_full(const struct record *r);
