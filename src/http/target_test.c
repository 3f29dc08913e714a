/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "http/url.h"

struct accepted {
    const char *description, *text, *path, *query, *authority;
};

struct refused {
    const char *description;
    struct str text;
    const char *why;
};

static void check_str(const struct accepted *row, struct str s, const char *expected) {
    if (!s.p == !!expected || !str_eq(s, str_of(expected)))
        fail_msg("%s: %s: '%.*s' instead of '%s'", row->description, row->text, STR_ARG(s),
                 expected ? expected : "");
}

/* And once more, of what came out, which must stay as it is. */
static void check_accepted(const struct accepted *row) {
    struct arena a;
    struct target t, again;
    struct err e;
    arena_init(&a, 4096);
    if (!target_parse(&a, str_of(row->text), &t, &e))
        fail_msg("%s: %s: %s", row->description, row->text, e.detail);
    check_str(row, t.path, row->path);
    check_str(row, t.query, row->query ? row->query : "");
    check_str(row, t.authority, row->authority);
    assert_true(target_parse(&a, t.path, &again, &e));
    check_str(row, again.path, row->path);
    arena_fini(&a);
}

static void check_refused(const struct refused *row) {
    struct arena a;
    struct target t;
    struct err e;
    char detail[128];
    arena_init(&a, 4096);
    if (target_parse(&a, row->text, &t, &e))
        fail_msg("%s: %.*s: accepted as %.*s", row->description, STR_ARG(row->text),
                 STR_ARG(t.path));
    snprintf(detail, sizeof detail, "the request target %s", row->why);
    if (strcmp(e.detail, detail) != 0)
        fail_msg("%s: %.*s: %s", row->description, STR_ARG(row->text), e.detail);
    assert_int_equal(e.code, ERR_HTTP_BAD_REQUEST);
    assert_null(t.path.p);
    arena_fini(&a);
}

#define CHECK(rows, check)                                                                         \
    do {                                                                                           \
        for (size_t i = 0; i < sizeof(rows) / sizeof *(rows); i++)                                 \
            check(&(rows)[i]);                                                                     \
    } while (0)

static void a_target_is_taken_apart(void **state) {
    (void)state;
    static const struct accepted ROWS[] = {
        {"the root", "/", "/"},
        {"a path and a query", "/a/b?c=d", "/a/b", "?c=d"},
        {"an empty query", "/a?", "/a", "?"},
        {"two question marks", "/a?b?c", "/a", "?b?c"},
        {"a query stays as sent", "/?%zz%2e%2e/../\\[|]\"<>%41", "/", "?%zz%2e%2e/../\\[|]\"<>%41"},
        {"absolute", "http://hr.example.com/a?b", "/a", "?b", "hr.example.com"},
        {"absolute with TLS and port", "HTTPS://HR:8443/", "/", NULL, "HR:8443"},
        {"absolute without path", "http://hr", "/", NULL, "hr"},
        {"absolute with a query alone", "http://hr?a/b", "/", "?a/b", "hr"},
        {"absolute, IPv6", "https://[::1]:443/a/../b", "/b", NULL, "[::1]:443"},
        {"a URL in the path", "/http://evil/", "/http://evil/"},
    };
    CHECK(ROWS, check_accepted);
}

static void equal_paths_get_one_spelling(void **state) {
    (void)state;
    static const struct accepted ROWS[] = {
        {"unreserved bytes are decoded", "/%61%5A%30%2d%2E%5f%7e", "/aZ0-._~"},
        {"others are not", "/%21%24%26%27%28%29%2a%2b%2c%3b%3d%3a%40",
         "/%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40"},
        {"nor become encoded", "/!$&'()*+,;=:@", "/!$&'()*+,;=:@"},
        {"what no path has is encoded", "/\"<>[]^`{|}", "/%22%3C%3E%5B%5D%5E%60%7B%7C%7D"},
        {"digits in upper case", "/%c3%bc%e2%82%ac", "/%C3%BC%E2%82%AC"},
        {"an encoded question mark", "/a%3fb", "/a%3Fb"},
        {"an encoded blank", "/a%20b", "/a%20b"},
        {"an encoded fragment", "/a%23b", "/a%23b"},
        {"an encoded slash", "/a%2fb", "/a%2Fb"},
        {"an encoded backslash", "/a%5cb", "/a%5Cb"},
        {"an encoded percent sign", "/100%25", "/100%25"},
        {"twice encoded", "/%2541", "/%2541"},
        {"dots twice encoded", "/a/%252e%252e/b", "/a/%252e%252e/b"},
        {"a slash twice encoded", "/..%252f", "/..%252f"},
        {"overlong dots are only bytes", "/%c0%ae%c0%ae/", "/%C0%AE%C0%AE/"},
        {"an overlong slash too", "/..%c0%af", "/..%C0%AF"},
        {"a wide dot too", "/%ef%bc%8e%ef%bc%8e/", "/%EF%BC%8E%EF%BC%8E/"},
    };
    CHECK(ROWS, check_accepted);
}

