/* SPDX-License-Identifier: Apache-2.0
 *
 * What the directory said: which account a name or a SID is, or why it is none. Bounded; the one
 * that was longest not asked for makes room. Any thread.
 */
#pragma once
#include "base/err.h"
#include "base/sid.h"
#include "broker/protocol.h"

enum {
    ACCOUNT_CACHE_MAX = 4096,
    ACCOUNT_FOUND_S = 600, /* an account that was found is the same for so long, */
    ACCOUNT_NONE_S = 10,   /* and one that was not is none */
};

struct account {
    char principal[BROKER_NAME_MAX + 1]; /* what it is called, */
    struct sid sid;                      /* and what it is */
};

struct account_cache;

struct account_cache *account_cache_new(void);
void account_cache_free(struct account_cache *c);

/* False: nothing is known at `now_us` (monotonic). Else either `out` is set and `why` is ERR_NONE,
 * or `why` says why there is none. */
bool account_cache_get(struct account_cache *c, enum broker_name_type type, struct str name,
                       int64_t now_us, struct account *out, struct err *why);
/* `why` NULL: it is `account`. Without memory nothing is kept. */
void account_cache_put(struct account_cache *c, enum broker_name_type type, struct str name,
                       int64_t now_us, const struct account *account, const struct err *why);
/* What was said is not so any more. */
void account_cache_forget(struct account_cache *c, enum broker_name_type type, struct str name);
