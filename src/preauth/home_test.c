/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/testing.h"

#include "config/source_root.h"
#include "preauth/home.h"

#include <arpa/inet.h>

#define ICON ", icon: \"" SOURCE_ROOT "/docs/logo.example.svg\""
#define HOME_APP(name, more)                                                                       \
    "- {name: " name ", external_url: \"https://" name ".example.com/\", "                         \
    "internal_url: \"http://" name ".corp/\", " more "}\n"
#define HOME_YAML                                                                                  \
    GATEWAY TWO_PROVIDERS CONNECTOR                                                                \
        "home: {external_url: \"https://apps.example.com/\", pre_authentication: staff}\n"         \
        "apps:\n" HOME_APP("hr", "pre_authentication: staff, title: 'Per<b>sonnel</b>'" ICON)      \
            HOME_APP("bobs", "pre_authentication: staff, allow: {users: [bob]}" ICON)              \
                HOME_APP("parted", "pre_authentication: staff, allow: nobody, "                    \
                                   "rules: [{path: /part/, allow: signed_in}]")                    \
                    HOME_APP("inside", "pre_authentication: staff, "                               \
                                       "allow: {networks: [10.0.0.0/8]}")                          \
                        HOME_APP("partner", "pre_authentication: partners" ICON)                   \
                            HOME_APP("either", "pre_authentication: [partners, staff], "           \
                                               "maintenance: on")                                  \
                                HOME_APP("hidden", "pre_authentication: staff, listed: off" ICON)  \
                                    HOME_APP("open", "pre_authentication: passthrough") HOME_APP(  \
                                        "welcome",                                                 \
                                        "pre_authentication: passthrough, "                        \
                                        "listed: on" ICON) "- {name: wild, external_url: "         \
                                                           "\"https://*.w.example.com/\", "        \
                                                           "internal_url: \"http://wild.corp/\", " \
                                                           "pre_authentication: staff}\n"

/* What these tests need of a session, without a store. */
struct session {
    struct identity identity;
};
const struct identity *session_identity(const struct session *s) { return &s->identity; }

static struct session alice;

static int home_make(void **state) {
    static char staff[] = "staff", subject[] = "alice<i>@CORP.EXAMPLE",
                claims[] = "{\"on_premises_sam_account_name\": \"alice\"}";
    place_make(state);
    struct place *p = *state;
    place_configure(p, HOME_YAML);
    p->request.app = &p->config->home;
    struct identity who = {.provider = staff, .subject = subject, .claims = claims};
    assert_true(identity_copy(&alice.identity, &who));
    p->request.session = &alice;
    ask(p, "GET", "/");
    return 0;
}

static int home_remove(void **state) {
    identity_fini(&alice.identity);
    return place_remove(state);
}

static void answer_now(struct place *p) {
    assert_int_equal(home_answer(&p->tools, &p->request, &p->page), LOCAL_NOW);
}

static bool lists(struct place *p, const char *name) {
    char *link = arena_printf(&p->arena, "<li><a href=\"https://%s.example.com/\">", name);
    assert_non_null(link);
    return shows(p, link);
}

static void the_apps_that_somebody_may_use_are_listed_and_no_others(void **state) {
    static const struct {
        const char *app;
        bool is_listed;
    } ROWS[] = {{"hr", true},      {"bobs", false},    {"parted", false},
                {"inside", false}, {"partner", false}, {"either", true},
                {"hidden", false}, {"open", false},    {"welcome", true}};
    struct place *p = *state;
    answer_now(p);
    assert_int_equal(p->page.head.status, 200);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        if (lists(p, ROWS[i].app) != ROWS[i].is_listed)
            fail_msg("%s", ROWS[i].app);
    assert_false(shows(p, "*."));
    assert_false(shows(p, "wild"));
    assert_false(shows(p, "bobs"));
    assert_true(shows(p, "href=\"/.kerbgate/sign-out\""));
}

static void names_and_titles_are_text(void **state) {
    struct place *p = *state;
    answer_now(p);
    assert_true(shows(p, "Per&lt;b&gt;sonnel&lt;/b&gt;"));
    assert_true(shows(p, "<bdi>alice&lt;i&gt;@CORP.EXAMPLE</bdi>"));
    assert_true(shows(p, "<img src=\"/.kerbgate/icon/hr\" alt=\"\">"));
    assert_true(shows(p, "<span class=\"tile\" aria-hidden=\"true\">e</span>"));
    assert_true(shows(p, "<small>(being maintained)</small>"));
    assert_non_null(strstr(told(p, "Content-Security-Policy"), "img-src 'self';"));
}

