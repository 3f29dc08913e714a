/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/oidc_flow.h"

#include "preauth/oidc_authorize.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { NOW = 1700000000 };

static const unsigned char KEY[SESSION_KEY_SIZE] = "a key", OTHER[SESSION_KEY_SIZE] = "another";
static const struct str ORIGIN = STR("https://hr.example.com");

struct place {
    struct arena arena;
    struct headers headers;
    struct oidc_flow flow, opened;
    const char *why;
};

static int make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    arena_init(&p->arena, 1 << 20);
    p->flow = (struct oidc_flow){.provider = STR("corp"),
                                 .origin = ORIGIN,
                                 .to = STR("/deep?x=\"1\"&y=%2f"),
                                 .begun_s = NOW};
    assert_true(oidc_flow_begin(&p->arena, &p->flow));
    *state = p;
    return 0;
}

static int finish(void **state) {
    struct place *p = *state;
    arena_fini(&p->arena);
    free(p);
    return 0;
}

static void put(struct place *p, struct str name, struct str value) {
    char *line = arena_printf(&p->arena, "a=b; %.*s=%.*s; c=d", STR_ARG(name), STR_ARG(value));
    assert_true(headers_add(&p->arena, &p->headers, STR("Cookie"), str_of(line)));
}

static void send_flow(struct place *p) {
    struct str value;
    assert_true(oidc_flow_seal(&p->arena, KEY, &p->flow, &value));
    put(p, oidc_flow_cookie(&p->arena, p->flow.state), value);
}

static bool opens(struct place *p, const unsigned char *key, struct str origin, int64_t now_s) {
    return oidc_flow_open(&p->arena, key, &p->headers, p->flow.state, origin, now_s, &p->opened,
                          &p->why);
}

static void a_flow_comes_back_as_it_went(void **state) {
    struct place *p = *state;
    send_flow(p);
    assert_true(opens(p, KEY, ORIGIN, NOW + 599));
    assert_true(str_eq(p->opened.to, p->flow.to));
    assert_true(str_eq(p->opened.nonce, p->flow.nonce));
    assert_true(str_eq(p->opened.verifier, p->flow.verifier));
    assert_true(str_eq(p->opened.provider, STR("corp")));
    assert_false(str_eq(p->flow.nonce, p->flow.state));
    assert_false(str_eq(p->flow.nonce, p->flow.verifier));
}

static void a_flow_is_for_its_host_its_time_and_its_gateway(void **state) {
    struct place *p = *state;
    send_flow(p);
    assert_false(opens(p, KEY, ORIGIN, NOW + 600));
    assert_string_equal(p->why, "came too late");
    assert_false(opens(p, KEY, ORIGIN, NOW - 61));
    assert_false(opens(p, KEY, STR("https://mail.example.com"), NOW));
    assert_string_equal(p->why, "belongs to a sign-in that began on another host");
    assert_false(opens(p, OTHER, ORIGIN, NOW));
    assert_string_equal(p->why, "came with a cookie that is not ours");
}

static void the_cookie_of_one_flow_does_not_serve_another(void **state) {
    struct place *p = *state;
    struct oidc_flow other = p->flow;
    struct str value;
    assert_true(oidc_flow_begin(&p->arena, &other));
    assert_true(oidc_flow_seal(&p->arena, KEY, &other, &value));
    put(p, oidc_flow_cookie(&p->arena, p->flow.state), value);
    assert_false(opens(p, KEY, ORIGIN, NOW));
    assert_string_equal(p->why, "belongs to another sign-in of this browser");
}

static void without_its_cookie_or_with_two_there_is_no_flow(void **state) {
    struct place *p = *state;
    assert_false(opens(p, KEY, ORIGIN, NOW));
    send_flow(p);
    send_flow(p);
    assert_false(opens(p, KEY, ORIGIN, NOW));
}

static void a_state_is_43_characters_of_base64url(void **state) {
    static const char *const NONE[] = {"",
                                       "x",
                                       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
                                       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                                       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA;",
                                       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
                                       "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\xc3\xa4"};
    struct place *p = *state;
    assert_true(oidc_flow_is_state(p->flow.state));
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++)
        assert_false(oidc_flow_is_state(str_of(NONE[i])));
}

static void an_address_that_no_cookie_has_room_for_is_told(void **state) {
    struct place *p = *state;
    static char path[4000];
    struct str value;
    memset(path, 'x', sizeof path);
    p->flow.to = str_n(path, sizeof path);
    assert_false(oidc_flow_seal(&p->arena, KEY, &p->flow, &value));
    p->flow.to = str_n(path, 2048);
    assert_true(oidc_flow_seal(&p->arena, KEY, &p->flow, &value));
    assert_true(value.n <= OIDC_FLOW_VALUE_MAX);
}

/* A flow begun then; its cookie's name. */
static struct str send_another(struct place *p, int64_t begun_s) {
    assert_true(oidc_flow_begin(&p->arena, &p->flow));
    p->flow.begun_s = begun_s;
    send_flow(p);
    return oidc_flow_cookie(&p->arena, p->flow.state);
}

