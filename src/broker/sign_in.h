/* SPDX-License-Identifier: Apache-2.0
 *
 * Is this the user's password? An AS exchange with it, and then the proof that the KDC which said
 * yes knows the key of our own account: a false KDC can sign nobody in. The person is told little
 * (one text for an unknown user and a wrong password), the event everything. Thread of the
 * `struct krb`.
 */
#pragma once
#include "broker/krb.h"
#include "broker/member_groups.h"
#include "broker/protocol.h"

enum { SIGN_IN_USER_MAX = 256 };

/* The one account a typed name means: "alice", "alice@REALM" or "DOMAIN\alice" (DOMAIN: the first
 * label of `realm`) become "alice", in lower-case ASCII; realm and domain are compared without
 * case. False for everything else, and then the sign-in must be refused: another realm, an empty or
 * overlong name, '/', '@' or '\' elsewhere, control bytes, blanks at an end or in a row. Pure, any
 * thread. `*user` is in `a`. */
bool sign_in_normalise(struct arena *a, struct str typed, struct str realm, struct str *user);

struct sign_in_tools {
    const struct config *config;
    struct member_groups *members;
};

/* On success `r->principal` is the name as the directory spells it, and `r->own` the person's own
 * ticket where one is wanted and an app of `config` is for those, `r->groups` what
 * member_groups_of says. False with `e` set, an
 * ERR_SIGN_IN_ code. Refused before any exchange: an empty password, a name that does not
 * normalise, a realm that no provider of `config` signs in. */
bool sign_in(struct krb *k, const struct sign_in_tools *tools, const struct broker_request *q,
             struct broker_reply *r, struct err *e);
