/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/outward_address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct row {
    const char *inside, *outside; /* NULL: stays */
};

typedef struct str rewrite(struct arena *a, const struct config_app *app, struct str value);

static struct config_app app_of(struct arena *a, const char *external, const char *internal) {
    struct config_app app = {0};
    const char *why;
    assert_true(url_parse(a, str_of(external), &app.external, &why));
    assert_true(url_parse(a, str_of(internal), &app.internal, &why));
    return app;
}

static const char *const HOST[] = {"https://hr.example.com/", "http://hr.corp.example/"};
static const char *const FOLDER[] = {"https://apps.example.com/hr/", "https://in.corp:8443/app/"};
static const char *const IPV6[] = {"https://v6.example.com/", "http://[::1]:8080/"};

static void check(rewrite *outward, const char *const urls[2], const struct row *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        struct arena a;
        arena_init(&a, 64 * 1024);
        struct config_app app = app_of(&a, urls[0], urls[1]);
        struct str is = outward(&a, &app, str_of(rows[i].inside));
        const char *expected = rows[i].outside ? rows[i].outside : rows[i].inside;
        if (!str_eq(is, str_of(expected)))
            fail_msg("%s became %.*s and not %s", rows[i].inside, STR_ARG(is), expected);
        arena_fini(&a);
    }
}
#define CHECK(outward, urls, rows) check(outward, urls, rows, sizeof(rows) / sizeof *(rows))

static void addresses_below_the_internal_url_become_external(void **state) {
    static const struct row BY_HOST[] = {
        {"http://hr.corp.example/a?b#c", "https://hr.example.com/a?b#c"},
        {"http://hr.corp.example", "https://hr.example.com/"},
        {"http://hr.corp.example?q", "https://hr.example.com/?q"},
        {"http://hr.corp.example:80/a", "https://hr.example.com/a"},
        {"HTTP://HR.Corp.Example/A", "https://hr.example.com/A"},
        {"//hr.corp.example/a", "https://hr.example.com/a"},
        {"/a", "https://hr.example.com/a"},
        {"/", "https://hr.example.com/"},
    };
    static const struct row BY_FOLDER[] = {
        {"https://in.corp:8443/app/a", "https://apps.example.com/hr/a"},
        {"https://in.corp:8443/app", "https://apps.example.com/hr/"},
        {"/app?x", "https://apps.example.com/hr/?x"},
        {"/app/", "https://apps.example.com/hr/"},
        {"//IN.corp:8443/app/b", "https://apps.example.com/hr/b"},
    };
    static const struct row BY_IPV6[] = {{"http://[0:0::1]:8080/x", "https://v6.example.com/x"}};
    (void)state;
    CHECK(outward_address, HOST, BY_HOST);
    CHECK(outward_address, FOLDER, BY_FOLDER);
    CHECK(outward_address, IPV6, BY_IPV6);
}

static void a_user_in_an_internal_address_is_dropped(void **state) {
    static const struct row ROWS[] = {
        {"http://user@hr.corp.example/a", "https://hr.example.com/a"},
        {"http://user:secret@hr.corp.example:80/a", "https://hr.example.com/a"},
        {"//@hr.corp.example", "https://hr.example.com/"},
        {"http://a@evil.example@hr.corp.example/", "https://hr.example.com/"},
    };
    (void)state;
    CHECK(outward_address, HOST, ROWS);
}

