/* SPDX-License-Identifier: Apache-2.0 */
#include "base/jws_public.h"

#include "base/encode.h"

#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <stdlib.h>

enum {
    RSA_BITS_MIN = 2048, /* RFC 7518 3.3 */
    RSA_BITS_MAX = 8192,
    RSA_EXPONENT_BITS_MAX = 64,
    COORDINATE_MAX = 66, /* of P-521 */
    ED25519_SIZE = 32,
    NUMBER_MAX = RSA_BITS_MAX / 8 + 1,
};

/* What an algorithm asks of its key, and how it is computed. */
static const struct {
    const char *type, *curve; /* kty and crv */
    const char *group;        /* the curve's name in OpenSSL */
    const char *digest;       /* NULL: part of the algorithm */
    size_t half;              /* bytes of each number of a signature; 0: it is one piece */
    bool is_pss;
} RULES[JWS_ALGORITHMS] = {
    [JWS_RS256] = {"RSA", NULL, NULL, "SHA256", 0, false},
    [JWS_RS384] = {"RSA", NULL, NULL, "SHA384", 0, false},
    [JWS_RS512] = {"RSA", NULL, NULL, "SHA512", 0, false},
    [JWS_PS256] = {"RSA", NULL, NULL, "SHA256", 0, true},
    [JWS_PS384] = {"RSA", NULL, NULL, "SHA384", 0, true},
    [JWS_PS512] = {"RSA", NULL, NULL, "SHA512", 0, true},
    [JWS_ES256] = {"EC", "P-256", "prime256v1", "SHA256", 32, false},
    [JWS_ES384] = {"EC", "P-384", "secp384r1", "SHA384", 48, false},
    [JWS_ES512] = {"EC", "P-521", "secp521r1", "SHA512", 66, false},
    [JWS_EDDSA] = {"OKP", "Ed25519", NULL, NULL, 0, false},
};

struct public_key {
    EVP_PKEY *key;
    char *kid; /* NULL: it has no name */
    bool fits[JWS_ALGORITHMS];
};

struct jws_public {
    struct public_key keys[JWS_PUBLIC_KEYS_MAX];
    size_t count;
};

static const char *text_of(const json_t *jwk, const char *name) {
    const json_t *value = json_object_get(jwk, name);
    const char *text = json_string_value(value);
    return text && json_string_length(value) == strlen(text) ? text : NULL;
}

/* A number of the key in `out`, at least `size` bytes; how many there are, or 0. */
static size_t read_number(const json_t *jwk, const char *name, unsigned char out[NUMBER_MAX],
                          size_t size) {
    struct buf bytes;
    size_t n = 0;
    buf_init(&bytes, NUMBER_MAX);
    const char *text = text_of(jwk, name);
    if (text && decode_base64url(&bytes, str_of(text)) && (!size || buf_size(&bytes) == size)) {
        n = buf_size(&bytes);
        memcpy(out, buf_str(&bytes).p, n);
    }
    buf_fini(&bytes);
    return n;
}

static EVP_PKEY *make_key(const char *type, OSSL_PARAM_BLD *build) {
    EVP_PKEY *key = NULL;
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (!params || !c || EVP_PKEY_fromdata_init(c) != 1 ||
        EVP_PKEY_fromdata(c, &key, EVP_PKEY_PUBLIC_KEY, params) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(c);
    OSSL_PARAM_free(params);
    return key;
}

/* An even exponent, or a huge one, is no key but a trap for whoever computes with it. */
static EVP_PKEY *read_rsa(const json_t *jwk) {
    unsigned char n[NUMBER_MAX], e[NUMBER_MAX];
    size_t n_size = read_number(jwk, "n", n, 0), e_size = read_number(jwk, "e", e, 0);
    BIGNUM *modulus = BN_bin2bn(n, (int)n_size, NULL), *exponent = BN_bin2bn(e, (int)e_size, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    bool is_sane = modulus && exponent && BN_num_bits(modulus) >= RSA_BITS_MIN &&
                   BN_num_bits(modulus) <= RSA_BITS_MAX && BN_is_odd(modulus) &&
                   BN_is_odd(exponent) && !BN_is_one(exponent) &&
                   BN_num_bits(exponent) <= RSA_EXPONENT_BITS_MAX;
    if (is_sane && build && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus) == 1 &&
        OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent) == 1)
        key = make_key("RSA", build);
    OSSL_PARAM_BLD_free(build);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

/* OpenSSL refuses a point that is not on the curve. */
static EVP_PKEY *read_ec(const json_t *jwk, const char *group, size_t size) {
    unsigned char point[1 + 2 * COORDINATE_MAX], x[NUMBER_MAX], y[NUMBER_MAX];
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    bool is_there =
        read_number(jwk, "x", x, size) == size && read_number(jwk, "y", y, size) == size;
    point[0] = POINT_CONVERSION_UNCOMPRESSED;
    if (is_there) {
        memcpy(point + 1, x, size);
        memcpy(point + 1 + size, y, size);
    }
    if (is_there && build &&
        OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size) == 1)
        key = make_key("EC", build);
    OSSL_PARAM_BLD_free(build);
    return key;
}

