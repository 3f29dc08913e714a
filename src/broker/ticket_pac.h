/* SPDX-License-Identifier: Apache-2.0
 *
 * What a domain controller says of a person in a ticket to ourselves: opened with our own key,
 * which only the domain shares. Thread of the `struct krb`.
 */
#pragma once
#include "broker/krb.h"
#include "kerberos/pac.h"

/* All zero before ticket_pac_open; ticket_pac_close in any case. */
struct ticket_pac {
    krb5_ticket *opened;
    krb5_authdata **raw; /* what `pac` points into */
    struct pac pac;      /* empty when the ticket has none: an MIT KDC of a realm without a domain
                            makes none that names an account */
};

/* libkrb5's code when it is not ours to open. `*is_read` false: it has a PAC that is malformed. */
krb5_error_code ticket_pac_open(struct ticket_pac *t, struct krb *k, const krb5_data *der,
                                bool *is_read);
void ticket_pac_close(struct ticket_pac *t, struct krb *k);
