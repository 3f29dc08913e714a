/* SPDX-License-Identifier: Apache-2.0
 *
 * Tickets of people who signed in with their password, got with their own ticket-granting ticket:
 * no delegation, and so no right to it, also for people who may not be delegated. The broker keeps
 * nothing: the ticket-granting ticket is given to the worker sealed, for its session, and comes
 * back with each question. Who that sealed one is of is what it says itself. Thread of the `struct
 * krb`.
 */
#pragma once
#include "broker/krb.h"
#include "broker/protocol.h"

/* Seals what an AS exchange with the person's password gave, into `r->own`. False with `e` set
 * (ERR_INTERNAL, also when it is larger than BROKER_OWN_MAX). */
bool own_ticket_seal(struct krb *k, krb5_creds *tgt, struct broker_reply *r, struct err *e);

/* The ticket of `q->user` to `q->spn` with `q->proof`. The lists of SPNs and denied users apply. On
 * success the caller owns `*out`. False with `e` set: ERR_SIGN_IN_REQUIRED when the sealed one is
 * over or is not this broker's any more, ERR_KRB_WRONG_CLIENT when it is another person's. */
bool own_ticket(struct krb *k, const struct config *config, const struct broker_request *q,
                struct ticket **out, struct err *e);
