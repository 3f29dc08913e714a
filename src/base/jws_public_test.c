/* SPDX-License-Identifier: Apache-2.0 */
#include "base/jws_public.h"

#include "base/encode.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Made and signed with python3-cryptography and python3-jwt. */
static const char SET[] =
    "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"rsa\",\"use\":\"sig\",\"n\":"
    "\"mIw82iRGgOe3Uvq2RGxgV2lYXTTzU"
    "tm8BbMVzGCgusKpKbYLaJSKsWSiMKK2okndLPC1EwfT-GLCw9auN3rq554Rl1TnJ8GgJVb8AJcmzg2cl"
    "nLZ6w8H7sj8XS6zP8lGFGIQLGA2vYtjGfw9x1NeY8r7kpx3V5p-878xcAJNkUiNG-5NNs13p4I7-YjbB"
    "8P3dQkjTL7DzmNf2sNrzTnof3TiH-qwkkG7lCJu8nPxYNeJAPyJqNxqpJ62HUQXuuXY_2v1JzbreMrH7"
    "dZDQNcPpGAvOI2-JwTPevGf0wt1zb0LenO9cZ_fEBoPssIu_4LdeJvN_nv9occdKJegaA5GDw\",\"e\":\""
    "AQAB\"},{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"ES256\",\"use\":\"sig\",\"x\":"
    "\"49GMz1aU7M3tiO0Z"
    "Hm12pSUKR1TgfuLz5radWD79F2k\",\"y\":\"YGwgxWYdwP1QLMWrSvRuEBa66Apr1THAmecbI972zuc\"},"
    "{\"kty\":\"EC\",\"crv\":\"P-384\",\"kid\":\"ES384\",\"use\":\"sig\",\"x\":"
    "\"fGve5hSW1ebyD588udOwAfU"
    "hs9Tx54OHyE-vb28oIqRMOkXjz1B-rgWJODQ3cLIG\",\"y\":\"6QqCRck2J2hWJvWaVOuK3iYlCYfs3Z6a"
    "dLY2xi14OCKYy_AryMy6Xjo21SrGprzc\"},{\"kty\":\"EC\",\"crv\":\"P-521\",\"kid\":\"ES512\","
    "\"use\""
    ":\"sig\",\"x\":\"AbuhKk3BCzew05hPceL9BoLQErguxOr5gNrBbcSnyyRBxhtnRwlxxcQuhoP_4KRRvhoy"
    "9AEISfb8Iv2nL_Xia_Bn\",\"y\":\"ACr8gnG-T9fdijng1p3TrWPzGzmTHzj1BOIHFBrN_jAKYV0WVd7qt"
    "pUvfl87Q8RAVdO6IKrz8k2O_cAzQdZO1srN\"},{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"ed\",\"x"
    "\":\"J0pm2-VsRFPEuPNvE40zSS8-d3k6YIymCmfEF36uV7s\"}]}";

