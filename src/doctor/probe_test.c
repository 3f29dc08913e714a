/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing_server.h"

#define OK "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
#define ASKS                                                                                       \
    "HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n"                 \
    "Content-Length: 0\r\n\r\n"
#define NODE "target.nodes.0."

static bool has_token(const char *request) { return strstr(request, "\r\nAuthorization: "); }

/* SPNEGO's token, and not the one of Kerberos alone, begins with its own OID. */
static bool is_spnego(const char *request) {
    const char *token = strstr(request, "Negotiate YI");
    return token && strstr(token, "KwYBBQUC");
}

/* What a server with this habit is found to be like. */
static json_t *found(answer_fn *answer, const char *keys) {
    struct server s;
    server_start(&s, answer);
    struct config *c = app_at("http", s.port, keys);
    json_t *facts = probed(c, some_ticket(), 2000);
    server_stop(&s);
    config_free(c);
    return facts;
}

static int status(const json_t *facts, const char *which) {
    char path[64];
    snprintf(path, sizeof path, NODE "%s.status", which);
    return (int)facts_int(facts, path, 0);
}

static const char *good(const char *request) { return has_token(request) ? OK : ASKS; }

static void a_good_answer_needs_no_variants(void **state) {
    (void)state;
    json_t *f = found(good, "");
    assert_string_equal(facts_text(f, "target.host"), "127.0.0.1");
    assert_string_equal(facts_text(f, "target.spn_host"), "hr.corp");
    assert_string_equal(facts_text(f, "target.dns.addresses.0"), "127.0.0.1");
    assert_true(facts_true(f, NODE "tcp.ok"));
    assert_int_equal(status(f, "anonymous"), 401);
    assert_int_equal(status(f, "signed_in"), 200);
    assert_int_equal(status(f, "again"), 401);
    assert_int_equal(status(f, "fresh"), 401);
    assert_null(facts_at(f, NODE "variants"));
    json_decref(f);
}

static const char *only_bare(const char *request) {
    return has_token(request) && !is_spnego(request) ? OK : ASKS;
}

static void the_form_of_the_token_is_told_apart(void **state) {
    (void)state;
    json_t *f = found(only_bare, "");
    assert_int_equal(status(f, "signed_in"), 401);
    assert_int_equal(status(f, "variants.krb5"), 200);
    assert_int_equal(status(f, "variants.on_challenge"), 401);
    json_decref(f);
}

static const char *only_external(const char *request) {
    return has_token(request) && strstr(request, "\r\nHost: hr.example.com\r\n") ? OK : ASKS;
}

static void the_host_header_is_told_apart(void **state) {
    (void)state;
    json_t *f = found(only_external, "");
    assert_int_equal(status(f, "signed_in"), 401);
    assert_int_equal(status(f, "variants.host_external"), 200);
    json_decref(f);
}

/* Only what comes right after a challenge; any other token closes the connection. */
static bool was_challenged;
static const char *only_challenged(const char *request) {
    bool is_welcome = was_challenged;
    was_challenged = !has_token(request) && !is_welcome;
    return !has_token(request) ? ASKS : is_welcome ? OK : NULL;
}

static void the_time_of_the_token_is_told_apart(void **state) {
    (void)state;
    was_challenged = true; /* and so not by the first one */
    json_t *f = found(only_challenged, "");
    assert_true(facts_false(f, NODE "signed_in.ok"));
    assert_int_equal(status(f, "variants.on_challenge"), 200);
    json_decref(f);
}

static const char *small(const char *request) {
    if (strlen(request) > 400)
        return "HTTP/1.1 431 Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    return has_token(request) ? OK : ASKS;
}

static void the_size_of_a_head_is_told_apart(void **state) {
    (void)state;
    json_t *f = found(small, "");
    assert_int_equal(status(f, "signed_in"), 431);
    assert_int_equal(status(f, "variants.large"), 431);
    assert_true(facts_int(f, NODE "variants.large.head_size", 0) ==
                facts_int(f, NODE "signed_in.head_size", 1));
    assert_int_equal(facts_int(f, NODE "sizes.0.size", 0), 8192);
    assert_int_equal(facts_int(f, NODE "sizes.0.head_size", 0), 8192);
    json_decref(f);
}

static const char *gateway(const char *request) {
    assert_false(has_token(request));
    return "HTTP/1.1 302 Found\r\nLocation: https://hr.example.com/.kerbgate/sign-in\r\n"
           "Content-Length: 0\r\n\r\n";
}

