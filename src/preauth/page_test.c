/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/testing.h"

#include "base/encode.h"
#include "base/secret.h"
#include "config/source_root.h"

#include <jansson.h>

static void make(struct place *p) {
    assert_true(page_html(&p->arena, &p->page, page_words(&p->message.headers), 200,
                          STR("A <title>"), STR("<p>body</p>")));
}

static void every_page_says_how_it_may_be_used(void **state) {
    static const struct {
        const char *name, *value;
    } ROWS[] = {
        {"Content-Type", "text/html; charset=utf-8"}, {"Cache-Control", "no-store"},
        {"X-Content-Type-Options", "nosniff"},        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "same-origin"},
    };
    struct place *p = *state;
    make(p);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        assert_string_equal(told(p, ROWS[i].name), ROWS[i].value);
    assert_non_null(strstr(told(p, "Content-Security-Policy"), "default-src 'none';"));
    assert_non_null(strstr(told(p, "Content-Security-Policy"), "form-action 'self';"));
    assert_non_null(strstr(told(p, "Content-Security-Policy"), "base-uri 'none';"));
    assert_non_null(strstr(told(p, "Content-Security-Policy"), "frame-ancestors 'none'"));
}

/* A browser would show the page without its style otherwise. */
static void the_policy_names_the_style_that_is_sent(void **state) {
    struct place *p = *state;
    unsigned char digest[SHA256_SIZE];
    struct buf expected;
    make(p);
    const char *from = strstr(body_of(p), "<style>") + strlen("<style>");
    buf_init(&expected, 256);
    secret_sha256(str_n(from, (size_t)(strstr(from, "</style>") - from)), digest);
    buf_add(&expected, STR("style-src 'sha256-"));
    encode_base64(&expected, str_n((const char *)digest, sizeof digest));
    buf_add(&expected, STR("';"));
    buf_add_byte(&expected, 0);
    assert_non_null(strstr(told(p, "Content-Security-Policy"), buf_str(&expected).p));
    buf_fini(&expected);
}

static void a_page_has_a_language_a_title_and_no_script(void **state) {
    struct place *p = *state;
    make(p);
    assert_true(shows(p, "<html lang=\"en\" dir=\"ltr\">"));
    assert_true(shows(p, "<title>A &lt;title&gt;</title>"));
    assert_true(shows(p, "<h1>A &lt;title&gt;</h1>"));
    assert_true(shows(p, "width=device-width"));
    assert_true(shows(p, "prefers-color-scheme:dark"));
    assert_false(shows(p, "<script"));
}

static void the_length_is_that_of_the_body(void **state) {
    struct place *p = *state;
    make(p);
    assert_int_equal(p->page.head.body, BODY_LENGTH);
    assert_int_equal(p->page.head.length, p->page.body.n);
}

static void a_redirect_names_its_address_in_both_places(void **state) {
    struct place *p = *state;
    struct str location = STR("https://hr.example.com/?a=1&b=\"><script>");
    assert_true(page_redirect(&p->arena, &p->page, 303, location));
    assert_int_equal(p->page.head.status, 303);
    assert_string_equal(told(p, "Location"), location.p);
    assert_true(shows(p, "href=\"https://hr.example.com/?a=1&amp;b=&quot;&gt;&lt;script&gt;\""));
    assert_false(shows(p, "<script"));
}

static struct err failure(void) {
    struct err e;
    err_set(&e, ERR_KRB_NOT_DELEGATED, "svc-secret may not delegate to HTTP/hr.corp.example");
    err_hint(&e, "samba-tool delegation add-service");
    return e;
}

static void an_error_keeps_detail_and_hint_for_the_administrator(void **state) {
    struct place *p = *state;
    struct err e = failure();
    for (int wants_json = 0; wants_json < 2; wants_json++) {
        assert_true(page_error(&p->arena, &p->page, &e, &p->activity,
                               wants_json ? NULL : &p->message.headers));
        assert_int_equal(p->page.head.status, 502);
        assert_true(shows(p, p->activity.id));
        assert_true(shows(p, "krb-not-delegated"));
        assert_true(shows(p, "Incorrect Kerberos constrained delegation configuration"));
        assert_false(shows(p, "svc-secret"));
        assert_false(shows(p, "samba-tool"));
    }
}