static EVP_PKEY *read_ed25519(const json_t *jwk) {
    unsigned char x[NUMBER_MAX];
    if (read_number(jwk, "x", x, ED25519_SIZE) != ED25519_SIZE)
        return NULL;
    return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, ED25519_SIZE);
}

/* Whether the key may verify: RFC 7517 4.2 and 4.3. */
static bool is_for_signatures(const json_t *jwk) {
    const json_t *use = json_object_get(jwk, "use"), *ops = json_object_get(jwk, "key_ops");
    const json_t *op;
    size_t i;
    bool verifies = false;
    if (use && (!json_is_string(use) || strcmp(json_string_value(use), "sig") != 0))
        return false;
    json_array_foreach(ops, i, op) verifies |=
        json_is_string(op) && strcmp(json_string_value(op), "verify") == 0;
    return !ops || verifies;
}

/* Which algorithms a key of this type, curve and `alg` is for; whether there are any. */
static bool find_algorithms(const json_t *jwk, struct public_key *k, size_t *first) {
    const char *type = text_of(jwk, "kty"), *curve = text_of(jwk, "crv");
    const json_t *only = json_object_get(jwk, "alg");
    bool is_any = false;
    for (size_t i = JWS_ALGORITHMS; i-- > 0;) {
        bool is_type = type && strcmp(type, RULES[i].type) == 0 &&
                       (!RULES[i].curve || (curve && strcmp(curve, RULES[i].curve) == 0));
        const char *named = json_string_value(only);
        k->fits[i] =
            is_type &&
            (!only || (named && strcmp(named, jws_algorithm_name((enum jws_algorithm)i)) == 0));
        if (k->fits[i])
            *first = i;
        is_any |= k->fits[i];
    }
    return is_any;
}

/* False: no memory; a key that cannot be used is passed over. */
static bool add_key(struct jws_public *set, const json_t *jwk) {
    struct public_key k = {.key = NULL};
    size_t first = 0;
    const json_t *kid = json_object_get(jwk, "kid");
    bool has_name = json_is_string(kid) && json_string_length(kid) <= JWS_KID_MAX;
    if (!json_is_object(jwk) || (kid && !has_name) || !is_for_signatures(jwk) ||
        !find_algorithms(jwk, &k, &first))
        return true;
    if (RULES[first].group)
        k.key = read_ec(jwk, RULES[first].group, RULES[first].half);
    else
        k.key = RULES[first].curve ? read_ed25519(jwk) : read_rsa(jwk);
    ERR_clear_error();
    if (!k.key)
        return true;
    k.kid = has_name ? strdup(json_string_value(kid)) : NULL;
    set->keys[set->count++] = k;
    return !has_name || k.kid;
}

