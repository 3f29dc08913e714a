/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a raw answer of a KDC: is it a KRB-ERROR (RFC 4120 5.9.1), which, and which NTSTATUS did a
 * Windows or Samba KDC put into its e-data (MS-KILE 2.2.2, KERB-EXT-ERROR)? libkrb5 drops the
 * latter, and it is what tells causes of one error code apart. Sans-I/O, any thread.
 */
#pragma once
#include "base/str.h"

struct kdc_reply {
    bool is_error;
    int32_t code;       /* error-code */
    uint32_t nt_status; /* 0 when there is none */
    struct str text;    /* e-text, points into the input; may be empty */
    int64_t stime_s;    /* the KDC's clock, seconds since 1970, 0 when unreadable */
};

/* False, with `out` all zero, when `in` is neither a KRB-ERROR nor starts like another KDC message.
 */
bool kdc_reply_decode(struct str in, struct kdc_reply *out);