static void an_error_is_data_for_those_who_want_data(void **state) {
    struct place *p = *state;
    struct err e = failure();
    assert_true(page_error(&p->arena, &p->page, &e, &p->activity, NULL));
    json_t *root = json_loadb(p->page.body.p, p->page.body.n, 0, NULL);
    assert_int_equal(json_integer_value(json_object_get(root, "status")), 502);
    assert_string_equal(json_string_value(json_object_get(root, "activity")), p->activity.id);
    assert_non_null(json_string_value(json_object_get(root, "time")));
    json_decref(root);
    assert_string_equal(told(p, "Content-Type"), "application/json");
    assert_string_equal(told(p, "Cache-Control"), "no-store");
    assert_string_equal(told(p, "X-Content-Type-Options"), "nosniff");
}

static void an_error_is_data_for_a_script_that_asks(void **state) {
    struct place *p = *state;
    struct err e = failure();
    ask(p, "GET", "/");
    say(p, "Accept", "application/json");
    say(p, "Accept-Language", "de");
    assert_true(page_error(&p->arena, &p->page, &e, &p->activity, &p->message.headers));
    assert_string_equal(told(p, "Content-Type"), "application/json");
    assert_true(shows(p, "Incorrect Kerberos constrained delegation configuration"));
}

static void a_page_speaks_the_language_of_its_reader(void **state) {
    static const struct {
        const char *accept, *language, *says;
    } ROWS[] = {
        {"de-AT,en;q=0.5", "de", "Das ist nicht Ihr Fehler."},
        {"en", "en", "This is not your mistake."},
        {"fr", "en", "This is not your mistake."},
        {"de;q=0, *", "en", "This is not your mistake."},
    };
    struct place *p = *state;
    struct err e = failure();
    struct config *c =
        parse_fine("gateway: {listen: [{address: \"0.0.0.0:443\", certificate: c.pem, "
                   "key: k.pem}], pages: {messages: [" SOURCE_ROOT
                   "/docs/messages.de.yaml]}}\n" PROVIDERS CONNECTOR "apps:\n" APP("hr", ""));
    struct look *look = look_of(c);
    page_init(look);
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        ask(p, "GET", "/");
        say(p, "Accept-Language", ROWS[i].accept);
        assert_true(page_error(&p->arena, &p->page, &e, &p->activity, &p->message.headers));
        char *html = arena_printf(&p->arena, "<html lang=\"%s\" dir=\"ltr\">", ROWS[i].language);
        assert_true(html && shows(p, html));
        assert_true(shows(p, ROWS[i].says));
        assert_string_equal(told(p, "Content-Language"), ROWS[i].language);
        assert_string_equal(told(p, "Vary"), "Accept-Language");
    }
    page_init(p->look);
    look_free(look);
    config_free(c);
}

#define PAGES(text)                                                                                \
    "gateway: {listen: [{address: \"0.0.0.0:443\", certificate: c.pem, key: k.pem}], pages: "      \
    "{" text "}}\n" PROVIDERS CONNECTOR "apps:\n" APP("hr", "")

