/* SPDX-License-Identifier: Apache-2.0 */
#include "base/jws.h"

#include "base/encode.h"
#include "base/secret.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>

enum {
    COORDINATE_SIZE = 32, /* of P-256, and of each half of a signature (RFC 7518 3.4, 6.2.1) */
    RSA_BITS_MIN = 2048,  /* RFC 7518 3.3 */
    RSA_BITS_MAX = 8192,
    NUMBER_MAX = RSA_BITS_MAX / 8,
    SIGNATURE_MAX = NUMBER_MAX, /* an ECDSA one is shorter */
    PUBLIC_MAX = 64 * 1024,
};

struct jws_keys {
    EVP_PKEY *keys[JWS_KEYS_MAX];
    size_t count;
    struct buf header;  /* of what the first signs, encoded */
    struct buf members; /* of the set's array */
    struct buf set;
};

static bool no(const char **why, const char *text) {
    *why = text;
    return false;
}

struct jws_keys *jws_keys_new(void) {
    struct jws_keys *k = calloc(1, sizeof *k);
    if (!k)
        return NULL;
    buf_init(&k->header, 1024);
    buf_init(&k->members, PUBLIC_MAX);
    buf_init(&k->set, PUBLIC_MAX + 64);
    return k;
}

void jws_keys_free(struct jws_keys *k) {
    for (size_t i = 0; k && i < k->count; i++)
        EVP_PKEY_free(k->keys[i]);
    if (k) {
        buf_fini(&k->header);
        buf_fini(&k->members);
        buf_fini(&k->set);
    }
    free(k);
}

/* Instead of OpenSSL's, which would ask at the terminal. */
// NOLINTNEXTLINE(readability-non-const-parameter): because pem_password_cb says so
static int no_passphrase(char *text, int size, int writing, void *asked) {
    (void)text, (void)size, (void)writing;
    *(bool *)asked = true;
    return -1;
}

static bool is_ec(const EVP_PKEY *key) { return EVP_PKEY_is_a(key, "EC") == 1; }

static bool check_kind(const EVP_PKEY *key, const char **why) {
    char group[32] = "";
    size_t unused;
    int bits = EVP_PKEY_get_bits(key);
    if (is_ec(key)) {
        EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                       &unused);
        return strcmp(group, "prime256v1") == 0 || no(why, "is on another curve than P-256");
    }
    if (EVP_PKEY_is_a(key, "RSA") != 1)
        return no(why, "is neither EC nor RSA");
    if (bits < RSA_BITS_MIN)
        return no(why, "is RSA of less than 2048 bits");
    return bits <= RSA_BITS_MAX || no(why, "is RSA of more than 8192 bits");
}

/* A number of the public key, with leading zeros to `size` bytes, or without any for 0. */
static void add_number(struct buf *out, const EVP_PKEY *key, const char *name, int size) {
    unsigned char bytes[NUMBER_MAX];
    BIGNUM *n = NULL;
    bool is_there = EVP_PKEY_get_bn_param(key, name, &n) == 1 && BN_num_bytes(n) <= NUMBER_MAX;
    int used = size ? size : is_there ? BN_num_bytes(n) : 0;
    if (is_there && BN_bn2binpad(n, bytes, used) == used)
        encode_base64url(out, str_n((const char *)bytes, (size_t)used));
    else
        out->failed = true;
    BN_free(n);
}

/* The members that make the key what it is, in the order of their names (RFC 7638 3.2). */
static void add_required(struct buf *out, const EVP_PKEY *key) {
    if (is_ec(key)) {
        buf_add(out, STR("\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\""));
        add_number(out, key, OSSL_PKEY_PARAM_EC_PUB_X, COORDINATE_SIZE);
        buf_add(out, STR("\",\"y\":\""));
        add_number(out, key, OSSL_PKEY_PARAM_EC_PUB_Y, COORDINATE_SIZE);
    } else {
        buf_add(out, STR("\"e\":\""));
        add_number(out, key, OSSL_PKEY_PARAM_RSA_E, 0);
        buf_add(out, STR("\",\"kty\":\"RSA\",\"n\":\""));
        add_number(out, key, OSSL_PKEY_PARAM_RSA_N, 0);
    }
    buf_add_byte(out, '"');
}

static const char *algorithm(const EVP_PKEY *key) { return is_ec(key) ? "ES256" : "RS256"; }

