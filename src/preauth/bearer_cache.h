/* SPDX-License-Identifier: Apache-2.0
 *
 * Access tokens that were verified, by a hash of them, so that the next request with one costs no
 * signature: a fixed number of places, in rows of BEARER_CACHE_ROW. Where a row is full, the one
 * in it that was not used for longest makes room. Only what was verified gets a place, so that
 * tokens that somebody makes up push out nothing. Any thread.
 */
#pragma once
#include "base/secret.h"
#include "session/session.h"

enum { BEARER_CACHE_ROW = 8, BEARER_CACHE_LOCKS = 16 };

struct bearer_cache;

/* For `tokens` of them, rounded up to whole rows. NULL: memory. */
struct bearer_cache *bearer_cache_new(unsigned tokens);
/* NULL is allowed. */
void bearer_cache_free(struct bearer_cache *c);

/* The session that was kept and is still to be used at `now_s`; the caller owns a reference. */
struct session *bearer_cache_find(struct bearer_cache *c, const unsigned char hash[SHA256_SIZE],
                                  int64_t now_s);
/* Keeps a session (with a reference of its own) for use before `until_s`. */
void bearer_cache_keep(struct bearer_cache *c, const unsigned char hash[SHA256_SIZE],
                       struct session *s, int64_t until_s);