static void dot_segments_are_removed(void **state) {
    (void)state;
    static const struct accepted ROWS[] = {
        {"one dot", "/a/./b", "/a/b"},
        {"one dot at the end", "/a/.", "/a/"},
        {"one dot alone", "/.", "/"},
        {"one dot and a slash", "/./", "/"},
        {"two dots", "/a/../b", "/b"},
        {"two dots at the end", "/a/b/..", "/a/"},
        {"back to the root", "/a/..", "/"},
        {"back to the root, with a slash", "/a/../", "/"},
        {"RFC 3986 5.2.4", "/a/b/c/./../../g", "/a/g"},
        {"encoded", "/a/%2e%2e/b", "/b"},
        {"half encoded", "/a/.%2E/b/%2e/", "/b/"},
        {"encoded at the end", "/a/b/%2e%2e", "/a/"},
        {"our own pages", "/x/../.kerbgate/sign-in", "/.kerbgate/sign-in"},
        {"slashes are segments", "//a///b//", "//a///b//"},
        {"and are taken back one by one", "/a//../b", "/a/b"},
        {"two of them", "/a//../../b", "/b"},
        {"before the dots", "///..", "//"},
        {"behind the dots", "/a/..//b", "//b"},
        {"after one dot", "/.//b", "//b"},
        {"three dots are a name", "/a/.../b", "/a/.../b"},
        {"a name that begins with dots", "/..a/.b", "/..a/.b"},
        {"a name that ends with dots", "/a../b.", "/a../b."},
        {"a parameter", "/a;b=../c", "/a;b=../c"},
        {"a parameter with dots", "/a;/..b;..", "/a;/..b;.."},
        {"dots beside an encoded slash", "/a..%2F..b", "/a..%2F..b"},
        {"encoded slashes alone", "/%2f%2F", "/%2F%2F"},
    };
    CHECK(ROWS, check_accepted);
}

static void hidden_dot_segments_are_refused(void **state) {
    (void)state;
#define HIDES "hides a dot segment"
    static const struct refused ROWS[] = {
        {"encoded slash behind", STR("/a/..%2fb"), HIDES},
        {"encoded slash, upper case", STR("/a/..%2F..%2Fb"), HIDES},
        {"encoded slash before", STR("/a%2f.."), HIDES},
        {"between encoded slashes", STR("/a%2f..%2fb"), HIDES},
        {"all encoded", STR("/a/%2e%2e%2fb"), HIDES},
        {"one dot", STR("/a/.%2fb"), HIDES},
        {"one dot between", STR("/a%2f%2e%2fb"), HIDES},
        {"encoded backslash", STR("/a/..%5cb"), HIDES},
        {"encoded backslash, all encoded", STR("/a/%2e%2e%5Cb"), HIDES},
        {"backslash before", STR("/a%5c.."), HIDES},
        {"slash and backslash", STR("/a%5c..%2fb"), HIDES},
        {"Tomcat's parameters", STR("/a/..;/manager/html"), HIDES},
        {"with a value", STR("/a/..;x=y/b"), HIDES},
        {"one dot with a parameter", STR("/a/.;/b"), HIDES},
        {"at the end", STR("/a/..;"), HIDES},
        {"encoded semicolon", STR("/a/..%3b/b"), HIDES},
        {"encoded dots", STR("/a/%2e%2e;/b"), HIDES},
        {"parameter and encoded slash", STR("/a/..;%2fb"), HIDES},
        {"inside a parameter", STR("/a;x%2f..%2fb"), HIDES},
        {"blank behind, as Windows drops it", STR("/a/..%20/b"), HIDES},
        {"blank before", STR("/a/%20../b"), HIDES},
        {"dots, blank and dot", STR("/a/..%20./b"), HIDES},
        {"behind a name with dots", STR("/a.b.c%2f../d"), HIDES},
        {"taken back later", STR("/a/..;/../b"), HIDES},
        {"in an absolute target", STR("http://hr/a/..%2fb"), HIDES},
    };
    CHECK(ROWS, check_refused);
}

static void dots_above_the_root_are_refused(void **state) {
    (void)state;
#define ABOVE "goes above the root"
    static const struct refused ROWS[] = {
        {"alone", STR("/.."), ABOVE},
        {"with a slash", STR("/../"), ABOVE},
        {"encoded", STR("/%2e%2e/etc/passwd"), ABOVE},
        {"later", STR("/a/../../b"), ABOVE},
        {"after dots", STR("/./../b"), ABOVE},
        {"absolute", STR("http://hr/../b"), ABOVE},
    };
    CHECK(ROWS, check_refused);
}

