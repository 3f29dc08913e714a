/* SPDX-License-Identifier: Apache-2.0
 *
 * One sentence about all that was pasted: what the server offers, what the client answered, how
 * that ended. Main thread.
 */
#pragma once
#include "base/buf.h"
#include "http/pasted.h"
#include "kerberos/token.h"

struct decode_overall {
    const struct pasted *pasted;
    unsigned offers; /* bits of enum pasted_scheme that the server lists */
    int first_offer; /* enum pasted_scheme */
    unsigned sends;  /* ... that the client used */
    bool has_ticket, has_ntlm, has_proof, has_error, has_challenge;
    unsigned ticket_status; /* with which a ticket was answered; 0: not known */
    struct buf ticket, error, only;
};

void decode_overall_begin(struct decode_overall *o, const struct pasted *pasted);
/* One value after the other, in their order; `t` NULL: no token could be read in it. */
void decode_overall_add(struct decode_overall *o, const struct pasted_value *v,
                        const struct token *t, struct str verdict);
/* The sentence; what follows from the whole is appended to `meaning`. */
void decode_overall_end(const struct decode_overall *o, struct buf *verdict, struct buf *meaning);
void decode_overall_fini(struct decode_overall *o);
