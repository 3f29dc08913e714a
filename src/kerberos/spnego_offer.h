/* SPDX-License-Identifier: Apache-2.0
 *
 * What a browser sends behind "Authorization: Negotiate" (RFC 4559 4.2), and the answer to it. A
 * ticket comes bare (RFC 4121 4.1) or as the optimistic token of SPNEGO's list (RFC 4178 4.2.1), in
 * which Kerberos stands first, by its own OID or by the one that Windows once misspelled (MS-SPNG
 * 3.1.5.4): that is one leg, and needs no signature of the list (RFC 4178 5). A list that begins
 * with something else would need a second leg and a memory between two requests; browsers put
 * Kerberos behind others only when they could get no ticket, so that such a leg would bring none.
 * Sans-I/O, any thread.
 */
#pragma once
#include "base/buf.h"
#include "kerberos/ap_req.h"

enum spnego_offer_kind {
    OFFER_UNREADABLE,
    OFFER_TICKET,
    OFFER_NTLM,  /* alone or in SPNEGO (MS-NLMP 2.2.1) */
    OFFER_OTHER, /* another mechanism, another message of Kerberos, or no token at all */
};

enum { SPNEGO_MECH_TEXT = 64 };

struct spnego_offer {
    enum spnego_offer_kind kind;
    bool is_listed;               /* in SPNEGO, not bare */
    bool has_krb5;                /* its list has Kerberos at any place */
    struct str mech;              /* the list's first OID; points into the input */
    char words[SPNEGO_MECH_TEXT]; /* what came instead of a ticket, in words */
    struct ap_req ap_req;         /* of OFFER_TICKET */
};

/* Always fills `out`. */
void spnego_offer_read(struct str in, struct spnego_offer *out);
/* Appends the token that answers a ticket which was accepted, with `ap_rep`, DER (empty: the client
 * wants no proof). Nothing is appended where there is nothing to say. `out` may fail. */
void spnego_offer_answer(const struct spnego_offer *o, struct str ap_rep, struct buf *out);
