/* SPDX-License-Identifier: Apache-2.0
 *
 * Explains one message between a client and a KDC (RFC 4120 5.4 and 5.9, RFC 6806, RFC 6113,
 * MS-KILE, MS-SFU): who asks whom for what, with what proof, and what the answer is. Nothing
 * encrypted is opened: session keys, passwords and the contents of tickets are never in what is
 * told. Sans-I/O, any thread.
 */
#pragma once
#include "kerberos/krb_tell.h"

enum { KDC_MESSAGE_HEADLINE_MAX = 1024 };

enum kdc_message_kind {
    KDC_MESSAGE_OTHER, /* no message of a KDC's */
    KDC_MESSAGE_AS_REQ,
    KDC_MESSAGE_AS_REP,
    KDC_MESSAGE_TGS_REQ,
    KDC_MESSAGE_TGS_REP,
    KDC_MESSAGE_ERROR,
};

enum kdc_message_step { /* of a request */
                        KDC_STEP_OTHER,
                        KDC_STEP_SELF,  /* S4U2Self */
                        KDC_STEP_PROXY, /* S4U2Proxy */
};

struct kdc_message {
    enum kdc_message_kind kind;
    enum kdc_message_step step;
    char headline[KDC_MESSAGE_HEADLINE_MAX]; /* one line: who asks for what, or what is answered */
    int64_t code;                            /* of an error; 0: none, or no error */
    uint32_t nt_status;                      /* in it; 0: none */
    struct reading reading; /* what is wrong with it: `wrong` is empty when nothing is */
};

/* Explains `in`, without the length before it on TCP, in `t`. False when it is no message of a
 * KDC's, or so little of one that nothing could be told; `out->reading.wrong` says why. */
bool kdc_message_decode(struct str in, struct telling *t, struct kdc_message *out);