static const struct {
    const char *algorithm, *token;
} SIGNED[] = {
    {"RS256", "eyJhbGciOiJSUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSJ9.Qm0tMj"
              "8ijL7zKaSzK3pq3W5FUVoJTNrfFqgay53TBQhtQOxurjrNpuqgQ_Aw70TuLq5UaZWCsWgzs36M8N2wvY"
              "V-acunvREbjNSpzmg7FTs0yEPjN8Ppe81qG7AGdznfFmD1oyYZ7xXIQCx4Ud533p9krCJxFxLlnSLP9l"
              "gLeXWTKla_2PCrwvTCf3Cfu0dQLe097FUjlcUbWT5EsGPg774zAP5zjalNBcOL0R_moK7tCa0Qk5q_6r"
              "Z1W3bOmb8MovqVTBcRZT04kPHYoh9e1mAs56cOj1ELx6cnXgvM9AFGsT-vt8i59PSyUGLYPFvnXk5pB0"
              "DpL7qd9LyZ-YHMig"},
    {"RS384", "eyJhbGciOiJSUzM4NCIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSJ9.HhAr-7"
              "l2XeYwdZ3KG3JtlKNDPWl2B5GjeVetIlEX28fBRdzJHI4gp0J-8WpHQeajqX9gIf7SEMb4MPbhP1EL5C"
              "8r_isa6zA6UNlcLiTgA7hLEbyZBMtHwZSHoc1tvVFli8UYCm_DCFfqW0MumbvnUTXez2ciLCyRy6uL1o"
              "n8NLmNxahJHM5yyXh2h8-GoCnb5lKSvoiVdLR4G8krbkOpaXHeKQjDzqacoKh8yDqk4_QNYzA_Cl_atm"
              "sSoOz2LUkRSaSwWfagpvbUrWh83VhvNlBOP0fFvLWHn4FZS3IqFdWfwKrUWO6FTw1g4ZuYuXIVtLQkVO"
              "jK99tiky6wv6FtfA"},
    {"RS512", "eyJhbGciOiJSUzUxMiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSJ9.E8XPI0"
              "l7Vlgnn5ch-yqcjARTTgqncSlvQGGgFNNiG6yIiBtBxpNcGdmaY8Ag1rPFFggwq7iPkaoUmpABDZysJp"
              "P7_wHcLZEQqx-S9JBh51Y-gej5p9ulMJfJWUei0LzhA-s4VBodLMY2xTr5De3NoYOOlUso8icwYpyR01"
              "qPS-922m44OZGqRgKAwDGSZnRRR2-krlfYxJQf5Xhzr8ImHp1ZnyxRHoFBJjZH84S5nCEg6YB62ebs33"
              "QANWsIAyGozJtCLqyVcN7wN1d0onpn7LHhsiEmTVXfv9n6LKVc1XQOpVbHKG5c-f_S5DMzS3DQEqnKDS"
              "ATfbL95WSXU2kXSg"},
    {"PS256", "eyJhbGciOiJQUzI1NiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSJ9.QNYBSY"
              "cm9EAygDcY64N3M1HdxRDq9ut5FzhZ7rjrZEImasateEzPtFk2CQYiwzMoFtzNGD3UQTgflr3Xn5JD1d"
              "eLHubPOOSzMuaQRBQFE1DYDaiQyQXiYOCrCJ71BeFKcOEP7bTOXBV8-q_qkz9rgNXmmoZQgtR2bLa8Nb"
              "L-Aq-Ayt9n-SThnwHFs5Jsk4RRdpp9-664hcWzsaD5aXp9wz_7KYt8miG5aQTHq1Bw8kKZ4tpsgd1aiM"
              "kSXOyKwGn-KVLDaB2XOZLOXfqbT49uVdwcYIPK-blt81ysTMXjePFY83sTkT_tOVL1wpcDTmIOil-vyn"
              "XIGDCKrUF66J5sGw"},
    {"PS384", "eyJhbGciOiJQUzM4NCIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSJ9.eODSQ7"
              "TK--eajT28BYz3HE89yfJawEXd0OoVLIf0CzDwYRwhtnzCQRKt63uW1HtzdA0u6WCkDK7gWXCCuv0cvN"
              "QtayNRWKOoVh3m10CSwBpeGIYnVzmaQBnqKwTmBO5XHnajsLEjkR4kW4PITyAeP5Q1WEU1fwArRrYEFy"
              "9OI8lN0DJUoncYr0qFPcz7nn3hAU7x1Zgi4WuKQk2fZmUhE5_52h0Rk6S40_dkUckD4l1pda4fxJB0vM"
              "WZxE5VPgu6NVT9O5_GljJKaOnI-yPrgPZe6-te7c9S7bHZXhsiDBzIOvU4ekTF9RKQl4wYGbDSSzfoiE"
              "QOrd5BZyBUIPkvxw"},
    {"PS512", "eyJhbGciOiJQUzUxMiIsImtpZCI6InJzYSIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbGljZSJ9.V5lo8M"
              "MJCFrN7Oe2OjbD9ZLXcgeRT0ZCkz3Zs14WOMo5tmc3962FkXVoTxhBJHkbZqNIdpLlkyuev6lLTStCPJ"
              "g0yU1hkcZnacRBhD04wjuZie1Wqt1EkbtyMi5OxdSN93pT0vunPV7yx72dheG2kR-xjhVw4mykotS8vX"
              "CXnKooeIyX_HnpDaOFUMlKtxTGQxm00FSS5DuvGsk1OhCIizeL7N7KN0ZuV_CReLTgPOkPw_LVw5wTKX"
              "zn0ekOSIwi1fBvOA1PdDEns8t3Y4Do73wn1BbojHDirr6c03t8ATlrpGxzTlamXzUmDTPxLLEoCy-85A"
              "pQYnTYEOs7Aaeq9w"},
    {"ES256", "eyJhbGciOiJFUzI1NiIsImtpZCI6IkVTMjU2IiwidHlwIjoiSldUIn0.eyJzdWIiOiJhbGljZSJ9.Ijo"
              "KlGyNNz8HJ3b9mdRpZyRmEsOsJSK7N9caQr6YFkOCShfg1KVI8xDvcWQF88smx20vWPFgDNtTUd0FN-R"
              "QpQ"},
    {"ES384", "eyJhbGciOiJFUzM4NCIsImtpZCI6IkVTMzg0IiwidHlwIjoiSldUIn0.eyJzdWIiOiJhbGljZSJ9.SNp"
              "stcDxamzigYmdzw6XHeyxHop-jGE_to5QMJ0yIGJVlOiwFh2z-SDvwEwAvOAjQ7szAeL_Xln6hzNPyy2"
              "IRYTiyU_GSdtvJGnAYSsBw4yGInf3KdQopZ-1CfSkApbm"},
    {"ES512", "eyJhbGciOiJFUzUxMiIsImtpZCI6IkVTNTEyIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhbGljZSJ9.ALU"
              "RotZ_GwHDugVyETfsoDOAuZ28XyallgO6JS1eMW3JFqY7aGau7pdjWunowbNBpfch9iu8tabYhuYQQny"
              "rpPcyAc_L5kSs5Nok0DtQOW8zbIcrVqemVq_rjDjPg0qOLrHTNsAlX31gWC-zh9mO1gQ2F4d9wDGqeK0"
              "VgId9bSsiQIS_"},
    {"EdDSA", "eyJhbGciOiJFZERTQSIsImtpZCI6ImVkIiwidHlwIjoiSldUIn0.eyJzdWIiOiJhbGljZSJ9.fk2I665"
              "renE7C_aoQKicQTFVBNdRiNoDAibDJAKrFn6Eo3lIgpyxqxcn6iKAKguu3nT3xVLWvRUfwYm1g45DBA"},
};

