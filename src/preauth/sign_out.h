/* SPDX-License-Identifier: Apache-2.0
 *
 * A person signs out: the session ends on disk, then everywhere, then the person is told, and led
 * on to the identity provider's own sign-out where there is one. Once begun it goes on to its end,
 * also when the browser has gone away.
 */
#pragma once
#include "preauth/local.h"

/* Ends the request's session; it has one, and its form is ours. */
enum local_result sign_out_start(struct local_tools *t, const struct local_request *r,
                                 const struct local_later *later, struct page *page,
                                 struct local_wait **wait);
/* What somebody sees who has no session any more. False: no memory. */
bool sign_out_page(const struct local_request *r, struct page *p);
/* The same, and the browser forgets the cookie: never in answer to what other sites may ask for. */
bool sign_out_page_forget(const struct local_request *r, struct page *p);
