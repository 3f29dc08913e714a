/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/testing.h"

#include "preauth/choice.h"

static void show(struct place *p, const char *app, const char *to) {
    assert_true(choice_page(&p->request, app_named(p, app), str_of(to), &p->page));
}

static void there_is_a_choice_between_several(void **state) {
    struct place *p = *state;
    assert_true(choice_is_there(app_named(p, "both")));
    assert_false(choice_is_there(app_named(p, "hr")));
    assert_false(choice_is_there(app_named(p, "open")));
    assert_int_equal(choice_url(&p->arena, app_named(p, "hr"), STR("/")).n, 0);
}

static void every_provider_is_a_plain_link(void **state) {
    struct place *p = *state;
    ask(p, "GET", "/.kerbgate/sign-in");
    show(p, "both", "/a?b=c&d=\"><script>");
    assert_true(shows(p, "href=\"/.kerbgate/sign-in?to=%2Fa%3Fb%3Dc%26d%3D%22%3E%3Cscript%3E&amp;"
                         "by=staff\">staff</a>"));
    assert_true(shows(p, "&amp;by=partners\">Partner &lt;companies&gt;</a>"));
    assert_false(shows(p, "<script"));
    assert_int_equal(p->page.head.status, 200);
}

static void what_was_chosen_last_comes_first(void **state) {
    static const struct {
        const char *cookie;
        bool is_first;
    } ROWS[] = {
        {CHOICE_COOKIE "=partners", true},
        {CHOICE_COOKIE "=none", false},
        {CHOICE_COOKIE "=\"><script>", false},
        {CHOICE_COOKIE "=partners; " CHOICE_COOKIE "=partners",
         false}, /* somebody tosses cookies */
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        ask(p, "GET", "/.kerbgate/sign-in");
        say(p, "Cookie", ROWS[i].cookie);
        show(p, "both", "/");
        const char *text = body_of(p);
        bool is_first = strstr(text, "by=partners") < strstr(text, "by=staff");
        assert_int_equal(is_first, ROWS[i].is_first);
        assert_int_equal(shows(p, "(used last)"), ROWS[i].is_first);
        assert_false(shows(p, "<script"));
    }
}

static void only_a_choice_is_remembered(void **state) {
    struct place *p = *state;
    const struct config_app *both = app_named(p, "both"), *hr = app_named(p, "hr");
    ask(p, "GET", "/.kerbgate/sign-in");
    show(p, "both", "/");
    assert_string_equal(told(p, "Set-Cookie"), "");
    assert_true(choice_remember(&p->arena, hr, hr->providers[0], &p->page));
    assert_string_equal(told(p, "Set-Cookie"), "");
    assert_true(choice_remember(&p->arena, both, both->providers[1], &p->page));
    assert_string_equal(told(p, "Set-Cookie"),
                        CHOICE_COOKIE "=partners; Path=/; Secure; HttpOnly; SameSite=Lax; "
                                      "Max-Age=15552000");
}

static void a_full_arena_is_told(void **state) {
    struct place *p = *state;
    ask(p, "GET", "/.kerbgate/sign-in");
    for (size_t limit = 0; limit < 4000; limit += 61) {
        struct arena a;
        arena_init(&a, limit);
        p->request.arena = &a;
        if (choice_page(&p->request, app_named(p, "both"), STR("/"), &p->page))
            assert_true(shows(p, "by=partners"));
        arena_fini(&a);
    }
    p->request.arena = &p->arena;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(there_is_a_choice_between_several),
        TEST(every_provider_is_a_plain_link),
        TEST(what_was_chosen_last_comes_first),
        TEST(only_a_choice_is_remembered),
        TEST(a_full_arena_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