static void addresses_are_read_as_browsers_read_them(void **state) {
    static const struct row BY_HOST[] = {
        {"ht\ttp:/\t/hr.corp\t.example/a", "https://hr.example.com/a"},
        {"\x01 http://hr.corp.example/a \x1f", "https://hr.example.com/a"},
        {" /a\r\n", "https://hr.example.com/a"},
        {"\\a\\b?\\#\\", "https://hr.example.com/a/b?\\#\\"},
        {"http:\\\\hr.corp.example\\a", "https://hr.example.com/a"},
        {"http://hr.corp.example\\@evil.example/", "https://hr.example.com/@evil.example/"},
        {"http://evil.example\\@hr.corp.example/", NULL},
        {"http://evil.example\\.hr.corp.example/", NULL},
        {"/a b\x01", "https://hr.example.com/a b"},
        {"/\xc3\xa4", "https://hr.example.com/\xc3\xa4"},
        {"\t", NULL},
    };
    static const struct row BY_FOLDER[] = {
        {"\\app\\a", "https://apps.example.com/hr/a"},
        {"/\tapp\\", "https://apps.example.com/hr/"},
    };
    (void)state;
    CHECK(outward_address, HOST, BY_HOST);
    CHECK(outward_address, FOLDER, BY_FOLDER);
}

static void only_two_slashes_written_so_lead_to_another_host(void **state) {
    static const struct row ROWS[] = {
        {"//evil.example/", NULL},
        {"///evil.example/", NULL},
        {"//\\evil.example/", NULL},
        {"/\\evil.example/", "https://hr.example.com/evil.example/"},
        {"/\\\\evil.example/", "https://hr.example.com/evil.example/"},
        {"/\t/evil.example/", "https://hr.example.com/evil.example/"},
        {"\\\\evil.example\\", "https://hr.example.com/evil.example/"},
        {"\\/evil.example/", "https://hr.example.com/evil.example/"},
        {" //evil.example/", NULL},
    };
    static const struct row BY_FOLDER[] = {
        {"//evil.example/", NULL},
        {"/\\evil.example/", "/evil.example/"},
        {"\\\\evil.example\\", "/evil.example/"},
        {"/\t/evil.example/app/", "/evil.example/app/"},
        {"/\\x/..//evil.example/", "/evil.example/"},
        {"/\\app/a", "https://apps.example.com/hr/a"},
    };
    (void)state;
    CHECK(outward_address, HOST, ROWS);
    CHECK(outward_address, FOLDER, BY_FOLDER);
}

static void dot_segments_do_not_lead_out_of_the_folder(void **state) {
    static const struct row BY_FOLDER[] = {
        {"/app/../other", NULL},
        {"/app/..", NULL},
        {"/app/a/../../other", NULL},
        {"/app/%2E%2e/other", NULL},
        {"/app/.%2e?x", NULL},
        {"\\app\\..\\other", NULL},
        {"/app/.\t./other", NULL},
        {"https://in.corp:8443/app/../other", NULL},
        {"/app/a/../b", "https://apps.example.com/hr/b"},
        {"/app/a/..", "https://apps.example.com/hr/"},
        {"/app/./a/.", "https://apps.example.com/hr/a/"},
        {"/app/.", "https://apps.example.com/hr/"},
        {"/other/../app/a", "https://apps.example.com/hr/a"},
        {"/../../app/a", "https://apps.example.com/hr/a"},
        {"https://in.corp:8443/./app", "https://apps.example.com/hr/"},
        {"/app/.../a..b/..c", "https://apps.example.com/hr/.../a..b/..c"},
        {"/app/a//../b/", "https://apps.example.com/hr/a/b/"},
        {"/app/a?/../../x", "https://apps.example.com/hr/a?/../../x"},
        {"/app/#/../../x", "https://apps.example.com/hr/#/../../x"},
    };
    static const struct row BY_HOST[] = {
        {"/../a", "https://hr.example.com/a"},
        {"/..//evil.example/", "https://hr.example.com//evil.example/"},
        {"/.//evil.example/", "https://hr.example.com//evil.example/"},
        {"http://hr.corp.example/..", "https://hr.example.com/"},
        {"//..", NULL},
    };
    static const struct row ROOT_IN_FOLDER[] = {{"/../a", "https://apps.example.com/hr/a"}};
    static const char *const URLS[] = {"https://apps.example.com/hr/", "http://hr.corp.example/"};
    (void)state;
    CHECK(outward_address, FOLDER, BY_FOLDER);
    CHECK(outward_address, HOST, BY_HOST);
    CHECK(outward_address, URLS, ROOT_IN_FOLDER);
}

