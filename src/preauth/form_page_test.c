/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/testing.h"

#include "preauth/form_page.h"

#define TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_-"
#define COOKIE FORM_COOKIE "=" TOKEN
#define BODY "username=a&csrf=" TOKEN "&password=b"

/* What these tests need of a session, without a store. */
struct session {
    struct identity identity;
};
const struct identity *session_identity(const struct session *s) { return &s->identity; }

static void sign_in_page(struct place *p, const struct form_page *f) {
    struct form_page form = *f;
    form.app = form.app ? form.app : p->request.app;
    assert_true(form_page_sign_in(&p->request, &form, &p->page));
}

static void the_form_can_be_filled_in_by_everybody(void **state) {
    static const char *const PARTS[] = {
        "<form method=\"post\" action=\"/.kerbgate/sign-in\">",
        "<label for=\"username\">User name</label>",
        "id=\"username\" name=\"username\" autocomplete=\"username\"",
        "<label for=\"password\">Password</label>",
        "id=\"password\" name=\"password\" type=\"password\"",
        "autocomplete=\"current-password\"",
        "autocapitalize=\"none\"",
        "<button type=\"submit\">Sign in</button>",
    };
    struct place *p = *state;
    ask(p, "GET", "/.kerbgate/sign-in");
    sign_in_page(p, &(struct form_page){.status = 200, .to = STR("/")});
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        if (!shows(p, PARTS[i]))
            fail_msg("%s", PARTS[i]);
    }
    assert_false(shows(p, "role=\"alert\""));
}

static void a_notice_is_read_out(void **state) {
    struct place *p = *state;
    ask(p, "GET", "/.kerbgate/sign-in");
    sign_in_page(p,
                 &(struct form_page){.status = 401, .notice = STR("No & <no>."), .to = STR("/")});
    assert_true(shows(p, "role=\"alert\">No &amp; &lt;no&gt;.</p>"));
    assert_int_equal(p->page.head.status, 401);
}

static void
where_there_is_a_choice_the_form_says_which_it_is_and_leads_to_the_others(void **state) {
    struct place *p = *state;
    const struct config_app *both = app_named(p, "both");
    ask(p, "GET", "/.kerbgate/sign-in");
    sign_in_page(p, &(struct form_page){
                        .status = 200, .to = STR("/a?b"), .app = both, .by = STR("partners")});
    assert_true(shows(p, "With <bdi>Partner &lt;companies&gt;</bdi>"));
    assert_true(shows(
        p, "<a href=\"/.kerbgate/sign-in?to=%2Fa%3Fb&amp;choose=1\">Sign in another way</a>"));
    sign_in_page(p, &(struct form_page){.status = 200, .to = STR("/")});
    assert_false(shows(p, "another way"));
}

static void what_was_typed_comes_back_as_text(void **state) {
    struct place *p = *state;
    ask(p, "GET", "/.kerbgate/sign-in");
    sign_in_page(
        p, &(struct form_page){.status = 200, .user = STR("\"><script>"), .to = STR("/?'><b>")});
    assert_true(shows(p, "value=\"&quot;&gt;&lt;script&gt;\""));
    assert_false(shows(p, "<script"));
    assert_false(shows(p, "<b>"));
}

/* The cursor waits where something has to be typed. */
static void the_focus_is_on_what_is_missing(void **state) {
    struct place *p = *state;
    ask(p, "GET", "/.kerbgate/sign-in");
    sign_in_page(p, &(struct form_page){.status = 200, .to = STR("/")});
    assert_true(shows(p, "required autofocus value="));
    sign_in_page(p, &(struct form_page){.status = 200, .user = STR("alice"), .to = STR("/")});
    assert_true(shows(p, "required value=\"alice\""));
    assert_true(shows(p, "maxlength=\"1024\" required autofocus>"));
}

static void a_new_browser_gets_a_token_in_cookie_and_form(void **state) {
    struct place *p = *state;
    char field[128], first[128];
    for (int i = 0; i < 2; i++) {
        ask(p, "GET", "/.kerbgate/sign-in");
        sign_in_page(p, &(struct form_page){.status = 200, .to = STR("/")});
        const char *cookie = told(p, "Set-Cookie"), *token = cookie + strlen(FORM_COOKIE "=");
        assert_memory_equal(cookie, FORM_COOKIE "=", strlen(FORM_COOKIE "="));
        assert_string_equal(token + 43, "; Path=/; Secure; HttpOnly; SameSite=Lax");
        snprintf(field, sizeof field, "name=\"csrf\" value=\"%.43s\"", token);
        assert_true(shows(p, field));
        if (i == 0)
            memcpy(first, field, sizeof first);
    }
    assert_string_not_equal(first, field);
}

static void a_browser_keeps_its_token_so_that_two_forms_work(void **state) {
    struct place *p = *state;
    ask(p, "GET", "/.kerbgate/sign-in");
    say(p, "Cookie", COOKIE);
    sign_in_page(p, &(struct form_page){.status = 200, .to = STR("/")});
    assert_true(shows(p, "name=\"csrf\" value=\"" TOKEN "\""));
}

