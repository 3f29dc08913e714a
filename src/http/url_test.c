/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/url.h"

#define X16 "abcdefghijklmnop"
#define X63 X16 X16 X16 "abcdefghijklmno"

static void check_str(const char *what, struct str s, const char *expected) {
    if (!s.p || !str_eq(s, str_of(expected)))
        fail_msg("%s: '%.*s' instead of '%s'", what, STR_ARG(s), expected);
}

static void a_url_is_brought_into_one_form(void **state) {
    (void)state;
    static const struct {
        const char *text, *origin, *authority, *host, *path;
        uint16_t port;
    } ROWS[] = {
        {"https://hr.example.com/", "https://hr.example.com", "hr.example.com", "hr.example.com",
         "/", 443},
        {"http://hr/", "http://hr", "hr", "hr", "/", 80},
        {"https://www.example.com", "https://www.example.com", "www.example.com", "www.example.com",
         "/", 443},
        {"HTTPS://HR.Example.COM/", "https://hr.example.com", "hr.example.com", "hr.example.com",
         "/", 443},
        {"https://hr:443/", "https://hr", "hr", "hr", "/", 443},
        {"http://hr:80/", "http://hr", "hr", "hr", "/", 80},
        {"http://hr:443/", "http://hr:443", "hr:443", "hr", "/", 443},
        {"https://hr:00443/", "https://hr", "hr", "hr", "/", 443},
        {"https://hr:8443/a/", "https://hr:8443", "hr:8443", "hr", "/a/", 8443},
        {"https://hr:65535/", "https://hr:65535", "hr:65535", "hr", "/", 65535},
        {"http://10.0.0.1:1/", "http://10.0.0.1:1", "10.0.0.1:1", "10.0.0.1", "/", 1},
        {"http://[2001:DB8:0:0::1]/", "http://[2001:db8::1]", "[2001:db8::1]", "2001:db8::1", "/",
         80},
        {"http://[::1]:8080/", "http://[::1]:8080", "[::1]:8080", "::1", "/", 8080},
        {"http://old_server/", "http://old_server", "old_server", "old_server", "/", 80},
        {"http://4you.example/", "http://4you.example", "4you.example", "4you.example", "/", 80},
        {"http://" X63 "/", "http://" X63, X63, X63, "/", 80},
        {"https://a/x/../%7eb/%c3%bc|/", "https://a", "a", "a", "/~b/%C3%BC%7C/", 443},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct arena a;
        struct url u;
        const char *why;
        arena_init(&a, 4096);
        if (!url_parse(&a, str_of(ROWS[i].text), &u, &why))
            fail_msg("%s %s", ROWS[i].text, why);
        check_str(ROWS[i].text, u.origin, ROWS[i].origin);
        check_str(ROWS[i].text, u.authority, ROWS[i].authority);
        check_str(ROWS[i].text, u.host, ROWS[i].host);
        check_str(ROWS[i].text, u.path, ROWS[i].path);
        check_str(ROWS[i].text, u.scheme, ROWS[i].text[4] == ':' ? "http" : "https");
        assert_int_equal(u.port, ROWS[i].port);
        arena_fini(&a);
    }
}