static struct jws_public *read_set(const char *text, const char **why) {
    json_t *root = json_loads(text, 0, NULL);
    assert_non_null(root);
    struct jws_public *set = jws_public_read(root, why);
    json_decref(root);
    return set;
}

static enum jws_verified verify(const char *set_text, const char *token) {
    const char *why = "";
    struct jws_token t;
    struct jws_public *set = read_set(set_text, &why);
    assert_non_null(set);
    assert_true(jws_token_parse(&t, str_of(token), &why));
    enum jws_verified found = jws_public_verify(set, &t);
    jws_token_fini(&t);
    jws_public_free(set);
    return found;
}

static void what_each_algorithm_has_signed_is_good(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof SIGNED / sizeof *SIGNED; i++)
        if (verify(SET, SIGNED[i].token) != JWS_GOOD)
            fail_msg("%s", SIGNED[i].algorithm);
}

/* Every character of the token but the last of a part, which may have bits that do not count. */
static void a_change_anywhere_makes_it_bad(void **state) {
    const char *why;
    (void)state;
    for (size_t i = 0; i < sizeof SIGNED / sizeof *SIGNED; i++) {
        size_t n = strlen(SIGNED[i].token);
        struct jws_public *set = read_set(SET, &why);
        for (size_t at = 0; at < n; at += 7) {
            struct jws_token t;
            char *token = strdup(SIGNED[i].token);
            token[at] = token[at] == 'x' ? 'y' : 'x';
            if (jws_token_parse(&t, str_of(token), &why)) {
                if (jws_public_verify(set, &t) == JWS_GOOD)
                    fail_msg("%s, changed at %zu", SIGNED[i].algorithm, at);
                jws_token_fini(&t);
            }
            free(token);
        }
        jws_public_free(set);
    }
}

/* The token of one algorithm with the header of another. */
static void an_algorithm_is_not_taken_for_another(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof SIGNED / sizeof *SIGNED; i++)
        for (size_t k = 0; k < sizeof SIGNED / sizeof *SIGNED; k++) {
            char token[2048];
            const char *rest = strchr(SIGNED[i].token, '.');
            size_t head = (size_t)(strchr(SIGNED[k].token, '.') - SIGNED[k].token);
            snprintf(token, sizeof token, "%.*s%s", (int)head, SIGNED[k].token, rest);
            if ((verify(SET, token) == JWS_GOOD) != (i == k))
                fail_msg("%s as %s", SIGNED[i].algorithm, SIGNED[k].algorithm);
        }
}

/* The RSA key of the set, with one member changed. */
static enum jws_verified with(const char *name, json_t *value, size_t signed_with) {
    json_t *root = json_loads(SET, 0, NULL);
    json_t *key = json_array_get(json_object_get(root, "keys"), 0);
    if (value)
        json_object_set_new(key, name, value);
    else
        json_object_del(key, name);
    char *text = json_dumps(root, 0);
    enum jws_verified found = verify(text, SIGNED[signed_with].token);
    free(text);
    json_decref(root);
    return found;
}

