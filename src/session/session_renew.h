/* SPDX-License-Identifier: Apache-2.0
 *
 * A provider is asked anew who the person of a session is, with a refresh token (OpenID Connect
 * Core 12). The store has the token sealed with a key that comes of the cookie's value, and of that
 * it has a hash alone: only while the browser sends its cookie can the token be used, and nobody
 * can use it who has the file. A provider may give each token out once and end everything when one
 * comes twice: so one process and thread at a time renews a session, under a lease in the store,
 * and the next token is on disk before anybody goes on in what came with it.
 */
#pragma once
#include "base/buf.h"
#include "session/session.h"

enum {
    SESSION_REFRESH_TOKEN_MAX = 8 * 1024, /* bytes */
    SESSION_RENEWAL_RETRY_S = 10,         /* after a renewal that was given up */
};

/* When the provider said what the session's identity says. */
int64_t session_renewed_s(const struct session *s);
/* Whether it has a refresh token. */
bool session_is_renewable(const struct session *s);
/* Whether a renewal was given up less than SESSION_RENEWAL_RETRY_S ago, as far as known here. */
bool session_renewal_has_failed(const struct session_store *store, const struct session *s);

/* Seals the plain token, or none, in a session that nobody else has yet; `cookie` is its name's
 * text. False: memory, or the token is too long. */
bool session_seal(struct session *s, struct str cookie, const char *refresh_token);
/* Appends the plain token; false when this is not the session's cookie. */
bool session_unseal(const struct session *s, struct str cookie, struct buf *out);

enum session_renewal {
    SESSION_RENEWAL_OURS, /* nobody else renews it until the lease ends, or session_renew */
    SESSION_RENEWAL_DONE, /* somebody has: `session` is the new one */
    SESSION_RENEWAL_BUSY, /* somebody does */
    SESSION_RENEWAL_OVER, /* the session is over */
};
/* `session` is the callee's reference, or NULL. With `e` the store failed, and nothing else counts.
 */
typedef void session_renewal_fn(void *user, enum session_renewal what, struct session *session,
                                const struct err *e);
/* Asks for the lease, for at most `lease_s` (below ten minutes). NULL: memory. */
struct session_call *session_renewal_begin(struct session_store *store, uv_loop_t *loop,
                                           struct session *s, int64_t lease_s,
                                           session_renewal_fn *done, void *user);
/* The lease is not needed any more, and the session stays as it is. */
void session_renewal_give_up(struct session_store *store, struct session *s);

struct session_renewed {
    struct session *session;   /* whose lease we have */
    struct str cookie;         /* its name's text */
    const struct identity *as; /* refresh_token NULL: the one before stays good */
};
/* In the place of the session, when it is on disk; `done` gets the new one, or NULL when it is
 * over. With an error nothing has changed, and the lease is to be given up. NULL: memory. */
struct session_call *session_renew(struct session_store *store, uv_loop_t *loop,
                                   const struct session_renewed *r, session_done_fn *done,
                                   void *user);
/* Who goes on in what was said before `by`, in `old` or earlier, is told that it is over: what has
 * changed makes a difference. */
void session_outdate(struct session *old, const struct session *by);
