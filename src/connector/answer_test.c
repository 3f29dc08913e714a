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

static void locations_below_the_internal_url_become_external(void **state) {
    static const struct {
        const char *external, *internal, *location, *expected; /* NULL: stays */
    } ROWS[] = {
#define HOST "https://hr.example.com/", "http://hr.corp.example/"
        {HOST, "http://hr.corp.example/a?b#c", "https://hr.example.com/a?b#c"},
        {HOST, "http://hr.corp.example", "https://hr.example.com/"},
        {HOST, "http://hr.corp.example?q", "https://hr.example.com/?q"},
        {HOST, "http://hr.corp.example:80/a", "https://hr.example.com/a"},
        {HOST, "HTTP://HR.Corp.Example/A", "https://hr.example.com/A"},
        {HOST, "//hr.corp.example/a", "https://hr.example.com/a"},
        {HOST, "/a", "https://hr.example.com/a"},
        {HOST, "/", "https://hr.example.com/"},
        {HOST, "/..//evil.example/", "https://hr.example.com/..//evil.example/"},
        {HOST, "http://hr.corp.example:8080/a", NULL},
        {HOST, "http://hr.corp.example.evil.example/", NULL},
        {HOST, "http://hr.corp.example@evil.example/", NULL},
        {HOST, "http://user@hr.corp.example/", NULL},
        {HOST, "http://hr.corp.example:80:80/", NULL},
        {HOST, "https://hr.corp.example/a", NULL},
        {HOST, "http://other.corp.example/", NULL},
        {HOST, "a/b", NULL},
        {HOST, "?a", NULL},
        {HOST, "", NULL},
        {HOST, "javascript:alert(1)", NULL},
#undef HOST
#define FOLDER "https://apps.example.com/hr/", "https://in.corp:8443/app/"
        {FOLDER, "https://in.corp:8443/app/a", "https://apps.example.com/hr/a"},
        {FOLDER, "https://in.corp:8443/app", "https://apps.example.com/hr/"},
        {FOLDER, "/app?x", "https://apps.example.com/hr/?x"},
        {FOLDER, "/app/", "https://apps.example.com/hr/"},
        {FOLDER, "//IN.corp:8443/app/b", "https://apps.example.com/hr/b"},
        {FOLDER, "https://in.corp/app/a", NULL},
        {FOLDER, "/apple", NULL},
        {FOLDER, "/", NULL},
        {FOLDER, "https://in.corp:8443/", NULL},
#undef FOLDER
        {"https://v6.example.com/", "http://[::1]:8080/", "http://[0:0::1]:8080/x",
         "https://v6.example.com/x"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct place p;
        start(&p, 302);
        set_urls(&p, ROWS[i].external, ROWS[i].internal);
        struct str is = answer_location(&p.arena, &p.app, str_of(ROWS[i].location));
        const char *expected = ROWS[i].expected ? ROWS[i].expected : ROWS[i].location;
        if (!str_eq(is, str_of(expected)))
            fail_msg("%s became %.*s", ROWS[i].location, STR_ARG(is));
        arena_fini(&p.arena);
    }
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

struct rewrite_row {
    const char *value, *outside;
};

static const struct rewrite_row REFRESHES[] = {
    {"5", "5"},
    {"5; url=/a", "5; url=https://hr.example.com/a"},
    {"0;URL='http://hr.corp.example/b'", "0;URL='https://hr.example.com/b'"},
    {"0; url=\"http://hr.corp.example/b\"", "0; url=\"https://hr.example.com/b\""},
    {"0; url=http://elsewhere.example/", "0; url=http://elsewhere.example/"},
    {"0; url=", "0; url="},
};

static const struct rewrite_row LINKS[] = {
    {"</a>; rel=preload", "<https://hr.example.com/a>; rel=preload"},
    {"<http://hr.corp.example/a>; rel=next, </b>; rel=\"</c>\"",
     "<https://hr.example.com/a>; rel=next, <https://hr.example.com/b>; rel=\"</c>\""},
    {"<a>; rel=prev", "<a>; rel=prev"},
    {"<https://elsewhere.example/>; rel=next", "<https://elsewhere.example/>; rel=next"},
    {"</a", "</a"},
    {"", ""},
    {"x; title=\"\\\"<\", </a>", "x; title=\"\\\"<\", <https://hr.example.com/a>"},
};

static void check_rewrites(const struct rewrite_row *rows, size_t count,
                           struct str (*rewrite)(struct arena *, const struct config_app *,
                                                 struct str)) {
    for (size_t i = 0; i < count; i++) {
        struct place p;
        start(&p, 200);
        struct str is = rewrite(&p.arena, &p.app, str_of(rows[i].value));
        if (!str_eq(is, str_of(rows[i].outside)))
            fail_msg("%s became %.*s", rows[i].value, STR_ARG(is));
        arena_fini(&p.arena);
    }
}

static void addresses_in_refresh_and_link_are_rewritten(void **state) {
    (void)state;
    check_rewrites(REFRESHES, sizeof REFRESHES / sizeof *REFRESHES, answer_refresh);
    check_rewrites(LINKS, sizeof LINKS / sizeof *LINKS, answer_link);
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
    assert_null(answer_location(&p.arena, &p.app, STR("/a")).p);
    arena_fini(&p.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(locations_below_the_internal_url_become_external),
        cmocka_unit_test(location_and_content_location_are_rewritten_on_the_way_out),
        cmocka_unit_test(addresses_in_refresh_and_link_are_rewritten),
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
