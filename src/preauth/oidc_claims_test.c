/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/oidc_claims.h"

#include "config/testing.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { NOW = 1700000000 };

#define NONCE "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"
#define EVENT "http://schemas.openid.net/event/backchannel-logout"

static char *acr[] = {(char *)"strong", (char *)"stronger"}, *friends[] = {(char *)"friend"};

static struct config_oidc provider(void) {
    return (struct config_oidc){.issuer = (char *)"https://idp.example/",
                                .client_id = (char *)"kerbgate"};
}

/* `base` with each member of `change` in the place of its own; null takes it out. */
static struct jws_token token(json_t *base, const char *change) {
    json_t *changes = json_loads(change, 0, NULL), *value;
    const char *name;
    assert_non_null(changes);
    json_object_foreach(changes, name, value) {
        if (json_is_null(value))
            json_object_del(base, name);
        else
            json_object_set(base, name, value);
    }
    json_decref(changes);
    struct jws_token t = {.payload = base, .algorithm = JWS_RS256};
    return t;
}

static json_t *id_token(void) {
    return json_pack("{s:s,s:s,s:s,s:i,s:i,s:s}", "iss", "https://idp.example/", "aud", "kerbgate",
                     "sub", "248289761001", "iat", NOW - 5, "exp", NOW + 300, "nonce", NONCE);
}

struct row {
    const char *change, *why; /* NULL: it is fine */
};

/* An access token that is not kept is not held against its hash either. */
static void a_hash_is_of_a_token_that_is_used(void **state) {
    struct config_oidc c = provider();
    struct jws_token t = token(id_token(), "{\"at_hash\":\"TCcOPdkcYLbEf_A0xeIPYw\"}");
    struct oidc_expect x = {.c = &c, .nonce = STR(NONCE), .now_s = NOW};
    struct err e;
    (void)state;
    assert_true(oidc_check_id_token(&t, &x, &e));
    x.access_token = STR("at");
    assert_false(oidc_check_id_token(&t, &x, &e));
    json_decref(t.payload);
}

static void check(const struct config_oidc *c, const char *type, const struct row *r) {
    struct jws_token t = token(id_token(), r->change);
    struct err e = {.code = ERR_NONE};
    struct oidc_expect x = {.c = c, .nonce = STR(NONCE), .access_token = STR("at"), .now_s = NOW};
    t.type = type;
    bool is_fine = oidc_check_id_token(&t, &x, &e);
    if (is_fine != !r->why)
        fail_msg("%s: %s", r->change, is_fine ? "accepted" : e.detail);
    if (!is_fine && (e.code != ERR_IDP_TOKEN || !strstr(e.detail, r->why)))
        fail_msg("%s: %s", r->change, e.detail);
    json_decref(t.payload);
}