static void one_more_flow_ends_the_oldest_and_what_is_none_of_ours(void **state) {
    struct place *p = *state;
    struct str names[OIDC_FLOWS_SEEN], other = STR(OIDC_FLOW_COOKIE "AAAAAAAAAAAAAAAA");
    put(p, STR("__Host-kerbgate"), STR("x"));
    put(p, STR("__Host-kerbgate-form"), STR("x"));
    put(p, STR("__Host-kerbgate-flow-short"), STR("x"));
    put(p, STR("__Host-kerbgate-flow-AAAAAAAAAAAAAA\r\n"), STR("x"));
    send_another(p, NOW + 5);
    struct str oldest = send_another(p, NOW), second = send_another(p, NOW);
    assert_int_equal(oidc_flow_surplus(&p->arena, KEY, &p->headers, names), 0);
    send_another(p, NOW + 1);
    assert_int_equal(oidc_flow_surplus(&p->arena, KEY, &p->headers, names), 1);
    assert_true(str_eq(names[0], oldest));
    put(p, other, STR("x"));
    assert_int_equal(oidc_flow_surplus(&p->arena, KEY, &p->headers, names), 2);
    assert_true(str_eq(names[0], oldest) && str_eq(names[1], other));
    send_another(p, NOW + 2);
    assert_int_equal(oidc_flow_surplus(&p->arena, KEY, &p->headers, names), 3);
    assert_true(str_eq(names[0], second) && str_eq(names[1], oldest));
    for (int i = 0; i < 2 * OIDC_FLOWS_SEEN; i++)
        put(p, other, STR("x"));
    assert_int_equal(oidc_flow_surplus(&p->arena, KEY, &p->headers, names),
                     OIDC_FLOWS_SEEN - OIDC_FLOWS_MAX + 1);
}

/* RFC 7636 B */
static void the_challenge_is_that_of_the_rfc(void **state) {
    struct place *p = *state;
    p->flow.verifier = STR("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    assert_true(str_eq(oidc_flow_challenge(&p->arena, &p->flow),
                       STR("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM")));
}

static void the_request_says_all_that_is_wished_for_and_nothing_twice(void **state) {
    struct place *p = *state;
    char *scopes[] = {(char *)"openid", (char *)"e mail"}, *acr[] = {(char *)"a", (char *)"b&c=d"},
         *more[] = {(char *)"x=1&state=evil", (char *)"y="};
    struct config_oidc c = {.client_id = (char *)"kerb&gate", .scopes = scopes, .scope_count = 2};
    p->flow.state = STR("S");
    p->flow.nonce = STR("N");
    p->flow.verifier = STR("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    static const struct str PLAIN = STR(
        "https://idp/"
        "a?t=1&response_type=code&response_mode=query&client_id=kerb%26gate&redirect_uri="
        "https%3A%2F%2Fhr.example.com%2F.kerbgate%2Fcallback&scope=openid%20e%20mail&state=S&nonce="
        "N"
        "&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256");
    assert_true(str_eq(oidc_authorize_url(&p->arena, &c, "https://idp/a?t=1", &p->flow), PLAIN));
    c.acr_values = acr;
    c.acr_value_count = 2;
    c.max_age_s = 300;
    c.prompt = PROMPT_LOGIN;
    c.parameters = more;
    c.parameter_count = 2;
    struct str url = oidc_authorize_url(&p->arena, &c, "https://idp/a?t=1", &p->flow);
    assert_true(
        str_eq(str_from(url, PLAIN.n), STR("&acr_values=a%20b%26c%3Dd&max_age=300&prompt=login"
                                           "&x=1%26state%3Devil&y=")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_flow_comes_back_as_it_went, make, finish),
        cmocka_unit_test_setup_teardown(a_flow_is_for_its_host_its_time_and_its_gateway, make,
                                        finish),
        cmocka_unit_test_setup_teardown(the_cookie_of_one_flow_does_not_serve_another, make,
                                        finish),
        cmocka_unit_test_setup_teardown(without_its_cookie_or_with_two_there_is_no_flow, make,
                                        finish),
        cmocka_unit_test_setup_teardown(a_state_is_43_characters_of_base64url, make, finish),
        cmocka_unit_test_setup_teardown(an_address_that_no_cookie_has_room_for_is_told, make,
                                        finish),
        cmocka_unit_test_setup_teardown(one_more_flow_ends_the_oldest_and_what_is_none_of_ours,
                                        make, finish),
        cmocka_unit_test_setup_teardown(the_challenge_is_that_of_the_rfc, make, finish),
        cmocka_unit_test_setup_teardown(the_request_says_all_that_is_wished_for_and_nothing_twice,
                                        make, finish),
    };
    return cmocka_run_group_tests_name("preauth/oidc_flow", tests, NULL, NULL);
}
