/* SPDX-License-Identifier: Apache-2.0
 *
 * The second page of a sign-in by the form: the code of an authenticator, after the right password
 * (attempt.h). The browser brings the name of what waits in the store (session/factor.h) in a
 * cookie; without it, or when its time or its tries are over, the sign-in begins anew. Loop thread
 * only.
 */
#pragma once
#include "preauth/local.h"

#define CODE_COOKIE "__Host-kerbgate-code"
#define CODE_PAGE "code"

/* "/.kerbgate/code?to=…&by=…" on the app's own origin, where the code is asked for. p NULL: the
 * arena is full. */
struct str code_url(struct arena *a, const struct config_app *app, struct str to,
                    const struct config_provider *by);
/* Both as local_answer: the page, which is the same for everybody, and the posted code. */
enum local_result code_show(struct local_tools *t, const struct local_request *r,
                            struct page *page);
enum local_result code_attempt_start(struct local_tools *t, const struct local_request *r,
                                     const struct local_later *later, struct page *page,
                                     struct local_wait **wait);
