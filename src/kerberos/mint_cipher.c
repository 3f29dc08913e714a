/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/mint_cipher.h"

#include "base/secret.h"

#include <krb5.h>
#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <string.h>

enum {
    FOR_ENCRYPTION = 0xaa, /* RFC 3961 5.3 */
    FOR_INTEGRITY = 0x55,
    SHA1_SIZE = 20,
    KEY_MAX = 32,
};

static EVP_MAC_CTX *hmac_sha1(void) {
    static const unsigned char ANY[KEY_MAX];
    OSSL_PARAM digest[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char[]){"SHA1"}, 0),
        OSSL_PARAM_construct_end()};
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = mac ? EVP_MAC_CTX_new(mac) : NULL;
    EVP_MAC_free(mac);
    if (context && EVP_MAC_init(context, ANY, sizeof ANY, digest) == 1)
        return context;
    EVP_MAC_CTX_free(context);
    return NULL;
}

/* RFC 3962 5 is the third variant of ciphertext stealing in NIST SP 800-38A's addendum. */
static EVP_CIPHER_CTX *aes_cts(const char *name) {
    OSSL_PARAM mode[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_CIPHER_PARAM_CTS_MODE, (char[]){"CS3"}, 0),
        OSSL_PARAM_construct_end()};
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);
    EVP_CIPHER_CTX *context = cipher ? EVP_CIPHER_CTX_new() : NULL;
    bool is_ready = context && EVP_EncryptInit_ex2(context, cipher, NULL, NULL, mode) == 1;
    EVP_CIPHER_free(cipher);
    if (is_ready)
        return context;
    EVP_CIPHER_CTX_free(context);
    return NULL;
}

bool mint_cipher_init(struct mint_cipher *c) {
    c->aes128 = aes_cts("AES-128-CBC-CTS");
    c->aes256 = aes_cts("AES-256-CBC-CTS");
    c->hmac = hmac_sha1();
    return c->aes128 && c->aes256 && c->hmac;
}

void mint_cipher_fini(struct mint_cipher *c) {
    EVP_CIPHER_CTX_free(c->aes128);
    EVP_CIPHER_CTX_free(c->aes256);
    EVP_MAC_CTX_free(c->hmac);
    memset(c, 0, sizeof *c);
}

/* DK(session key, key usage | `purpose`). */
static bool derive(struct str session_key, unsigned char purpose, unsigned char *out) {
    unsigned char constant[] = {0, 0, 0, KRB5_KEYUSAGE_AP_REQ_AUTH, purpose};
    char aes128[] = "AES-128-CBC", aes256[] = "AES-256-CBC";
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_CIPHER,
                                         session_key.n == 16 ? aes128 : aes256, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (char *)session_key.p, session_key.n),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_CONSTANT, constant, sizeof constant),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "KRB5KDF", NULL);
    EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
    bool is_made = context && EVP_KDF_derive(context, out, session_key.n, parameters) == 1;
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
    return is_made;
}

static EVP_CIPHER_CTX *cipher_with(const EVP_CIPHER_CTX *from, const unsigned char *key) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    if (context && EVP_CIPHER_CTX_copy(context, from) == 1 &&
        EVP_EncryptInit_ex2(context, NULL, key, NULL, NULL) == 1)
        return context;
    EVP_CIPHER_CTX_free(context);
    return NULL;
}

static EVP_MAC_CTX *mac_with(const EVP_MAC_CTX *from, const unsigned char *key, size_t size) {
    EVP_MAC_CTX *context = EVP_MAC_CTX_dup(from);
    if (context && EVP_MAC_init(context, key, size, NULL) == 1)
        return context;
    EVP_MAC_CTX_free(context);
    return NULL;
}

void mint_cipher_derive(const struct mint_cipher *c, int32_t enctype, struct str session_key,
                        struct mint_keys *out) {
    bool is_ours = (enctype == ENCTYPE_AES128_CTS_HMAC_SHA1_96 && session_key.n == 16) ||
                   (enctype == ENCTYPE_AES256_CTS_HMAC_SHA1_96 && session_key.n == 32);
    unsigned char key[KEY_MAX];
    *out = (struct mint_keys){NULL, NULL};
    if (!c->hmac || !is_ours)
        return;
    if (derive(session_key, FOR_ENCRYPTION, key))
        out->encryption = cipher_with(session_key.n == 16 ? c->aes128 : c->aes256, key);
    if (derive(session_key, FOR_INTEGRITY, key))
        out->integrity = mac_with(c->hmac, key, session_key.n);
    secret_wipe(key, sizeof key);
    if (!out->encryption || !out->integrity)
        mint_keys_fini(out);
}

void mint_keys_fini(struct mint_keys *k) {
    EVP_CIPHER_CTX_free(k->encryption);
    EVP_MAC_CTX_free(k->integrity);
    *k = (struct mint_keys){NULL, NULL};
}

static bool encrypt(const struct mint_keys *k, struct str plain, unsigned char *out) {
    static const unsigned char ZERO[16];
    int n = 0;
    return EVP_EncryptInit_ex2(k->encryption, NULL, NULL, ZERO, NULL) == 1 &&
           EVP_EncryptUpdate(k->encryption, out, &n, (const unsigned char *)plain.p,
                             (int)plain.n) == 1 &&
           (size_t)n == plain.n;
}

bool mint_cipher_seal(const struct mint_keys *k, struct str plain, char *out) {
    unsigned char hash[SHA1_SIZE];
    size_t n = 0;
    bool is_sealed = encrypt(k, plain, (unsigned char *)out) &&
                     EVP_MAC_init(k->integrity, NULL, 0, NULL) == 1 &&
                     EVP_MAC_update(k->integrity, (const unsigned char *)plain.p, plain.n) == 1 &&
                     EVP_MAC_final(k->integrity, hash, &n, sizeof hash) == 1 && n == sizeof hash;
    memcpy(out + plain.n, hash, is_sealed ? MINT_HMAC_SIZE : 0);
    return is_sealed;
}
