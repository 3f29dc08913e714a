/* SPDX-License-Identifier: Apache-2.0 */
#include "base/jws_token.h"

#include "base/encode.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char text[2 * JWS_TOKEN_MAX];

/* A token of these three parts; the third as it is. */
static struct str token(const char *header, const char *payload, const char *signature) {
    struct buf out;
    buf_init(&out, sizeof text - 1);
    encode_base64url(&out, str_of(header));
    buf_add_byte(&out, '.');
    encode_base64url(&out, str_of(payload));
    buf_add_byte(&out, '.');
    buf_add(&out, str_of(signature));
    memcpy(text, buf_str(&out).p, buf_size(&out));
    size_t n = buf_size(&out);
    buf_fini(&out);
    return str_n(text, n);
}

static void a_token_is_taken_apart(void **state) {
    struct jws_token t;
    const char *why = "";
    (void)state;
    struct str in =
        token("{\"alg\":\"ES256\",\"kid\":\"k\",\"typ\":\"JWT\",\"jku\":\"https://x/\"}",
              "{\"sub\":\"alice\"}", "Zm9v");
    assert_true(jws_token_parse(&t, in, &why));
    assert_int_equal(t.algorithm, JWS_ES256);
    assert_string_equal(t.kid, "k");
    assert_string_equal(t.type, "JWT");
    assert_string_equal(json_string_value(json_object_get(t.payload, "sub")), "alice");
    assert_true(str_eq(buf_str(&t.signature), STR("foo")));
    assert_true(str_eq(t.signed_part, str_head(in, in.n - 5)));
    jws_token_fini(&t);
    for (unsigned i = 0; i < JWS_ALGORITHMS; i++) {
        char header[64];
        snprintf(header, sizeof header, "{\"alg\":\"%s\"}",
                 jws_algorithm_name((enum jws_algorithm)i));
        assert_true(jws_token_parse(&t, token(header, "{}", "Zm9v"), &why));
        assert_int_equal(t.algorithm, i);
        assert_null(t.kid);
        jws_token_fini(&t);
    }
}

#define UNSIGNED "is not signed (alg is none)"
#define SHARED "is signed with a shared secret (alg is one of HS256 to HS512)"
#define NO_WAY "is signed in a way that is not known here (alg)"
#define NO_ALG "does not say how it is signed (alg)"
#define NO_HEADER "has a header that is no JSON object"
#define NO_PAYLOAD "has no JSON object in it"

