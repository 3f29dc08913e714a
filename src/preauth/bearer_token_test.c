/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#include "preauth/bearer_token.h"

#include <jansson.h>
#include <stdlib.h>

enum { NOW = 1700000000 };

static char *names[] = {(char *)"https://api.example/", (char *)"api"};
static char *scopes[] = {(char *)"read", (char *)"write"};
static char *acr[] = {(char *)"strong", (char *)"stronger"};
static char *algorithms[] = {(char *)"ES256"};

static struct config_oidc issuer(void) {
    return (struct config_oidc){
        .issuer = (char *)"https://idp.example/", .audiences = names, .audience_count = 2};
}

/* A token that is fine, with each member of `change` in the place of its own; null takes it out. */
static struct jws_token token(const char *change) {
    json_t *p = json_pack("{s:s,s:s,s:s,s:s,s:s,s:i,s:i}", "iss", "https://idp.example/", "aud",
                          "https://api.example/", "sub", "alice", "client_id", "phone", "jti", "1",
                          "iat", NOW - 5, "exp", NOW + 300);
    json_t *changes = json_loads(change, 0, NULL), *value;
    const char *name;
    assert_non_null(changes);
    json_object_foreach(changes, name, value) {
        if (json_is_null(value))
            json_object_del(p, name);
        else
            json_object_set(p, name, value);
    }
    json_decref(changes);
    return (struct jws_token){.payload = p, .algorithm = JWS_RS256, .type = "at+jwt"};
}

struct row {
    const char *change, *why; /* NULL: it is fine */
    enum err_code code;
};

#define NO ERR_BEARER_TOKEN
#define OVER ERR_BEARER_ENDED

static const struct row ROWS[] = {
    {"{}", NULL, 0},
    {"{\"iss\":\"https://idp.example\"}", "(iss)", NO},
    {"{\"iss\":\"https://IDP.example/\"}", "(iss)", NO},
    {"{\"iss\":[\"https://idp.example/\"]}", "(iss)", NO},
    {"{\"iss\":null}", "(iss)", NO},
    {"{\"aud\":\"api\"}", NULL, 0},
    {"{\"aud\":[\"other\",\"api\"]}", NULL, 0},
    {"{\"aud\":\"API\"}", "(aud)", NO},
    {"{\"aud\":\"https://api.example\"}", "(aud)", NO},
    {"{\"aud\":\"https://api.example/ api\"}", "(aud)", NO},
    {"{\"aud\":[]}", "(aud)", NO},
    {"{\"aud\":[[\"api\"]]}", "(aud)", NO},
    {"{\"aud\":[\"api\",7]}", "(aud)", NO},
    {"{\"aud\":{\"api\":1}}", "(aud)", NO},
    {"{\"aud\":null}", "(aud)", NO},
    {"{\"sub\":null}", "(sub)", NO},
    {"{\"sub\":\"\"}", "(sub)", NO},
    {"{\"sub\":7}", "(sub)", NO},
    {"{\"sub\":\"a\\u000ab\"}", "(sub)", NO},
    {"{\"client_id\":null}", "(client_id)", NO},
    {"{\"client_id\":\"\"}", "(client_id)", NO},
    {"{\"client_id\":[\"phone\"]}", "(client_id)", NO},
    {"{\"jti\":null}", "(jti)", NO},
    {"{\"jti\":5}", "(jti)", NO},
    {"{\"cnf\":{\"jkt\":\"x\"}}", "(cnf)", NO},
    {"{\"cnf\":{\"x5t#S256\":\"x\"}}", "(cnf)", NO},
    {"{\"events\":{}}", "(events)", NO},
    {"{\"exp\":null}", "(exp)", NO},
    {"{\"exp\":\"1800000000\"}", "(exp)", NO},
    {"{\"exp\":true}", "(exp)", NO},
    {"{\"exp\":1e300}", "(exp)", NO},
    {"{\"exp\":-1}", "(exp)", NO},
    {"{\"exp\":1700000001}", NULL, 0},
    {"{\"exp\":1700000000}", "(exp)", OVER}, /* before it, and no minute longer */
    {"{\"exp\":1700000000.9}", "(exp)", OVER},
    {"{\"exp\":0}", "(exp)", OVER},
    {"{\"iat\":null}", "(iat)", NO},
    {"{\"iat\":\"x\"}", "(iat)", NO},
    {"{\"iat\":1}", NULL, 0},
    {"{\"iat\":1700000060}", NULL, 0}, /* a minute for the clocks */
    {"{\"iat\":1700000061}", "(iat)", OVER},
    {"{\"nbf\":1700000060}", NULL, 0},
    {"{\"nbf\":1700000061}", "(nbf)", OVER},
    {"{\"nbf\":\"x\"}", "(nbf)", NO},
};

static void check(const struct config_oidc *c, struct jws_token *t, const struct row *r) {
    struct err e = {.code = ERR_NONE};
    int64_t ends_s;
    bool is_fine = bearer_check(t, c, NOW, &ends_s, &e);
    if (is_fine != !r->why || e.code != (is_fine ? ERR_NONE : r->code))
        fail_msg("%s: %s", r->change, is_fine ? "accepted" : e.detail);
    if (r->why && !strstr(e.detail, r->why))
        fail_msg("%s: %s", r->change, e.detail);
    json_decref(t->payload);
}

static void a_token_is_held_against_its_issuer(void **state) {
    struct config_oidc c = issuer();
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct jws_token t = token(ROWS[i].change);
        check(&c, &t, &ROWS[i]);
    }
}

