/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/testing.h"

#define HR "Host: hr.example.com\r\n"
#define GET_HR "GET / HTTP/1.1\r\n" HR

static const char *answer_to(const char *request) {
    struct stream *s = connect_client();
    send_text(s, request);
    const char *text = received(s);
    hang_up(s);
    buf_fini(&s->sent);
    buf_fini(&s->got);
    wire_count = 0;
    return text;
}

struct route_row {
    const char *target, *host;
    const char *status; /* NULL: it is forwarded */
    const char *part;   /* of the head of the answer, or the app */
};

static const struct route_row ROUTES[] = {
    {"/open/x", "apps.example.com", NULL, "open"},
    {"/open/", "APPS.example.COM", NULL, "open"},
    {"/open/", "apps.example.com:443", NULL, "open"},
    {"/open/", "apps.example.com:", NULL, "open"},
    {"/open/", "apps.example.com.", NULL, "open"},
    {"/open/", "apps.example.com.:443", NULL, "open"},
    {"/", "apps.example.com:8443", NULL, "high"},
    {"/under/../open/", "apps.example.com", NULL, "open"},
    {"/%6fpen/", "apps.example.com", NULL, "open"},
    {"https://apps.example.com/open/", "hr.example.com", NULL, "open"},
    {"https://APPS.example.com:443/open/", "other.example", NULL, "open"},
    {"https://hr.example.com/", "apps.example.com", "303", "Location: https://hr.example.com/.k"},
    {"/", "hr.example.com", "303", "to=%2F\r\n"},
    {"/under/", "apps.example.com", "303", "to=%2Funder%2F\r\n"},
    {"/under", "apps.example.com", "308", "Location: https://apps.example.com/under/\r\n"},
    {"/under?a=b", "apps.example.com", "308", "Location: https://apps.example.com/under/?a=b\r\n"},
    {"/%75nder", "apps.example.com", "308", "Location: https://apps.example.com/under/\r\n"},
    {"/", "apps.example.com", "404", ""},
    {"/underneath", "apps.example.com", "404", ""},
    {"/UNDER/", "apps.example.com", "404", ""},
    {"/open/../", "apps.example.com", "404", ""},
    {"/open/", "apps.example.com:8444", "404", ""},
    {"/open/", "apps.example.com:80", "404", ""},
    {"/", "unknown.example.com", "404", ""},
    {"/", "hr.example.com.evil.example", "404", ""},
    {"/", "evil.hr.example.com", "404", ""},
    {"/", "203.0.113.1", "404", ""},
    {"/", "[::1]", "404", ""},
    {"/.kerbgate/sign-in", "unknown.example.com", "404", ""},
    {"/", "user@hr.example.com", "400", ""},
    {"/", "hr.example.com:0", "400", ""},
    {"/", "hr.example.com..", "400", ""},
    {"/", ".", "400", ""},
    {"/", ":", "400", ""},
    {"/", "203.0.113.1.", "400", ""},
    {"/", "hr.example.com:99999", "400", ""},
    {"/", "hr.example.com:443:443", "400", ""},
    {"/", "hr.example.com, apps.example.com", "400", ""},
    {"/", "hr.example.com/x", "400", ""},
    {"/", "", "400", ""},
    {"*", "hr.example.com", "400", ""},
    {"/../", "hr.example.com", "400", ""},
    {"/open/..;/x", "apps.example.com", "400", ""},
    {"/a\\b", "hr.example.com", "400", ""},
    {"/.kerbgate", "apps.example.com:8443", "404", ""},
    {"/.kerbgate/", "apps.example.com:8443", "404", ""},
    {"/%2ekerbgate/x", "apps.example.com:8443", "404", ""},
    {"/x/../.kerbgate/x", "apps.example.com:8443", "404", ""},
};

