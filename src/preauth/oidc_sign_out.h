/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing out where somebody signed in by OpenID Connect: the browser is sent on to the provider
 * after its session here has ended (RP-Initiated Logout 1.0), and a provider may end sessions
 * itself (Back-Channel Logout 1.0) by a token that it sends to any of our hosts. Loop thread only.
 */
#pragma once
#include "preauth/local.h"

/* The session was ended: a page that says so and leads on to its provider, if that has a sign-out
 * that is known. As local_answer; `plain` is the page without it, and lives as long as the request.
 */
enum local_result oidc_sign_out(struct local_tools *t, const struct local_request *r,
                                const struct page *plain, const struct local_later *later,
                                struct page *page, struct local_wait **wait);
/* A logout token that a provider has sent. */
enum local_result oidc_logout(struct local_tools *t, const struct local_request *r,
                              const struct local_later *later, struct page *page,
                              struct local_wait **wait);
