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
/* Whether the opened ticket is of the person whose ticket-granting ticket is `tgt`, from the same
 * sign-in, and not over. Opening proves that our domain made it, not for whom it was got now: who
 * knows the session key of `tgt` may have put another in its place, of somebody else or from
 * before. Nothing of a ticket that is asked for by `tgt` counts without this. */
bool ticket_pac_is_of(const struct ticket_pac *t, const struct krb *k, const krb5_creds *tgt);
/* Whether this person may have tickets: every name that the opened ticket has for her, and all her
 * groups, are held against the lists; the one in the ticket may be a user principal name that does
 * not show whose account it is. `user` is what she was asked for by, for the text. False with `e`
 * set, as policy_allows_user and deny_groups_allow have it. */
bool ticket_pac_is_allowed(const struct ticket_pac *t, const struct krb *k, const char *user,
                           struct err *e);
void ticket_pac_close(struct ticket_pac *t, struct krb *k);