/* The name of the key: what it is, hashed. */
static void add_thumbprint(struct buf *out, struct str required) {
    unsigned char digest[SHA256_SIZE];
    struct buf object;
    buf_init(&object, PUBLIC_MAX);
    buf_add_all(&object, (struct str[]){STR("{"), required, STR("}")}, 3);
    secret_sha256(buf_str(&object), digest);
    encode_base64url(out, str_n((const char *)digest, sizeof digest));
    out->failed = out->failed || object.failed;
    buf_fini(&object);
}

/* What is said of a key, in the set and in the header of what it signs. */
static bool describe(struct jws_keys *k, const EVP_PKEY *key, const char **why) {
    struct buf required, name, header;
    buf_init(&required, PUBLIC_MAX);
    buf_init(&name, 64);
    buf_init(&header, 256);
    add_required(&required, key);
    add_thumbprint(&name, buf_str(&required));
    bool is_known = false;
    size_t unused;
    struct str text = buf_str(&name);
    is_known = !name.failed && str_find(buf_str(&k->members), text, &unused);
    if (!is_known) {
        buf_printf(&k->members, "%s{%.*s,\"use\":\"sig\",\"alg\":\"%s\",\"kid\":\"%.*s\"}",
                   k->count ? "," : "", STR_ARG(buf_str(&required)), algorithm(key), STR_ARG(text));
        buf_clear(&k->set);
        buf_add_all(&k->set, (struct str[]){STR("{\"keys\":["), buf_str(&k->members), STR("]}\n")},
                    3);
    }
    if (!is_known && k->count == 0) {
        buf_printf(&header, "{\"alg\":\"%s\",\"typ\":\"JWT\",\"kid\":\"%.*s\"}", algorithm(key),
                   STR_ARG(text));
        encode_base64url(&k->header, buf_str(&header));
    }
    bool is_made = !required.failed && !name.failed && !header.failed && !k->members.failed &&
                   !k->set.failed && !k->header.failed;
    buf_fini(&required);
    buf_fini(&name);
    buf_fini(&header);
    if (is_known)
        return no(why, "is in the list a second time");
    return is_made || no(why, "cannot be published");
}

bool jws_keys_add(struct jws_keys *k, FILE *file, const char **why) {
    bool is_asked = false;
    if (k->count == JWS_KEYS_MAX)
        return no(why, "is one too many");
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, no_passphrase, &is_asked);
    ERR_clear_error();
    if (!key)
        return no(why, is_asked ? "has a passphrase, and nobody is there to type it"
                                : "is not there: expected a private key (PEM)");
    if (!check_kind(key, why) || !describe(k, key, why)) {
        EVP_PKEY_free(key);
        return false;
    }
    k->keys[k->count++] = key;
    return true;
}

struct str jws_keys_public(const struct jws_keys *k) { return buf_str(&k->set); }

/* Two numbers of a fixed size, and not DER as OpenSSL has it (RFC 7518 3.4). */
static bool flatten(unsigned char *signature, size_t *size) {
    const unsigned char *p = signature;
    ECDSA_SIG *parts = d2i_ECDSA_SIG(NULL, &p, (long)*size);
    bool is_flat =
        parts &&
        BN_bn2binpad(ECDSA_SIG_get0_r(parts), signature, COORDINATE_SIZE) == COORDINATE_SIZE &&
        BN_bn2binpad(ECDSA_SIG_get0_s(parts), signature + COORDINATE_SIZE, COORDINATE_SIZE) ==
            COORDINATE_SIZE;
    ECDSA_SIG_free(parts);
    *size = (size_t)2 * COORDINATE_SIZE;
    return is_flat;
}

static bool sign(EVP_PKEY *key, struct str text, unsigned char *signature, size_t *size) {
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool is_signed = c && EVP_DigestSignInit(c, NULL, EVP_sha256(), NULL, key) == 1 &&
                     EVP_DigestSign(c, signature, size, (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(c);
    ERR_clear_error();
    return is_signed && (!is_ec(key) || flatten(signature, size));
}

bool jws_sign(const struct jws_keys *k, struct str payload, struct buf *out) {
    unsigned char signature[SIGNATURE_MAX];
    size_t size = sizeof signature, before = buf_size(out);
    if (k->count == 0)
        return false;
    buf_add(out, buf_str(&k->header));
    buf_add_byte(out, '.');
    encode_base64url(out, payload);
    struct str text = str_from(buf_str(out), before);
    if (out->failed || !sign(k->keys[0], text, signature, &size))
        return false;
    buf_add_byte(out, '.');
    encode_base64url(out, str_n((const char *)signature, size));
    return !out->failed;
}