static void a_request_goes_to_the_app_at_its_address(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROUTES / sizeof *ROUTES; i++) {
        const struct route_row *row = &ROUTES[i];
        char request[512], status[32];
        unsigned before = exchanges;
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", row->target,
                 row->host);
        const char *text = answer_to(request);
        snprintf(status, sizeof status, "HTTP/1.1 %s ", row->status ? row->status : "");
        if (!row->status && (exchanges != before + 1 || strcmp(recorded.app, row->part) != 0))
            fail_msg("%s at %s: %s", row->target, row->host, text);
        if (row->status &&
            (exchanges != before || !starts(text, status) || !strstr(text, row->part)))
            fail_msg("%s at %s: %s", row->target, row->host, text);
    }
}

/* Whoever has an app of its own at the root keeps "/under/" apart. */
static void the_missing_slash_is_added_also_where_another_app_has_the_root(void **state) {
    (void)state;
    config->apps[1].external.host = config->apps[0].external.host;
    assert_true(starts(answer_to("GET /under HTTP/1.1\r\n" HR "\r\n"), "HTTP/1.1 308 "));
}

static void methods_that_echo_or_tunnel_are_refused(void **state) {
    (void)state;
    const char *text = answer_to("TRACE /open/ HTTP/1.1\r\nHost: apps.example.com\r\n\r\n");
    assert_true(starts(text, "HTTP/1.1 405 "));
    assert_non_null(strstr(text, "\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n"));
    text = answer_to("CONNECT apps.example.com:443 HTTP/1.1\r\nHost: apps.example.com\r\n\r\n");
    assert_true(starts(text, "HTTP/1.1 501 "));
    assert_int_equal(exchanges, 0);
}

struct stranger {
    const char *description, *request, *status_line, *part;
};

static const struct stranger STRANGERS[] = {
    {"a browser that looks", GET_HR "Accept: text/html\r\n\r\n", "HTTP/1.1 303 ",
     "Location: https://hr.example.com/.kerbgate/sign-in?to=%2F\r\n"},
    {"a browser that sends", "POST / HTTP/1.1\r\n" HR "Content-Length: 0\r\n\r\n", "HTTP/1.1 401 ",
     "href=\"/.kerbgate/sign-in\""},
    {"a script", GET_HR "X-Requested-With: XMLHttpRequest\r\n\r\n", "HTTP/1.1 401 ",
     "WWW-Authenticate: Kerbgate sign-in=\"https://hr.example.com/.kerbgate/sign-in?to=%2F\"\r\n"},
    {"a fetch", GET_HR "Sec-Fetch-Mode: cors\r\n\r\n", "HTTP/1.1 401 ",
     "Content-Type: application/json\r\n"},
    {"a fetch of an old browser", GET_HR "Accept: */*\r\n\r\n", "HTTP/1.1 401 ",
     "WWW-Authenticate: Kerbgate sign-in="},
    {"a WebSocket",
     GET_HR "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
     "HTTP/1.1 401 ", "WWW-Authenticate: Kerbgate sign-in="},
    {"two cookies",
     GET_HR "Cookie: __Host-kerbgate=" GIVEN_TOKEN "; __Host-kerbgate=" GIVEN_TOKEN "\r\n\r\n",
     "HTTP/1.1 303 ", ""},
    {"two lines of cookies", GET_HR SESSION SESSION "\r\n", "HTTP/1.1 303 ", ""},
    {"a cookie in other letters", GET_HR "Cookie: __host-kerbgate=" GIVEN_TOKEN "\r\n\r\n",
     "HTTP/1.1 303 ", ""},
    {"an authorization of his own", GET_HR "Authorization: Negotiate YII=\r\n\r\n", "HTTP/1.1 303 ",
     ""},
    {"a name in a header", GET_HR "X-Forwarded-User: alice\r\nkerbgate-user: alice\r\n\r\n",
     "HTTP/1.1 303 ", ""},
};

