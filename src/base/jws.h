/* SPDX-License-Identifier: Apache-2.0
 *
 * Signed statements: JSON Web Signatures in their compact form (RFC 7515), by the first of a few
 * private keys. The public halves of all are published as a JSON Web Key Set (RFC 7517), so that a
 * key can be announced before it signs, and stay for a while after. EC keys on P-256 sign by ES256,
 * RSA keys by RS256 (RFC 7518). The keys never leave the set.
 */
#pragma once
#include "base/buf.h"

#include <stdio.h>

enum { JWS_KEYS_MAX = 8 };

struct jws_keys;

/* An empty set; NULL when memory is short. */
struct jws_keys *jws_keys_new(void);
/* NULL is allowed. Wipes the keys. */
void jws_keys_free(struct jws_keys *k);

/* Adds the private key of a PEM file, which stays open. False with `*why`, which continues "the key
 * ...": there is none, it has a passphrase, is neither EC on P-256 nor RSA of 2048 to 8192 bits, or
 * is in the set already. One thread. */
bool jws_keys_add(struct jws_keys *k, FILE *file, const char **why);

/* The set as JSON, each key named by its thumbprint (RFC 7638); valid until the next is added. */
struct str jws_keys_public(const struct jws_keys *k);

/* Appends header, `payload` and signature. False when the set is empty or memory is short, and when
 * it does not fit `out`. Any number of threads at once. */
bool jws_sign(const struct jws_keys *k, struct str payload, struct buf *out);
