/* SPDX-License-Identifier: Apache-2.0
 *
 * What a back end answers, made fit for the outside: connection headers end here, the proof of
 * mutual authentication is ours and not the browser's, internal addresses become external ones
 * (outward_address.h), cookies are for the external host (set_cookie.h), and our own cannot be set
 * from inside. Sans-I/O; one thread per message.
 */
#pragma once
#include "config/config.h"
#include "http/message.h"
#include "kerberos/spnego_answer.h"

/* Our cookies all begin so; a back end never sees nor sets one. */
#define COOKIE_PREFIX "__Host-kerbgate"

/* What a 401 asks for when that is what our ticket was: Negotiate, NTLM or Kerberos among its
 * challenges; else p == NULL. Such an answer to a request that carried a ticket is event 13022. */
struct str answer_ticket_scheme(const struct message *m);
/* Whether this scheme, in any case of letters, is among its challenges. */
bool answer_offers(const struct message *m, struct str scheme);

enum { ANSWER_TOKEN_MAX = 64 * 1024 }; /* of a token, in base64 */
/* Whether a token for us comes with it: behind Negotiate or Kerberos in WWW-Authenticate (RFC 4559
 * 5). */
bool answer_has_token(const struct message *m);
/* Reads it; `a` points into `memory`, a buffer for ANSWER_TOKEN_MAX. False: there is none, or it is
 * no token. */
bool answer_read_token(const struct message *m, struct buf *memory, struct spnego_answer *a);

/* The headers of `in` that go outside, rewritten for `app`, into `out->headers`; status and body
 * kind are copied. `had_ticket`: the request carried one. False when the arena is full. */
bool answer_outward(struct arena *a, const struct config_app *app, bool had_ticket,
                    const struct message *in, struct message *out);