static void nothing_else_that_an_issuer_signs_is_one(void **state) {
    static const struct {
        const char *type, *why;
    } TYPES[] = {
        {"at+jwt", NULL},
        {"AT+JWT", NULL},
        {"application/at+jwt", NULL},
        {NULL, "(typ)"},
        {"", "(typ)"},
        {"JWT", "(typ)"},
        {"logout+jwt", "(typ)"},
        {"dpop+jwt", "(typ)"},
        {"at+jwt ", "(typ)"},
        {"text/at+jwt", "(typ)"},
        {"secevent+jwt", "(typ)"},
        {"at", "(typ)"},
    };
    struct config_oidc c = issuer();
    (void)state;
    for (size_t i = 0; i < sizeof TYPES / sizeof *TYPES; i++) {
        struct jws_token t = token("{}");
        struct row r = {TYPES[i].type, TYPES[i].why, NO};
        t.type = TYPES[i].type;
        check(&c, &t, &r);
    }
}

static void only_the_listed_ways_to_sign_count(void **state) {
    struct config_oidc c = issuer();
    struct jws_token rs = token("{}"), es = token("{}");
    (void)state;
    c.algorithms = algorithms;
    c.algorithm_count = 1;
    es.algorithm = JWS_ES256;
    check(&c, &rs, &(struct row){"RS256", "(alg)", NO});
    check(&c, &es, &(struct row){"ES256", NULL, 0});
}

static void the_end_is_told(void **state) {
    struct config_oidc c = issuer();
    struct jws_token t = token("{\"exp\":1700000100.5}");
    struct err e;
    int64_t ends_s;
    (void)state;
    assert_true(bearer_check(&t, &c, NOW, &ends_s, &e));
    assert_int_equal(ends_s, NOW + 100);
    json_decref(t.payload);
}

#define NARROW ERR_BEARER_SCOPE
#define WEAK ERR_BEARER_WEAK

static const struct row POWERS[] = {
    {"{\"scope\":\"read write\",\"acr\":\"strong\",\"auth_time\":1699999990}", NULL, 0},
    {"{\"scope\":\"write x read\",\"acr\":\"stronger\",\"auth_time\":1699999990}", NULL, 0},
    {"{\"scope\":[\"read\",\"write\"],\"acr\":\"strong\",\"auth_time\":1699999990}", NULL, 0},
    {"{\"acr\":\"strong\",\"auth_time\":1699999990}", "scope read", NARROW},
    {"{\"scope\":\"read\",\"acr\":\"strong\",\"auth_time\":1699999990}", "scope write", NARROW},
    {"{\"scope\":\"reading writing\"}", "scope read", NARROW},
    {"{\"scope\":\"READ WRITE\"}", "scope read", NARROW},
    {"{\"scope\":\"\"}", "scope read", NARROW},
    {"{\"scope\":{\"read\":1,\"write\":1}}", "scope read", NARROW},
    {"{\"scope\":\"read write\"}", "(acr)", WEAK},
    {"{\"scope\":\"read write\",\"acr\":\"weak\"}", "(acr)", WEAK},
    {"{\"scope\":\"read write\",\"acr\":[\"strong\"]}", "(acr)", WEAK},
    {"{\"scope\":\"read write\",\"acr\":\"strong\"}", "(auth_time)", WEAK},
    {"{\"scope\":\"read write\",\"acr\":\"strong\",\"auth_time\":1699999840}", NULL, 0},
    {"{\"scope\":\"read write\",\"acr\":\"strong\",\"auth_time\":1699999839}", "max_age", WEAK},
    {"{\"scope\":\"read write\",\"acr\":\"strong\",\"auth_time\":1700000061}", "max_age", WEAK},
};

static void a_token_has_what_the_provider_asks_for(void **state) {
    struct config_oidc c = issuer();
    (void)state;
    c.scopes = scopes;
    c.scope_count = 2;
    c.acr_values = acr;
    c.acr_value_count = 2;
    c.max_age_s = 100;
    for (size_t i = 0; i < sizeof POWERS / sizeof *POWERS; i++) {
        const struct row *r = &POWERS[i];
        struct jws_token t = token(r->change);
        struct err e = {.code = ERR_NONE};
        bool is_fine = bearer_check_power(&t, &c, NOW, &e);
        if (is_fine != !r->why || (r->why && (e.code != r->code || !strstr(e.detail, r->why))))
            fail_msg("%s: %s", r->change, is_fine ? "accepted" : e.detail);
        json_decref(t.payload);
    }
}

static void a_person_has_the_mapped_claims_and_each_scope(void **state) {
    struct config_oidc c = issuer();
    char *subject, *text;
    struct jws_token t = token("{\"upn\":\"alice@CORP\",\"scope\":\" read  write\",\"jkt\":7}");
    (void)state;
    c.upn = (char *)"upn";
    assert_true(bearer_make_identity(&t, &c, &subject, &text));
    json_t *claims = json_loads(text, 0, NULL), *scope = json_object_get(claims, "scope");
    assert_string_equal(subject, "alice@CORP");
    assert_int_equal(json_array_size(scope), 2);
    assert_string_equal(json_string_value(json_array_get(scope, 1)), "write");
    assert_string_equal(json_string_value(json_object_get(claims, "user_principal_name")),
                        "alice@CORP");
    assert_string_equal(json_string_value(json_object_get(claims, "client_id")), "phone");
    assert_null(json_object_get(claims, "jti"));
    assert_true(json_is_string(json_object_get(t.payload, "scope"))); /* the token is as it was */
    json_decref(claims);
    json_decref(t.payload);
    free(subject);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_held_against_its_issuer),
        cmocka_unit_test(nothing_else_that_an_issuer_signs_is_one),
        cmocka_unit_test(only_the_listed_ways_to_sign_count),
        cmocka_unit_test(the_end_is_told),
        cmocka_unit_test(a_token_has_what_the_provider_asks_for),
        cmocka_unit_test(a_person_has_the_mapped_claims_and_each_scope),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
