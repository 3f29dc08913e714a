/* SPDX-License-Identifier: Apache-2.0
 *
 * What the KDC really said, and which one. libkrb5 turns its answers into one error code and drops
 * the NTSTATUS a domain controller adds, which is what tells causes of one code apart; so every raw
 * answer of a context is looked at on its way in, and the last one of a step is kept. Which of
 * several KDCs gave it only stands in what libkrb5 tells for tracing. One per krb5_context, used by
 * that context's thread.
 */
#pragma once
#include "base/err.h"
#include "broker/record.h"

#include <krb5.h>

struct evidence {
    struct err_kdc last;   /* of the step under way; code 0: its last answer was no error */
    char words[96];        /* what it said besides (e-text), cut to fit; empty: nothing */
    char realm[128];       /* whose KDC was asked last in this step, cut to fit; empty: none was */
    int64_t sent_us;       /* when the request under way was sent */
    int64_t skew_s;        /* by how much our clock was ahead of the KDC's in that answer */
    bool has_preauth;      /* an earlier answer of this step asked for pre-authentication, so that
                              the last one is to a request with proof of the password */
    bool is_udp;           /* how the KDC was asked last */
    struct record *record; /* who is told every message, in all steps; NULL: nobody */
};

/* Watches the KDC answers of `context`; `v` must outlive it. */
void evidence_attach(struct evidence *v, krb5_context context);
/* A step begins ("AS-REQ", "S4U2Self", "S4U2Proxy"): what came before is forgotten. */
void evidence_begin(struct evidence *v, const char *step);
/* The address in a line that libkrb5 has for tracing ("[1] 2.3: Received answer (212 bytes) from
 * stream 10.0.0.10:88\n"), or nothing when it tells of no KDC that is asked or answers. Pure. */
struct str evidence_kdc_in(struct str line);
