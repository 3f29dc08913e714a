/* SPDX-License-Identifier: Apache-2.0 */
#include "preauth/testing_store.h"

#include "preauth/form_page.h"

/* RFC 7515 A.3 */
#define ASSERTION_KEY                                                                              \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjpsQnnGQmL+YBIff\n"                           \
    "H1136cspYG6+0iY7X1fCE9+E9LKhRANCAAR/zc4ncPbEXUGDy+5v20t7WAczNXvp\n"                           \
    "7xO6z248e9FURcfxRM0bvZt+hyzf7bnuufSzaV1uqQskrYpGIyiFiOWt\n"                                   \
    "-----END PRIVATE KEY-----\n"
#define TOKEN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA_-"

struct destination {
    const char *to;
    const char *path; /* NULL: the start page of the app */
};

/* Asked for on hr.example.com, where one app has every path. */
static const struct destination AT_THE_ROOT[] = {
    {"/", "/"},
    {"/list?sort=name&x=%2F", "/list?sort=name&x=%2F"},
    {"/a/../b", "/b"},
    {"/a/./b", "/a/b"},
    {"/%61", "/a"},
    {"/?next=https://evil.example/", "/?next=https://evil.example/"},
    {"/a//b", "/a//b"},
    {"/@evil.example", "/@evil.example"},
    {"/:80", "/:80"},
    {"/.kerbgatex", "/.kerbgatex"},
    /* another host */
    {"https://evil.example/", NULL},
    {"http://evil.example", NULL},
    {"HTTPS://evil.example/", NULL},
    {"https:/evil.example/", NULL},
    {"https:evil.example", NULL},
    {"https:\\\\evil.example", NULL},
    {"//evil.example/", NULL},
    {"///evil.example/", NULL},
    {"////evil.example/", NULL},
    {"//evil.example\\@hr.example.com/", NULL},
    {"//hr.example.com@evil.example/", NULL},
    {"//hr.example.com/", NULL},
    {"/.//evil.example/", NULL},
    {"/a/..//evil.example/", NULL},
    {"/%2e//evil.example/", NULL},
    {"/%2e%2e//evil.example/", NULL},
    {"/x/%2e%2e//evil.example/", NULL},
    {"/\\evil.example/", NULL},
    {"\\\\evil.example/", NULL},
    {"\\/evil.example/", NULL},
    {"/\\/evil.example/", NULL},
    {"/a\\..\\evil", NULL},
    {"/%5cevil.example/../%5c..", NULL},
    {"https://hr.example.com/", NULL},
    {"https://hr.example.com@evil.example/", NULL},
    {"https://hr.example.com.evil.example/", NULL},
    {"https://hr.example.com:444/", NULL},
    {"ftp://hr.example.com/", NULL},
    {"javascript:alert(1)", NULL},
    {"JaVaScRiPt:alert(1)", NULL},
    {"java\tscript:alert(1)", NULL},
    {"data:text/html,x", NULL},
    {"vbscript:x", NULL},
    {"mailto:a@b", NULL},
    {"?x", NULL},
    {"#x", NULL},
    {"*", NULL},
    {"evil.example", NULL},
    {"./x", NULL},
    {"../x", NULL},
    {"@evil.example", NULL},
    {":80/", NULL},
    {";/", NULL},
    {"", NULL},
    /* blanks, control bytes and what browsers drop or read as '/' */
    {" /x", NULL},
    {"/x ", NULL},
    {" //evil.example/", NULL},
    {"/\t/evil.example/", NULL},
    {"/\n/evil.example/", NULL},
    {"/\r/evil.example/", NULL},
    {"\t//evil.example/", NULL},
    {"\x01//evil.example/", NULL},
    {"/a\r\nSet-Cookie: a=b", NULL},
    {"/a?b\r\nSet-Cookie: a=b", NULL},
    {"/a%0d%0aSet-Cookie:%20a=b", NULL},
    {"/%00", NULL},
    {"/%", NULL},
    {"/%2", NULL},
    {"/%zz", NULL},
    {"/\xe2\x81\x84"
     "evil.example/",
     NULL}, /* a fraction slash, raw */
    {"/?\xff", NULL},
    {"/\x7f", NULL},
    {"/x#y", NULL},
    {"/?x#y", NULL},
    {"/../x", NULL},
    {"/a/../../x", NULL},
    {"/..%2fx", NULL},
    {"/..;/x", NULL},
    {"/%2e%2e;/x", NULL},
    /* our own pages: signing in would lead to signing in, or out */
    {"/.kerbgate/", NULL},
    {"/.kerbgate", NULL},
    {"/.kerbgate?x", NULL},
    {"/.kerbgate/sign-out", NULL},
    {"/.kerbgate/sign-in?to=/", NULL},
    {"/%2ekerbgate/sign-out", NULL},
    {"/%2Ekerb%67ate/sign-out", NULL},
    {"/./.kerbgate/sign-out", NULL},
    {"/a/../.kerbgate/sign-out", NULL},
    {"/.kerbgate/../.kerbgate/sign-out", NULL},
    {"/.kerbgate/%2e%2e/.kerbgate/", NULL},
};

