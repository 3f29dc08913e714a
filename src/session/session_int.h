/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of this room share: the session and the store from the inside, and the clock that
 * the tests set. Nobody else includes this.
 */
#pragma once
#include "base/clock.h"
#include "base/secret.h"
#include "session/session.h"

#include <stdatomic.h>

enum {
    SESSION_TOKEN_BYTES = 32,
    SESSION_PUBLIC_ID_SIZE = 17,
    SESSION_SKEW_S = 300, /* a session from further in the future was made by a clock gone wrong */
};

/* What all have in common that were made of one session as it was renewed, as far as this process
 * has had them in hand. */
struct session_life {
    _Atomic unsigned refs;
    _Atomic bool is_over;          /* it has ended, also for those who hold it */
    _Atomic int64_t over_before_s; /* those of which a provider said earlier who it is are over */
};

struct session {
    _Atomic unsigned refs;
    struct session_life *life;
    unsigned char hash[SHA256_SIZE]; /* of the token's text */
    char public_id[SESSION_PUBLIC_ID_SIZE];
    char *host;
    struct identity identity;
    int64_t created_s;
    int64_t passes_s;       /* the end of one that no store knows; 0: the store knows it */
    unsigned char *renewal; /* the sealed refresh token; NULL: none */
    size_t renewal_size;
    int64_t renewed_s;          /* when the provider said what the identity says */
    _Atomic int64_t retry_ms;   /* not to be renewed before, session_store_mono_ms */
    _Atomic int64_t used_s;     /* last use, as far as known here */
    _Atomic int64_t written_s;  /* last use, as the disk has it */
    _Atomic int64_t checked_ms; /* when it was last seen in the store, session_store_mono_ms */
    _Atomic bool is_refreshing; /* a look into the store is under way behind a request */
};

struct session_store {
    struct session_limits limits;
    struct session_file *file; /* the queue's thread only, once it runs */
    struct session_queue *queue;
    struct session_cache *cache;
    unsigned char key[SESSION_KEY_SIZE];
    _Atomic int64_t clock_shift_s;
};

/* 32 random bytes as base64url. */
void session_token_make(char token[SESSION_TOKEN_SIZE]);
/* A session with copies of everything and one reference; NULL when memory is short or the claims
 * are no JSON object. */
struct session *session_new(const unsigned char hash[SHA256_SIZE], const struct identity *identity,
                            struct str host, int64_t created_s);
/* Makes a session that nobody else has yet one of the life of `of`. */
void session_join(struct session *s, const struct session *of);
/* What renews it, a copy of `sealed`, and the identity's time; False: no memory. */
bool session_set_renewal(struct session *s, struct str sealed, int64_t renewed_s);
/* Bytes it holds, own ticket and renewal included. */
size_t session_size(const struct session *s);
/* Of those the ones that SESSION_TEXT_MAX is for. */
size_t session_text_size(const struct session *s);
bool session_is_past_lifetime(const struct session *s, const struct session_limits *l,
                              int64_t now_s);
bool session_is_idle(const struct session *s, const struct session_limits *l, int64_t now_s);
/* Raises `*time` to `to`. */
void session_raise(_Atomic int64_t *time, int64_t to);

static inline int64_t session_store_now_s(const struct session_store *s) {
    return clock_wall_s() + s->clock_shift_s;
}

static inline int64_t session_store_mono_ms(const struct session_store *s) {
    return clock_mono_tick_us() / 1000 + s->clock_shift_s * 1000;
}

/* For tests: both clocks of this store go on by `seconds`, which may be negative. */
static inline void session_store_shift_clock(struct session_store *s, int64_t seconds) {
    s->clock_shift_s += seconds;
}
