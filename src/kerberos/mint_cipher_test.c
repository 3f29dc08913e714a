/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/mint_cipher.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <krb5.h>

enum { PLAIN_MAX = 300 };

static struct mint_cipher cipher;
static krb5_context krb5;

static int start(void **state) {
    (void)state;
    return !mint_cipher_init(&cipher) || krb5_init_context(&krb5) != 0;
}

static int stop(void **state) {
    (void)state;
    krb5_free_context(krb5);
    mint_cipher_fini(&cipher);
    return 0;
}

/* Session keys of the two types, alike but for their length. */
static struct str key_of(krb5_enctype type) {
    static const char BYTES[] = "\x00\xff\x80 a session key of 32 bytes...";
    return str_n(BYTES, type == ENCTYPE_AES128_CTS_HMAC_SHA1_96 ? 16 : 32);
}

static const krb5_enctype TYPES[] = {ENCTYPE_AES128_CTS_HMAC_SHA1_96,
                                     ENCTYPE_AES256_CTS_HMAC_SHA1_96};

static krb5_error_code open_by_libkrb5(krb5_enctype type, struct str sealed, krb5_data *out) {
    struct str secret = key_of(type);
    krb5_keyblock key = {
        .enctype = type, .length = (unsigned)secret.n, .contents = (unsigned char *)secret.p};
    krb5_enc_data in = {.enctype = type,
                        .ciphertext = {.length = (unsigned)sealed.n, .data = (char *)sealed.p}};
    return krb5_c_decrypt(krb5, &key, KRB5_KEYUSAGE_AP_REQ_AUTH, NULL, &in, out);
}

static void libkrb5_opens_what_is_sealed_here_of_every_length(void **state) {
    (void)state;
    char plain[MINT_CONFOUNDER_SIZE + PLAIN_MAX], sealed[sizeof plain + MINT_HMAC_SIZE];
    char opened[sizeof plain];
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (char)(i * 7 + 1);
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        struct mint_keys keys;
        mint_cipher_derive(&cipher, TYPES[i], key_of(TYPES[i]), &keys);
        assert_non_null(keys.encryption);
        for (size_t n = 1; n <= PLAIN_MAX; n++) {
            size_t whole = MINT_CONFOUNDER_SIZE + n;
            krb5_data out = {.length = sizeof opened, .data = opened};
            assert_true(mint_cipher_seal(&keys, str_n(plain, whole), sealed));
            if (open_by_libkrb5(TYPES[i], str_n(sealed, whole + MINT_HMAC_SIZE), &out) != 0)
                fail_msg("%zu bytes of type %d", n, (int)TYPES[i]);
            assert_int_equal(out.length, n);
            assert_memory_equal(opened, plain + MINT_CONFOUNDER_SIZE, n);
        }
        mint_keys_fini(&keys);
    }
}

static void keys_in_turn_do_not_mix(void **state) {
    (void)state;
    struct mint_keys keys[2];
    char plain[40] = "confounder......plain", sealed[sizeof plain + MINT_HMAC_SIZE], opened[40];
    for (size_t i = 0; i < 2; i++)
        mint_cipher_derive(&cipher, TYPES[i], key_of(TYPES[i]), &keys[i]);
    for (size_t i = 0; i < 6; i++) {
        krb5_data out = {.length = sizeof opened, .data = opened};
        struct str s = str_n(sealed, sizeof sealed);
        assert_true(mint_cipher_seal(&keys[i % 2], str_n(plain, sizeof plain), sealed));
        assert_int_equal(open_by_libkrb5(TYPES[i % 2], s, &out), 0);
        assert_int_not_equal(open_by_libkrb5(TYPES[(i + 1) % 2], s, &out), 0);
    }
    for (size_t i = 0; i < 2; i++)
        mint_keys_fini(&keys[i]);
}

static void other_types_and_keys_of_wrong_size_are_libkrb5s(void **state) {
    (void)state;
    static const struct {
        int32_t enctype;
        size_t size;
    } ROWS[] = {
        {ENCTYPE_AES128_CTS_HMAC_SHA256_128, 16},
        {ENCTYPE_AES256_CTS_HMAC_SHA384_192, 32},
        {ENCTYPE_ARCFOUR_HMAC, 16},
        {ENCTYPE_AES128_CTS_HMAC_SHA1_96, 32},
        {ENCTYPE_AES256_CTS_HMAC_SHA1_96, 16},
        {4711, 32},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct mint_keys keys;
        mint_cipher_derive(&cipher, ROWS[i].enctype, str_head(key_of(0), ROWS[i].size), &keys);
        assert_null(keys.encryption);
    }
    struct mint_cipher none = {0};
    struct mint_keys keys;
    mint_cipher_derive(&none, TYPES[1], key_of(TYPES[1]), &keys);
    assert_null(keys.encryption);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(libkrb5_opens_what_is_sealed_here_of_every_length),
        cmocka_unit_test(keys_in_turn_do_not_mix),
        cmocka_unit_test(other_types_and_keys_of_wrong_size_are_libkrb5s),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
