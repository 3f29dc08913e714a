/* SPDX-License-Identifier: Apache-2.0 */
#include "base/jws.h"

#include "base/encode.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* The key of RFC 7515 A.3, and one whose x begins with a zero. */
static const char RFC_KEY[] = "-----BEGIN PRIVATE KEY-----\n"
                              "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff\n"
                              "H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp\n"
                              "7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\n"
                              "-----END PRIVATE KEY-----\n";
static const char ZERO_KEY[] = "-----BEGIN EC PRIVATE KEY-----\n"
                               "MHcCAQEEIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAF7oAoGCCqGSM49\n"
                               "AwEHoUQDQgAEAFVDiUrz0A7X10Cr29dclrBod7eH219w7qeLkKjXwAq7TIWj2Oop\n"
                               "76r6JEBpEt2E1bFNwyv2Vu9sa9WKXZQ/kg==\n"
                               "-----END EC PRIVATE KEY-----\n";

static bool add(struct jws_keys *k, const char *pem, const char **why) {
    FILE *file = fmemopen((void *)pem, strlen(pem), "r");
    *why = "";
    bool is_added = jws_keys_add(k, file, why);
    fclose(file);
    return is_added;
}

static void write_key(EVP_PKEY *key, const EVP_CIPHER *cipher, char pem[8192]) {
    FILE *file = fmemopen(pem, 8191, "w");
    assert_true(PEM_write_PrivateKey(file, key, cipher, (unsigned char *)"secret", cipher ? 6 : 0,
                                     NULL, NULL));
    fclose(file);
    EVP_PKEY_free(key);
}

static void the_public_halves_are_published(void **state) {
    struct jws_keys *k = jws_keys_new();
    const char *why;
    (void)state;
    assert_true(add(k, RFC_KEY, &why) && add(k, ZERO_KEY, &why));
    assert_true(str_eq(jws_keys_public(k),
                       STR("{\"keys\":[{\"crv\":\"P-256\",\"kty\":\"EC\","
                           "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
                           "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\","
                           "\"use\":\"sig\",\"alg\":\"ES256\","
                           "\"kid\":\"oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U\"},"
                           "{\"crv\":\"P-256\",\"kty\":\"EC\","
                           "\"x\":\"AFVDiUrz0A7X10Cr29dclrBod7eH219w7qeLkKjXwAo\","
                           "\"y\":\"u0yFo9jqKe-q-iRAaRLdhNWxTcMr9lbvbGvVil2UP5I\","
                           "\"use\":\"sig\",\"alg\":\"ES256\","
                           "\"kid\":\"7Yxe6c_3bAa6kiaK1G-BZmi9EeNsUmlcbdnrtLeuK4E\"}]}\n")));
    assert_false(add(k, RFC_KEY, &why));
    assert_non_null(strstr(why, "a second time"));
    jws_keys_free(k);
}

/* Of base64url, which only others read. */
static size_t decode(struct str text, unsigned char *out) {
    struct buf plain, bytes;
    buf_init(&plain, 4096);
    buf_init(&bytes, 4096);
    for (size_t i = 0; i < text.n; i++)
        buf_add_byte(&plain, (char)(text.p[i] == '-' ? '+' : text.p[i] == '_' ? '/' : text.p[i]));
    while (buf_size(&plain) % 4)
        buf_add_byte(&plain, '=');
    assert_true(decode_base64(&bytes, buf_str(&plain)));
    size_t n = buf_size(&bytes);
    memcpy(out, buf_str(&bytes).p, n);
    out[n] = 0;
    buf_fini(&plain);
    buf_fini(&bytes);
    return n;
}

static EVP_PKEY *read_key(const char *pem) {
    FILE *file = fmemopen((void *)pem, strlen(pem), "r");
    EVP_PKEY *key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
    fclose(file);
    return key;
}

