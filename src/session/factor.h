/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the right password and the code of a second factor. What the directory has proven waits
 * in the store, sealed, under an opaque name that the browser holds, for FACTOR_PENDING_S and
 * FACTOR_TRIES codes; there is no session before a code was right. Judging a code, counting it and
 * using it up are one transaction that outlasts a crash of the machine: no code is good twice. Same
 * threading as session.h.
 */
#pragma once
#include "session/session.h"

enum {
    FACTOR_PENDING_S = 300,
    FACTOR_TRIES = 5,
    FACTOR_PENDING_MAX = 10000,    /* of everybody; beyond, nobody gets to the code: ERR_BUSY */
    FACTOR_PENDING_PER_PERSON = 8, /* the oldest goes */
};

/* `is_enrolled` false: the person has no second factor, and nothing waits. */
typedef void factor_begun_fn(void *user, bool is_enrolled, const struct err *e);
/* For who has shown the right password on `host`. `key` (SECRET_BOX_KEY_SIZE) outlives the call;
 * `token` as session_create. NULL: memory, or an identity without a principal. */
struct session_call *factor_begin(struct session_store *s, uv_loop_t *loop,
                                  const unsigned char *key, const struct identity *who,
                                  struct str host, char token[SESSION_TOKEN_SIZE],
                                  factor_begun_fn *done, void *user);

struct factor_try {
    const unsigned char *key; /* outlives the call */
    unsigned attempts;        /* wrong codes of a person within the window */
    int64_t window_s;
    const char *provider;
    struct str host;
    struct str token; /* as it was received, whatever it is */
    struct str code;  /* as it was typed */
};
struct factor_answer {
    const struct err *err;      /* ERR_NONE, or one of the ERR_FACTOR_, or the store's */
    const char *account;        /* whose code it is, when that is known; else NULL */
    const struct identity *who; /* ERR_NONE: to make a session for; as long as the call */
    int64_t retry_after_s;      /* ERR_FACTOR_THROTTLED */
};
typedef void factor_tried_fn(void *user, const struct factor_answer *a);
/* NULL: memory. A call that is cancelled may have used up the code. */
struct session_call *factor_try(struct session_store *s, uv_loop_t *loop,
                                const struct factor_try *t, factor_tried_fn *done, void *user);
