/* SPDX-License-Identifier: Apache-2.0
 *
 * A service ticket in a user's name, by protocol transition and constrained delegation (MS-SFU):
 * S4U2Self for a ticket of the user to ourselves, the evidence; then S4U2Proxy with it for the
 * ticket to the application. What a KDC returns is believed only after the evidence was decrypted
 * with our own key and names the user who was asked for (invariant 2). Thread of the `struct krb`.
 */
#pragma once
#include "base/sid.h"
#include "broker/krb.h"
#include "broker/protocol.h"

/* The TGT must be in the cache of `k`. The policy (SPNs, denied users) is applied here. `account`
 * NULL: whoever has the name; else the ticket has to be of this account, as a name may be another's
 * by now. On success the caller owns `*out`. False with `e` set; e->kdc tells what the KDC
 * answered.
 */
bool s4u_ticket(struct krb *k, const struct config *config, const struct broker_request *q,
                const struct sid *account, struct ticket **out, struct err *e);

/* Guard of S4U2Self: may `got`, the client in the decrypted evidence, stand for `asked`? Never our
 * own account; for a principal name exactly the one asked for, as directories spell names (ASCII
 * case aside); for an enterprise name the KDC may answer with the account's principal name, and for
 * a certificate (`asked` NULL) with any account's. */
bool s4u_is_right_client(krb5_context context, krb5_const_principal self,
                         krb5_const_principal asked, krb5_const_principal got);
