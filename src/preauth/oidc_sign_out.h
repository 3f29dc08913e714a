/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing out where somebody signed in by OpenID Connect: the browser is sent on to the provider
 * after its session here has ended (RP-Initiated Logout 1.0), and a provider may end sessions
 * itself: by a token that it sends to any of our hosts (Back-Channel Logout 1.0), or by a frame in
 * a page of its own (Front-Channel Logout 1.0). Loop thread only.
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
enum { OIDC_SID_MIN = 20 }; /* bytes of a sid that nobody guesses */
/* A frame in a page of the provider's, which names a session of the provider's by iss and sid. Our
 * cookie is not for frames of other sites (SameSite=Lax), so most often it does not come along, and
 * who asks may be anybody: sessions end by a sid that cannot be guessed, as all that this can do is
 * to end them; by a shorter one only when the cookie is of such a session. */
enum local_result oidc_front_logout(struct local_tools *t, const struct local_request *r,
                                    const struct local_later *later, struct page *page,
                                    struct local_wait **wait);
