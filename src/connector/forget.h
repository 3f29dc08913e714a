/* SPDX-License-Identifier: Apache-2.0
 *
 * By what name a person's connections are owned, and how a connector forgets a person whose session
 * has ended: a ticket and a connection that was authenticated are as good as a session while they
 * last. Loop thread only.
 */
#pragma once
#include "connector/connector.h"

/* Appends the owner (pool.h) of connections in the name of `who`; with an app that gets tickets, in
 * the name of `login`. Different for whoever the app could tell apart. */
void owner_of_person(struct buf *out, const struct identity *who);
void owner_of_login(struct buf *out, const struct config_app *app, const struct login *login,
                    const struct identity *who);

/* Which of the configuration's apps get tickets by names that no app before them has: only there is
 * something to drop. For connector_new, which frees it. NULL: memory. */
bool *forget_prepare(const struct config *config);
/* Drops this person's tickets and closes their idle connections, of all apps. Who has another
 * session gets new ones. */
void connector_forget(struct connector *c, const struct identity *who);
/* The same for everybody. */
void connector_forget_all(struct connector *c);
