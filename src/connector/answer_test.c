/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "connector/answer.h"

struct place {
    struct arena arena;
    struct config_app app;
    struct message in, out;
};

static void set_urls(struct place *p, const char *external, const char *internal) {
    const char *why;
    assert_true(url_parse(&p->arena, str_of(external), &p->app.external, &why));
    assert_true(url_parse(&p->arena, str_of(internal), &p->app.internal, &why));
}

static void start(struct place *p, int status) {
    *p = (struct place){.app.translates_headers = true,
                        .in = {.status = status, .minor = 1, .body = BODY_LENGTH, .length = 7}};
    arena_init(&p->arena, 64 * 1024);
    set_urls(p, "https://hr.example.com/", "http://hr.corp.example/");
}

static void add(struct place *p, const char *name, const char *value) {
    assert_true(headers_add(&p->arena, &p->in.headers, str_of(name), str_of(value)));
}

/* Whether an answer with this one header still has it outside. */
static bool passes(int status, bool had_ticket, const char *name, const char *value) {
    struct place p;
    start(&p, status);
    add(&p, name, value);
    assert_true(answer_outward(&p.arena, &p.app, had_ticket, &p.in, &p.out));
    bool is_there = p.out.headers.count == 1;
    if (is_there && !str_eq_ci(str_of(name), STR("Set-Cookie"))) /* that one: set_cookie_test.c */
        assert_true(str_eq(p.out.headers.at[0].value, str_of(value)));
    arena_fini(&p.arena);
    return is_there;
}

static void location_and_content_location_are_rewritten_on_the_way_out(void **state) {
    struct place p;
    (void)state;
    start(&p, 201);
    add(&p, "location", "/a");
    add(&p, "CONTENT-LOCATION", "http://hr.corp.example/b");
    add(&p, "Link", "/c");
    assert_true(answer_outward(&p.arena, &p.app, false, &p.in, &p.out));
    assert_int_equal(p.out.headers.count, 3);
    assert_true(str_eq(p.out.headers.at[0].value, STR("https://hr.example.com/a")));
    assert_true(str_eq(p.out.headers.at[1].value, STR("https://hr.example.com/b")));
    assert_true(str_eq(p.out.headers.at[2].value, STR("/c"))); /* no address: RFC 8288 3 */
    arena_fini(&p.arena);
}

static void nothing_is_rewritten_where_that_is_switched_off(void **state) {
    struct place p;
    (void)state;
    start(&p, 201);
    p.app.translates_headers = false;
    add(&p, "Location", "http://hr.corp.example/a");
    assert_true(answer_outward(&p.arena, &p.app, false, &p.in, &p.out));
    assert_true(str_eq(p.out.headers.at[0].value, STR("http://hr.corp.example/a")));
    arena_fini(&p.arena);
}

