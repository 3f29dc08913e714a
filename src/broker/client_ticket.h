/* SPDX-License-Identifier: Apache-2.0
 *
 * The ticket to ourselves that a person's browser has sent, kept by her session: the evidence for
 * S4U2Proxy in the place of one by protocol transition (MS-SFU 3.1.5.2.1). It lies there sealed
 * together with the name that she signed in by. Thread of the `struct krb`.
 */
#pragma once
#include "broker/krb.h"
#include "broker/protocol.h"

/* Into `r->own`, with r->principal. False, and nothing is set, when it is too large. */
bool client_ticket_seal(struct krb *k, struct str ticket, int64_t ends_s, struct broker_reply *r);
/* What was sealed for `principal`, for krb5_free_creds; only `ticket` of it is set. NULL with `e`
 * set: ERR_SIGN_IN_REQUIRED when no key of the keytab's opens it any more, ERR_KRB_WRONG_CLIENT
 * when it is another person's. */
krb5_creds *client_ticket_open(struct krb *k, struct str sealed, struct str principal,
                               struct err *e);