static void a_key_is_only_for_what_it_says(void **state) {
    (void)state;
    assert_int_equal(with("use", json_string("enc"), 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("use", json_integer(1), 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("use", NULL, 0), JWS_GOOD);
    assert_int_equal(with("alg", json_string("RS256"), 0), JWS_GOOD);
    assert_int_equal(with("alg", json_string("RS256"), 1), JWS_BAD);
    assert_int_equal(with("alg", json_string("PS256"), 0), JWS_BAD);
    assert_int_equal(with("alg", json_string("HS256"), 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("alg", json_integer(1), 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("key_ops", json_pack("[s]", "verify"), 0), JWS_GOOD);
    assert_int_equal(with("key_ops", json_pack("[s]", "sign"), 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("key_ops", json_array(), 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("kty", json_string("EC"), 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("kty", json_string("oct"), 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("kid", json_string("other"), 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("kid", NULL, 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("kid", json_integer(1), 0), JWS_UNKNOWN_KEY);
}

static void a_weak_or_odd_key_is_none(void **state) {
    (void)state;
    assert_int_equal(with("n", json_string("0vx7"), 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("n", json_string("0vx7="), 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("n", json_string(""), 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("n", json_integer(7), 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("n", NULL, 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("e", json_string("AQ"), 0), JWS_UNKNOWN_KEY);   /* 1 */
    assert_int_equal(with("e", json_string("AQAC"), 0), JWS_UNKNOWN_KEY); /* even */
    assert_int_equal(with("e", json_string("AQAAAAAAAAAAAAAB"), 0), JWS_UNKNOWN_KEY);
    assert_int_equal(with("e", json_string(""), 0), JWS_UNKNOWN_KEY);
}

static void a_set_without_a_key_to_use_is_refused(void **state) {
    static const char *const SETS[] = {
        "{}",
        "{\"keys\":{}}",
        "{\"keys\":[]}",
        "{\"keys\":[1,null,\"x\",[]]}",
        "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}",
        /* a point that is not on the curve, and one of another curve's size */
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
        "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
        "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a1\"}]}",
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-384\","
        "\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
        "\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}",
        "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AAAA\"}]}",
        "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"X25519\","
        "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}",
    };
    const char *why;
    (void)state;
    for (size_t i = 0; i < sizeof SETS / sizeof *SETS; i++)
        if (read_set(SETS[i], &why))
            fail_msg("accepted: %s", SETS[i]);
    struct buf many;
    buf_init(&many, 64 * 1024);
    buf_add(&many, STR("{\"keys\":[{}"));
    for (int i = 0; i < JWS_PUBLIC_KEYS_MAX; i++)
        buf_add(&many, STR(",{}"));
    buf_add(&many, str_n("]}", 3));
    assert_null(read_set(buf_str(&many).p, &why));
    assert_string_equal(why, "has more than 64 keys");
    buf_fini(&many);
}

/* RFC 8037 A.4, and OpenID Connect Core A.3 for the hash. */
static void a_token_without_a_name_is_of_the_only_key(void **state) {
    static const char ONE[] = "{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
                              "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}";
    char set[512];
    /* {"alg":"EdDSA"}.{"sub":"alice"} is not what that example signs: only the choice is looked at
     */
    static const char TOKEN[] =
        "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSJ9."
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    (void)state;
    snprintf(set, sizeof set, "{\"keys\":[%s]}", ONE);
    assert_int_equal(verify(set, TOKEN), JWS_BAD);
    snprintf(set, sizeof set, "{\"keys\":[%s,%s]}", ONE, ONE);
    assert_int_equal(verify(set, TOKEN), JWS_UNKNOWN_KEY);
}

static void the_half_hash_is_that_of_the_specification(void **state) {
    struct buf out;
    (void)state;
    buf_init(&out, 128);
    jws_half_hash(JWS_RS256, STR("jHkWEdUXMU1BwAsC4vtUsZwnvTvxEqVMKKO3PROaOKU"), &out);
    assert_int_equal(buf_size(&out), 22);
    buf_clear(&out);
    jws_half_hash(JWS_RS256,
                  STR("ya29.eQETFbFOkAs8nWHcmYXKwEi0Zz46NfsrUU_KuQLOLTwWS40y6Fb99aVzEXC0"
                      "U14m61lcPMIr1hEIBA"),
                  &out);
    assert_true(str_eq(buf_str(&out), STR("aUAkJG-u6x4RTWuILWy-CA")));
    buf_clear(&out);
    jws_half_hash(JWS_EDDSA, STR("x"), &out);
    assert_int_equal(buf_size(&out), 43);
    buf_fini(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_each_algorithm_has_signed_is_good),
        cmocka_unit_test(a_change_anywhere_makes_it_bad),
        cmocka_unit_test(an_algorithm_is_not_taken_for_another),
        cmocka_unit_test(a_key_is_only_for_what_it_says),
        cmocka_unit_test(a_weak_or_odd_key_is_none),
        cmocka_unit_test(a_set_without_a_key_to_use_is_refused),
        cmocka_unit_test(a_token_without_a_name_is_of_the_only_key),
        cmocka_unit_test(the_half_hash_is_that_of_the_specification),
    };
    return cmocka_run_group_tests_name("base/jws_public", tests, NULL, NULL);
}