static void a_token_that_is_none_of_ours_is_not_shown_again(void **state) {
    static const char *const COOKIES[] = {
        FORM_COOKIE "=short",
        FORM_COOKIE "=" TOKEN "x",
        FORM_COOKIE "=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA<b>",
        COOKIE "; " COOKIE,
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof COOKIES / sizeof *COOKIES; i++) {
        ask(p, "GET", "/.kerbgate/sign-in");
        say(p, "Cookie", COOKIES[i]);
        sign_in_page(p, &(struct form_page){.status = 200, .to = STR("/")});
        assert_false(shows(p, "AAAAAAAAAAAAAAAAAAAA"));
        assert_false(shows(p, "short"));
    }
}

struct forgery {
    const char *description, *cookie, *origin, *site, *body;
    bool is_ours;
};

static const struct forgery FORGERIES[] = {
    {"our own form", COOKIE, "https://hr.example.com", "same-origin", BODY, true},
    {"an old browser", COOKIE, NULL, NULL, BODY, true},
    {"an origin in capitals", COOKIE, "HTTPS://HR.EXAMPLE.COM", NULL, BODY, true},
    {"no cookie", NULL, "https://hr.example.com", "same-origin", BODY, false},
    {"no field", COOKIE, "https://hr.example.com", "same-origin", "username=a", false},
    {"no body", COOKIE, "https://hr.example.com", "same-origin", "", false},
    {"an empty field", COOKIE, NULL, NULL, "csrf=", false},
    {"empty on both sides", FORM_COOKIE "=", NULL, NULL, "csrf=", false},
    {"two fields", COOKIE, NULL, NULL, BODY "&csrf=" TOKEN, false},
    {"two fields, one encoded", COOKIE, NULL, NULL, BODY "&%63srf=" TOKEN, false},
    {"two cookies", COOKIE "; " FORM_COOKIE "=" TOKEN, NULL, NULL, BODY, false},
    {"another token", COOKIE, NULL, NULL, "csrf=BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_-",
     false},
    {"the cookie under another name", "x" COOKIE, NULL, NULL, BODY, false},
    {"another site", COOKIE, "https://evil.example", NULL, BODY, false},
    {"another host of the same site", COOKIE, "https://apps.example.com", NULL, BODY, false},
    {"another scheme", COOKIE, "http://hr.example.com", NULL, BODY, false},
    {"another port", COOKIE, "https://hr.example.com:444", NULL, BODY, false},
    {"an origin that begins like ours", COOKIE, "https://hr.example.com.evil.example", NULL, BODY,
     false},
    {"a hidden origin", COOKIE, "null", NULL, BODY, false},
    {"an empty origin", COOKIE, "", NULL, BODY, false},
    {"the same site is not the same origin", COOKIE, NULL, "same-site", BODY, false},
    {"across sites", COOKIE, NULL, "cross-site", BODY, false},
    {"typed in the address bar", COOKIE, NULL, "none", BODY, false},
};

static void only_a_form_of_ours_is_ours(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < sizeof FORGERIES / sizeof *FORGERIES; i++) {
        const struct forgery *f = &FORGERIES[i];
        ask(p, "POST", "/.kerbgate/sign-in");
        if (f->cookie)
            say(p, "Cookie", f->cookie);
        if (f->origin)
            say(p, "Origin", f->origin);
        if (f->site)
            say(p, "Sec-Fetch-Site", f->site);
        p->request.body = str_of(f->body);
        if (form_is_ours(&p->request) != f->is_ours)
            fail_msg("%s", f->description);
    }
}

static void signing_out_is_a_form_too(void **state) {
    struct place *p = *state;
    char subject[] = "al<i>ce@CORP.EXAMPLE";
    struct session session = {.identity = {.subject = subject}};
    ask(p, "GET", "/.kerbgate/sign-out");
    p->request.session = &session;
    assert_true(form_page_sign_out(&p->request, &p->page));
    assert_true(shows(p, "<bdi>al&lt;i&gt;ce@CORP.EXAMPLE</bdi>"));
    assert_true(shows(p, "<form method=\"post\" action=\"/.kerbgate/sign-out\">"));
    assert_true(shows(p, "name=\"csrf\""));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(the_form_can_be_filled_in_by_everybody),
        TEST(a_notice_is_read_out),
        TEST(where_there_is_a_choice_the_form_says_which_it_is_and_leads_to_the_others),
        TEST(what_was_typed_comes_back_as_text),
        TEST(the_focus_is_on_what_is_missing),
        TEST(a_new_browser_gets_a_token_in_cookie_and_form),
        TEST(a_browser_keeps_its_token_so_that_two_forms_work),
        TEST(a_token_that_is_none_of_ours_is_not_shown_again),
        TEST(only_a_form_of_ours_is_ours),
        TEST(signing_out_is_a_form_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
