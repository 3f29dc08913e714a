/* SPDX-License-Identifier: Apache-2.0
 *
 * All sessions of a store, one after the other, to be shown or ended: what an administrator asks
 * for, seldom. The store's thread reads them in portions, and between two of them it does what
 * requests have asked for meanwhile.
 */
#pragma once
#include "session/session.h"

enum { SESSION_ROLL_PORTION = 500 }; /* sessions, and of those at most so many end with one write */

struct session_roll {
    bool is_end;    /* those that are picked end */
    bool is_cached; /* the store is left alone: another process has ended them there */
    /* On the store's thread, for each session that counts. With `is_end` also for some that only
     * the cache has, which another process has ended, and perhaps twice for one. */
    bool (*pick)(void *user, struct session *s);
    /* On the store's thread, once, last. `picked`: how many ended, on disk, or were found. With `e`
     * the store failed, and what was picked until then may have ended. */
    void (*done)(void *user, unsigned picked, const struct err *e);
    void *user;
};

/* `r` is copied. False: no memory, or the store has too much to do; nothing is called then. Any
 * thread. */
bool session_roll(struct session_store *s, const struct session_roll *r);
