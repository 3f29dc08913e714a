/* SPDX-License-Identifier: Apache-2.0
 *
 * What the broker may be asked for, whoever asks: SPNs on the allow-list, users not on the
 * deny-list, and never our own account (invariant 2). Names of one person come in many spellings
 * ("alice", "alice@REALM", "DOMAIN\alice", her UPN), so a name is taken apart before it is
 * compared, and every name that is known of her is held against the list. Pure, any thread.
 */
#pragma once
#include "config/config.h"
#include "kerberos/pac.h"

/* A user's name without escapes; `realm` is a realm, a UPN suffix, a NetBIOS domain or empty. */
struct policy_name {
    struct str name, realm;
};

/* Takes "user", "user@realm", "DOMAIN\user" or "user\@suffix@REALM" apart; of several plain '@' the
 * last counts. */
struct policy_name policy_name_of(struct str text);

/* False with `e` set: ERR_KRB_SPN_NOT_ALLOWED; also for an SPN that names a
 * realm or has characters that none of the configuration can have. */
bool policy_allows_spn(const struct config *c, struct str spn, struct err *e);
/* False with `e` set: ERR_KRB_USER_DENIED for a name on the deny-list, ERR_KRB_WRONG_CLIENT for our
 * own, each with or without a computer's '$'. An empty name is nobody's and fits nothing. */
bool policy_allows_user(const struct config_kerberos *c, struct policy_name user, struct err *e);
/* The same for every name that a ticket has for the person: that of the client in it, with its
 * realm, which may be a user principal name that does not show whose account it is, and those of
 * its PAC, which spells names as the directory does and knows what its domain is called. */
bool policy_allows_person(const struct config_kerberos *c, struct str client, struct str realm,
                          const struct pac *pac, struct err *e);
