/* SPDX-License-Identifier: Apache-2.0
 *
 * Public keys of somebody else, from a JSON Web Key Set (RFC 7517), and whether one of them has
 * signed a token. A key is taken for what its type, `use`, `key_ops` and `alg` say it is for and
 * nothing else; keys of other kinds are passed over, so that a set may hold new ones. A set is
 * immutable once read; any thread may verify with it.
 */
#pragma once
#include "base/jws_token.h"

enum {
    JWS_PUBLIC_KEYS_MAX = 64, /* keys in a set, of any kind */
    JWS_HASH_MAX = 64,
};

struct jws_public;

/* NULL with `*why`, which continues "the set of keys ...", also when no key in it can be used. */
struct jws_public *jws_public_read(const struct json_t *root, const char **why);
/* NULL is allowed. */
void jws_public_free(struct jws_public *set);

enum jws_verified {
    JWS_GOOD,
    JWS_BAD,         /* the key is there, and has not signed this */
    JWS_UNKNOWN_KEY, /* no key fits, or a token without kid could be of several (OpenID Connect Core
                        10.1): newer keys may */
};
/* By the key that the token names; without a name, by the only one that fits. */
enum jws_verified jws_public_verify(const struct jws_public *set, const struct jws_token *t);

/* The left half of the hash that belongs to an algorithm, in base64url, as at_hash has it (OpenID
 * Connect Core 3.1.3.6). */
void jws_half_hash(enum jws_algorithm a, struct str text, struct buf *out);
