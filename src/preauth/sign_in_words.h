/* SPDX-License-Identifier: Apache-2.0
 *
 * What people are told on the pages of a sign-in that did not go well, in words that do not say
 * whether an account exists to those who do not know its password. Sans-I/O, any thread.
 */
#pragma once
#include "base/err.h"

#include <stdint.h>

enum { SIGN_IN_WORDS_MAX = 256 };

/* What was wrong with what was typed; NULL for anything else, which is "not possible". */
const char *sign_in_notice(enum err_code code);
/* The whole notice, in `out` or constant: that it has to wait, what was wrong, or that it is not
 * possible, with the activity's id. */
const char *sign_in_words(char out[SIGN_IN_WORDS_MAX], const struct err *e, int64_t retry_after_s,
                          const char *activity);
