/* SPDX-License-Identifier: Apache-2.0 */
#include "config/testing.h"

#include "gateway/forward.h"
#include "http/h1.h"

#include <stdio.h>
#include <stdlib.h>

#define APPS                                                                                       \
    BASE "- {name: under, external_url: \"https://apps.example.com/under/\", "                     \
         "internal_url: \"http://in.corp:8080/app/\", pre_authentication: staff}\n"                \
         "- {name: open, external_url: \"https://open.example.com:8443/\", "                       \
         "internal_url: \"http://open.corp/\", pre_authentication: passthrough}\n"                 \
         "- {name: told, external_url: \"https://told.example.com/\", "                            \
         "internal_url: \"http://told.corp/\", pre_authentication: staff, sso: {mode: headers, "   \
         "headers: [{name: X-User, claim: c}, {name: SM_USER, claim: d}]}}\n"
#define OURS "X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: "

struct place {
    struct config *config;
    struct arena arena;
    struct buf written;
    struct message in;
};

static int place_make(void **state) {
    struct place *p = calloc(1, sizeof *p);
    p->config = parse_fine(APPS);
    arena_init(&p->arena, 1 << 20);
    buf_init(&p->written, 1 << 20);
    *state = p;
    return 0;
}

static int place_remove(void **state) {
    struct place *p = *state;
    config_free(p->config);
    arena_fini(&p->arena);
    buf_fini(&p->written);
    free(p);
    return 0;
}

/* What goes over the wire for a request as it came over the wire. */
static const char *forwarded(struct place *p, const struct config_app *app, const char *request) {
    struct h1_parser *parser = h1_new(H1_REQUEST, (struct h1_limits){65536, 100});
    struct target target;
    struct message out;
    struct err e;
    size_t used;
    buf_clear(&p->written);
    if (h1_head(parser, str_of(request), &p->arena, &p->in, &used, &e) != H1_READY)
        fail_msg("%s: %s", request, e.detail);
    assert_true(target_parse(&p->arena, p->in.target, &target, &e));
    struct forward f = {.config = p->config,
                        .app = app,
                        .message = &p->in,
                        .target = &target,
                        .peer = "203.0.113.7",
                        .websocket_key = STR("a key of ours")};
    assert_true(forward_message(&p->arena, &f, &out));
    h1_write_request(&p->written, &out);
    assert_false(p->written.failed);
    buf_add_byte(&p->written, 0);
    h1_free(parser);
    return buf_str(&p->written).p;
}

static const struct config_app *hr(const struct place *p) { return &p->config->apps[0]; }
static const struct config_app *under(const struct place *p) { return &p->config->apps[1]; }
static const struct config_app *opened(const struct place *p) { return &p->config->apps[2]; }

static void a_request_is_made_anew(void **state) {
    struct place *p = *state;
    assert_string_equal(forwarded(p, hr(p),
                                  "GET /a/../b%61?x=1&y HTTP/1.1\r\nhost:   HR.example.com:443\r\n"
                                  "Accept:  text/html \r\nconnection: keep-alive\r\n\r\n"),
                        "GET /ba?x=1&y HTTP/1.1\r\nHost: hr.corp\r\nAccept: text/html\r\n" OURS
                        "hr.example.com\r\n\r\n");
}

struct target_row {
    const char *target, *expected;
};

static const struct target_row TARGETS[] = {
    {"/under/", "/app/"},
    {"/under/x?y=/under/", "/app/x?y=/under/"},
    {"/under//x", "/app//x"},
    {"/under/a/%2e%2e/b", "/app/b"},
    {"/under/a%2Fb", "/app/a%2Fb"},
    {"https://apps.example.com/under/x", "/app/x"},
    {"HTTPS://other.example/under/x", "/app/x"},
    {"/under/%E2%82%AC?%zz", "/app/%E2%82%AC?%zz"},
};

static void below_the_external_path_is_below_the_internal_one(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < sizeof TARGETS / sizeof *TARGETS; i++) {
        char request[256], expected[256];
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: apps.example.com\r\n\r\n",
                 TARGETS[i].target);
        snprintf(expected, sizeof expected,
                 "GET %s HTTP/1.1\r\nHost: in.corp:8080\r\n" OURS "apps.example.com\r\n\r\n",
                 TARGETS[i].expected);
        assert_string_equal(forwarded(p, under(p), request), expected);
    }
}

/* Lines by which a client would speak for identity, path, framing or the next hop. None of them
 * goes on, whatever else does. */
