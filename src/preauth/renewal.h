/* SPDX-License-Identifier: Apache-2.0
 *
 * What an OpenID Connect provider said of a session's person gets old: it is asked again with the
 * session's refresh token, behind a request, once for all who come meanwhile. A provider that gives
 * no more word ends the session. One that does not answer ends nothing until what it said last is
 * as old as refresh_limit; from then on requests wait for its answer, and fail without one. Loop
 * thread only.
 */
#pragma once
#include "preauth/local.h"

enum {
    RENEWALS_MAX = 32,        /* under way on a loop */
    RENEWALS_BEHIND_MAX = 16, /* as many of those may nobody wait for when another begins */
};

enum renewal_result {
    RENEWAL_GO_ON,  /* with the session as it is */
    RENEWAL_LATER,  /* `done` will be called */
    RENEWAL_OVER,   /* the session counts no more */
    RENEWAL_FAILED, /* `e` says why the request has to fail */
};
/* `session` is the callee's reference, or NULL when it is over; with an error the request has to
 * fail. */
typedef void renewal_done_fn(void *user, struct session *session, const struct err *e);
/* A request in a session; all but `activity` and `session`, which are copied or referenced, is not
 * needed longer than the call. */
struct renewal_request {
    struct session *session;
    struct str cookie; /* the session's name */
    const struct activity *activity;
    renewal_done_fn *done;
    void *user;
};

/* Before a request goes on in a session. `*wait` is set with RENEWAL_LATER: local_cancel, before
 * `done`, and the renewal goes on behind. */
enum renewal_result renewal_check(struct local_tools *t, const struct renewal_request *q,
                                  struct local_wait **wait, struct err *e);
/* Whether some are under way: to end now could lose a token that was given out once. */
bool renewal_is_under_way(const struct local_tools *t);
/* Gives up what is under way; nobody may wait for it. */
void renewal_fini(struct local_tools *t);