static void nobody_gets_in_without_a_session(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof STRANGERS / sizeof *STRANGERS; i++) {
        const char *text = answer_to(STRANGERS[i].request);
        if (!starts(text, STRANGERS[i].status_line) || !strstr(text, STRANGERS[i].part))
            fail_msg("%s: %s", STRANGERS[i].description, text);
        assert_non_null(strstr(text, "Cache-Control: no-store\r\n"));
    }
    assert_int_equal(exchanges + find.count, 0);
}

static void who_has_a_session_gets_through_under_his_name(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, GET_HR SESSION "\r\n");
    assert_int_equal(exchanges, 1);
    assert_string_equal(back.r.identity->subject, "alice@CORP.EXAMPLE");
    assert_false(headers_get(&back.r.message->headers, STR("Cookie")).p);
    back_answers("x");
    assert_string_equal(recorded.user, "alice@CORP.EXAMPLE");
    assert_int_equal(recorded.status, 200);
}

static void who_is_passed_through_is_not_looked_up(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "GET /open/ HTTP/1.1\r\nHost: apps.example.com\r\n" SESSION "\r\n");
    assert_int_equal(find.count, 0);
    assert_null(back.r.identity);
    assert_false(headers_get(&back.r.message->headers, STR("Cookie")).p);
    back_answers("x");
    assert_string_equal(recorded.user, "");
}

static void an_own_ticket_that_is_not_taken_any_more_is_like_a_session_that_is_over(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, GET_HR SESSION "\r\n");
    back_fails(ERR_SIGN_IN_REQUIRED);
    assert_true(starts(received(s), "HTTP/1.1 303 "));
    assert_int_equal(recorded.err.code, ERR_SIGN_IN_REQUIRED);
    assert_int_equal(recorded.status, 303);
}

static void who_sends_with_such_a_ticket_is_told_where_to_sign_in(void **state) {
    (void)state;
    exchange_refusal = ERR_SIGN_IN_REQUIRED;
    assert_true(starts(answer_to(GET_HR SESSION "\r\n"), "HTTP/1.1 303 "));
    const char *text = answer_to("POST / HTTP/1.1\r\n" HR SESSION "Content-Length: 0\r\n\r\n");
    assert_true(starts(text, "HTTP/1.1 401 "));
    assert_non_null(strstr(text, "WWW-Authenticate: Kerbgate sign-in="));
    assert_int_equal(recorded.err.code, ERR_SIGN_IN_REQUIRED);
}

static void a_session_that_is_none_does_not_count(void **state) {
    (void)state;
    find.result = SESSION_NONE;
    assert_true(starts(answer_to(GET_HR SESSION "\r\n"), "HTTP/1.1 303 "));
    assert_int_equal(recorded.err.code, ERR_NONE);
}

static void a_session_of_another_provider_does_not_count(void **state) {
    char other[] = "other";
    (void)state;
    find.session.identity.provider = other;
    assert_true(starts(answer_to(GET_HR SESSION "\r\n"), "HTTP/1.1 303 "));
    assert_int_equal(recorded.err.code, ERR_NONE);
}

static void who_is_not_on_the_list_is_refused(void **state) {
    (void)state;
    const char *text =
        answer_to("GET /under/ HTTP/1.1\r\nHost: apps.example.com\r\n" SESSION "\r\n");
    assert_true(starts(text, "HTTP/1.1 403 "));
    assert_int_equal(recorded.err.code, ERR_FORBIDDEN);
    assert_int_equal(exchanges, 0);
}

static void a_session_may_have_to_be_fetched(void **state) {
    struct stream *s = connect_client();
    (void)state;
    find.result = SESSION_LOADING;
    send_text(s, GET_HR SESSION "\r\n");
    assert_int_equal(exchanges, 0);
    store_answers(&find.session, ERR_NONE);
    assert_int_equal(exchanges, 1);
}

