/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/shares.h"
#include "gateway/testing.h"

#define HOST "Host: apps.example.com\r\n"

static struct config_app *app_called(const char *name) {
    for (size_t i = 0; i < config->app_count; i++)
        if (strcmp(config->apps[i].name, name) == 0)
            return &config->apps[i];
    fail_msg("no app %s", name);
    return NULL;
}

static const char *answer_to(const char *request) {
    struct stream *s = connect_client();
    send_text(s, request);
    const char *text = received(s);
    hang_up(s);
    buf_fini(&s->sent);
    buf_fini(&s->got);
    wire_count--;
    return text;
}

static void robots_are_told_to_stay_away(void **state) {
    (void)state;
    const char *text = answer_to("GET /robots.txt HTTP/1.1\r\n" HOST "\r\n");
    assert_true(starts(text, "HTTP/1.1 200 OK\r\n"));
    assert_non_null(strstr(text, "\r\n\r\nUser-agent: *\nDisallow: /\n"));
    assert_int_equal(exchanges, 0);
    app_called("high")->robots = ROBOTS_FORWARD;
    send_text(connect_client(), "GET /robots.txt HTTP/1.1\r\nHost: apps.example.com:8443\r\n\r\n");
    assert_int_equal(exchanges, 1);
}

/* It is not below their paths: what their rules say of the way in says nothing of it. */
static void robots_of_a_host_go_to_no_app_of_it(void **state) {
    (void)state;
    assert_true(starts(answer_to("POST /robots.txt HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n"),
                       "HTTP/1.1 404 "));
    for (size_t i = 0; i < config->app_count; i++)
        config->apps[i].robots = ROBOTS_FORWARD;
    assert_true(starts(answer_to("GET /robots.txt HTTP/1.1\r\n" HOST "\r\n"), "HTTP/1.1 404 "));
    assert_int_equal(exchanges, 0);
}

static void an_app_in_maintenance_is_left_alone(void **state) {
    (void)state;
    app_called("open")->is_in_maintenance = true;
    const char *text = answer_to("GET /open/ HTTP/1.1\r\n" HOST "\r\n");
    assert_true(starts(text, "HTTP/1.1 503 "));
    assert_non_null(strstr(text, "\r\nRetry-After: 120\r\n"));
    assert_int_equal(exchanges, 0);
}

static void options_with_no_steps_left_go_no_further(void **state) {
    static const struct {
        const char *said, *status_line;
        unsigned goes_on;
    } ROWS[] = {
        {"Max-Forwards: 0\r\n", "HTTP/1.1 200 ", 0},
        {"Max-Forwards: 00\r\n", "HTTP/1.1 200 ", 0},
        {"Max-Forwards: 1\r\n", "", 1},
        {"", "", 1},
        {"Max-Forwards: -1\r\n", "HTTP/1.1 400 ", 0},
        {"Max-Forwards:\r\n", "HTTP/1.1 400 ", 0},
        {"Max-Forwards: 1, 0\r\n", "HTTP/1.1 400 ", 0},
        {"Max-Forwards: 1\r\nmax-forwards: 0\r\n", "HTTP/1.1 400 ", 0},
        {"Max-Forwards: 9223372036854775808\r\n", "HTTP/1.1 400 ", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char request[256];
        unsigned before = exchanges;
        snprintf(request, sizeof request, "OPTIONS /open/ HTTP/1.1\r\n" HOST "%s\r\n",
                 ROWS[i].said);
        const char *text = answer_to(request);
        bool has_allow = strstr(text, "\r\nAllow: GET, HEAD, POST");
        if (!starts(text, ROWS[i].status_line) || exchanges != before + ROWS[i].goes_on ||
            has_allow != starts(text, "HTTP/1.1 200 "))
            fail_msg("%s: %s", ROWS[i].said, text);
    }
}

static void a_client_has_its_share_of_requests(void **state) {
    (void)state;
    config->limits.connections = 6;
    shares_free(server.shares);
    server.shares = shares_new(1);
    struct stream *s = connect_client();
    send_text(s, "GET /open/ HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(exchanges, 1);
    const char *text = answer_to("GET /open/ HTTP/1.1\r\n" HOST "\r\n");
    assert_true(starts(text, "HTTP/1.1 429 "));
    assert_non_null(strstr(text, "\r\nRetry-After: 1\r\n"));
    back_answers("x");
    assert_true(starts(answer_to("GET /robots.txt HTTP/1.1\r\n" HOST "\r\n"), "HTTP/1.1 200 "));
}

static void a_body_has_the_configured_limit(void **state) {
    (void)state;
    config->limits.request_body = 4;
    const char *text = answer_to("POST /open/ HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nabcde");
    assert_true(starts(text, "HTTP/1.1 413 "));
    assert_int_equal(exchanges, 0);
    struct stream *s = connect_client();
    send_text(s, "POST /open/ HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
                 "4\r\nabcd\r\n1\r\ne\r\n");
    back_has_room(10);
    assert_true(starts(received(s), "HTTP/1.1 413 "));
    assert_true(str_eq(buf_str(&back.body), STR("abcd")));
}

static void what_comes_in_clear_is_sent_to_https(void **state) {
    static const struct config_listen CLEAR = {.mode = LISTEN_REDIRECT};
    static const struct {
        const char *target, *host, *status, *location;
    } ROWS[] = {
        {"/open/x?a=b", "apps.example.com", "308",
         "Location: https://apps.example.com/open/x?a=b\r\n"},
        {"/", "APPS.example.com:80", "308", "Location: https://apps.example.com/\r\n"},
        {"//evil.example/", "apps.example.com", "308",
         "Location: https://apps.example.com//evil.example/\r\n"},
        {"/", "evil.example", "404", ""},
        {"/", "apps.example.com.evil.example", "404", ""},
    };
    (void)state;
    config->limits.connections = 20;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct client_source from = {.listen = &CLEAR, .peer = {.v4 = {.sin_family = AF_INET}}};
        char request[256];
        client_accept(&server, -1, &from);
        struct stream *s = &wires[wire_count - 1];
        snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: %s\r\n\r\n", ROWS[i].target,
                 ROWS[i].host);
        send_text(s, request);
        const char *text = received(s);
        if (strncmp(text + 9, ROWS[i].status, 3) != 0 || !strstr(text, ROWS[i].location))
            fail_msg("%s at %s: %s", ROWS[i].target, ROWS[i].host, text);
        hang_up(s);
    }
    assert_int_equal(exchanges, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(robots_are_told_to_stay_away),         TEST(robots_of_a_host_go_to_no_app_of_it),
        TEST(an_app_in_maintenance_is_left_alone),  TEST(options_with_no_steps_left_go_no_further),
        TEST(a_client_has_its_share_of_requests),   TEST(a_body_has_the_configured_limit),
        TEST(what_comes_in_clear_is_sent_to_https),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