/* The same on apps.example.com, where nothing is at '/'. */
static const struct destination BELOW[] = {
    {"/under/x?y", "/under/x?y"},
    {"/deep/er/x", "/deep/er/x"},
    {"/under/../deep/er/", "/deep/er/"},
    {"/open/", "/open/"},
    {"/", NULL},
    {"/under", NULL},
    {"/underneath/", NULL},
    {"/UNDER/", NULL},
    {"/under/../", NULL},
    {"/under/%2e%2e/secret", NULL},
    {"/deep/", NULL},
    {"/other/", NULL}, /* on another port */
    {"/.kerbgate/under/", NULL},
    {"/under/../.kerbgate/sign-out", NULL},
};

static void check_destination(struct place *p, const struct config_app *app,
                              const struct destination *d) {
    const struct config_app *found = NULL;
    struct str path = STR_NONE, bare;
    assert_true(local_destination(&p->tools, &p->arena, app, str_of(d->to), &found, &path));
    struct str expected = d->path ? str_of(d->path) : app->external.path;
    if (!str_eq(path, expected))
        fail_msg("\"%s\" leads to %.*s", d->to, STR_ARG(path));
    bare = str_head(path, str_index(path, '?'));
    assert_true(str_eq(found->external.origin, app->external.origin));
    assert_true(str_starts(bare, found->external.path));
    assert_false(str_starts(bare, STR("//")));
    assert_false(local_is_ours(bare));
}

static void a_destination_is_an_app_on_this_origin_or_the_start_page(void **state) {
    struct place *p = *state;
    for (size_t i = 0; i < sizeof AT_THE_ROOT / sizeof *AT_THE_ROOT; i++)
        check_destination(p, app_named(p, "hr"), &AT_THE_ROOT[i]);
    for (size_t i = 0; i < sizeof BELOW / sizeof *BELOW; i++)
        check_destination(p, app_named(p, "under"), &BELOW[i]);
}

/* Every byte, raw, behind the slash, where browsers might see a second one. */
static void no_byte_makes_a_destination_another_host(void **state) {
    struct place *p = *state;
    const struct config_app *app = app_named(p, "hr");
    for (int byte = 0; byte < 256; byte++) {
        const struct config_app *found;
        char to[] = {'/', (char)byte, '/', 'e', 'v', 'i', 'l'};
        struct str path;
        assert_true(
            local_destination(&p->tools, &p->arena, app, str_n(to, sizeof to), &found, &path));
        assert_true(path.p[0] == '/');
        assert_true(path.n == 1 || (path.p[1] != '/' && path.p[1] != '\\' && path.p[1] > ' '));
    }
}

