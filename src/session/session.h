/* SPDX-License-Identifier: Apache-2.0
 *
 * Who somebody is, remembered between requests. The browser holds an opaque 256-bit name (the
 * cookie's value); we keep only its SHA-256, so that the store cannot be used to sign in. Sessions
 * live in SQLite and survive a restart; a bounded cache in front of it answers almost every
 * request without the disk. A session counts only on the host it was made for. One store per
 * process, shared by its threads; what may take the disk's time is asked on a loop and calls back
 * on that loop. A call keeps its loop running until it is answered, cancelled or not: run the loop
 * until no handle is left before closing it.
 *
 * Several processes may share a file (a reload's old and new worker). A session that one of them
 * ends is found by no other one later than SESSION_STALE_MS after that: what the cache holds is
 * compared with the store behind the first request that comes SESSION_FRESH_MS after the last
 * comparison, and before any that comes SESSION_STALE_MS after it.
 */
#pragma once
#include "base/err.h"
#include "session/identity.h"

#include <uv.h>

enum {
    SESSION_TOKEN_SIZE = 44,      /* 32 random bytes as base64url, and a NUL */
    SESSION_TEXT_MAX = 16 * 1024, /* an identity's texts and the host, together; an own ticket is
                                     beside them, as large as the broker gives it */
    SESSION_KEY_SIZE = 32,
    SESSION_ENDED_MAX = 256, /* sessions of one person that are told of when they end together */
    SESSION_FRESH_MS = 5000,
    SESSION_STALE_MS = 10000,
};

/* Immutable once made, counted; any thread may hold it. */
struct session;
const struct identity *session_identity(const struct session *s);
/* Stable name for logs and commands: the first 16 hexadecimal digits of the stored hash. */
const char *session_public_id(const struct session *s);
const char *session_host(const struct session *s);
int64_t session_created_s(const struct session *s);
/* As far as known here. */
int64_t session_used_s(const struct session *s);
/* Whether it is known to have ended while it was held. */
bool session_is_over(const struct session *s);
struct session *session_ref(struct session *s);
/* NULL is allowed. */
void session_unref(struct session *s);

/* A session that no cookie names and no store knows, of somebody who is proven anew by each request
 * or connection: `who` is copied, and at `ends_s` it has ended. Its public id is the same for the
 * same person of a provider on a host. The caller owns it; NULL: memory, or claims that are no JSON
 * object. */
struct session *session_passing(const struct identity *who, struct str host, int64_t ends_s);

struct session_limits {
    int64_t idle_s, lifetime_s;
    unsigned rows; /* sessions in the store */
};

struct session_store;
/* Opens (and creates, with mode 0600) the SQLite file. NULL with `e` set (ERR_STORE names it). */
struct session_store *session_store_open(const char *file, struct session_limits limits,
                                         struct err *e);
/* A key of whoever has the store, for notes that others keep; as long as the store is open. */
const unsigned char *session_store_key(const struct session_store *s);
/* No call may be under way. NULL is allowed. */
void session_store_close(struct session_store *s);

enum session_found {
    SESSION_FOUND,   /* `*out` is set, the caller owns a reference */
    SESSION_NONE,    /* no such session, or it is over, or made for another host */
    SESSION_LOADING, /* not in the cache: `done` will be called */
};
/* `err` ERR_NONE: `session` is the session (the callee owns a reference) or NULL for none. Else the
 * store failed, and the request must (ERR_STORE, ERR_BUSY). */
typedef void session_done_fn(void *user, struct session *session, const struct err *err);
struct session_call; /* one thing asked of the store */

/* Looks up a cookie's value as it was received, whatever it is. Marks the session as used (written
 * behind the request, at most once a minute or, with an idle timeout below four minutes, once in a
 * quarter of it; after a restart the idle timeout may be that much shorter). `*call` is for
 * session_cancel and set with SESSION_LOADING only. SESSION_NONE also when memory is short. */
enum session_found session_find(struct session_store *s, uv_loop_t *loop, struct str token,
                                struct str host, session_done_fn *done, void *user,
                                struct session **out, struct session_call **call);

/* A new session for `identity` (copied) on `host`; it is on disk when `done` is called. `token` is
 * set at once, to be sent only after that, and to be wiped by the caller. ERR_BUSY when the store
 * holds its limit of sessions and none of them is over, and when the identity is larger than
 * SESSION_TEXT_MAX. NULL: memory, or claims that are no JSON object; `done` is never called. */
struct session_call *session_create(struct session_store *s, uv_loop_t *loop,
                                    const struct identity *identity, struct str host,
                                    char token[SESSION_TOKEN_SIZE], session_done_fn *done,
                                    void *user);

/* Ends a session for every thread at once, and on disk when `done` is called (with NULL); when that
 * has an error, the session lives on. */
struct session_call *session_end(struct session_store *s, uv_loop_t *loop, struct session *session,
                                 session_done_fn *done, void *user);

/* Whom a provider means: its `sub` and `sid` of the claims; one of them may be NULL. One provider
 * may stand in the configuration under several names. */
struct session_whose {
    const char *const *providers;
    size_t provider_count;
    const char *sub, *sid;
    bool is_anybodys; /* who says so has proven nothing: it waits behind the lookups of sessions */
};
/* The first SESSION_ENDED_MAX of the sessions that were ended, as long as the call, and how many
 * there were; with `e` some may have been. */
struct session_ended {
    struct session *at[SESSION_ENDED_MAX];
    size_t count, total;
};
typedef void session_ended_fn(void *user, const struct session_ended *ended, const struct err *e);
/* Ends all sessions of somebody as session_end does, in portions between which the store serves
 * others; also those whose row is damaged. NULL: memory. */
struct session_call *session_end_of(struct session_store *s, uv_loop_t *loop,
                                    const struct session_whose *whose, session_ended_fn *done,
                                    void *user);
/* Whether it ended while it was held: at its lifetime, or as session_is_over knows. */
bool session_has_ended(const struct session_store *s, const struct session *session);

/* `done` will not be called; what was asked for may still happen, and a session's end will. On the
 * asking loop, before `done`; NULL is allowed. */
void session_cancel(struct session_call *c);
