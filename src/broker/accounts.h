/* SPDX-License-Identifier: Apache-2.0
 *
 * Who is meant by a name that only the directory knows: an account's name, perhaps with its domain,
 * or its SID, becomes the one principal that a ticket is asked for, and the SID that the ticket has
 * to be of; the names of denied groups become SIDs. Looked up over LDAP as the connector's own
 * account, and remembered, until a ticket turns out to be of somebody else. Any thread, each with
 * its own `struct krb`.
 */
#pragma once
#include "broker/account_cache.h"
#include "broker/krb.h"
#include "broker/protocol.h"
#include "directory/directory.h"

struct accounts;

/* `config` must outlive it. NULL with `e` set. Asks nobody yet. */
struct accounts *accounts_new(const struct config *config, struct err *e);
void accounts_free(struct accounts *a);

/* The same as s4u_ticket and own_ticket, for every kind of name, and with denied groups that have
 * to be looked up. Does not wait for the directory until `deadline_us`, but a while less, so that
 * who asked is told what was wrong. False with `e` set: ERR_DIRECTORY, ERR_KRB_USER_UNKNOWN,
 * ERR_KRB_USER_AMBIGUOUS, ERR_KRB_GROUPS_UNKNOWN, or as s4u_ticket. */
bool accounts_ticket(struct accounts *a, struct krb *k, const struct broker_request *q,
                     int64_t deadline_us, struct ticket **out, struct err *e);

/* Makes sure that the denied groups are known, in `k`, until `until_us`; asks the directory once,
 * with our own ticket. False with `e` set (ERR_KRB_GROUPS_UNKNOWN). */
bool accounts_know_groups(struct accounts *a, struct krb *k, int64_t until_us, struct err *e);
/* The same without asking anybody; false when that takes the directory. */
bool accounts_recall_groups(struct accounts *a, struct krb *k);

/* The SID of the group `name`, which tickets name for who is in it, asked of the directory. False
 * with `e` set (ERR_DIRECTORY). */
bool accounts_group(struct accounts *a, struct krb *k, const char *name, int64_t until_us,
                    struct sid *out, struct err *e);

/* The one account that was found by `name`. False with `e` set when there is none, several, one
 * whose name Kerberos would read as another, or one without a SID. Pure. */
bool accounts_choose(const struct directory_answer *found, struct str name, struct account *out,
                     struct err *e);
/* The one group that was found, when tickets to us, of `realm`, name it for who is in it. False
 * with `e` set (ERR_DIRECTORY). Pure. */
bool accounts_choose_group(const struct directory_answer *found, struct str realm, struct sid *out,
                           struct err *e);
