/* SPDX-License-Identifier: Apache-2.0
 *
 * The question whether a certificate was revoked, and what an answer says (RFC 6960), without any
 * I/O. An answer counts when it is about this certificate, in its time, and signed by who issued
 * the certificate, or by whom that one has charged with it. Any thread.
 */
#pragma once
#include "base/arena.h"
#include "preauth/certificate_trust.h"

enum { OCSP_SKEW_S = 300 /* clocks may be apart */ };

struct ocsp_question {
    struct str der;             /* to be sent; in the arena */
    struct ocsp_request_st *of; /* what the answer is held against */
};
/* For the first of the chain. False: memory, and nothing to free. */
bool certificate_ocsp_ask(struct arena *a, const struct config_ocsp *c,
                          const struct certificate_verified *v, struct ocsp_question *out);
void certificate_ocsp_fini(struct ocsp_question *q);

/* Whose address to ask: the configuration's, or the first of the certificate's. NULL with `e` set
 * (ERR_CERTIFICATE_SILENT): there is none. */
const char *certificate_ocsp_url(struct arena *a, const struct config_ocsp *c, X509 *x,
                                 struct err *e);

/* True: it was not revoked, and need not be asked about before `*until_s`. Else `e` is
 * ERR_CERTIFICATE_REVOKED, ERR_CERTIFICATE_SILENT (the responder says that it cannot tell now) or
 * ERR_CERTIFICATE_ANSWER. Times are those of the system's clock, `now_s`. */
bool certificate_ocsp_read(const struct certificate_trust *t, const struct config_ocsp *c,
                           const struct certificate_verified *v, const struct ocsp_question *q,
                           struct str answer, int64_t now_s, int64_t *until_s, struct err *e);