static void addresses_elsewhere_stay(void **state) {
    static const struct row NOT_THE_HOST[] = {
        {"http://hr.corp.example:8080/a", NULL},
        {"http://hr.corp.example.evil.example/", NULL},
        {"http://hr.corp.example@evil.example/", NULL},
        {"http://hr.corp.example:80@evil.example/", NULL},
        {"http://hr.corp.example@hr.corp.example@evil.example/", NULL},
        {"http://evil.example?@hr.corp.example/", NULL},
        {"http://evil.example/@hr.corp.example/", NULL},
        {"http://user@/a", NULL},
        {"http://hr.corp.example:80:80/", NULL},
        {"https://hr.corp.example/a", NULL},
        {"http://other.corp.example/", NULL},
        {"a/b", NULL},
        {"?a", NULL},
        {"", NULL},
        {"javascript:alert(1)", NULL},
    };
    static const struct row NOT_THE_FOLDER[] = {
        {"https://in.corp/app/a", NULL},
        {"/apple", NULL},
        {"/", NULL},
        {"https://in.corp:8443/", NULL},
    };
    (void)state;
    CHECK(outward_address, HOST, NOT_THE_HOST);
    CHECK(outward_address, FOLDER, NOT_THE_FOLDER);
}

static void refresh_is_read_as_browsers_read_it(void **state) {
    static const struct row ROWS[] = {
        {"5; url=/a", "5; url=https://hr.example.com/a"},
        {"0;URL='http://hr.corp.example/b'", "0;URL='https://hr.example.com/b'"},
        {"0; url=\"http://hr.corp.example/b\"", "0; url=\"https://hr.example.com/b\""},
        {"5; /a", "5; https://hr.example.com/a"},
        {"5 /a", "5 https://hr.example.com/a"},
        {"5\t,\tUrl \t= \t/a", "5\t,\tUrl \t= \thttps://hr.example.com/a"},
        {"1.5.; url=/a", "1.5.; url=https://hr.example.com/a"},
        {".;/a", ".;https://hr.example.com/a"},
        {" 5;/a", " 5;https://hr.example.com/a"},
        {"5; '/a'", "5; 'https://hr.example.com/a'"},
        {"5; url='/a' or so", "5; url='https://hr.example.com/a' or so"},
        {"5; url='/a", "5; url='https://hr.example.com/a"},
        {"5; url='/a\"b'", "5; url='https://hr.example.com/a\"b'"},
        {"5; url=/a'", "5; url=https://hr.example.com/a'"},
        {"5; /x?url=/y", "5; https://hr.example.com/x?url=/y"},
        {"5; url=/x?url=/y", "5; url=https://hr.example.com/x?url=/y"},
    };
    static const struct row STAY[] = {
        {"5", NULL},
        {"", NULL},
        {" ", NULL},
        {"5;", NULL},
        {"0; url=", NULL},
        {"0; url='", NULL},
        {"0; url=''/a", NULL},
        {"0; url=http://elsewhere.example/", NULL},
        {"0; url=x?url=/a", NULL}, /* relative to the page */
        {"url=/a", NULL},          /* no Refresh from here on */
        {"; url=/a", NULL},
        {"-5; url=/a", NULL},
        {"5s; url=/a", NULL},
        {"5url=/a", NULL},
        {"5/a", NULL},
        {"5; url /a", NULL}, /* and here the address is all behind the blank */
        {"5; u/a", NULL},
        {"5;; url=/a", NULL},
        {"5; 'url=/a'", NULL},
    };
    (void)state;
    CHECK(outward_refresh, HOST, ROWS);
    CHECK(outward_refresh, HOST, STAY);
}