/* Whether the two numbers are a signature (RFC 7518 3.4), as OpenSSL sees it. */
static bool verifies(EVP_PKEY *key, struct str text, const unsigned char *signature, size_t n) {
    unsigned char der[1024], *end = der;
    if (EVP_PKEY_is_a(key, "EC")) {
        ECDSA_SIG *parts = ECDSA_SIG_new();
        assert_int_equal(n, 64);
        ECDSA_SIG_set0(parts, BN_bin2bn(signature, 32, NULL), BN_bin2bn(signature + 32, 32, NULL));
        n = (size_t)i2d_ECDSA_SIG(parts, &end);
        ECDSA_SIG_free(parts);
    } else {
        memcpy(der, signature, n);
    }
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool is_right = EVP_DigestVerifyInit(c, NULL, EVP_sha256(), NULL, key) == 1 &&
                    EVP_DigestVerify(c, der, n, (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(c);
    return is_right;
}

static void check_signed(const char *pem, const char *algorithm) {
    struct jws_keys *k = jws_keys_new();
    EVP_PKEY *key = read_key(pem);
    struct buf out;
    const char *why;
    assert_true(add(k, pem, &why) && add(k, ZERO_KEY, &why));
    buf_init(&out, 4096);
    /* Often enough for a half of an ECDSA signature to begin with a zero. */
    for (int i = 0; i < (EVP_PKEY_is_a(key, "EC") ? 1024 : 2); i++) {
        unsigned char bytes[1024];
        struct str rest, header, payload, signature;
        buf_clear(&out);
        buf_add(&out, STR("before "));
        assert_true(jws_sign(k, STR("{\"a\":1}"), &out));
        struct str whole = rest = str_from(buf_str(&out), 7);
        assert_true(str_split(&rest, '.', &header) && str_split(&rest, '.', &payload) &&
                    str_split(&rest, '.', &signature) && rest.n == 0);
        decode(payload, bytes);
        assert_string_equal((char *)bytes, "{\"a\":1}");
        decode(header, bytes);
        assert_non_null(strstr((char *)bytes, algorithm));
        size_t n = decode(signature, bytes);
        assert_true(verifies(key, str_head(whole, header.n + 1 + payload.n), bytes, n));
        bytes[0] ^= 1;
        assert_false(verifies(key, str_head(whole, header.n + 1 + payload.n), bytes, n));
    }
    buf_fini(&out);
    EVP_PKEY_free(key);
    jws_keys_free(k);
}

static void the_first_key_signs(void **state) {
    char pem[8192] = "";
    (void)state;
    check_signed(RFC_KEY, "\"alg\":\"ES256\",\"typ\":\"JWT\","
                          "\"kid\":\"oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U\"");
    write_key(EVP_RSA_gen(2048), NULL, pem);
    check_signed(pem, "\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"");
}

static void a_signature_that_does_not_fit_is_none(void **state) {
    struct jws_keys *k = jws_keys_new();
    const char *why;
    (void)state;
    for (size_t max = 0; max < 400; max++) {
        struct buf out;
        buf_init(&out, max);
        assert_false(jws_sign(k, STR("{}"), &out)); /* without a key */
        buf_fini(&out);
    }
    assert_true(add(k, RFC_KEY, &why));
    for (size_t max = 0; max < 400; max++) {
        struct buf out;
        buf_init(&out, max);
        bool is_signed = jws_sign(k, STR("{}"), &out);
        assert_int_equal(is_signed, !out.failed);
        buf_fini(&out);
    }
    jws_keys_free(k);
}

static void a_key_that_cannot_sign_safely_is_refused(void **state) {
    static char p384[8192], small[8192], pss[8192], ed[8192], locked[8192];
    static const struct {
        const char *pem, *why;
    } ROWS[] = {
        {"no key\n", "is not there"},
        {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "is not there"},
        {p384, "another curve"},
        {small, "less than 2048 bits"},
        {pss, "neither EC nor RSA"},
        {ed, "neither EC nor RSA"},
        {locked, "has a passphrase"},
    };
    (void)state;
    write_key(EVP_EC_gen("P-384"), NULL, p384);
    write_key(EVP_RSA_gen(1024), NULL, small);
    write_key(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), NULL, ed);
    write_key(read_key(RFC_KEY), EVP_aes_128_cbc(), locked);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    EVP_PKEY *key = NULL;
    assert_true(EVP_PKEY_keygen_init(c) == 1 && EVP_PKEY_generate(c, &key) == 1);
    EVP_PKEY_CTX_free(c);
    write_key(key, NULL, pss);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct jws_keys *k = jws_keys_new();
        const char *why;
        if (add(k, ROWS[i].pem, &why) || !strstr(why, ROWS[i].why))
            fail_msg("%s: %s", ROWS[i].why, why);
        jws_keys_free(k);
    }
}

static void there_is_an_end_of_keys(void **state) {
    struct jws_keys *k = jws_keys_new();
    const char *why;
    (void)state;
    for (int i = 0; i <= JWS_KEYS_MAX; i++) {
        char pem[8192] = "";
        write_key(EVP_EC_gen("P-256"), NULL, pem);
        assert_int_equal(add(k, pem, &why), i < JWS_KEYS_MAX);
    }
    assert_non_null(strstr(why, "one too many"));
    jws_keys_free(k);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_public_halves_are_published),
        cmocka_unit_test(the_first_key_signs),
        cmocka_unit_test(a_signature_that_does_not_fit_is_none),
        cmocka_unit_test(a_key_that_cannot_sign_safely_is_refused),
        cmocka_unit_test(there_is_an_end_of_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