static void no_token_is_sent_to_a_kerbgate(void **state) {
    (void)state;
    json_t *f = found(gateway, "");
    assert_true(facts_true(f, NODE "anonymous.via_kerbgate"));
    assert_null(facts_at(f, NODE "signed_in"));
    json_decref(f);
}

static const char *says_nothing(const char *request) {
    (void)request;
    return NULL;
}
static const char *says_garbage(const char *request) {
    (void)request;
    return "\xff\xfe garbage \x01\r\n\r\n\r\n";
}
static const char *says_tls(const char *request) {
    (void)request;
    return "\x15\x03\x01\x02\x02\x16";
}
static const char *says_no_version(const char *request) {
    (void)request;
    return "HTTP/1.1 no\r\n\r\n";
}
static const char *says_http2(const char *request) {
    (void)request;
    return HTTP2_SETTINGS;
}
static const char *says_much(const char *request) {
    static char much[8192];
    (void)request;
    size_t n = (size_t)snprintf(much, sizeof much, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 200; i++)
        n += (size_t)snprintf(much + n, sizeof much - n, "X%d: a\r\n", i);
    snprintf(much + n, sizeof much - n, "\r\n");
    return much;
}
static const char *says_half(const char *request) {
    (void)request;
    return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
}

static void strange_answers_are_named(void **state) {
    (void)state;
    static const struct {
        answer_fn *answer;
        const char *code;
    } ROWS[] = {{says_nothing, "closed"},     {says_garbage, "no-http"},
                {says_tls, "speaks-tls"},     {says_no_version, "no-http"},
                {says_http2, "speaks-http2"}, {says_much, "head-too-large"}};
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        json_t *f = found(ROWS[i].answer, "");
        assert_string_equal(facts_text(f, NODE "anonymous.error.code"), ROWS[i].code);
        assert_null(facts_at(f, NODE "signed_in"));
        json_decref(f);
    }
}

static void silence_ends_with_the_time(void **state) {
    (void)state;
    int64_t since_us = clock_mono_us();
    struct server s;
    server_start(&s, says_half);
    struct config *c = app_at("http", s.port, ", timeout: 1s");
    json_t *f = probed(c, some_ticket(), 600);
    assert_true(clock_mono_us() - since_us < 5 * 1000 * 1000);
    assert_int_equal(status(f, "anonymous"), 200);
    json_decref(f);
    server_stop(&s);
    config_free(c);
}

static void a_closed_port_is_refused(void **state) {
    (void)state;
    struct server s;
    server_start(&s, good);
    server_stop(&s);
    struct config *c = app_at("http", s.port, "");
    json_t *f = probed(c, NULL, 5000);
    assert_true(facts_false(f, NODE "tcp.ok"));
    assert_string_equal(facts_text(f, NODE "tcp.error.code"), "refused");
    assert_null(facts_at(f, NODE "anonymous"));
    json_decref(f);
    config_free(c);
}

static void plain_http_on_a_port_for_tls_is_known(void **state) {
    (void)state;
    struct server s;
    server_start(&s, good);
    struct config *c = app_at("https", s.port, "");
    json_t *f = probed(c, some_ticket(), 2000);
    assert_true(facts_false(f, NODE "tls.ok"));
    assert_string_equal(facts_text(f, NODE "tls.error.code"), "tls-is-plain");
    assert_int_equal(status(f, "variants.plain"), 401);
    assert_null(facts_at(f, NODE "signed_in"));
    json_decref(f);
    server_stop(&s);
    config_free(c);
}

static void our_own_listener_is_known(void **state) {
    (void)state;
    struct config *c = app_at("http", 443, "");
    json_t *f = probed(c, some_ticket(), 1000);
    assert_true(facts_true(f, NODE "is_ourselves"));
    json_decref(f);
    config_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_answer_needs_no_variants),
        cmocka_unit_test(the_form_of_the_token_is_told_apart),
        cmocka_unit_test(the_host_header_is_told_apart),
        cmocka_unit_test(the_time_of_the_token_is_told_apart),
        cmocka_unit_test(the_size_of_a_head_is_told_apart),
        cmocka_unit_test(no_token_is_sent_to_a_kerbgate),
        cmocka_unit_test(strange_answers_are_named),
        cmocka_unit_test(silence_ends_with_the_time),
        cmocka_unit_test(a_closed_port_is_refused),
        cmocka_unit_test(plain_http_on_a_port_for_tls_is_known),
        cmocka_unit_test(our_own_listener_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
