/* SPDX-License-Identifier: Apache-2.0
 *
 * The home: a page that lists the apps that whoever has signed in to it may use, by the very rules
 * that their requests would meet (connector/authorize.h), asked for each app's start page, from
 * where the browser is now. Who somebody is has been said by one provider; apps of other providers
 * cannot be judged by what that one said, and are not listed. An app that is not listed for
 * somebody gives nothing away, not even its icon. Loop thread only.
 */
#pragma once
#include "preauth/local.h"

#define HOME_ICONS "icon/"

/* The answer at the home's address, for r->session, which one of the home's providers vouches for:
 * its page, 405 for methods that change something, 404 for what is below it. */
enum local_result home_answer(const struct local_tools *t, const struct local_request *r,
                              struct page *p);
/* Whether the request is for an icon; and the icon: 404 for those that the sender's home does not
 * show. */
bool home_is_icon(const struct local_tools *t, const struct local_request *r);
enum local_result home_icon(const struct local_tools *t, const struct local_request *r,
                            struct page *p);