static void what_could_be_read_in_two_ways_is_refused(void **state) {
    static const struct {
        const char *header, *payload, *signature, *why;
    } ROWS[] = {
        {"{\"alg\":\"none\"}", "{}", "", UNSIGNED},
        {"{\"alg\":\"none\"}", "{}", "Zm9v", UNSIGNED},
        {"{\"alg\":\"None\"}", "{}", "", UNSIGNED},
        {"{\"alg\":\"nOnE\"}", "{}", "", UNSIGNED},
        {"{\"alg\":\"HS256\"}", "{}", "Zm9v", SHARED},
        {"{\"alg\":\"HS512\"}", "{}", "Zm9v", SHARED},
        {"{\"alg\":\"hs256\"}", "{}", "Zm9v", SHARED},
        {"{\"alg\":\"RS1\"}", "{}", "Zm9v", NO_WAY},
        {"{\"alg\":\"rs256\"}", "{}", "Zm9v", NO_WAY},
        {"{\"alg\":\"RS256 \"}", "{}", "Zm9v", NO_WAY},
        {"{\"alg\":\"\"}", "{}", "Zm9v", NO_WAY},
        {"{\"alg\":\"ES256K\"}", "{}", "Zm9v", NO_WAY},
        {"{}", "{}", "Zm9v", NO_ALG},
        {"{\"alg\":null}", "{}", "Zm9v", NO_ALG},
        {"{\"alg\":[\"RS256\"]}", "{}", "Zm9v", NO_ALG},
        {"{\"alg\":\"RS256\",\"alg\":\"none\"}", "{}", "Zm9v", NO_HEADER},
        {"{\"alg\":\"RS256\",\"crit\":[]}", "{}", "Zm9v", "demands extensions (crit)"},
        {"{\"alg\":\"RS256\",\"crit\":[\"b64\"],\"b64\":false}", "{}", "Zm9v",
         "demands extensions (crit)"},
        {"{\"alg\":\"RS256\",\"b64\":false}", "{}", "Zm9v",
         "is packed in a way that is not known here"},
        {"{\"alg\":\"RS256\",\"zip\":\"DEF\"}", "{}", "Zm9v",
         "is packed in a way that is not known here"},
        {"{\"alg\":\"RS256\",\"kid\":7}", "{}", "Zm9v",
         "names its key by something that is no short text (kid)"},
        {"{\"alg\":\"RS256\",\"typ\":[]}", "{}", "Zm9v", "has a type that is no short text (typ)"},
        {"[]", "{}", "Zm9v", NO_HEADER},
        {"", "{}", "Zm9v", NO_HEADER},
        {"{\"alg\":\"RS256\"}x", "{}", "Zm9v", NO_HEADER},
        {"{\"alg\":\"RS256\",\"x\":\"\\u0000\"}", "{}", "Zm9v", NO_HEADER},
        {"{\"alg\":\"RS256\"}", "[]", "Zm9v", NO_PAYLOAD},
        {"{\"alg\":\"RS256\"}", "", "Zm9v", NO_PAYLOAD},
        {"{\"alg\":\"RS256\"}", "{\"sub\":\"a\",\"sub\":\"b\"}", "Zm9v", NO_PAYLOAD},
        {"{\"alg\":\"RS256\"}", "{\"x\":{\"a\":1,\"a\":2}}", "Zm9v", NO_PAYLOAD},
        {"{\"alg\":\"RS256\"}", "{\"sub\":\"\xff\"}", "Zm9v", NO_PAYLOAD},
        {"{\"alg\":\"RS256\"}", "{}", "", "has no signature"},
        {"{\"alg\":\"RS256\"}", "{}", "Zm9", "has a signature that is not in base64url"},
        {"{\"alg\":\"RS256\"}", "{}", "Zm9vZg==", "has a signature that is not in base64url"},
        {"{\"alg\":\"RS256\"}", "{}", "Zm9+", "has a signature that is not in base64url"},
        {"{\"alg\":\"RS256\"}", "{}", "Zm9v.Zm9v", "is not three parts with dots between them"},
    };
    struct jws_token t;
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const char *why = "";
        if (jws_token_parse(&t, token(ROWS[i].header, ROWS[i].payload, ROWS[i].signature), &why))
            fail_msg("accepted: %s %s %s", ROWS[i].header, ROWS[i].payload, ROWS[i].signature);
        if (strcmp(why, ROWS[i].why) != 0)
            fail_msg("%s %s %s: %s", ROWS[i].header, ROWS[i].payload, ROWS[i].signature, why);
    }
}

static void what_has_not_three_parts_is_no_token(void **state) {
    static const char *const ROWS[] = {
        "",    ".",    "..",           "e30",         "e30.e30", "e30.e30.e30.e30.e30",
        "...", "....", "e30=.e30.e30", "e3 0.e30.e30"};
    struct jws_token t;
    const char *why;
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (jws_token_parse(&t, str_of(ROWS[i]), &why))
            fail_msg("accepted: %s", ROWS[i]);
}

static void a_token_has_a_limit(void **state) {
    struct jws_token t;
    const char *why = "";
    static char long_text[JWS_TOKEN_MAX + 1];
    (void)state;
    memset(long_text, 'A', sizeof long_text);
    assert_false(jws_token_parse(&t, str_n(long_text, sizeof long_text), &why));
    assert_string_equal(why, "is too long");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_taken_apart),
        cmocka_unit_test(what_could_be_read_in_two_ways_is_refused),
        cmocka_unit_test(what_has_not_three_parts_is_no_token),
        cmocka_unit_test(a_token_has_a_limit),
    };
    return cmocka_run_group_tests_name("base/jws_token", tests, NULL, NULL);
}
