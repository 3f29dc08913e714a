/* SPDX-License-Identifier: Apache-2.0
 *
 * A service ticket in a user's name, by protocol transition and constrained delegation (MS-SFU):
 * S4U2Self for a ticket of the user to ourselves, the evidence; then S4U2Proxy with it for the
 * ticket to the application. What a KDC returns is believed only after the evidence was decrypted
 * with our own key and names the user who was asked for (invariant 2). Who signed in with a ticket
 * to us has brought the evidence, and needs no protocol transition. Thread of the `struct krb`.
 */
#pragma once
#include "base/sid.h"
#include "broker/krb.h"
#include "broker/protocol.h"
#include "kerberos/pac.h"

/* What was seen of the two steps, for who explains a chain (examine.h). */
struct s4u_seen {
    bool has_self, has_proxy;                      /* the step went well */
    char client[256];                              /* in the evidence */
    int32_t self_enctype;                          /* of the evidence: of our own key */
    uint32_t self_flags;                           /* enum of ticket flags (RFC 4120 5.3) */
    struct err_kdc self_kdc, proxy_kdc;            /* who answered, and how long it took */
    char account[PAC_NAME_MAX], upn[PAC_NAME_MAX]; /* of its PAC; empty: not in it */
    struct sid sid;                                /* count 0: not in it */
    bool has_pac, is_sensitive, is_protected;
    unsigned groups; /* that its PAC lists */
};

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