static const char *const HOSTILE[] = {
    "Authorization: Negotiate YII=",
    "authorization: Basic YTpi",
    "Proxy-Authorization: Basic YTpi",
    "Proxy_Authorization: Basic YTpi",
    "Forwarded: for=127.0.0.1;host=evil",
    "X-Forwarded-For: 127.0.0.1",
    "x-forwarded-for: 127.0.0.1",
    "X_Forwarded_For: 127.0.0.1",
    "X.Forwarded.For: 127.0.0.1",
    "X-Forwarded_For: 127.0.0.1",
    "X-Forwarded-Host: evil",
    "X-Forwarded-Proto: http",
    "X-Forwarded-Port: 80",
    "X-Forwarded-Prefix: /admin",
    "X-Forwarded-Server: evil",
    "X-Forwarded-User: administrator",
    "X-Forwarded-: x",
    "X_Forwarded_User: administrator",
    "X-Real-IP: 127.0.0.1",
    "X_Real_IP: 127.0.0.1",
    "kerbgate-user: administrator",
    "Kerbgate-User: administrator",
    "KERBGATE_USER: administrator",
    "Kerbgate.User: administrator",
    "Remote-User: administrator",
    "Remote_User: administrator",
    "X-Remote-User: administrator",
    "X-Original-URL: /admin",
    "X_Original_URL: /admin",
    "X-Original-Host: evil",
    "X-Rewrite-URL: /admin",
    "X.Rewrite.URL: /admin",
    "Proxy: http://evil/",
    "Content_Length: 5",
    "Content.Length: 5",
    "Transfer_Encoding: chunked",
    "Transfer.Encoding: chunked",
    "Connection: close, X-Extra\r\nX-Extra: 1",
    "Connection: x-extra\r\nConnection: keep-alive\r\nX-Extra: 1",
    "Connection: Cookie\r\nCookie: a=b",
    "Keep-Alive: timeout=1",
    "Proxy-Connection: keep-alive",
    "TE: trailers",
    "Trailer: X-Last",
    "Upgrade: websocket",
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk",
    "Expect: 100-continue",
    "Expect: x",
    "Cookie: __Host-kerbgate=TOKEN",
    "Cookie: __host-KERBGATE=TOKEN",
    "Cookie: __Host-kerbgate-form=TOKEN",
    "Cookie:   __Host-kerbgate=TOKEN ; __Host-kerbgate=TOKEN;",
    "cookie: __Host-kerbgate=\"TOKEN\"",
};

static void nothing_a_client_sends_speaks_for_identity_or_path(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < sizeof HOSTILE / sizeof *HOSTILE; i++) {
        char request[512];
        snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: hr.example.com\r\n%s\r\n\r\n",
                 HOSTILE[i]);
        const char *written = forwarded(p, hr(p), request);
        if (strcmp(written, "GET / HTTP/1.1\r\nHost: hr.corp\r\n" OURS "hr.example.com\r\n\r\n") !=
            0)
            fail_msg("%s\n%s", HOSTILE[i], written);
    }
}

static const char *const ABOUT_PEOPLE[] = {
    "X-User: admin",
    "x-user: admin",
    "X_User: admin",
    "X.User: admin",
    "X-USER:",
    "X~User: admin",
    "Sm-User: admin",
    "sm_user: admin",
    "X-User: a\r\nX_User: b\r\nX-User: c",
    "Connection: X-User\r\nX-User: admin",
};

/* Invariant 6. To the apps that are told nothing by it, too: one back end may be behind several. */
static void no_client_tells_any_app_who_somebody_is(void **state) {
    struct place *p = *state;
    static const char *const HOSTS[] = {"hr.example.com", "told.example.com",
                                        "open.example.com:8443"};
    const struct config_app *apps[] = {hr(p), &p->config->apps[3], opened(p)};
    for (size_t i = 0; i < sizeof ABOUT_PEOPLE / sizeof *ABOUT_PEOPLE; i++) {
        for (size_t k = 0; k < sizeof apps / sizeof *apps; k++) {
            char request[512], expected[512];
            snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n", HOSTS[k],
                     ABOUT_PEOPLE[i]);
            snprintf(expected, sizeof expected,
                     "GET / HTTP/1.1\r\nHost: %.*s\r\n" OURS "%s\r\n\r\n",
                     STR_ARG(apps[k]->internal.authority), HOSTS[k]);
            assert_string_equal(forwarded(p, apps[k], request), expected);
        }
    }
}

static const char *const FINE[] = {
    "Accept-Language: de",
    "Cookie: a=b; __Host-other=c",
    "Origin: https://hr.example.com",
    "If-None-Match: \"x\"",
    "X-Requested-With: XMLHttpRequest",
    "Range: bytes=0-1",
    "X-Forwardedly: x",
    "Authorizations: x",
    "X-Kerbgate-User: x",
    "X-Users: x",
    "XUser: x",
    "User-Agent: curl/8",
};

static void everything_else_goes_on(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < sizeof FINE / sizeof *FINE; i++) {
        char request[512], expected[512];
        snprintf(request, sizeof request, "GET / HTTP/1.1\r\nHost: hr.example.com\r\n%s\r\n\r\n",
                 FINE[i]);
        snprintf(expected, sizeof expected,
                 "GET / HTTP/1.1\r\nHost: hr.corp\r\n%s\r\n" OURS "hr.example.com\r\n\r\n",
                 FINE[i]);
        assert_string_equal(forwarded(p, hr(p), request), expected);
    }
}