static void a_page_looks_as_it_is_configured(void **state) {
    struct place *p = *state;
    struct config *c =
        parse_fine(PAGES("title: 'Example <Corp> & Co', footer: '<b>IT</b>', "
                         "logo: " SOURCE_ROOT "/docs/logo.example.svg, "
                         "colors: {light: {accent: '#a3261b'}, dark: {text: '#fff'}}"));
    struct look *look = look_of(c);
    page_init(look);
    make(p);
    assert_true(shows(p, "<title>A &lt;title&gt; - Example &lt;Corp&gt; &amp; Co</title>"));
    assert_true(shows(p, "<header><img src=\"/.kerbgate/logo\" "
                         "alt=\"Example &lt;Corp&gt; &amp; Co\"></header>"));
    assert_true(shows(p, "<footer>&lt;b&gt;IT&lt;/b&gt;</footer>"));
    assert_true(shows(p, "--mark:#a3261b;"));
    assert_true(shows(p, "--ink:#ffffff;"));
    assert_non_null(strstr(told(p, "Content-Security-Policy"), "img-src 'self';"));
    the_policy_names_the_style_that_is_sent(state);
    assert_true(page_has_logo());
    assert_true(page_logo(&p->arena, &p->page));
    assert_string_equal(told(p, "Content-Type"), "image/svg+xml");
    assert_string_equal(told(p, "X-Content-Type-Options"), "nosniff");
    assert_string_equal(told(p, "Content-Security-Policy"),
                        "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    page_init(p->look);
    assert_false(page_has_logo());
    look_free(look);
    config_free(c);
}

static void a_file_that_is_no_image_is_told(void **state) {
    (void)state;
    struct err e;
    struct config *c = parse_fine(PAGES("logo: " SOURCE_ROOT "/README.md"));
    assert_null(look_new(c, &e));
    assert_non_null(strstr(e.detail, "README.md: this is no PNG, ICO or SVG"));
    config_free(c);
}

static void a_catalogue_that_is_not_right_is_told_with_its_file(void **state) {
    (void)state;
    struct err e;
    struct config *c =
        parse_fine("gateway: {listen: [{address: \"0.0.0.0:443\", certificate: c.pem, "
                   "key: k.pem}], pages: {messages: [" SOURCE_ROOT
                   "/docs/kerbgate.example.yaml]}}\n" PROVIDERS CONNECTOR "apps:\n" APP("hr", ""));
    assert_null(look_new(c, &e));
    assert_non_null(strstr(e.detail, "kerbgate.example.yaml:"));
    config_free(c);
}

static void names_of_the_configuration_cannot_be_markup(void **state) {
    struct place *p = *state;
    struct err e = failure();
    activity_text(p->activity.app, sizeof p->activity.app, STR("<b>app"));
    activity_text(p->activity.connector, sizeof p->activity.connector, STR("<i>group"));
    assert_true(page_error(&p->arena, &p->page, &e, &p->activity, &p->message.headers));
    assert_true(shows(p, "&lt;b&gt;app"));
    assert_true(shows(p, "&lt;i&gt;group"));
}

static void every_error_has_a_page(void **state) {
    struct place *p = *state;
    for (int code = ERR_NONE + 1; code < ERR_COUNT; code++) {
        struct err e = {.code = (enum err_code)code};
        arena_fini(&p->arena);
        assert_true(page_error(&p->arena, &p->page, &e, &p->activity, &p->message.headers));
        assert_int_equal(p->page.head.status, err_info(e.code)->status);
        assert_true(shows(p, err_info(e.code)->name));
        int event = err_info(e.code)->event;
        bool may_try_again =
            p->page.head.status == 401 || event == 13014 || (event >= 22001 && event <= 22007);
        assert_int_equal(shows(p, "href=\"/.kerbgate/sign-in\""), may_try_again);
    }
}

static void a_full_arena_is_told(void **state) {
    struct place *p = *state;
    struct err e = failure();
    for (size_t limit = 0; limit < 6000; limit += 97) {
        struct arena a;
        arena_init(&a, limit);
        if (page_error(&a, &p->page, &e, &p->activity, &p->message.headers))
            assert_int_equal(p->page.head.headers.count, 7);
        arena_fini(&a);
    }
}

struct wants_row {
    const char *description, *name, *value;
    bool wants_json;
};

static const struct wants_row WANTS[] = {
    {"a browser", "Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", 0},
    {"an API client", "Accept", "application/json", 1},
    {"with a weight", "Accept", "text/plain, Application/JSON;q=0.5", 1},
    {"both", "Accept", "application/json, text/html", 0},
    {"anything", "Accept", "*/*", 0},
    {"nothing", "Accept", "", 0},
    {"a script that says so", "X-Requested-With", "XMLHttpRequest", 1},
    {"a script that fetches", "Sec-Fetch-Mode", "cors", 1},
    {"a script that fetches, of an old browser", "Sec-Fetch-Dest", "empty", 1},
    {"an image", "Sec-Fetch-Mode", "no-cors", 1},
    {"a WebSocket", "Sec-Fetch-Mode", "websocket", 1},
    {"an app on a phone that shows pages", "X-Requested-With", "com.example.app", 0},
    {"a page", "Sec-Fetch-Mode", "navigate", 0},
};

static void scripts_and_api_clients_want_data(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < sizeof WANTS / sizeof *WANTS; i++) {
        ask(p, "GET", "/");
        say(p, WANTS[i].name, WANTS[i].value);
        if (page_wants_json(&p->message.headers) != WANTS[i].wants_json)
            fail_msg("%s", WANTS[i].description);
    }
}

