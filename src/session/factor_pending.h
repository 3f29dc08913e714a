/* SPDX-License-Identifier: Apache-2.0
 *
 * Who has shown a password and not yet a code, in the store's file, as SQL. On the store's thread,
 * within its transaction.
 */
#pragma once
#include "session/factor.h"
#include "session/factor_row.h"
#include "session/session_int.h"

struct factor_pending {
    unsigned char hash[SHA256_SIZE]; /* of the browser's token */
    char provider[256], account[FACTOR_ACCOUNT_SIZE], host[256];
    int64_t ends_s;
    unsigned tries; /* left */
};

/* Forgets those whose time is over. */
bool factor_pending_purge(struct session_file *f, int64_t now_s, struct err *e);
/* ERR_BUSY when there are too many. */
bool factor_pending_insert(struct session_file *f, const unsigned char *key,
                           const struct factor_pending *p, const struct identity *who,
                           struct err *e);
/* The row of `p->hash`; FACTOR_NONE when there is none whose time runs. */
enum factor_found factor_pending_load(struct session_file *f, struct factor_pending *p,
                                      int64_t now_s, struct err *e);
/* What it holds, for identity_fini. */
bool factor_pending_open(struct session_file *f, const unsigned char *key,
                         const struct factor_pending *p, struct identity *who, struct err *e);
/* Takes one try off, and forgets it with the last. */
bool factor_pending_use(struct session_file *f, const struct factor_pending *p, struct err *e);
bool factor_pending_delete(struct session_file *f, const struct factor_pending *p, struct err *e);
