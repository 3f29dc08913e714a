/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#include "preauth/bearer_header.h"

struct row {
    const char *first, *second; /* Authorization headers; NULL: none */
    const char *query;
    enum bearer_sent sent;
    const char *token;
};

static const struct row ROWS[] = {
    {"Bearer abc", NULL, "", BEARER_SENT, "abc"},
    {"bearer abc", NULL, "", BEARER_SENT, "abc"},
    {"BEARER  a.b-c_d~e+f/g==", NULL, "?x=1", BEARER_SENT, "a.b-c_d~e+f/g=="},
    {" Bearer abc ", NULL, "", BEARER_SENT, "abc"},
    {NULL, NULL, "?access_token=abc", BEARER_NOT_SENT, NULL},
    {"Basic YTpi", NULL, "", BEARER_NOT_SENT, NULL},
    {"Negotiate YII=", NULL, "", BEARER_NOT_SENT, NULL},
    {"DPoP abc", NULL, "", BEARER_NOT_SENT, NULL},
    {"BearerX abc", NULL, "", BEARER_NOT_SENT, NULL},
    {"Bearer-X abc", NULL, "", BEARER_NOT_SENT, NULL},
    {"", NULL, "", BEARER_NOT_SENT, NULL},
    {"Bearer", NULL, "", BEARER_WRONG, NULL},
    {"Bearer ", NULL, "", BEARER_WRONG, NULL},
    {"Bearer =", NULL, "", BEARER_WRONG, NULL},
    {"Bearer\tabc", NULL, "", BEARER_WRONG, NULL},
    {"Bearer=abc", NULL, "", BEARER_WRONG, NULL},
    {"Bearer a b", NULL, "", BEARER_WRONG, NULL},
    {"Bearer a=b", NULL, "", BEARER_WRONG, NULL},
    {"Bearer \"abc\"", NULL, "", BEARER_WRONG, NULL},
    {"Bearer abc, Bearer def", NULL, "", BEARER_WRONG, NULL},
    {"Bearer abc,def", NULL, "", BEARER_WRONG, NULL},
    {"Bearer \xc3\xa9", NULL, "", BEARER_WRONG, NULL},
    {"Bearer abc", "Bearer abc", "", BEARER_WRONG, NULL},
    {"Bearer abc", "Basic YTpi", "", BEARER_WRONG, NULL},
    {"Basic YTpi", "Bearer abc", "", BEARER_WRONG, NULL},
    {"Bearer abc", NULL, "?x=1&access_token=abc", BEARER_WRONG, NULL},
    {"Bearer abc", NULL, "?access_token", BEARER_WRONG, NULL},
    {"Bearer abc", NULL, "?access_tokens=abc", BEARER_SENT, "abc"},
};

static void one_token_comes_in_one_header(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct row *r = &ROWS[i];
        struct arena a;
        struct headers h = {0};
        struct str token;
        struct err e = {.code = ERR_NONE};
        arena_init(&a, 1 << 16);
        if (r->first)
            assert_true(headers_add(&a, &h, STR("authorization"), str_of(r->first)));
        assert_true(headers_add(&a, &h, STR("X-Authorization"), STR("Bearer other")));
        if (r->second)
            assert_true(headers_add(&a, &h, STR("Authorization"), str_of(r->second)));
        enum bearer_sent sent = bearer_read(&h, str_of(r->query), &token, &e);
        if (sent != r->sent || (r->token && !str_eq(token, str_of(r->token))))
            fail_msg("%s, %s: %d, %.*s", r->first, r->query, (int)sent, STR_ARG(token));
        assert_int_equal(e.code, sent == BEARER_WRONG ? ERR_BEARER_REQUEST : ERR_NONE);
        arena_fini(&a);
    }
}

struct challenge {
    enum err_code code;
    const char *detail, *text;
};

static const struct challenge CHALLENGES[] = {
    {ERR_NONE, "", "Bearer realm=\"hr\", scope=\"read write\""},
    {ERR_BEARER_REQUEST, "two",
     "Bearer realm=\"hr\", error=\"invalid_request\", error_description=\"two\", "
     "scope=\"read write\""},
    {ERR_BEARER_TOKEN, "a \"b\" \\ \r\n\xc3\xa9 (aud)",
     "Bearer realm=\"hr\", error=\"invalid_token\", error_description=\"a 'b' ' '''' (aud)\", "
     "scope=\"read write\""},
    {ERR_BEARER_SCOPE, "no",
     "Bearer realm=\"hr\", error=\"insufficient_scope\", error_description=\"no\", "
     "scope=\"read write\""},
    {ERR_BEARER_WEAK, "no",
     "Bearer realm=\"hr\", error=\"insufficient_user_authentication\", "
     "error_description=\"no\", acr_values=\"strong\", max_age=\"300\""},
    {ERR_IDP_DOWN, "secret", "Bearer realm=\"hr\", scope=\"read write\""},
};

static void a_challenge_has_the_words_of_the_rfcs(void **state) {
    static char *scopes[] = {(char *)"read", (char *)"not\"fit", (char *)"write"};
    static char *acr[] = {(char *)"a b", (char *)"strong"};
    struct bearer_wanted w = {scopes, 3, acr, 2, 300};
    struct config_app app = {.name = (char *)"hr"};
    struct arena a;
    (void)state;
    arena_init(&a, 1 << 16);
    for (size_t i = 0; i < sizeof CHALLENGES / sizeof *CHALLENGES; i++) {
        struct err e;
        err_set(&e, CHALLENGES[i].code, "%s", CHALLENGES[i].detail);
        assert_string_equal(bearer_challenge(&a, &app, &e, &w), CHALLENGES[i].text);
        bool is_refusal = CHALLENGES[i].code != ERR_NONE && CHALLENGES[i].code != ERR_IDP_DOWN;
        assert_int_equal(bearer_is_refusal(&e), is_refusal);
    }
    assert_string_equal(bearer_challenge(&a, &app, NULL, NULL), "Bearer realm=\"hr\"");
    arena_fini(&a);
    arena_init(&a, 8);
    assert_null(bearer_challenge(&a, &app, NULL, NULL));
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_token_comes_in_one_header),
        cmocka_unit_test(a_challenge_has_the_words_of_the_rfcs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
