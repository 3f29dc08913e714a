/* SPDX-License-Identifier: Apache-2.0
 *
 * One request's walk through the rooms: route, session or sign-in, authorization, exchange, answer.
 * It owns everything that lives as long as the request, and its activity record, which goes to the
 * sink when the walk is freed. The client calls it and is answered through reply.h. Loop thread
 * only.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "gateway/reply.h"

struct session;
struct walk;

/* At the first byte of a request. NULL: memory. `reply` outlives it. */
struct walk *walk_new(struct reply *reply);
/* Gives up what is under way and records the activity of a request that was read. */
void walk_free(struct walk *w);

/* Where the head of the request is parsed to. */
struct arena *walk_arena(struct walk *w);
struct message *walk_message(struct walk *w);

/* The head is there: sets off. */
void walk_begin(struct walk *w);
/* The head cannot be had: answers with the error's page. */
void walk_refuse(struct walk *w, const struct err *e);

/* The request's body: how many bytes are wanted now, that the first is there, also of what only
 * frames it, a piece of it, its end, or why it has none. */
size_t walk_body_room(const struct walk *w);
void walk_body_begins(struct walk *w);
void walk_body(struct walk *w, struct str piece);
void walk_body_end(struct walk *w, const struct headers *trailers);
void walk_body_failed(struct walk *w, const struct err *e);

/* Whose session it goes on in; NULL: nobody's, or it is at one of our own pages. */
const struct session *walk_session(const struct walk *w);
/* That session has ended: what has not been answered is sent to sign in again, what is under way is
 * cut. From outside a call of the walk's. */
void walk_session_ended(struct walk *w);

/* The client has room for more of the answer. */
void walk_drained(struct walk *w);