static void an_id_token_is_held_against_what_was_asked_for(void **state) {
    static const struct row ROWS[] = {
        {"{}", NULL},
        {"{\"iss\":\"https://idp.example\"}", "(iss)"},
        {"{\"iss\":\"https://IDP.example/\"}", "(iss)"},
        {"{\"iss\":\"https://idp.example/x\"}", "(iss)"},
        {"{\"iss\":[\"https://idp.example/\"]}", "(iss)"},
        {"{\"iss\":null}", "(iss)"},
        {"{\"aud\":[\"kerbgate\"]}", NULL},
        {"{\"aud\":\"Kerbgate\"}", "(aud)"},
        {"{\"aud\":\"other\"}", "(aud)"},
        {"{\"aud\":[]}", "(aud)"},
        {"{\"aud\":[\"other\"]}", "(aud)"},
        {"{\"aud\":[\"kerbgate\",\"stranger\"],\"azp\":\"kerbgate\"}", "(aud)"},
        {"{\"aud\":[\"kerbgate\",\"friend\"],\"azp\":\"kerbgate\"}", NULL},
        {"{\"aud\":[\"kerbgate\",\"friend\"]}", "(azp)"},
        {"{\"aud\":[\"kerbgate\",\"friend\"],\"azp\":\"friend\"}", "(azp)"},
        {"{\"aud\":[\"friend\"],\"azp\":\"kerbgate\"}", "(aud)"},
        {"{\"aud\":\"friend\"}", "(aud)"},
        {"{\"aud\":[\"kerbgate\",7]}", "(aud)"},
        {"{\"aud\":{\"kerbgate\":1}}", "(aud)"},
        {"{\"azp\":\"kerbgate\"}", NULL},
        {"{\"azp\":\"other\"}", "(azp)"},
        {"{\"azp\":7}", "(azp)"},
        {"{\"exp\":1699999941}", NULL}, /* a minute for the clocks */
        {"{\"exp\":1699999940}", "(exp)"},
        {"{\"exp\":\"1800000000\"}", "(exp)"},
        {"{\"exp\":1e300}", "(exp)"},
        {"{\"exp\":-1}", "(exp)"},
        {"{\"exp\":1700000300.5}", NULL},
        {"{\"exp\":null}", "(exp)"},
        {"{\"iat\":1700000060}", NULL},
        {"{\"iat\":1700000061}", "(iat)"},
        {"{\"iat\":1699999400}", NULL},
        {"{\"iat\":1699999399}", "(iat)"},
        {"{\"iat\":null}", "(iat)"},
        {"{\"nbf\":1700000060}", NULL},
        {"{\"nbf\":1700000061}", "(nbf)"},
        {"{\"nbf\":\"x\"}", "(nbf)"},
        {"{\"sub\":null}", "(sub)"},
        {"{\"sub\":\"\"}", "(sub)"},
        {"{\"sub\":7}", "(sub)"},
        {"{\"sub\":\"a\\u000ab\"}", "(sub)"},
        {"{\"sub\":\"a\\u007fb\"}", "(sub)"},
        {"{\"nonce\":null}", "(nonce)"},
        {"{\"nonce\":\"\"}", "(nonce)"},
        {"{\"nonce\":7}", "(nonce)"},
        {"{\"nonce\":\"Nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn\"}", "(nonce)"},
        {"{\"at_hash\":\""
         "TCcOPdkcYLbEf_A0xeIPYw"
         "\"}",
         "(at_hash)"},
        {"{\"at_hash\":7}", "(at_hash)"},
        {"{\"at_hash\":\"\"}", "(at_hash)"},
        {"{\"events\":{}}", "(events)"},
    };
    struct config_oidc c = provider();
    (void)state;
    c.audiences = friends;
    c.audience_count = 1;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        check(&c, NULL, &ROWS[i]);
}

static void only_an_id_token_is_one(void **state) {
    static const struct {
        const char *type;
        bool is_fine;
    } ROWS[] = {{NULL, true},
                {"JWT", true},
                {"jwt", true},
                {"at+jwt", false},
                {"logout+jwt", false},
                {"", false},
                {"application/jwt", true}};
    struct config_oidc c = provider();
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        check(&c, ROWS[i].type, &(struct row){"{}", ROWS[i].is_fine ? NULL : "(typ)"});
}

static void a_sign_in_is_as_strong_and_fresh_as_it_has_to_be(void **state) {
    static const struct row ROWS[] = {
        {"{\"acr\":\"strong\",\"auth_time\":1699999990}", NULL},
        {"{\"acr\":\"stronger\",\"auth_time\":1699999640}", NULL},
        {"{\"acr\":\"weak\",\"auth_time\":1699999990}", "(acr)"},
        {"{\"acr\":[\"strong\"],\"auth_time\":1699999990}", "(acr)"},
        {"{\"auth_time\":1699999990}", "(acr)"},
        {"{\"acr\":\"strong\"}", "(auth_time)"},
        {"{\"acr\":\"strong\",\"auth_time\":1699999639}", "(auth_time)"},
        {"{\"acr\":\"strong\",\"auth_time\":1700000061}", "(auth_time)"},
        {"{\"acr\":\"strong\",\"auth_time\":\"now\"}", "(auth_time)"},
    };
    struct config_oidc c = provider();
    (void)state;
    c.acr_values = acr;
    c.acr_value_count = 2;
    c.max_age_s = 300;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        check(&c, NULL, &ROWS[i]);
}

/* It has no nonce, and is as strong and old as the sign-in was. */
static void a_refresh_is_about_the_same_person_and_nobody_else(void **state) {
    static const struct {
        const char *change;
        enum err_code code;
    } ROWS[] = {
        {"{\"nonce\":null}", ERR_NONE},
        {"{\"nonce\":\"of the sign-in\"}", ERR_NONE},
        {"{\"sub\":\"248289761002\"}", ERR_IDP_GRANT},
        {"{\"sub\":null}", ERR_IDP_TOKEN},
        {"{\"iss\":\"https://evil.example/\"}", ERR_IDP_TOKEN},
        {"{\"aud\":\"other\"}", ERR_IDP_TOKEN},
        {"{\"exp\":1600000000}", ERR_IDP_TOKEN},
        {"{\"at_hash\":\"x\"}", ERR_IDP_TOKEN},
    };
    struct config_oidc c = provider();
    struct oidc_expect x = {
        .c = &c, .sub = "248289761001", .access_token = STR("at"), .now_s = NOW};
    (void)state;
    c.acr_values = acr;
    c.acr_value_count = 2;
    c.max_age_s = 300;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct jws_token t = token(id_token(), ROWS[i].change);
        struct err e = {.code = ERR_NONE};
        assert_int_equal(oidc_check_id_token(&t, &x, &e), ROWS[i].code == ERR_NONE);
        if (e.code != ROWS[i].code)
            fail_msg("%s: %s", ROWS[i].change, e.detail);
        json_decref(t.payload);
    }
}

