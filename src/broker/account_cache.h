/* SPDX-License-Identifier: Apache-2.0
 *
 * What the directory said: which principal a name or a SID is, or why it is none. Bounded; the one
 * that was longest not asked for makes room. Any thread.
 */
#pragma once
#include "base/err.h"
#include "broker/protocol.h"

enum {
    ACCOUNT_CACHE_MAX = 4096,
    ACCOUNT_FOUND_S = 600, /* an account that was found is the same for so long, */
    ACCOUNT_NONE_S = 10,   /* and one that was not is none */
};

struct account_cache;

struct account_cache *account_cache_new(void);
void account_cache_free(struct account_cache *c);

/* False: nothing is known at `now_us` (monotonic). Else either `principal` (BROKER_NAME_MAX + 1
 * bytes) is set and `why` is ERR_NONE, or `why` says why there is none. */
bool account_cache_get(struct account_cache *c, enum broker_name_type type, struct str name,
                       int64_t now_us, char *principal, struct err *why);
/* `why` NULL: it is `principal`. Without memory nothing is kept. */
void account_cache_put(struct account_cache *c, enum broker_name_type type, struct str name,
                       int64_t now_us, const char *principal, const struct err *why);