static void bytes_that_readers_disagree_on_are_refused(void **state) {
    (void)state;
#define ENCODE "has a byte that must be percent-encoded"
#define CONTROL "has an encoded control byte"
#define PERCENT "has a bad percent encoding"
    static const struct refused ROWS[] = {
        {"a blank", STR("/a b"), ENCODE},
        {"a tab", STR("/a\tb"), ENCODE},
        {"a NUL", STR("/a\0b"), ENCODE},
        {"a line feed", STR("/a\nb"), ENCODE},
        {"DEL", STR("/a\x7f"), ENCODE},
        {"UTF-8", STR("/\xc3\xbc"), ENCODE},
        {"Latin 1", STR("/\xfc"), ENCODE},
        {"a backslash", STR("/a\\b"), "has a backslash"},
        {"dots and a backslash", STR("/a/..\\b"), "has a backslash"},
        {"a fragment", STR("/a#b"), "has a fragment"},
        {"a fragment before the query", STR("/a#?b"), "has a fragment"},
        {"an encoded NUL", STR("/a%00.jpg"), CONTROL},
        {"an encoded line feed", STR("/a%0ab"), CONTROL},
        {"an encoded carriage return", STR("/a%0Db"), CONTROL},
        {"the last of them", STR("/%1f"), CONTROL},
        {"an encoded DEL", STR("/%7F"), CONTROL},
        {"an encoded tab behind dots", STR("/a/..%09/b"), CONTROL},
        {"nothing behind the percent sign", STR("/%"), PERCENT},
        {"one digit", STR("/%4"), PERCENT},
        {"one digit and a slash", STR("/%4/"), PERCENT},
        {"no digits", STR("/%gg"), PERCENT},
        {"the first is none", STR("/%g1"), PERCENT},
        {"the second is none", STR("/%1g"), PERCENT},
        {"IIS's own encoding", STR("/%u002e%u002e/"), PERCENT},
        {"a sign in it", STR("/%+1"), PERCENT},
        {"a blank in the query", STR("/?a b"), ENCODE},
        {"a line in the query", STR("/?a\r\nX: y"), ENCODE},
        {"a NUL in the query", STR("/?\0"), ENCODE},
        {"UTF-8 in the query", STR("/?\xc3\xbc"), ENCODE},
        {"a fragment in the query", STR("/?a#b"), "has a fragment"},
    };
    CHECK(ROWS, check_refused);
}

static void other_forms_are_refused(void **state) {
    (void)state;
#define FORM "is neither a path nor an http or https URL"
#define HOST "has a host that is not a host name"
    static const struct refused ROWS[] = {
        {"nothing", STR(""), "is empty"},
        {"the server itself", STR("*"), "is *, which asks about no application"},
        {"authority", STR("hr.example.com:443"), FORM},
        {"a name", STR("a"), FORM},
        {"dots", STR("../a"), FORM},
        {"a query alone", STR("?a"), FORM},
        {"a backslash for the slash", STR("\\a"), FORM},
        {"a blank before", STR(" /a"), FORM},
        {"an encoded slash", STR("%2fa"), FORM},
        {"another scheme", STR("ftp://hr/"), FORM},
        {"one that is longer", STR("httpss://hr/"), FORM},
        {"one slash", STR("http:/hr/"), FORM},
        {"no slashes", STR("http:"), FORM},
        {"no host", STR("http:///a"), "has no host"},
        {"nothing behind the scheme", STR("http://"), "has no host"},
        {"a user", STR("http://hr@evil/"), "has a user"},
        {"a backslash before a user", STR("http://hr\\@evil/"), "has a user"},
        {"a fragment in the host", STR("http://hr#x/"), HOST},
        {"a blank in the host", STR("http://hr /"), HOST},
        {"a port of none", STR("http://hr:0/"), "has a port that is not one of 1 to 65535"},
    };
    CHECK(ROWS, check_refused);
}

static void a_full_arena_is_no_bad_request(void **state) {
    (void)state;
    size_t limit = 0;
    for (bool is_read = false; !is_read; limit++) {
        struct arena a;
        struct target t;
        struct err e = {0};
        arena_init(&a, limit);
        is_read = target_parse(&a, STR("http://hr/|/?a"), &t, &e);
        assert_int_equal(e.code, is_read ? ERR_NONE : ERR_NO_MEMORY);
        arena_fini(&a);
        assert_true(limit < 100);
    }
    assert_true(limit > 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_target_is_taken_apart),
        cmocka_unit_test(equal_paths_get_one_spelling),
        cmocka_unit_test(dot_segments_are_removed),
        cmocka_unit_test(hidden_dot_segments_are_refused),
        cmocka_unit_test(dots_above_the_root_are_refused),
        cmocka_unit_test(bytes_that_readers_disagree_on_are_refused),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(a_full_arena_is_no_bad_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
