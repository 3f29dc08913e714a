/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/testing.h"

#define HR "Host: hr.example.com\r\n"
#define TOKEN "Authorization: Bearer t.o.k\r\n"
#define HTML "Accept: text/html\r\n"

static char *scopes[] = {(char *)"read"};
static struct config_provider api = {
    .name = (char *)"api", .type = PROVIDER_BEARER, .oidc = {.scopes = scopes, .scope_count = 1}};
static const struct config_provider *both[2], *alone[] = {&api};

static struct config_app *hr(void) { return &config->apps[0]; }

/* hr is for people who signed in and for programs, told for programs alone. */
static int make(void **state) {
    server_make(state);
    both[0] = &api; /* the first is not the one with pages */
    both[1] = hr()->providers[0];
    hr()->providers = both;
    hr()->provider_count = 2;
    shared.bearers = (struct bearer_cache *)&bearing; /* never looked into */
    find.session.identity.provider = api.name;
    return 0;
}

static const char *answer_to(const char *request) {
    struct stream *s = connect_client();
    send_text(s, request);
    const char *text = received(s);
    hang_up(s);
    return text;
}

static void expect(const char *what, const char *text, const char *status, const char *part) {
    if (!starts(text, status) || (part && !strstr(text, part)))
        fail_msg("%s: %s", what, text);
    if (strstr(text, "\r\nLocation:"))
        fail_msg("%s is sent away: %s", what, text);
}

struct refusal {
    enum err_code code;
    const char *status, *part;
};

static const struct refusal REFUSALS[] = {
    {ERR_BEARER_REQUEST, "HTTP/1.1 400 ", "error=\"invalid_request\", error_description=\"why\""},
    {ERR_BEARER_UNREADABLE, "HTTP/1.1 401 ", "error=\"invalid_token\""},
    {ERR_BEARER_SIGNATURE, "HTTP/1.1 401 ", "error=\"invalid_token\""},
    {ERR_BEARER_TOKEN, "HTTP/1.1 401 ", "\r\nWWW-Authenticate: Bearer realm=\"hr\", error="},
    {ERR_BEARER_ENDED, "HTTP/1.1 401 ", "error=\"invalid_token\""},
    {ERR_BEARER_SCOPE, "HTTP/1.1 403 ", "error=\"insufficient_scope\""},
    {ERR_BEARER_SCOPE, "HTTP/1.1 403 ", ", scope=\"read\"\r\n"},
    {ERR_BEARER_WEAK, "HTTP/1.1 401 ", "error=\"insufficient_user_authentication\""},
    {ERR_IDP_DOWN, "HTTP/1.1 503 ", "\r\nRetry-After: 1\r\n"},
    {ERR_BUSY, "HTTP/1.1 503 ", "\r\nRetry-After: 1\r\n"},
    {ERR_IDP_CONFIG, "HTTP/1.1 502 ", NULL},
};

static void a_token_that_is_refused_is_told_why_and_sent_nowhere(void **state) {
    struct stream *s = connect_client();
    (void)state;
    for (size_t i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
        bearing.result = BEARER_REFUSED;
        err_set(&bearing.err, REFUSALS[i].code, "why");
        send_text(s, "GET / HTTP/1.1\r\n" HR HTML TOKEN SESSION "\r\n");
        const char *text = received(s);
        expect(err_info(REFUSALS[i].code)->name, text, REFUSALS[i].status, REFUSALS[i].part);
        assert_non_null(strstr(text, "Content-Type: application/json\r\n"));
        assert_null(strstr(text, "t.o.k"));
        assert_int_equal(recorded.err.code, REFUSALS[i].code);
    }
    assert_int_equal(exchanges + find.count, 0); /* the cookie beside it counts for nothing */
}

static void a_token_that_is_good_lets_in_without_a_cookie(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "GET / HTTP/1.1\r\n" HR TOKEN "\r\n");
    assert_int_equal(exchanges, 1);
    assert_int_equal(find.count, 0);
    assert_string_equal(back.r.identity->provider, "api");
    assert_int_equal(headers_count(&back.r.message->headers, STR("Authorization")), 0);
    back_answers("x");
    assert_true(starts(received(s), "HTTP/1.1 200 "));
}

static void without_a_token_the_cookie_decides(void **state) {
    (void)state;
    find.session.identity.provider = both[1]->name;
    send_text(connect_client(), "GET / HTTP/1.1\r\n" HR SESSION "\r\n");
    assert_int_equal(exchanges, 1);
    assert_int_equal(find.count, 1);
}

static void who_has_neither_is_told_of_both_ways(void **state) {
    (void)state;
    const char *text = answer_to("GET / HTTP/1.1\r\n" HR "Accept: */*\r\n\r\n");
    expect("a script", text, "HTTP/1.1 401 ", "\r\nWWW-Authenticate: Bearer realm=\"hr\"\r\n");
    expect("a script", text, "HTTP/1.1 401 ", "\r\nWWW-Authenticate: Kerbgate sign-in=");
    text = answer_to("GET / HTTP/1.1\r\n" HR HTML "\r\n");
    assert_true(starts(text, "HTTP/1.1 303 "));
}