static void a_store_that_is_down_opens_no_door(void **state) {
    struct stream *s = connect_client();
    (void)state;
    find.result = SESSION_LOADING;
    send_text(s, GET_HR SESSION "\r\n");
    store_answers(NULL, ERR_STORE);
    assert_int_equal(exchanges, 0);
    assert_true(starts(received(s), "HTTP/1.1 503 "));
}

static void who_hangs_up_is_not_called_back_by_the_store(void **state) {
    struct stream *s = connect_client();
    (void)state;
    find.result = SESSION_LOADING;
    send_text(s, GET_HR SESSION "\r\n");
    hang_up(s);
    assert_false(asked.is_under_way);
}

static void a_ticket_that_cannot_be_had_is_a_page(void **state) {
    struct stream *s = connect_client();
    (void)state;
    exchange_refusal = ERR_CLAIM_MISSING;
    send_text(s, GET_HR SESSION "\r\n");
    const char *text = received(s);
    assert_true(starts(text, "HTTP/1.1 403 "));
    assert_non_null(strstr(text, recorded.id));
    assert_true(s->is_open && !s->is_shut);
}

static void a_back_end_that_fails_before_it_answers_is_a_page(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, GET_HR SESSION "Accept: application/json\r\n\r\n");
    back_fails(ERR_BACKEND_TIMEOUT);
    const char *text = received(s);
    assert_true(starts(text, "HTTP/1.1 504 "));
    assert_non_null(strstr(text, "\"error\": \"backend-timeout\""));
    assert_int_equal(recorded.status, 504);
    send_text(s, GET_HR SESSION "\r\n");
    assert_int_equal(exchanges, 2);
}

static void what_the_back_end_says_after_our_own_answer_is_dropped(void **state) {
    struct stream *s = connect_client();
    (void)state;
    send_text(s, "POST / HTTP/1.1\r\n" HR SESSION "Content-Length: 9\r\n\r\na");
    back_has_room(9);
    s->room = 10; /* our answer is on its way */
    pass(2000);
    back_begins(200, BODY_LENGTH, 2);
    back_says("xx");
    back_ends();
    take(s, SIZE_MAX);
    const char *text = received(s);
    assert_true(starts(text, "HTTP/1.1 408 "));
    assert_null(strstr(text, "200 OK"));
}

static void a_form_has_a_limit(void **state) {
    static char piece[20 * 1024];
    struct stream *s = connect_client();
    (void)state;
    memset(piece, 'a', sizeof piece);
    send_text(s, "POST /.kerbgate/sign-in HTTP/1.1\r\n" HR "Content-Length: 16385\r\n"
                 "Expect: 100-continue\r\n\r\n");
    check_refused(s, "HTTP/1.1 413 ");
    s = connect_client();
    send_text(s, "POST /.kerbgate/sign-in HTTP/1.1\r\n" HR
                 "Transfer-Encoding: chunked\r\n\r\n5000\r\n");
    send_bytes(s, str_n(piece, sizeof piece));
    check_refused(s, "HTTP/1.1 413 ");
    s = connect_client();
    send_text(s, "POST /.kerbgate/sign-in HTTP/1.1\r\n" HR "Content-Length: 16384\r\n\r\n");
    send_bytes(s, str_n(piece, LOCAL_BODY_MAX));
    assert_true(starts(received(s), "HTTP/1.1 403 "));
    assert_int_equal(recorded.bytes_in, LOCAL_BODY_MAX);
}

