/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose ticket is it that a browser has sent to us (RFC 4120 3.2.3)? Opened with the keys of one
 * account, for one service, once, by people of the realms that the provider names, and never by
 * those that are denied. It is krb5_rd_req and not GSS: there is no default credential, no other
 * mechanism, and no file of replays. Thread of the `struct krb`.
 */
#pragma once
#include "broker/krb.h"
#include "broker/member_groups.h"
#include "broker/protocol.h"
#include "broker/replay.h"

struct accept_tools {
    const struct config *config; /* the realm's own */
    struct member_groups *members;
    struct replay *replay;
};

/* On success `r->principal`, `r->sid`, `r->groups` say who it is, `r->ap_rep` is the proof that the
 * client asked for, and `r->own` the evidence, where it is wanted and the ticket is forwardable.
 * False with `e` set: ERR_NEGOTIATE_…, or as ticket_pac_is_allowed has it. */
bool accept_ticket(struct krb *k, const struct accept_tools *tools, const struct broker_request *q,
                   struct broker_reply *r, struct err *e);

/* The provider of type negotiate that a question names, if the host is that of an app which it
 * signs people in to; NULL: there is none, so that nobody of ours asks. Pure. */
const struct config_provider *accept_provider(const struct config *c, struct str name,
                                              struct str host);
