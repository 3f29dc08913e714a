/* SPDX-License-Identifier: Apache-2.0
 *
 * The encryption of an authenticator (RFC 3961 5.3, with the parameters of RFC 3962 6): AES in CBC
 * mode with ciphertext stealing and HMAC-SHA1-96, put together of OpenSSL's, which uses what the
 * processor has for both; libkrb5's own take two to three times as long. Other encryption types are
 * libkrb5's. Thread of the mint.
 */
#pragma once
#include "base/str.h"

#include <openssl/evp.h>

enum {
    MINT_CONFOUNDER_SIZE = 16,
    MINT_HMAC_SIZE = 12,
};

/* Without keys: what those with keys are copied from. */
struct mint_cipher {
    EVP_CIPHER_CTX *aes128, *aes256; /* which have their mode */
    EVP_MAC_CTX *hmac;
};

/* What is derived from a session key, for the secrecy and for the integrity of authenticators, laid
 * out for use. */
struct mint_keys {
    EVP_CIPHER_CTX *encryption; /* NULL: the encryption type is libkrb5's */
    EVP_MAC_CTX *integrity;
};

/* False when OpenSSL lacks one of them, as with policies that forbid SHA-1: then all is libkrb5's.
 * mint_cipher_fini is due in any case. */
bool mint_cipher_init(struct mint_cipher *c);
void mint_cipher_fini(struct mint_cipher *c);

/* Derives the keys (RFC 3961 5.1, key usage 11) of a session key of type `enctype`. There are none
 * where this is not to be used. mint_keys_fini is due, which wipes them. */
void mint_cipher_derive(const struct mint_cipher *c, int32_t enctype, struct str session_key,
                        struct mint_keys *out);
void mint_keys_fini(struct mint_keys *k);
/* `plain` begins with MINT_CONFOUNDER_SIZE random bytes; writes as many bytes as it has and
 * MINT_HMAC_SIZE more. */
bool mint_cipher_seal(const struct mint_keys *k, struct str plain, char *out);
