/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/encode.h"
#include "connector/assertion.h"
#include "connector/testing_key.h"

#include <jansson.h>
#include <stdlib.h>
#include <unistd.h>

static char key_file[] = "/tmp/assertion_test.XXXXXX";

struct place {
    struct config config;
    char *files[2];
    char name[3], audience[3], header[8], claim[7], *claims[1];
    struct config_app app;
    struct config_provider provider;
    const struct config_provider *providers[1];
    struct identity who;
    struct jws_keys *keys;
    struct err err;
};

static int place_make(void **state) {
    static char provider[] = "corp", subject[] = "alice@corp",
                claims[] = "{\"user_principal_name\":\"alice@corp\",\"sub\":\"7\",\"groups\":["
                           "\"HR\",\"R\\\"D\"],\"mail\":\"a@b\",\"n\":1,\"empty\":\"\","
                           "\"half\":[\"HR\",\"\"],\"no\":[]}";
    struct identity from = {.provider = provider, .subject = subject, .claims = claims};
    struct place *p = calloc(1, sizeof *p);
    int fd = mkstemp(key_file);
    assert_int_equal(write(fd, KEY, sizeof KEY - 1), sizeof KEY - 1);
    close(fd);
    p->files[0] = key_file;
    memcpy(p->name, "hr", 3);
    memcpy(p->audience, "HR", 3);
    memcpy(p->claim, "groups", 7);
    p->claims[0] = p->claim;
    p->config = (struct config){.assertion_keys = p->files, .assertion_key_count = 1};
    p->providers[0] = &p->provider;
    p->app = (struct config_app){
        .name = p->name,
        .providers = p->providers,
        .provider_count = 1,
        .external = {.origin = STR("https://hr.example.com")},
        .assertion = {
            .audience = p->audience, .lifetime_s = 60, .claims = p->claims, .claim_count = 1}};
    assert_true(identity_copy(&p->who, &from));
    p->keys = assertion_keys(&p->config, &p->err);
    assert_non_null(p->keys);
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    identity_fini(&p->who);
    jws_keys_free(p->keys);
    unlink(key_file);
    memcpy(key_file + sizeof key_file - 7, "XXXXXX", 6);
    free(p);
    return 0;
}