struct visit_row {
    const char *description, *method, *headers[4];
    bool is_visit;
};

#define HTML "text/html,application/xhtml+xml,*/*;q=0.8"

static const struct visit_row VISITS[] = {
    {"a browser", "GET", {"Accept", HTML}, true},
    {"one that says what it does", "GET", {"Accept", HTML, "Sec-Fetch-Mode", "navigate"}, true},
    {"a frame", "GET", {"Accept", HTML, "Sec-Fetch-Dest", "iframe"}, true},
    {"any program that says nothing", "GET", {NULL}, true},
    {"a look ahead", "HEAD", {"Accept", HTML}, true},
    {"fetch() of an old browser, curl", "GET", {"Accept", "*/*"}, false},
    {"fetch()", "GET", {"Accept", "*/*", "Sec-Fetch-Mode", "cors"}, false},
    {"fetch() that wants a page", "GET", {"Accept", HTML, "Sec-Fetch-Mode", "same-origin"}, false},
    {"fetch() with nothing else", "GET", {"Accept", HTML, "Sec-Fetch-Dest", "empty"}, false},
    {"a script of a page", "GET", {"Accept", "*/*", "Sec-Fetch-Mode", "no-cors"}, false},
    {"jQuery", "GET", {"Accept", HTML, "X-Requested-With", "XMLHttpRequest"}, false},
    {"axios", "GET", {"Accept", "application/json, text/plain, */*"}, false},
    {"news as they come", "GET", {"Accept", "text/event-stream"}, false},
    {"a form", "POST", {"Accept", HTML, "Sec-Fetch-Mode", "navigate"}, false},
    {"another origin's question", "OPTIONS", {"Accept", "*/*"}, false},
};

static void only_a_page_that_somebody_opens_may_become_another(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < sizeof VISITS / sizeof *VISITS; i++) {
        const struct visit_row *row = &VISITS[i];
        ask(p, row->method, "/");
        for (size_t k = 0; k < 4 && row->headers[k]; k += 2)
            say(p, row->headers[k], row->headers[k + 1]);
        if (page_is_visit(&p->message) != row->is_visit)
            fail_msg("%s", row->description);
    }
    ask(p, "GET", "/");
    p->message.upgrade = true;
    assert_false(page_is_visit(&p->message));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, place_make, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_page_says_how_it_may_be_used),
        TEST(the_policy_names_the_style_that_is_sent),
        TEST(a_page_has_a_language_a_title_and_no_script),
        TEST(the_length_is_that_of_the_body),
        TEST(a_redirect_names_its_address_in_both_places),
        TEST(an_error_keeps_detail_and_hint_for_the_administrator),
        TEST(an_error_is_data_for_those_who_want_data),
        TEST(an_error_is_data_for_a_script_that_asks),
        TEST(a_page_speaks_the_language_of_its_reader),
        TEST(a_page_looks_as_it_is_configured),
        TEST(a_file_that_is_no_image_is_told),
        TEST(a_catalogue_that_is_not_right_is_told_with_its_file),
        TEST(names_of_the_configuration_cannot_be_markup),
        TEST(every_error_has_a_page),
        TEST(a_full_arena_is_told),
        TEST(scripts_and_api_clients_want_data),
        TEST(only_a_page_that_somebody_opens_may_become_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
