/* SPDX-License-Identifier: Apache-2.0
 *
 * Sealed: a random nonce, the ciphertext, the tag.
 */
#include "broker/seal.h"

#include "base/secret.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>

enum { NONCE_SIZE = 12, TAG_SIZE = 16 };

static const char PURPOSE[] = "kerbgate: a person's own ticket, version 1";

bool seal_key(struct str secret, unsigned char key[SEAL_KEY_SIZE]) {
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, (char[]){"SHA256"}, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (char *)secret.p, secret.n),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, (char *)PURPOSE, sizeof PURPOSE - 1),
        OSSL_PARAM_construct_end(),
    };
    bool is_made = context && EVP_KDF_derive(context, key, SEAL_KEY_SIZE, parameters) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return is_made;
}

bool seal_close(struct buf *out, const unsigned char key[SEAL_KEY_SIZE], struct str plain) {
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    size_t size = NONCE_SIZE + plain.n + TAG_SIZE, room = size;
    unsigned char *to = size <= SEAL_MAX ? (unsigned char *)buf_reserve(out, &room) : NULL;
    int n, rest;
    bool is_sealed = c && to && room == size;
    if (is_sealed)
        secret_random(to, NONCE_SIZE);
    is_sealed =
        is_sealed && EVP_EncryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, to) == 1 &&
        EVP_EncryptUpdate(c, to + NONCE_SIZE, &n, (const unsigned char *)plain.p, (int)plain.n) ==
            1 &&
        EVP_EncryptFinal_ex(c, to + NONCE_SIZE + n, &rest) == 1 &&
        EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, TAG_SIZE, to + NONCE_SIZE + plain.n) == 1;
    EVP_CIPHER_CTX_free(c);
    buf_commit(out, is_sealed ? size : 0);
    return is_sealed;
}

bool seal_open(struct buf *out, const unsigned char key[SEAL_KEY_SIZE], struct str sealed) {
    if (sealed.n < NONCE_SIZE + TAG_SIZE || sealed.n > SEAL_MAX)
        return false;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    const unsigned char *from = (const unsigned char *)sealed.p;
    size_t size = sealed.n - NONCE_SIZE - TAG_SIZE,
           room = size + 1; /* an empty one has room, too */
    unsigned char *to = (unsigned char *)buf_reserve(out, &room);
    int n, rest;
    bool is_opened = c && to && room >= size &&
                     EVP_DecryptInit_ex(c, EVP_aes_256_gcm(), NULL, key, from) == 1 &&
                     EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, TAG_SIZE,
                                         (void *)(from + NONCE_SIZE + size)) == 1 &&
                     EVP_DecryptUpdate(c, to, &n, from + NONCE_SIZE, (int)size) == 1 &&
                     EVP_DecryptFinal_ex(c, to + n, &rest) == 1;
    if (to && !is_opened)
        secret_wipe(to, room);
    EVP_CIPHER_CTX_free(c);
    buf_commit(out, is_opened ? size : 0);
    return is_opened;
}
