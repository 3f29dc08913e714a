/* SPDX-License-Identifier: Apache-2.0
 *
 * Who a connection has shown to be by its certificate: found out once for all of its requests, and
 * again when what it was believed by has run out. The walks that want to know wait for one look.
 * What was refused is refused for BADGE_REFUSED_S without another look, so that nobody has a
 * responder asked with each request. Loop thread only.
 */
#pragma once
#include "config/config.h"
#include "gateway/client.h"
#include "session/session.h"

enum { BADGE_REFUSED_S = 5 };

enum badge_result {
    BADGE_KNOWN,   /* `*session` is set, the caller owns a reference */
    BADGE_LATER,   /* walk_enter will be called, unless badge_forget is */
    BADGE_REFUSED, /* `e` says why */
    BADGE_NONE,    /* no certificate was shown */
};

/* Whom the certificate of the walk's connection shows to `provider`, which is the walk's app's. */
enum badge_result badge_look(struct walk *w, const struct config_provider *provider,
                             struct session **session, struct err *e);
/* The walk does not wait any more, if it did. */
void badge_forget(struct walk *w);
/* The client's last: none of its walks is there any more. */
void badges_fini(struct client *c);
