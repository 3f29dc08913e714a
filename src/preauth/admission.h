/* SPDX-License-Identifier: Apache-2.0
 *
 * The last step of every sign-in that makes a session: who somebody is has been proven, and they
 * get a session and go to where they wanted. Loop thread only.
 */
#pragma once
#include "preauth/local.h"

/* Whereto, as local_destination has it. All of it outlives the admission. */
struct admission_way {
    struct local_tools *t;
    const struct local_request *r;
    const struct config_app *app;
    struct str to;
    const char *how; /* what the event says: "signed in by the form" */
};

struct admission;
/* `e` ERR_NONE: `page` is the answer, or NULL: no memory. Else there is no session, and the caller
 * says so. */
typedef void admitted_fn(void *user, const struct page *page, const struct err *e);
/* Makes the session of `who` (copied), then ends the one that the request came with. NULL: memory,
 * and `done` is never called. */
struct admission *admit(const struct admission_way *way, const struct identity *who,
                        admitted_fn *done, void *user);
/* `done` will not be called. NULL is allowed. */
void admission_cancel(struct admission *a);