static void what_is_no_url_is_refused_with_the_reason(void **state) {
    (void)state;
#define SCHEME "does not begin with http:// or https://"
#define PORT "has a port that is not one of 1 to 65535"
#define HOST "has a host that is not a host name"
#define BRACKETS "has brackets without an IPv6 address"
    static const struct {
        const char *text, *why;
    } ROWS[] = {
        {"", SCHEME},
        {"hr.example.com", SCHEME},
        {"//hr/", SCHEME},
        {"ftp://hr/", SCHEME},
        {"http:/hr/", SCHEME},
        {" http://hr/", SCHEME},
        {"http://", "has no host"},
        {"http:///x", "has no host"},
        {"http://:80/", "has no host"},
        {"http://hr:hunter2@hr/", "has a user"},
        {"http://@hr/", "has a user"},
        {"http://hr:/", PORT},
        {"http://hr:0/", PORT},
        {"http://hr:65536/", PORT},
        {"http://hr:000443/", PORT},
        {"http://hr:+80/", PORT},
        {"http://hr:80:80/", PORT},
        {"http://::1/", "has a port that is not one of 1 to 65535"},
        {"http://hr./", HOST},
        {"http://hr.:80/", HOST},
        {"http://[::1]:/", PORT},
        {"http://hr..corp/", HOST},
        {"http://.corp/", HOST},
        {"http://-hr/", HOST},
        {"http://hr-.corp/", HOST},
        {"http://*.corp/", HOST},
        {"http://h r/", HOST},
        {"http://h%72/", HOST},
        {"http://h\xc3\xbc/", HOST},
        {"http://hr\\@evil/", "has a user"},
        {"http://hr\\evil/", HOST},
        {"http://" X63 "x/", HOST},
        {"http://" X63 "." X63 "." X63 "." X63 "/", HOST},
        {"http://127.1/", HOST},
        {"http://2130706433/", HOST},
        {"http://0x7f000001/", HOST},
        {"http://0X/", HOST},
        {"http://010.0.0.1/", HOST},
        {"http://1.2.3.4.5/", HOST},
        {"http://corp.7/", HOST},
        {"http://[::1/", BRACKETS},
        {"http://[]/", BRACKETS},
        {"http://[1.2.3.4]/", BRACKETS},
        {"http://[fe80::1%25eth0]/", BRACKETS},
        {"http://[::1]x/", BRACKETS},
        {"http://[::1]x:80/", BRACKETS},
        {"http://hr/?a", "has a query"},
        {"http://hr?a#b", "has a query"},
        {"http://hr/#a?b", "has a fragment"},
        {"http://hr#a", "has a fragment"},
        {"http://hr/a\\b", "has a backslash"},
        {"http://hr/a b", "has a byte that must be percent-encoded"},
        {"http://hr/%zz", "has a bad percent encoding"},
        {"http://hr/../", "goes above the root"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct arena a;
        struct url u;
        const char *why;
        arena_init(&a, 4096);
        if (url_parse(&a, str_of(ROWS[i].text), &u, &why) || strcmp(why, ROWS[i].why) != 0)
            fail_msg("%s: %s", ROWS[i].text, why ? why : "accepted");
        assert_null(u.host.p);
        arena_fini(&a);
    }
}

static void a_url_has_a_longest_length(void **state) {
    (void)state;
    char text[2049];
    struct arena a;
    struct url u;
    const char *why;
    arena_init(&a, 1 << 16);
    memset(text, 'a', sizeof text);
    memcpy(text, "http://hr/", 10);
    assert_true(url_parse(&a, str_n(text, 2048), &u, &why));
    assert_false(url_parse(&a, str_n(text, 2049), &u, &why));
    assert_string_equal(why, "is longer than 2048 letters");
    arena_fini(&a);
}

static void a_full_arena_is_a_reason_and_not_a_crash(void **state) {
    (void)state;
    size_t limit = 0;
    for (bool is_read = false; !is_read; limit++) {
        struct arena a;
        struct url u;
        const char *why;
        arena_init(&a, limit);
        is_read = url_parse(&a, STR("http://[::1]:8080/a/"), &u, &why);
        if (!is_read)
            assert_string_equal(why, "needs more memory than there is");
        arena_fini(&a);
        assert_true(limit < 200);
    }
    assert_true(limit > 30);
}

static void an_authority_is_a_host_and_perhaps_a_port(void **state) {
    (void)state;
    static const struct {
        struct str text;
        const char *host; /* NULL: refused */
        uint16_t port;
    } ROWS[] = {
        {STR("hr.example.com"), "hr.example.com", 0},
        {STR("HR.Example.com:8443"), "hr.example.com", 8443},
        {STR("[2001:DB8::1]:443"), "2001:db8::1", 443},
        {STR("[::ffff:10.0.0.1]"), "::ffff:10.0.0.1", 0},
        {STR("10.0.0.1"), "10.0.0.1", 0},
        {STR("hr:"), "hr", 0},
        {STR("[::1]:"), "::1", 0},
        {STR("HR.example.com."), "hr.example.com", 0},
        {STR("hr.:443"), "hr", 443},
        {STR("hr.:"), "hr", 0},
        {STR("hr.."), NULL, 0},
        {STR("."), NULL, 0},
        {STR(".:443"), NULL, 0},
        {STR(":"), NULL, 0},
        {STR("hr::"), NULL, 0},
        {STR("10.0.0.1."), NULL, 0},
        {STR("[::1]."), NULL, 0},
        {STR_NONE, NULL, 0},
        {STR(""), NULL, 0},
        {STR(" hr"), NULL, 0},
        {STR("hr "), NULL, 0},
        {STR("hr\t"), NULL, 0},
        {STR("hr\0"), NULL, 0},
        {STR("10.0.0.1\0"), NULL, 0},
        {STR("[::1\0]"), NULL, 0},
        {STR("["), NULL, 0},
        {STR("]"), NULL, 0},
        {STR("[:"), NULL, 0},
        {STR("user@hr"), NULL, 0},
        {STR("hr, evil"), NULL, 0},
        {STR("hr/x"), NULL, 0},
        {STR("hr?x"), NULL, 0},
        {STR("hr#x"), NULL, 0},
        {STR("hr:443:443"), NULL, 0},
        {STR("hr:443\r"), NULL, 0},
        {STR("hr:-1"), NULL, 0},
        {STR("hr:99999"), NULL, 0},
        {STR("2001:db8::1"), NULL, 0},
        {STR("hr;x"), NULL, 0},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct arena a;
        struct str host = STR("unset");
        uint16_t port = 1;
        arena_init(&a, 4096);
        bool is_read = authority_parse(&a, ROWS[i].text, &host, &port);
        if (is_read != (ROWS[i].host != NULL) || !str_eq(host, str_of(ROWS[i].host)))
            fail_msg("'%.*s': '%.*s'", STR_ARG(ROWS[i].text), STR_ARG(host));
        assert_int_equal(port, ROWS[i].port);
        arena_fini(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_url_is_brought_into_one_form),
        cmocka_unit_test(what_is_no_url_is_refused_with_the_reason),
        cmocka_unit_test(a_url_has_a_longest_length),
        cmocka_unit_test(a_full_arena_is_a_reason_and_not_a_crash),
        cmocka_unit_test(an_authority_is_a_host_and_perhaps_a_port),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