static void the_longest_destination_has_a_limit(void **state) {
    struct place *p = *state;
    const struct config_app *found, *app = app_named(p, "hr");
    char to[LOCAL_TO_MAX + 1];
    struct str path;
    memset(to, 'a', sizeof to);
    to[0] = '/';
    local_destination(&p->tools, &p->arena, app, str_n(to, LOCAL_TO_MAX), &found, &path);
    assert_int_equal(path.n, LOCAL_TO_MAX);
    local_destination(&p->tools, &p->arena, app, str_n(to, LOCAL_TO_MAX + 1), &found, &path);
    assert_true(str_eq(path, STR("/")));
}

static void check_url(struct place *p, const char *target, const char *expected) {
    ask(p, "GET", target);
    struct str url = local_sign_in_url(&p->arena, app_named(p, "hr"), &p->target);
    assert_string_equal(url.p, expected);
}

static void the_way_to_sign_in_remembers_the_way_back(void **state) {
    struct place *p = *state;
    char longest[LOCAL_TO_MAX + 2] = "/";
    check_url(p, "/", "https://hr.example.com/.kerbgate/sign-in?to=%2F");
    check_url(p, "/a?b=c&to=%2F\"'",
              "https://hr.example.com/.kerbgate/sign-in?to=%2Fa%3Fb%3Dc%26to%3D%252F%22%27");
    memset(longest + 1, 'a', LOCAL_TO_MAX);
    check_url(p, longest, "https://hr.example.com/.kerbgate/sign-in");
}

static int reset(void **state) {
    memset(&asked, 0, sizeof asked);
    return place_make(state);
}

static enum local_result answer(struct place *p, local_done_fn *done, struct local_wait **wait) {
    return local_answer(&p->tools, &p->request, done, p, &p->page, wait);
}

static void answer_now(struct place *p) {
    struct local_wait *wait;
    assert_int_equal(answer(p, NULL, &wait), LOCAL_NOW);
    assert_null(wait);
}

static void the_form_is_shown_with_a_clean_way_back(void **state) {
    static const struct {
        const char *target, *field;
    } ROWS[] = {
        {"/.kerbgate/sign-in", "name=\"to\" value=\"/\""},
        {"/.kerbgate/sign-in?to=%2Flist%3Fa%3Db", "name=\"to\" value=\"/list?a=b\""},
        {"/.kerbgate/sign-in?to=https%3A%2F%2Fevil.example", "name=\"to\" value=\"/\""},
        {"/.kerbgate/sign-in?to=%2F&to=%2Fb", "name=\"to\" value=\"/\""},
        {"/.kerbgate/sign-in?to=%2F.kerbgate%2Fsign-out", "name=\"to\" value=\"/\""},
    };
    struct place *p = *state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        ask(p, i % 2 ? "GET" : "HEAD", ROWS[i].target);
        answer_now(p);
        assert_int_equal(p->page.head.status, 200);
        if (!shows(p, ROWS[i].field))
            fail_msg("%s", ROWS[i].target);
    }
}

static void the_form_is_of_the_provider_that_is_named_or_there_is_a_choice(void **state) {
    static const struct {
        const char *target, *field;
    } ROWS[] = {
        {"/.kerbgate/sign-in", "to=%2F&amp;by=partners\""},
        {"/.kerbgate/sign-in?by=partners", "name=\"by\" value=\"partners\""},
        {"/.kerbgate/sign-in?by=staff&to=%2F", "name=\"by\" value=\"staff\""},
        {"/.kerbgate/sign-in?to=%2Fa&by=another", "to=%2Fa&amp;by=staff\""},
        {"/.kerbgate/sign-in?by=partners&by=staff", "to=%2F&amp;by=staff\""},
        {"/.kerbgate/sign-in?to=%2F%2Fevil.example", "to=%2F&amp;by=staff\""},
    };
    struct place *p = *state;
    p->request.app = app_named(p, "both");
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        ask(p, "GET", ROWS[i].target);
        answer_now(p);
        if (!shows(p, ROWS[i].field))
            fail_msg("%s", ROWS[i].target);
    }
}