/* What the assertion says; its signature is the business of jws_test. */
static json_t *said(struct place *p) {
    struct buf out, plain, bytes;
    struct str rest, header, payload;
    buf_init(&out, 8000);
    buf_init(&plain, 8000);
    buf_init(&bytes, 8000);
    assert_true(assertion_has_claims(&p->app, &p->who, &p->err));
    assert_true(assertion_make(p->keys, &p->app, &p->who, &out, &p->err));
    rest = buf_str(&out);
    assert_true(str_split(&rest, '.', &header) && str_split(&rest, '.', &payload));
    for (size_t i = 0; i < payload.n; i++)
        buf_add_byte(&plain, (char)(payload.p[i] == '-'   ? '+'
                                    : payload.p[i] == '_' ? '/'
                                                          : payload.p[i]));
    while (buf_size(&plain) % 4)
        buf_add_byte(&plain, '=');
    assert_true(decode_base64(&bytes, buf_str(&plain)));
    json_t *json = json_loadb(buf_str(&bytes).p, buf_size(&bytes), JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(json);
    buf_fini(&out);
    buf_fini(&plain);
    buf_fini(&bytes);
    return json;
}

static const char *text(const json_t *json, const char *name) {
    return json_string_value(json_object_get(json, name));
}

static void it_says_who_somebody_is_to_whom_and_for_how_long(void **state) {
    struct place *p = *state;
    int64_t before = clock_wall_s();
    json_t *json = said(p);
    int64_t at = json_integer_value(json_object_get(json, "iat"));
    assert_string_equal(text(json, "iss"), "https://hr.example.com");
    assert_string_equal(text(json, "sub"), "alice@corp");
    assert_string_equal(text(json, "aud"), "HR");
    assert_string_equal(text(json, "idp"), "corp");
    assert_true(at >= before && at <= clock_wall_s());
    assert_int_equal(json_integer_value(json_object_get(json, "nbf")), at);
    assert_int_equal(json_integer_value(json_object_get(json, "exp")), at + 60);
    const json_t *groups = json_object_get(json, "groups");
    assert_int_equal(json_array_size(groups), 2);
    assert_string_equal(json_string_value(json_array_get(groups, 1)), "R\"D");
    assert_int_equal(json_object_size(json), 9); /* with jti, and no claim that is not asked for */
    json_decref(json);
}

static void each_has_a_number_of_its_own(void **state) {
    json_t *first = said(*state), *second = said(*state);
    assert_int_equal(strlen(text(first, "jti")), 22);
    assert_string_not_equal(text(first, "jti"), text(second, "jti"));
    json_decref(first);
    json_decref(second);
}

static void a_claim_that_is_missing_is_an_error(void **state) {
    struct place *p = *state;
    static char n[] = "n", none[] = "none", mail[] = "Mail", empty[] = "empty", half[] = "half",
                no[] = "no";
    char *const MISSING[] = {n, none, mail, empty, half, no};
    for (size_t i = 0; i < sizeof MISSING / sizeof *MISSING; i++) {
        p->claims[0] = MISSING[i];
        assert_false(assertion_has_claims(&p->app, &p->who, &p->err));
        assert_int_equal(p->err.code, ERR_CLAIM_MISSING);
        assert_non_null(strstr(p->err.detail, MISSING[i]));
    }
    assert_false(assertion_has_claims(&p->app, NULL, &p->err));
    assert_int_equal(p->err.code, ERR_CLAIM_MISSING);
}

/* Who is shown as something, with these claims, by a provider whose claims name people or not. */
static bool may_be_told_by(struct place *p, enum config_provider_type type, bool is_mapped,
                           const char *subject, const char *claims) {
    static char upn[] = "upn";
    struct identity who,
        from = {.provider = p->who.provider, .subject = (char *)subject, .claims = (char *)claims};
    p->app.assertion.claim_count = 0;
    p->provider = (struct config_provider){
        .name = p->who.provider, .type = type, .oidc.upn = is_mapped ? upn : NULL};
    assert_true(identity_copy(&who, &from));
    bool may = assertion_has_claims(&p->app, &who, &p->err);
    identity_fini(&who);
    return may;
}

static bool may_be_told(struct place *p, bool is_mapped, const char *subject, const char *claims) {
    return may_be_told_by(p, PROVIDER_OIDC, is_mapped, subject, claims);
}

static void who_somebody_is_comes_of_the_claim_that_names_people_and_no_other(void **state) {
    struct place *p = *state;
    const char *named = "{\"sub\":\"7\",\"user_principal_name\":\"alice@corp\"}",
               *guest = "{\"sub\":\"alice@corp\"}";
    assert_true(may_be_told(p, true, "alice@corp", named));
    assert_false(may_be_told(p, true, "alice@corp", guest));
    assert_int_equal(p->err.code, ERR_CLAIM_MISSING);
    assert_non_null(strstr(p->err.detail, "\"user_principal_name\" as the sub"));
    assert_false(may_be_told(p, true, "7", "{\"sub\":\"7\",\"user_principal_name\":\"a\\nb\"}"));
    assert_false(may_be_told(p, true, "", "{\"sub\":\"\",\"user_principal_name\":\"\"}"));
    assert_true(may_be_told(p, false, "alice@corp", guest));
    assert_false(may_be_told(p, false, "alice@corp", "{\"sub\":\"7\"}"));
    assert_true(may_be_told_by(p, PROVIDER_BEARER, false, "alice@corp", guest));
    assert_false(may_be_told_by(p, PROVIDER_BEARER, true, "alice@corp", guest));
    assert_false(may_be_told_by(p, PROVIDER_FORM, false, "alice@corp", guest));
}

static void one_that_is_too_long_is_refused_and_not_cut(void **state) {
    struct place *p = *state;
    for (size_t max = 0; max < 600; max += 7) {
        struct buf out;
        buf_init(&out, max);
        bool is_made = assertion_make(p->keys, &p->app, &p->who, &out, &p->err);
        assert_int_equal(is_made, !out.failed);
        assert_true(is_made || p->err.code == ERR_CLAIM_UNFIT);
        buf_fini(&out);
    }
}

static void a_key_that_cannot_be_used_is_named(void **state) {
    struct place *p = *state;
    static char nowhere[] = "/nowhere/a.key", no_key[] = "/dev/null";
    p->config.assertion_key_count = 2;
    p->files[1] = nowhere;
    assert_null(assertion_keys(&p->config, &p->err));
    assert_int_equal(p->err.code, ERR_CONFIG);
    assert_string_equal(p->err.detail,
                        "connector.assertion_keys: /nowhere/a.key: No such file or directory");
    p->files[1] = no_key;
    assert_null(assertion_keys(&p->config, &p->err));
    assert_string_equal(p->err.detail, "connector.assertion_keys: /dev/null: the key is not there: "
                                       "expected a private key (PEM)");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(it_says_who_somebody_is_to_whom_and_for_how_long),
        TEST(each_has_a_number_of_its_own),
        TEST(a_claim_that_is_missing_is_an_error),
        TEST(who_somebody_is_comes_of_the_claim_that_names_people_and_no_other),
        TEST(one_that_is_too_long_is_refused_and_not_cut),
        TEST(a_key_that_cannot_be_used_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
