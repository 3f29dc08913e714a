/* SPDX-License-Identifier: Apache-2.0
 *
 * What people are told on the pages of a sign-in that did not go well, in words that do not say
 * whether an account exists to those who do not know its password. Sans-I/O, any thread.
 */
#pragma once
#include "preauth/local.h"

/* What was wrong with what was typed; WORD_SIGN_IN_UNAVAILABLE for anything else. */
enum word sign_in_notice(enum err_code code);
/* The whole notice, in the language of the request and for as long as its arena: that it has to
 * wait, what was wrong, or that it is not possible, with the activity's id. */
struct str sign_in_words(const struct local_request *r, const struct err *e, int64_t retry_after_s);