static void addresses_in_link_are_rewritten(void **state) {
    static const struct row ROWS[] = {
        {"</a>; rel=preload", "<https://hr.example.com/a>; rel=preload"},
        {"<http://hr.corp.example/a>; rel=next, </b>; rel=\"</c>\"",
         "<https://hr.example.com/a>; rel=next, <https://hr.example.com/b>; rel=\"</c>\""},
        {"<a>; rel=prev", NULL},
        {"<https://elsewhere.example/>; rel=next", NULL},
        {"</a", NULL},
        {"", NULL},
        {"x; title=\"\\\"<\", </a>", "x; title=\"\\\"<\", <https://hr.example.com/a>"},
        {"</a\\\"b>, </c>", "<https://hr.example.com/a/\"b>, <https://hr.example.com/c>"},
        {"<", NULL},
        {"\"</a>", NULL},
        {"\"\\", NULL},
        {"<>; rel=self", NULL},
    };
    (void)state;
    CHECK(outward_link, HOST, ROWS);
}

static void the_anchor_of_a_link_is_rewritten(void **state) {
    static const struct row ROWS[] = {
        {"<a>; anchor=\"/b\"; rel=up", "<a>; anchor=\"https://hr.example.com/b\"; rel=up"},
        {"</a>;rel=up;ANCHOR\t=\t\"http://hr.corp.example/b\",</c>",
         "<https://hr.example.com/a>;rel=up;ANCHOR\t=\t\"https://hr.example.com/b\","
         "<https://hr.example.com/c>"},
        {"<a>; anchor=\"/b>;<\", </c>",
         "<a>; anchor=\"https://hr.example.com/b>;<\", <https://hr.example.com/c>"},
    };
    static const struct row STAY[] = {
        {"<a>; anchor=\"#b\"", NULL},
        {"<a>; anchor=\"http://elsewhere.example/\"", NULL},
        {"<a>; anchor=b", NULL},
        {"<a>; anchor=\"/b", NULL},
        {"<a>; anchor=\"/b\\\"c\"", NULL},
        {"<a>; no-anchor=\"/b\"", NULL},
        {"<a>; anchor; title=\"/b\"", NULL},
        {"<a>; title=\"; anchor=\"; rel=\"/b\"", NULL},
        {"anchor=\"/b\"", NULL},
        {"\"/b\"", NULL},
    };
    (void)state;
    CHECK(outward_link, HOST, ROWS);
    CHECK(outward_link, HOST, STAY);
}

static void a_full_arena_is_said(void **state) {
    struct arena a;
    (void)state;
    arena_init(&a, 64 * 1024);
    struct config_app app = app_of(&a, HOST[0], HOST[1]);
    a.limit = a.used;
    assert_null(outward_address(&a, &app, STR("/a")).p);
    assert_null(outward_refresh(&a, &app, STR("5; url=/a")).p);
    assert_null(outward_link(&a, &app, STR("</a>")).p);
    arena_fini(&a);
}

/* Nothing of it goes outside unchanged. */
static void an_arena_that_fills_up_is_said(void **state) {
    struct arena all;
    (void)state;
    arena_init(&all, 64 * 1024);
    struct config_app app = app_of(&all, HOST[0], HOST[1]);
    bool is_there = false;
    for (size_t limit = 0; !is_there; limit++) {
        struct arena a;
        arena_init(&a, limit);
        struct str to = outward_address(&a, &app, STR("http://u:p@hr.corp.example:80/a/../b"));
        is_there = to.p != NULL;
        assert_true(!is_there || str_eq(to, STR("https://hr.example.com/b")));
        arena_fini(&a);
    }
    arena_fini(&all);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_below_the_internal_url_become_external),
        cmocka_unit_test(a_user_in_an_internal_address_is_dropped),
        cmocka_unit_test(addresses_are_read_as_browsers_read_them),
        cmocka_unit_test(only_two_slashes_written_so_lead_to_another_host),
        cmocka_unit_test(dot_segments_do_not_lead_out_of_the_folder),
        cmocka_unit_test(addresses_elsewhere_stay),
        cmocka_unit_test(refresh_is_read_as_browsers_read_it),
        cmocka_unit_test(addresses_in_link_are_rewritten),
        cmocka_unit_test(the_anchor_of_a_link_is_rewritten),
        cmocka_unit_test(a_full_arena_is_said),
        cmocka_unit_test(an_arena_that_fills_up_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