static void only_what_is_true_of_the_sign_in_outlasts_a_refresh(void **state) {
    json_t *before = json_pack("{s:s,s:s,s:s,s:[s],s:s}", "sub", "7", "acr", "old", "sid", "1",
                               "groups", "HR", OIDC_HINT_CLAIM, "hint");
    json_t *claims = json_pack("{s:s,s:s}", "sub", "7", "acr", "new");
    (void)state;
    assert_true(oidc_keep_claims(claims, before));
    assert_int_equal(json_object_size(claims), 4);
    assert_string_equal(json_string_value(json_object_get(claims, "acr")), "new");
    assert_string_equal(json_string_value(json_object_get(claims, "sid")), "1");
    assert_null(json_object_get(claims, "groups"));
    json_decref(claims);
    json_decref(before);
}

static void a_logout_token_is_one_and_names_somebody(void **state) {
    static const struct {
        const char *change, *type, *why;
    } ROWS[] = {
        {"{}", NULL, NULL},
        {"{}", "logout+jwt", NULL},
        {"{}", "JWT", NULL},
        {"{}", "at+jwt", "(typ)"},
        {"{\"sub\":null}", NULL, NULL},
        {"{\"sid\":null}", NULL, NULL},
        {"{\"sub\":null,\"sid\":null}", NULL, "(sub, sid)"},
        {"{\"sub\":7}", NULL, "(sub, sid)"},
        {"{\"sid\":\"\"}", NULL, "(sub, sid)"},
        {"{\"sid\":\"a\\u000a\"}", NULL, "(sub, sid)"},
        {"{\"nonce\":\"x\"}", NULL, "(nonce)"},
        {"{\"nonce\":false}", NULL, "(nonce)"},
        {"{\"events\":null}", NULL, "(events)"},
        {"{\"events\":{}}", NULL, "(events)"},
        {"{\"events\":[\"" EVENT "\"]}", NULL, "(events)"},
        {"{\"events\":{\"" EVENT "\":true}}", NULL, "(events)"},
        {"{\"jti\":null}", NULL, "(jti)"},
        {"{\"jti\":7}", NULL, "(jti)"},
        {"{\"iss\":\"https://evil.example/\"}", NULL, "(iss)"},
        {"{\"aud\":\"other\"}", NULL, "(aud)"},
        {"{\"exp\":1600000000}", NULL, "(exp)"},
        {"{\"exp\":\"2099\"}", NULL, "(exp)"},
        {"{\"exp\":null}", NULL, NULL},
        {"{\"exp\":null,\"iat\":1600000000}", NULL, "(iat)"},
        {"{\"iat\":1600000000}", NULL, "(iat)"},
    };
    struct config_oidc c = provider();
    struct oidc_expect x = {.c = &c, .now_s = NOW};
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct err e = {.code = ERR_NONE};
        struct oidc_logout out;
        json_t *base = json_pack("{s:s,s:s,s:s,s:s,s:s,s:i,s:i,s:{s:{}}}", "iss",
                                 "https://idp.example/", "aud", "kerbgate", "sub", "a", "sid", "s",
                                 "jti", "1", "iat", NOW, "exp", NOW + 60, "events", EVENT);
        struct jws_token t = token(base, ROWS[i].change);
        t.type = ROWS[i].type;
        bool is_fine = oidc_check_logout_token(&t, &x, &out, &e);
        if (is_fine != !ROWS[i].why || (!is_fine && !strstr(e.detail, ROWS[i].why)))
            fail_msg("%s: %s", ROWS[i].change, is_fine ? "accepted" : e.detail);
        if (!is_fine)
            assert_int_equal(e.code, ERR_IDP_LOGOUT);
        json_decref(t.payload);
    }
}

/* The identity as text, of these claims. */
static void identity(const struct config_oidc *c, const char *claims, const char *subject,
                     const char *expected) {
    char *shown, *text;
    json_t *root = json_loads(claims, 0, NULL);
    assert_non_null(root);
    assert_true(oidc_make_identity(c, root, &shown, &text));
    assert_string_equal(shown, subject);
    assert_string_equal(text, expected);
    free(shown);
    free(text);
    json_decref(root);
}

