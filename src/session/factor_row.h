/* SPDX-License-Identifier: Apache-2.0
 *
 * People's second factors in the store's file, as SQL. A secret is sealed with a key that is not in
 * the store, for the one person it is of: a copy of the file tells nobody's, and no row can be made
 * another one's. On the thread that has the file.
 */
#pragma once
#include "base/secret_box.h"
#include "base/totp.h"
#include "session/session_file.h"

enum { FACTOR_ACCOUNT_SIZE = 1024, FACTOR_LISTED_MAX = 100000 };

/* Of whom: the provider that asks for it, and factor_account of who signs in there. */
struct factor_whose {
    const char *provider, *account;
};

struct factor {
    enum secret_mac digest;
    unsigned digits;
    unsigned char secret[TOTP_SECRET_MAX]; /* totp_secret_size; the holder wipes it */
    int64_t made_s, used_s;                /* used 0: never */
    int64_t last_step;                     /* of the code that was good last */
    unsigned failed;                       /* wrong codes since */
    int64_t failed_since_s;
};

/* "Alice@CORP.EXAMPLE", as a domain controller answers it, becomes "alice@CORP.EXAMPLE": the name
 * in lower-case ASCII. False when it is too long. */
bool factor_account(struct str principal, char out[FACTOR_ACCOUNT_SIZE]);

enum factor_found { FACTOR_FAILED, FACTOR_NONE, FACTOR_FOUND };
/* FACTOR_FAILED with `e` set: the store, or ERR_FACTOR_UNREADABLE. `key` NULL: it is only looked
 * whether there is one, and `out` stays. */
enum factor_found factor_row_load(struct session_file *f, const unsigned char *key,
                                  const struct factor_whose *w, struct factor *out, struct err *e);
/* What happened to it: `used_s`, `last_step`, `failed`, `failed_since_s`. */
bool factor_row_note(struct session_file *f, const struct factor_whose *w, const struct factor *n,
                     struct err *e);
/* FACTOR_FOUND: there is one already, and it stays. FACTOR_NONE: there was none before. */
enum factor_found factor_row_insert(struct session_file *f, const unsigned char *key,
                                    const struct factor_whose *w, const struct factor *n,
                                    struct err *e);
/* With what waits for a code of it. FACTOR_NONE: there is none. */
enum factor_found factor_row_delete(struct session_file *f, const struct factor_whose *w,
                                    struct err *e);
/* Calls `each` for all, by provider and account, FACTOR_LISTED_MAX of them at most; of `n` what is
 * sealed is not set. */
bool factor_row_each(struct session_file *f,
                     void (*each)(void *user, const struct factor_whose *w, const struct factor *n),
                     void *user, struct err *e);