static void where_the_browser_is_counts_as_it_does_for_requests(void **state) {
    static const struct {
        const char *network;
        bool is_listed;
    } ROWS[] = {{"10.1.2.3", true}, {"192.0.2.1", false}};
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct sockaddr_in from = {.sin_family = AF_INET};
        assert_int_equal(inet_pton(AF_INET, ROWS[i].network, &from.sin_addr), 1);
        p->request.source = (const struct sockaddr *)&from;
        answer_now(p);
        assert_int_equal(lists(p, "inside"), ROWS[i].is_listed);
    }
}

static void who_may_use_none_is_told_so(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < p->config->app_count; i++)
        p->config->apps[i].listed = LISTED_OFF;
    answer_now(p);
    assert_true(shows(p, "There is no application here that you may use."));
    assert_false(shows(p, "<ul"));
}

static void only_its_own_page_is_there_and_only_to_be_looked_at(void **state) {
    static const struct {
        const char *method, *target;
        int status;
    } ROWS[] = {{"HEAD", "/", 200},   {"GET", "/?a=b", 200},       {"POST", "/", 405},
                {"DELETE", "/", 405}, {"GET", "/index.html", 404}, {"POST", "/other", 404}};
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        ask(p, ROWS[i].method, ROWS[i].target);
        answer_now(p);
        if (p->page.head.status != ROWS[i].status)
            fail_msg("%s %s: %d", ROWS[i].method, ROWS[i].target, p->page.head.status);
    }
    ask(p, "POST", "/");
    answer_now(p);
    assert_string_equal(told(p, "Allow"), "GET, HEAD");
}

static void a_session_of_another_provider_has_no_home_here(void **state) {
    struct place *p = *state;
    alice.identity.provider[0] = 'X';
    answer_now(p);
    assert_int_equal(p->page.head.status, 401);
    assert_false(lists(p, "hr"));
    p->request.session = NULL;
    answer_now(p);
    assert_int_equal(p->page.head.status, 401);
}

static int icon(struct place *p, const char *target) {
    ask(p, "GET", target);
    if (!home_is_icon(&p->tools, &p->request))
        return 0;
    assert_int_equal(home_icon(&p->tools, &p->request, &p->page), LOCAL_NOW);
    return p->page.head.status;
}

static void only_icons_that_the_home_shows_are_there(void **state) {
    static const struct {
        const char *target;
        int status;
    } ROWS[] = {
        {"/.kerbgate/icon/hr", 200},      {"/.kerbgate/icon/welcome", 200},
        {"/.kerbgate/icon/bobs", 404}, /* hers it is not, and she learns nothing of it */
        {"/.kerbgate/icon/partner", 404}, {"/.kerbgate/icon/hidden", 404},
        {"/.kerbgate/icon/either", 404}, /* has none */
        {"/.kerbgate/icon/none", 404},    {"/.kerbgate/icon/", 404},
        {"/.kerbgate/icon/hr/", 404},     {"/.kerbgate/icon/hr/../bobs", 404},
        {"/.kerbgate/icon/HR", 404},      {"/.kerbgate/icons", 0},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        int status = icon(p, ROWS[i].target);
        if (status != ROWS[i].status)
            fail_msg("%s: %d", ROWS[i].target, status);
    }
    assert_int_equal(icon(p, "/.kerbgate/icon/hr"), 200);
    assert_string_equal(told(p, "Content-Type"), "image/svg+xml");
    assert_string_equal(told(p, "Cache-Control"), "private, max-age=300");
    assert_string_equal(told(p, "X-Content-Type-Options"), "nosniff");
    p->request.session = NULL;
    assert_int_equal(icon(p, "/.kerbgate/icon/hr"), 404);
    p->request.session = &alice;
    p->request.app = app_named(p, "hr");
    assert_int_equal(icon(p, "/.kerbgate/icon/hr"), 0); /* another host is no home */
}

static void a_full_arena_is_told(void **state) {
    struct place *p = *state;
    for (size_t limit = 0; limit < 12000; limit += 331) {
        struct arena a;
        arena_init(&a, limit);
        p->request.arena = &a;
        if (home_answer(&p->tools, &p->request, &p->page) == LOCAL_NOW)
            assert_int_equal(p->page.head.status, 200);
        arena_fini(&a);
    }
    p->request.arena = &p->arena;
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, home_make, home_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_apps_that_somebody_may_use_are_listed_and_no_others),
        TEST(names_and_titles_are_text),
        TEST(where_the_browser_is_counts_as_it_does_for_requests),
        TEST(who_may_use_none_is_told_so),
        TEST(only_its_own_page_is_there_and_only_to_be_looked_at),
        TEST(a_session_of_another_provider_has_no_home_here),
        TEST(only_icons_that_the_home_shows_are_there),
        TEST(a_full_arena_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