static void other_methods_are_refused_with_those_that_work(void **state) {
    static const char *const METHODS[] = {"PUT", "DELETE", "OPTIONS", "PATCH", "post"};
    struct place *p = *state;
    for (size_t i = 0; i < sizeof METHODS / sizeof *METHODS; i++) {
        ask(p, METHODS[i], "/.kerbgate/sign-out");
        answer_now(p);
        assert_int_equal(p->page.head.status, 405);
        assert_string_equal(told(p, "Allow"), "GET, HEAD, POST");
    }
}

static void the_keys_of_assertions_are_for_everybody(void **state) {
    struct place *p = *state;
    struct jws_keys *keys = jws_keys_new();
    char pem[] = ASSERTION_KEY;
    const char *why;
    p->tools.keys = keys;
    ask(p, "GET", "/.kerbgate/jwks.json");
    answer_now(p);
    assert_int_equal(p->page.head.status, 404);
    FILE *file = fmemopen(pem, sizeof pem - 1, "r");
    assert_true(jws_keys_add(keys, file, &why));
    fclose(file);
    for (int i = 0; i < 2; i++) {
        ask(p, i ? "HEAD" : "GET", "/.kerbgate/jwks.json?x");
        answer_now(p);
        assert_int_equal(p->page.head.status, 200);
        assert_string_equal(told(p, "Content-Type"), "application/jwk-set+json");
        assert_string_equal(told(p, "Cache-Control"), "public, max-age=300");
        assert_true(str_eq(p->page.body, jws_keys_public(keys)));
        assert_int_equal(p->page.head.length, p->page.body.n);
    }
    ask(p, "POST", "/.kerbgate/jwks.json");
    answer_now(p);
    assert_int_equal(p->page.head.status, 405);
    assert_string_equal(told(p, "Allow"), "GET, HEAD");
    jws_keys_free(keys);
}

static void other_addresses_of_ours_are_nothing(void **state) {
    static const char *const TARGETS[] = {"/.kerbgate",          "/.kerbgate/",
                                          "/.kerbgate/sign-in/", "/.kerbgate/SIGN-IN",
                                          "/.kerbgate/x",        "/.kerbgate/jwks.json"};
    struct place *p = *state;
    for (size_t i = 0; i < sizeof TARGETS / sizeof *TARGETS; i++) {
        ask(p, "GET", TARGETS[i]);
        answer_now(p);
        assert_int_equal(p->page.head.status, 404);
    }
}

static void post_sign_out(struct place *p) {
    ask(p, "POST", "/.kerbgate/sign-out");
    say(p, "Cookie", FORM_COOKIE "=" TOKEN);
    p->request.body = STR("csrf=" TOKEN);
}

static void nobody_is_signed_out_by_another_site(void **state) {
    struct place *p = *state;
    struct session session = {.identity = {.subject = p->text}};
    p->request.session = &session;
    post_sign_out(p);
    say(p, "Sec-Fetch-Site", "cross-site");
    answer_now(p);
    assert_int_equal(asked.ended, 0);
    assert_true(shows(p, "<form method=\"post\" action=\"/.kerbgate/sign-out\">"));
}

static void who_is_not_signed_in_loses_the_cookie_at_once(void **state) {
    struct place *p = *state;
    post_sign_out(p);
    answer_now(p);
    assert_string_equal(told(p, "Set-Cookie"), SESSION_COOKIE "=; Path=/; Secure; HttpOnly; "
                                                              "SameSite=Lax; Max-Age=0");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, reset, place_remove)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_destination_is_an_app_on_this_origin_or_the_start_page),
        TEST(no_byte_makes_a_destination_another_host),
        TEST(the_longest_destination_has_a_limit),
        TEST(the_way_to_sign_in_remembers_the_way_back),
        TEST(the_form_is_shown_with_a_clean_way_back),
        TEST(the_form_is_of_the_provider_that_is_named_or_there_is_a_choice),
        TEST(other_methods_are_refused_with_those_that_work),
        TEST(the_keys_of_assertions_are_for_everybody),
        TEST(other_addresses_of_ours_are_nothing),
        TEST(nobody_is_signed_out_by_another_site),
        TEST(who_is_not_signed_in_loses_the_cookie_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
