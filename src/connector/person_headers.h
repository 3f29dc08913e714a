/* SPDX-License-Identifier: Apache-2.0
 *
 * What an app is told of the person in headers: the claims of sso.headers, after their
 * transformations. A claim that is missing, or that a back end could read as something else, is an
 * error (event 13016), never another claim and never a part of one (invariant 3). Pure, any thread.
 */
#pragma once
#include "config/config.h"
#include "http/message.h"
#include "session/identity.h"

enum {
    PERSON_HEADER_MAX = 8000, /* bytes of a value: what Apache and nginx take of a line */
};

/* The headers of `app` for `who`, in the arena or in what the two of them own; none for an app that
 * asks for none. False with `e` set: ERR_CLAIM_MISSING (also when `who` is NULL), ERR_CLAIM_UNFIT
 * for a value that is longer than PERSON_HEADER_MAX, has control characters, blanks of any script
 * at its ends, the separator in it or a part of that at its ends, and for a list without a
 * separator; ERR_NO_MEMORY. */
bool person_headers(struct arena *a, const struct config_app *app, const struct identity *who,
                    struct headers *out, struct err *e);