static void our_cookies_cannot_be_set_from_inside(void **state) {
    static const struct {
        const char *value;
        bool passes;
    } ROWS[] = {
        {"__Host-kerbgate=x; Path=/; Secure", false},
        {"__Host-kerbgate-login=x", false},
        {"__host-KERBGATE=x", false},
        {"  \t__Host-kerbgate=x", false},
        {"__Host-kerbgate", false},
        {"=__Host-kerbgate=x", false},
        {" = \t=__Host-kerbgate=x", false},
        {"__Host-other=x", true},
        {"a=__Host-kerbgate=x", true},
        {"", true},
        {"=", true},
        {"ASP.NET_SessionId=abc; path=/; HttpOnly", true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (passes(200, true, "set-COOKIE", ROWS[i].value) != ROWS[i].passes)
            fail_msg("%s", ROWS[i].value);
}

static void headers_of_the_connection_end_here(void **state) {
    static const char *const NAMES[] = {
        "Connection",         "Keep-Alive", "Transfer-Encoding", "Proxy-Connection",
        "Proxy-Authenticate", "Upgrade",    "Trailer",           "keep-alive"};
    struct place p;
    (void)state;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (passes(200, false, NAMES[i], "x"))
            fail_msg("%s", NAMES[i]);
    start(&p, 200);
    add(&p, "Connection", "close, X-Hop");
    add(&p, "x-hop", "1");
    add(&p, "X-End", "2");
    assert_true(answer_outward(&p.arena, &p.app, false, &p.in, &p.out));
    assert_int_equal(p.out.headers.count, 1);
    assert_true(str_eq(p.out.headers.at[0].name, STR("X-End")));
    arena_fini(&p.arena);
}

static void the_proof_of_mutual_authentication_stays_inside(void **state) {
    (void)state;
    assert_false(passes(200, true, "WWW-Authenticate", "Negotiate oRQwEqADCgEA"));
    assert_false(passes(200, true, "www-authenticate", "Basic realm=x, negotiate oRQwEqADCgEA"));
    assert_true(passes(401, true, "WWW-Authenticate", "Basic realm=x"));
    assert_true(passes(401, true, "WWW-Authenticate", "Negotiator"));
    assert_true(passes(401, false, "WWW-Authenticate", "Negotiate"));
    assert_true(passes(401, false, "WWW-Authenticate", "NTLM"));
}

static void status_and_body_are_copied(void **state) {
    struct place p;
    (void)state;
    start(&p, 206);
    assert_true(answer_outward(&p.arena, &p.app, false, &p.in, &p.out));
    assert_int_equal(p.out.status, 206);
    assert_true(p.out.body == BODY_LENGTH && p.out.length == 7 && p.out.minor == 1);
    arena_fini(&p.arena);
}

static void a_401_that_asks_for_a_ticket_is_told_from_others(void **state) {
    static const struct {
        int status;
        const char *value, *scheme; /* NULL: none */
    } ROWS[] = {
        {401, "Negotiate", "Negotiate"},
        {401, "negotiate oRQwEqADCgEC", "Negotiate"},
        {401, "NTLM", "NTLM"},
        {401, "Basic realm=\"x\", NTLM", "NTLM"},
        {401, "Kerberos ", "Kerberos"},
        {401, "Basic realm=\"x\"", NULL},
        {401, "NegotiateX", NULL},
        {401, "Bearer error=Negotiate", NULL},
        {401, "", NULL},
        {200, "Negotiate oRQwEqADCgEA", NULL},
        {407, "Negotiate", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct place p;
        start(&p, ROWS[i].status);
        add(&p, "X-Other", "Negotiate");
        add(&p, "WWW-Authenticate", "Digest realm=\"y\"");
        add(&p, "www-authenticate", ROWS[i].value);
        struct str scheme = answer_ticket_scheme(&p.in);
        if ((scheme.p != NULL) != (ROWS[i].scheme != NULL) ||
            !str_eq(scheme, str_of(ROWS[i].scheme)))
            fail_msg("%d %s", ROWS[i].status, ROWS[i].value);
        arena_fini(&p.arena);
    }
}

static void a_full_arena_is_said(void **state) {
    struct place p;
    (void)state;
    start(&p, 200);
    for (int i = 0; i < 40; i++)
        add(&p, "X", "y");
    p.arena.limit = p.arena.used;
    assert_false(answer_outward(&p.arena, &p.app, false, &p.in, &p.out));
    arena_fini(&p.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(location_and_content_location_are_rewritten_on_the_way_out),
        cmocka_unit_test(nothing_is_rewritten_where_that_is_switched_off),
        cmocka_unit_test(our_cookies_cannot_be_set_from_inside),
        cmocka_unit_test(headers_of_the_connection_end_here),
        cmocka_unit_test(the_proof_of_mutual_authentication_stays_inside),
        cmocka_unit_test(status_and_body_are_copied),
        cmocka_unit_test(a_401_that_asks_for_a_ticket_is_told_from_others),
        cmocka_unit_test(a_full_arena_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
