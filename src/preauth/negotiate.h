/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing in with the browser's own Kerberos ticket (RFC 4559), for people inside: the sign-in
 * address answers 401 with "Negotiate", and the browser sends a ticket that the broker judges. One
 * leg, on the sign-in address alone: what an app is asked with is never looked at here. A browser
 * that cannot answer shows the page of the 401, which leads on to the app's next provider by
 * itself; one whose ticket is refused is told why, and may go on there. Loop thread only.
 */
#pragma once
#include "preauth/local.h"

/* Whereto, as local_destination has it, and at which provider. */
struct negotiate_entry {
    const struct config_app *app;
    const struct config_provider *provider;
    struct str to;
};

/* Whether browsers from there are asked for a ticket. */
bool negotiate_is_inside(const struct config_provider *p, const struct sockaddr *source);
/* The provider with pages to which everybody else goes; NULL: the app has none. */
const struct config_provider *negotiate_next(const struct config_app *app);

/* As local_answer. */
enum local_result negotiate_start(struct local_tools *t, const struct local_request *r,
                                  const struct negotiate_entry *entry,
                                  const struct local_later *later, struct page *page,
                                  struct local_wait **wait);
