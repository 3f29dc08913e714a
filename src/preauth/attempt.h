/* SPDX-License-Identifier: Apache-2.0
 *
 * One attempt to sign in by the form, from the posted form to the session: throttle, the broker's
 * AS exchange, a new session. What went wrong is told on the form itself, in words that do not say
 * whether the account exists. Loop thread only.
 */
#pragma once
#include "preauth/form_page.h"

/* As local_answer, for a posted form. An attempt that is cancelled goes on without its request
 * until it is counted rightly: whoever hangs up early has guessed all the same, and nobody is held
 * to have failed who pressed the button twice. */
enum local_result attempt_start(struct local_tools *t, const struct local_request *r,
                                local_done_fn *done, void *user, struct page *page,
                                struct local_wait **wait);
/* Gives up those that were cancelled and are not counted yet; they stay counted as failed. */
void attempt_drop_abandoned(struct local_tools *t);
