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

struct exchange_request;

/* Of what nobody has signed in for: by nobody in particular (nothing is appended), if the request
 * can leave nothing behind on a connection that another client's would meet there, else by this
 * connection of a client and the address it comes from, since a proxy in front has one connection
 * for many. A plain GET leaves nothing: it is a head that we have written, without a body that a
 * back end could overlook, without credentials, and without a condition, whose answer may have no
 * body where a faulty back end sends one. */
void owner_of_passed(struct buf *out, const struct exchange_request *r);

/* Which of the configuration's apps get tickets by names that no app before them has: only there is
 * something to drop. For connector_new, which frees it. NULL: memory. */
bool *forget_prepare(const struct config *config);
/* This connection of a client, from this address, is gone: closes the idle ones that it owned. */
void connector_forget_client(struct connector *c, uint64_t client, const char *address);
/* Drops this person's tickets and closes their idle connections, of all apps. Who has another
 * session gets new ones. */
void connector_forget(struct connector *c, const struct identity *who);
/* The same for everybody. */
void connector_forget_all(struct connector *c);
