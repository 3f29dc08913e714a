/* SPDX-License-Identifier: Apache-2.0
 *
 * Which back end of an app a request goes to: one that is well, the same for one person where the
 * app is sticky, else the one with the fewest requests under way. A back end that could not be
 * reached is left alone for 1, 2, 4 … 30 seconds, one that its health checks found ill until they
 * find it well, unless there is no other. One for each loop; loop
 * thread only; no I/O.
 */
#pragma once
#include "connector/health.h"

struct balance;

/* NULL: memory. `c` outlives it. */
struct balance *balance_new(const struct config *c);
void balance_free(struct balance *b);
/* Whose word on which back ends are out is heeded, from any thread's checks. */
void balance_heed(struct balance *b, const struct health *health);

/* The index of a back end of `app`, none of the `tried` ones (bit by index) unless all are.
 * `person`: who it is for; empty: anybody. Of several the same is chosen for the same person as
 * long as it is well (rendezvous hashing), so that one that comes back gets its own people back and
 * nobody else moves. */
size_t balance_choose(struct balance *b, const struct config_app *app, struct str person,
                      uint64_t tried, int64_t now_us);

/* A connection is made to it: of those that are equally busy, the next one's turn has come. */
void balance_turn(struct balance *b, const struct config_app *app, size_t index);
/* A request went there, or is over. */
void balance_begin(struct balance *b, const struct config_app *app, size_t index);
void balance_end(struct balance *b, const struct config_app *app, size_t index);
/* It could not be reached; it was reached. */
void balance_failed(struct balance *b, const struct config_app *app, size_t index, int64_t now_us);
void balance_worked(struct balance *b, const struct config_app *app, size_t index);
