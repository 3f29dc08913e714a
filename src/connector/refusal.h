/* SPDX-License-Identifier: Apache-2.0
 *
 * Why a back end answered 401 to a good ticket, as far as its own answer tells: the KRB-ERROR in
 * its token, or what it offers instead (RFC 4559, RFC 4120 7.5.9), and what its clock is. Pure, any
 * thread.
 */
#pragma once
#include "base/err.h"
#include "http/message.h"

struct refusal_case {
    const struct message *answer;
    const char *backend, *client, *spn; /* who was asked in whose name, and with what ticket */
    unsigned kvno;                      /* of the key the ticket is encrypted with, 0: not known */
    int64_t now_s;                      /* our clock, seconds since 1970 */
};

/* Fills `e`: ERR_BACKEND_REFUSED_TICKET. No token stands in it. */
void refusal_explain(const struct refusal_case *c, struct err *e);
