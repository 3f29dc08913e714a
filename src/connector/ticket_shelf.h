/* SPDX-License-Identifier: Apache-2.0
 *
 * What one thread got of the broker, for the others: (login, SPN) to ticket, bounded in number and
 * bytes, the least recently taken goes first. So a person whose requests come to several threads
 * costs the KDC one exchange, and needs none of it while it is silent. A ticket asked for before a
 * purge is not taken in after it. One for all threads; each function by any thread.
 */
#pragma once
#include "connector/login.h"
#include "kerberos/ticket.h"

struct ticket_shelf;

/* NULL: memory. */
struct ticket_shelf *ticket_shelf_new(unsigned count, size_t bytes);
/* Nobody may use it any more. NULL is allowed. */
void ticket_shelf_free(struct ticket_shelf *s);

/* The ticket there is, if it ends later than `after_s`: a holding of the caller's, for ticket_free.
 */
struct ticket *ticket_shelf_take(struct ticket_shelf *s, const struct login *login, const char *spn,
                                 int64_t after_s);
/* Holds `t`, which the broker was asked for at `asked_us` (clock_mono_us), in the place of what was
 * there. Without memory nothing is kept. */
void ticket_shelf_put(struct ticket_shelf *s, const struct login *login, const char *spn,
                      struct ticket *t, int64_t asked_us);
/* A back end refused the ticket. */
void ticket_shelf_drop(struct ticket_shelf *s, const struct login *login, const char *spn);
/* Drops those of `user` (empty: of everybody), as tickets_is_of has it. */
void ticket_shelf_purge(struct ticket_shelf *s, struct str user);