static void our_cookies_are_taken_out_of_the_others(void **state) {
    struct place *p = *state;
    const char *written = forwarded(p, hr(p),
                                    "GET / HTTP/1.1\r\nHost: hr.example.com\r\n"
                                    "Cookie: a=b; __Host-kerbgate=TOKEN; c=d\r\n"
                                    "Cookie: __Host-kerbgate-form=TOKEN; e=f\r\n\r\n");
    assert_null(strstr(written, "TOKEN"));
    assert_non_null(strstr(written, "a=b"));
    assert_non_null(strstr(written, "c=d"));
    assert_non_null(strstr(written, "e=f"));
}

/* RFC 9110 7.6.2: a MUST for OPTIONS alone. */
static void options_come_one_step_further(void **state) {
    static const struct {
        const char *said, *goes_on;
    } ROWS[] = {
        {"OPTIONS / HTTP/1.1\r\nmax-forwards: 10\r\n", "max-forwards: 9\r\n"},
        {"OPTIONS / HTTP/1.1\r\nMax-Forwards: 1\r\n", "Max-Forwards: 0\r\n"},
        {"OPTIONS / HTTP/1.1\r\nMax-Forwards: 9223372036854775807\r\n",
         "Max-Forwards: 9223372036854775806\r\n"},
        {"OPTIONS / HTTP/1.1\r\n", ""},
        {"GET / HTTP/1.1\r\nMax-Forwards: 10\r\n", "Max-Forwards: 10\r\n"},
        {"GET / HTTP/1.1\r\nMax-Forwards: x\r\n", "Max-Forwards: x\r\n"},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char request[256], expected[128];
        snprintf(request, sizeof request, "%sHost: apps.example.com\r\n\r\n", ROWS[i].said);
        snprintf(expected, sizeof expected, "Host: in.corp:8080\r\n%sX-Forwarded-For",
                 ROWS[i].goes_on);
        if (!strstr(forwarded(p, &p->config->apps[1], request), expected))
            fail_msg("%s: %s", request, forwarded(p, &p->config->apps[1], request));
    }
}

static void an_app_that_is_passed_through_gets_its_own_authorization(void **state) {
    struct place *p = *state;
    assert_string_equal(
        forwarded(p, opened(p),
                  "GET / HTTP/1.1\r\nHost: open.example.com:8443\r\n"
                  "Authorization: Negotiate YII=\r\nX-Forwarded-User: root\r\n"
                  "Proxy-Authorization: x\r\nCookie: __Host-kerbgate=T\r\n\r\n"),
        "GET / HTTP/1.1\r\nHost: open.corp\r\nAuthorization: Negotiate YII=\r\n" OURS
        "open.example.com:8443\r\n\r\n");
}

static void a_body_is_framed_anew(void **state) {
    struct place *p = *state;
    static const struct {
        const char *sent, *expected;
    } ROWS[] = {
        {"Content-Length: 007\r\n", "Content-Length: 7\r\n"},
        {"transfer-encoding: Chunked\r\n", "Transfer-Encoding: chunked\r\n"},
        {"Content-Length: 0\r\n", "Content-Length: 0\r\n"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char request[256], expected[256];
        snprintf(request, sizeof request, "POST / HTTP/1.1\r\nHost: hr.example.com\r\n%s\r\n",
                 ROWS[i].sent);
        snprintf(expected, sizeof expected,
                 "POST / HTTP/1.1\r\n%sHost: hr.corp\r\n" OURS "hr.example.com\r\n\r\n",
                 ROWS[i].expected);
        assert_string_equal(forwarded(p, hr(p), request), expected);
    }
}

static void an_old_client_is_spoken_for_in_the_new_version(void **state) {
    struct place *p = *state;
    assert_string_equal(forwarded(p, hr(p), "GET / HTTP/1.0\r\nHost: hr.example.com\r\n\r\n"),
                        "GET / HTTP/1.1\r\nHost: hr.corp\r\n" OURS "hr.example.com\r\n\r\n");
}

static void a_full_arena_is_told(void **state) {
    struct place *p = *state;
    struct target target = {.path = STR("/x"), .query = STR("?y")};
    for (size_t limit = 0; limit < 600; limit += 7) {
        struct arena a;
        struct message out;
        struct forward f = {
            .config = p->config, .app = hr(p), .message = &p->in, .target = &target, .peer = "::1"};
        arena_init(&a, limit);
        if (forward_message(&a, &f, &out))
            assert_int_equal(out.headers.count, 4);
        arena_fini(&a);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_request_is_made_anew),
        TEST(below_the_external_path_is_below_the_internal_one),
        TEST(nothing_a_client_sends_speaks_for_identity_or_path),
        TEST(no_client_tells_any_app_who_somebody_is),
        TEST(everything_else_goes_on),
        TEST(our_cookies_are_taken_out_of_the_others),
        TEST(options_come_one_step_further),
        TEST(an_app_that_is_passed_through_gets_its_own_authorization),
        TEST(a_body_is_framed_anew),
        TEST(an_old_client_is_spoken_for_in_the_new_version),
        TEST(a_full_arena_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
