/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions in memory, in front of the store: bounded in number and in bytes, the one that was not
 * used for longest goes first. Cut into shards with a lock each, so that the event loops do not
 * wait for one another. Any thread may find; only the store's thread adds, so that what it read
 * from the disk is never older than what it wrote there.
 *
 * Between session_cache_end and session_cache_ended a session counts as over whatever the disk
 * says: the store's thread may still read it there on behalf of somebody else.
 */
#pragma once
#include "base/secret.h"
#include "session/session.h"

enum {
    SESSION_CACHE_SHARDS = 16,
    SESSION_CACHE_SHARD_ROWS = 2048,
    SESSION_CACHE_SHARD_BYTES = 4 * 1024 * 1024, /* of their texts */
};

struct session_cache;

/* NULL: memory. */
struct session_cache *session_cache_new(void);
/* NULL is allowed. */
void session_cache_free(struct session_cache *c);

enum session_cached { SESSION_CACHED, SESSION_CACHED_NOT, SESSION_CACHED_ENDING };
/* `*out` is set with SESSION_CACHED, and the caller owns a reference. */
enum session_cached session_cache_find(struct session_cache *c,
                                       const unsigned char hash[SHA256_SIZE], struct session **out);
/* What is removed or ended here is over (session_is_over) for whoever still holds it. In place of
 * one that has the same hash. False: it is being ended. A session that does not fit,
 * or for which there is no memory, is not kept. */
bool session_cache_add(struct session_cache *c, struct session *s);
void session_cache_remove(struct session_cache *c, const unsigned char hash[SHA256_SIZE]);
/* The same for all that `pick` says yes to, under a lock. */
void session_cache_drop(struct session_cache *c, bool (*pick)(void *user, struct session *s),
                        void *user);

/* False: memory, and nothing has changed. Each needs its session_cache_ended. */
bool session_cache_end(struct session_cache *c, const unsigned char hash[SHA256_SIZE]);
void session_cache_ended(struct session_cache *c, const unsigned char hash[SHA256_SIZE]);
