/* SPDX-License-Identifier: Apache-2.0
 *
 * Failed sign-ins, counted per user name and per source, so that nobody can guess passwords through
 * us and nobody can have an account locked in the directory by failing here: an attempt is written
 * down before the directory is asked and struck out when it turns out well. Kept in the store, so
 * that a restart does not hand out new attempts (a crash of the machine may: its last seconds are
 * not waited for). Same threading as session.h.
 */
#pragma once
#include "session/session.h"

#include <sys/socket.h>

struct throttle_limits {
    unsigned user_attempts;
    int64_t user_window_s;
    unsigned source_attempts;
    int64_t source_window_s;
};

enum {
    THROTTLE_ROWS_MAX = 100000, /* attempts that still count; beyond, nobody may try: ERR_BUSY */
    THROTTLE_USER_MAX = 256,    /* of provider and name as they are; longer ones by their SHA-256 */
};

/* `id` names the attempt when it may go on (`retry_after_s` 0). Otherwise it must not be made, and
 * may be tried again after that many seconds. `err` set: the store failed; do not go on. */
typedef void throttle_done_fn(void *user, int64_t id, int64_t retry_after_s, const struct err *err);

/* Writes down an attempt. `provider` (who keeps the account: its realm, which two identity
 * providers may share) and `name` (normalised by the caller: two spellings of one account must come
 * as one) make the user; `source` is the client's address, IPv6 by its /64, and an IPv4 address
 * mapped into IPv6 as itself. All counting and writing is one transaction. An attempt whose call
 * was cancelled in time does not count. NULL: memory, `done` is never called. */
struct session_call *throttle_reserve(struct session_store *s, uv_loop_t *loop,
                                      const struct throttle_limits *limits, struct str provider,
                                      struct str name, const struct sockaddr *source,
                                      throttle_done_fn *done, void *user);
/* How an attempt ended; nobody waits for this to be written, and when it cannot be, the attempt
 * stays. THROTTLE_GOOD forgets all of the user's attempts, which still count for the sources they
 * came from, and this one for its source too; THROTTLE_UNTRIED takes back this attempt alone (the
 * directory was not reached); a bad one simply stays. */
enum throttle_outcome { THROTTLE_GOOD, THROTTLE_UNTRIED };
void throttle_settle(struct session_store *s, uv_loop_t *loop, int64_t id,
                     enum throttle_outcome outcome);