static void a_person_is_what_the_configuration_says_and_nothing_else(void **state) {
    struct config_oidc c = provider();
    (void)state;
    identity(&c,
             "{\"sub\":\"7\",\"email\":\"a@b\",\"groups\":[\"x\",\"y\"],\"iss\":\"i\","
             "\"nonce\":\"n\",\"exp\":7,\"ok\":true,\"mixed\":[\"x\",7],\"address\":{}}",
             "7", "{\"sub\":\"7\",\"email\":\"a@b\",\"groups\":[\"x\",\"y\"]}");
    /* Whatever a provider calls so is not ours of that name, unless the configuration says so. */
    identity(&c,
             "{\"sub\":\"7\",\"user_principal_name\":\"admin@CORP\","
             "\"on_premises_sam_account_name\":\"admin\"}",
             "7", "{\"sub\":\"7\"}");
    c.upn = (char *)"upn";
    c.sam_account_name = (char *)"user_principal_name";
    identity(&c, "{\"sub\":\"7\",\"upn\":\"a@b\",\"user_principal_name\":\"x\"}", "a@b",
             "{\"sub\":\"7\",\"upn\":\"a@b\",\"user_principal_name\":\"a@b\","
             "\"on_premises_sam_account_name\":\"x\"}");
    identity(&c, "{\"sub\":\"7\",\"preferred_username\":\"a@b\"}", "7",
             "{\"sub\":\"7\",\"preferred_username\":\"a@b\"}");
    identity(&c, "{\"sub\":\"7\",\"upn\":[\"a@b\"]}", "7", "{\"sub\":\"7\",\"upn\":[\"a@b\"]}");
    identity(&c, "{\"sub\":\"7\",\"upn\":\"a\\nb\"}", "7",
             "{\"sub\":\"7\",\"upn\":\"a\\nb\",\"user_principal_name\":\"a\\nb\"}");
}

static void userinfo_adds_and_never_replaces(void **state) {
    static const struct {
        const char *userinfo;
        enum err_code code;
    } ROWS[] = {
        {"{\"sub\":\"7\",\"email\":\"new\",\"upn\":\"evil\"}", ERR_NONE},
        {"{\"sub\":\"7\",\"email\":\"new\",\"acr\":\"strong\",\"amr\":[\"x\"],\"sid\":\"1\","
         "\"auth_time\":1,\"exp\":1,\"" OIDC_HINT_CLAIM "\":\"x\"}",
         ERR_NONE},
        {"{\"sub\":\"8\",\"email\":\"new\"}", ERR_IDP_TOKEN},
        {"{\"email\":\"new\"}", ERR_IDP_TOKEN},
        {"{\"sub\":7,\"email\":\"new\"}", ERR_IDP_TOKEN},
        {"[]", ERR_IDP_ANSWER},
        {"eyJ.eyJ.x", ERR_IDP_ANSWER},
        {"", ERR_IDP_ANSWER},
        {"{\"sub\":\"7\",\"sub\":\"7\"}", ERR_IDP_ANSWER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct err e = {.code = ERR_NONE};
        json_t *claims = json_pack("{s:s,s:s}", "sub", "7", "upn", "a@b");
        assert_int_equal(oidc_add_userinfo(claims, str_of(ROWS[i].userinfo), &e),
                         ROWS[i].code == ERR_NONE);
        assert_int_equal(e.code, ROWS[i].code);
        assert_string_equal(json_string_value(json_object_get(claims, "upn")), "a@b");
        assert_int_equal(json_object_get(claims, "email") != NULL, ROWS[i].code == ERR_NONE);
        assert_int_equal(json_object_size(claims), ROWS[i].code == ERR_NONE ? 3 : 2);
        json_decref(claims);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_id_token_is_held_against_what_was_asked_for),
        cmocka_unit_test(a_hash_is_of_a_token_that_is_used),
        cmocka_unit_test(only_an_id_token_is_one),
        cmocka_unit_test(a_sign_in_is_as_strong_and_fresh_as_it_has_to_be),
        cmocka_unit_test(a_refresh_is_about_the_same_person_and_nobody_else),
        cmocka_unit_test(only_what_is_true_of_the_sign_in_outlasts_a_refresh),
        cmocka_unit_test(a_logout_token_is_one_and_names_somebody),
        cmocka_unit_test(a_person_is_what_the_configuration_says_and_nothing_else),
        cmocka_unit_test(userinfo_adds_and_never_replaces),
    };
    return cmocka_run_group_tests_name("preauth/oidc_claims", tests, NULL, NULL);
}