struct jws_public *jws_public_read(const struct json_t *root, const char **why) {
    const json_t *list = json_object_get(root, "keys"), *jwk;
    struct jws_public *set = calloc(1, sizeof *set);
    size_t i;
    bool is_read = true;
    *why = !json_is_array(list) ? "has no list of keys" : "does not fit the memory";
    if (json_array_size(list) > JWS_PUBLIC_KEYS_MAX)
        *why = "has more than 64 keys";
    if (!set || !json_is_array(list) || json_array_size(list) > JWS_PUBLIC_KEYS_MAX) {
        free(set);
        return NULL;
    }
    json_array_foreach(list, i, jwk) is_read = is_read && add_key(set, jwk);
    if (is_read && set->count > 0)
        return set;
    if (is_read)
        *why = "has none that signatures could be verified with";
    jws_public_free(set);
    return NULL;
}

void jws_public_free(struct jws_public *set) {
    for (size_t i = 0; set && i < set->count; i++) {
        EVP_PKEY_free(set->keys[i].key);
        free(set->keys[i].kid);
    }
    free(set);
}

/* DER of the two numbers, as OpenSSL has it (RFC 7518 3.4); the length, 0: it is none. */
static size_t to_der(struct str flat, size_t half, unsigned char *out, size_t room) {
    int n = 0;
    if (flat.n != 2 * half)
        return 0;
    ECDSA_SIG *parts = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn((const unsigned char *)flat.p, (int)half, NULL);
    BIGNUM *s = BN_bin2bn((const unsigned char *)flat.p + half, (int)half, NULL);
    if (parts && r && s && ECDSA_SIG_set0(parts, r, s) == 1)
        r = s = NULL;
    if (parts && !r && (size_t)i2d_ECDSA_SIG(parts, NULL) <= room)
        n = i2d_ECDSA_SIG(parts, &out);
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(parts);
    return n > 0 ? (size_t)n : 0;
}

static bool set_padding(EVP_PKEY_CTX *c, enum jws_algorithm a) {
    /* The salt is as long as the hash (RFC 7518 3.5). */
    return !RULES[a].is_pss || (EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) == 1 &&
                                EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) == 1);
}

static bool is_signed_by(EVP_PKEY *key, const struct jws_token *t) {
    unsigned char der[2 * COORDINATE_MAX + 16];
    struct str signature = buf_str(&t->signature);
    size_t half = RULES[t->algorithm].half;
    if (half) {
        size_t n = to_der(signature, half, der, sizeof der);
        signature = str_n((const char *)der, n);
    }
    EVP_PKEY_CTX *key_context; /* the other's */
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool is_good = c && signature.n > 0 &&
                   EVP_DigestVerifyInit_ex(c, &key_context, RULES[t->algorithm].digest, NULL, NULL,
                                           key, NULL) == 1 &&
                   set_padding(key_context, t->algorithm) &&
                   EVP_DigestVerify(c, (const unsigned char *)signature.p, signature.n,
                                    (const unsigned char *)t->signed_part.p, t->signed_part.n) == 1;
    EVP_MD_CTX_free(c);
    ERR_clear_error();
    return is_good;
}

enum jws_verified jws_public_verify(const struct jws_public *set, const struct jws_token *t) {
    const struct public_key *found = NULL;
    bool is_named = false;
    for (size_t i = 0; i < set->count; i++) {
        const struct public_key *k = &set->keys[i];
        bool is_meant = !t->kid || (k->kid && strcmp(k->kid, t->kid) == 0);
        is_named |= t->kid && is_meant;
        if (!is_meant || !k->fits[t->algorithm])
            continue;
        if (found)
            return JWS_UNKNOWN_KEY;
        found = k;
    }
    if (!found) /* the key is there, and is not for this: newer ones change nothing of that */
        return is_named ? JWS_BAD : JWS_UNKNOWN_KEY;
    return is_signed_by(found->key, t) ? JWS_GOOD : JWS_BAD;
}

void jws_half_hash(enum jws_algorithm a, struct str text, struct buf *out) {
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    /* Ed25519 hashes by SHA-512 (RFC 8032 5.1). */
    const char *name = RULES[a].digest ? RULES[a].digest : "SHA512";
    const EVP_MD *digest = EVP_get_digestbyname(name);
    if (digest && EVP_Digest(text.p, text.n, hash, &size, digest, NULL) == 1)
        encode_base64url(out, str_n((const char *)hash, size / 2));
    else
        out->failed = true;
}
