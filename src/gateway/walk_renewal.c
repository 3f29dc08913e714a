/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether what is known of a session's person is new enough to go on with.
 */
#include "gateway/walk_state.h"
#include "http/cookie.h"
#include "preauth/renewal.h"

static void on_renewed(void *user, struct session *session, const struct err *e) {
    struct walk *w = user;
    w->local = NULL;
    session_unref(w->session);
    w->session = session;
    if (e->code != ERR_NONE)
        walk_fail(w, e);
    else
        walk_enter(w);
}

void walk_renew(struct walk *w) {
    struct err e;
    size_t count;
    struct renewal_request r = {.session = w->session,
                                .cookie =
                                    cookie_get(&w->message.headers, STR(SESSION_COOKIE), &count),
                                .activity = &w->activity,
                                .done = on_renewed,
                                .user = w};
    enum renewal_result result = RENEWAL_GO_ON;
    if (w->session && !w->is_local)
        result = renewal_check(&w->server->tools, &r, &w->local, &e);
    if (result == RENEWAL_OVER) {
        session_unref(w->session);
        w->session = NULL;
    }
    if (result == RENEWAL_FAILED)
        walk_fail(w, &e);
    else if (result != RENEWAL_LATER)
        walk_enter(w);
}
