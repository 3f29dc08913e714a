/* SPDX-License-Identifier: Apache-2.0
 *
 * People's second factors, for the one who manages them: in the store's file itself, whether or not
 * a kerbgate serves from it. Thread of the caller.
 */
#pragma once
#include "session/factor_row.h"

/* The first line of a file that root alone can read, 43 characters at least ("openssl rand -base64
 * 32" makes 44), as a key. False with `e` set (ERR_CONFIG names the file and what to type). The
 * caller wipes the key. */
bool factor_key_read(const char *file, unsigned char key[SECRET_BOX_KEY_SIZE], struct err *e);

/* A new secret for somebody who has none; `n` says digest and digits, and gets the rest. Durable
 * when it returns. FACTOR_FOUND: there is one already, and nothing was done. */
enum factor_found factor_book_enroll(const char *store, const unsigned char *key,
                                     const struct factor_whose *w, struct factor *n, struct err *e);
/* FACTOR_NONE: there was none. */
enum factor_found factor_book_remove(const char *store, const struct factor_whose *w,
                                     struct err *e);
/* As factor_row_each. */
bool factor_book_each(const char *store,
                      void (*each)(void *user, const struct factor_whose *w,
                                   const struct factor *n),
                      void *user, struct err *e);