static void the_sign_in_form_works_over_the_wire(void **state) {
    struct stream *s = connect_client();
    static const char body[] = "csrf=" GIVEN_TOKEN "&username=alice&password=hunter22&to=%2Flist";
    char request[512];
    (void)state;
    snprintf(request, sizeof request,
             "POST /.kerbgate/sign-in HTTP/1.1\r\n" HR "Cookie: __Host-kerbgate-form=" GIVEN_TOKEN
             "\r\nContent-Length: %zu\r\n\r\n%s",
             sizeof body - 1, body);
    send_text(s, request);
    reserve_answers(0, ERR_NONE);
    broker_answers(ERR_NONE);
    store_answers(&find.session, ERR_NONE);
    pass(0);
    const char *text = received(s);
    assert_true(starts(text, "HTTP/1.1 303 "));
    assert_non_null(strstr(text, "Location: https://hr.example.com/list\r\n"));
    assert_non_null(strstr(text, "Set-Cookie: __Host-kerbgate=" GIVEN_TOKEN ";"));
    assert_true(s->is_open && !s->is_shut);
}

/* The back end may have signed in the connection (RFC 4559 6), not the one request. */
static void who_has_sent_authorization_has_signed_in_for_good(void **state) {
    struct stream *s = connect_client(), *other = connect_client();
    static const struct {
        const char *header;
        bool is_other, has_signed_in;
    } ROWS[] = {{"Accept: a\r\n", false, false},
                {"Authorization: NTLM TlRM\r\n", false, true},
                {"Accept: a\r\n", false, true},
                {"Accept: a\r\n", true, false}};
    uint64_t client = 0;
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct stream *on = ROWS[i].is_other ? other : s;
        send_text(on, "GET /open/ HTTP/1.1\r\nHost: apps.example.com\r\n");
        send_text(on, ROWS[i].header);
        send_text(on, "\r\n");
        assert_int_equal(back.r.has_signed_in, ROWS[i].has_signed_in);
        client = ROWS[i].is_other ? client : back.r.client;
        back_answers("x");
    }
    client_forgotten = UINT64_MAX;
    hang_up(s);
    assert_int_equal(client_forgotten, client);
}

static void no_secret_is_in_the_record(void **state) {
    static const char *const SECRETS[] = {GIVEN_TOKEN, "hunter22", "code=", "YII="};
    (void)state;
    answer_to("GET /?code=hunter22 HTTP/1.1\r\n" HR SESSION
              "Authorization: Negotiate YII=\r\nX: hunter22\r\n\r\n");
    assert_string_equal(recorded.path, "/");
    answer_to("POST /.kerbgate/sign-in?password=hunter22 HTTP/1.1\r\n" HR
              "Cookie: __Host-kerbgate-form=" GIVEN_TOKEN "\r\nContent-Length: 17\r\n\r\n"
              "password=hunter22");
    for (size_t i = 0; i < sizeof SECRETS / sizeof *SECRETS; i++)
        assert_null(memmem(&recorded, sizeof recorded, SECRETS[i], strlen(SECRETS[i])));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(a_request_goes_to_the_app_at_its_address),
        TEST(the_missing_slash_is_added_also_where_another_app_has_the_root),
        TEST(methods_that_echo_or_tunnel_are_refused),
        TEST(nobody_gets_in_without_a_session),
        TEST(who_has_a_session_gets_through_under_his_name),
        TEST(who_is_passed_through_is_not_looked_up),
        TEST(an_own_ticket_that_is_not_taken_any_more_is_like_a_session_that_is_over),
        TEST(who_sends_with_such_a_ticket_is_told_where_to_sign_in),
        TEST(a_session_that_is_none_does_not_count),
        TEST(a_session_of_another_provider_does_not_count),
        TEST(who_is_not_on_the_list_is_refused),
        TEST(a_session_may_have_to_be_fetched),
        TEST(a_store_that_is_down_opens_no_door),
        TEST(who_hangs_up_is_not_called_back_by_the_store),
        TEST(a_ticket_that_cannot_be_had_is_a_page),
        TEST(a_back_end_that_fails_before_it_answers_is_a_page),
        TEST(what_the_back_end_says_after_our_own_answer_is_dropped),
        TEST(a_form_has_a_limit),
        TEST(the_sign_in_form_works_over_the_wire),
        TEST(who_has_sent_authorization_has_signed_in_for_good),
        TEST(no_secret_is_in_the_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