static void an_app_for_programs_alone_sends_nobody_to_a_page(void **state) {
    (void)state;
    hr()->providers = alone;
    hr()->provider_count = 1;
    const char *text = answer_to("GET / HTTP/1.1\r\n" HR HTML "\r\n");
    expect("a browser", text, "HTTP/1.1 401 ", "\r\nWWW-Authenticate: Bearer realm=\"hr\"\r\n");
    assert_null(strstr(text, "Kerbgate sign-in"));
    assert_non_null(strstr(text, "Content-Type: application/json\r\n"));
    text = answer_to("GET /.kerbgate/sign-in HTTP/1.1\r\n" HR HTML "\r\n");
    expect("a browser that looks for it", text, "HTTP/1.1 404 ", NULL);
}

static void a_token_at_an_app_without_issuers_is_nothing_but_a_sign_of_a_program(void **state) {
    (void)state;
    hr()->providers = &both[1];
    hr()->provider_count = 1;
    const char *text = answer_to("GET / HTTP/1.1\r\n" HR HTML TOKEN "\r\n");
    expect("a program", text, "HTTP/1.1 401 ", "\r\nWWW-Authenticate: Kerbgate sign-in=");
    assert_null(strstr(text, "Bearer"));
    assert_int_equal(exchanges, 0);
}

static void what_the_desk_says_later_counts_as_well(void **state) {
    struct err e;
    struct stream *s = connect_client();
    (void)state;
    bearing.result = BEARER_ASKED;
    send_text(s, "GET / HTTP/1.1\r\n" HR TOKEN "\r\n");
    assert_int_equal(exchanges, 0);
    err_set(&e, ERR_BEARER_SIGNATURE, "why");
    bearing.done(bearing.user, NULL, &e);
    pass(0);
    assert_true(starts(received(s), "HTTP/1.1 401 "));
    send_text(s, "GET / HTTP/1.1\r\n" HR TOKEN "\r\n");
    err_set(&e, ERR_NONE, "fine");
    bearing.done(bearing.user, &find.session, &e);
    assert_int_equal(exchanges, 1);
}

static void who_goes_away_is_not_waited_for(void **state) {
    struct stream *s = connect_client();
    (void)state;
    bearing.result = BEARER_ASKED;
    send_text(s, "GET / HTTP/1.1\r\n" HR TOKEN "\r\n");
    hang_up(s);
    assert_int_equal(bearing.canceled, 1);
}

static bool all(void *user, const struct session *session) {
    (void)user, (void)session;
    return true;
}

static void a_request_that_outlives_its_token_is_told_or_cut(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "GET / HTTP/1.1\r\n" HR TOKEN "\r\n");
    assert_int_equal(server_end_sessions(&server, all, NULL), 1);
    pass(0);
    expect("before the answer", received(s), "HTTP/1.1 401 ", "error=\"invalid_token\"");
    assert_int_equal(recorded.err.code, ERR_BEARER_ENDED);
    s = connect_client();
    send_text(s, "GET / HTTP/1.1\r\n" HR TOKEN "\r\n");
    back_begins(200, BODY_LENGTH, 100);
    back_says("half");
    assert_int_equal(server_end_sessions(&server, all, NULL), 1);
    pass(0);
    assert_false(s->is_open);
    assert_int_equal(recorded.err.code, ERR_BEARER_ENDED);
}

/* A rule of the app that asks for a scope, or for a stronger sign-in. */
static void a_rule_that_asks_for_more_says_what_the_next_token_needs(void **state) {
    static char *all_of[] = {(char *)"write"}, *acr[] = {(char *)"strong"};
    static struct config_claim claim = {.claim = (char *)"scope", .all = all_of, .all_count = 1};
    (void)state;
    hr()->allow.claims = &claim;
    hr()->allow.claim_count = 1;
    const char *text = answer_to("GET / HTTP/1.1\r\n" HR TOKEN "\r\n");
    expect("scope", text, "HTTP/1.1 403 ", "error=\"insufficient_scope\"");
    expect("scope", text, "HTTP/1.1 403 ", ", scope=\"write\"\r\n");
    assert_null(strstr(text, "k.yaml")); /* where the rule stands is for the event */
    assert_non_null(strstr(recorded.err.detail, "k.yaml"));
    hr()->allow.claim_count = 0;
    hr()->allow.acr = acr;
    hr()->allow.acr_count = 1;
    text = answer_to("GET / HTTP/1.1\r\n" HR TOKEN "\r\n");
    expect("acr", text, "HTTP/1.1 401 ", ", acr_values=\"strong\"\r\n");
    hr()->allow.acr = NULL;
    hr()->allow.who = WHO_NOBODY;
    text = answer_to("GET / HTTP/1.1\r\n" HR TOKEN "\r\n");
    expect("nobody", text, "HTTP/1.1 403 ", NULL);
    assert_null(strstr(text, "WWW-Authenticate"));
    assert_int_equal(exchanges, 0);
}

#define BEARER(f) cmocka_unit_test_setup_teardown(f, make, server_remove_all)

int main(void) {
    const struct CMUnitTest tests[] = {
        BEARER(a_token_that_is_refused_is_told_why_and_sent_nowhere),
        BEARER(a_token_that_is_good_lets_in_without_a_cookie),
        BEARER(without_a_token_the_cookie_decides),
        BEARER(who_has_neither_is_told_of_both_ways),
        BEARER(an_app_for_programs_alone_sends_nobody_to_a_page),
        BEARER(a_token_at_an_app_without_issuers_is_nothing_but_a_sign_of_a_program),
        BEARER(what_the_desk_says_later_counts_as_well),
        BEARER(who_goes_away_is_not_waited_for),
        BEARER(a_request_that_outlives_its_token_is_told_or_cut),
        BEARER(a_rule_that_asks_for_more_says_what_the_next_token_needs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
