/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/testing.h"

#include "doctor/probe_answer.h"
#include "http/h1.h"

/* NegTokenResp, reject, with a KRB-ERROR 37 of 2027-01-15T08:06:00Z. */
#define SKEWED                                                                                     \
    "oWswaaADCgECoQsGCSqGSIb3EgECAqJVBFNgUQYJKoZIhvcSAQICAwB+QjBAoAMCAQWhAwIBHqQRGA8yMDI3MDExNTA4" \
    "MDYwMFqlAwIBB6YDAgElqQ4bDENPUlAuRVhBTVBMRasHGwVjbG9jaw=="
#define ACCEPTED "oRQwEqADCgEAoQsGCSqGSIb3EgECAg=="
#define HEAD "HTTP/1.1 401 No\r\nContent-Length: 0\r\n"

/* The facts of an answer that came at 2027-01-15T08:00:00Z. */
static json_t *facts_of(const char *head) {
    struct arena a;
    struct buf memory;
    struct message m;
    struct spnego_answer token;
    struct err e;
    size_t used;
    struct h1_parser *p = h1_new(H1_RESPONSE, (struct h1_limits){1 << 17, 32});
    arena_init(&a, 1 << 20);
    buf_init(&memory, PROBE_TOKEN_MAX);
    assert_int_equal(h1_head(p, str_of(head), &a, &m, &used, &e), H1_READY);
    bool has_token = probe_answer_token(&m, &memory, &token);
    json_t *o = probe_answer_json(&(struct probe_received){.message = &m,
                                                           .token = has_token ? &token : NULL,
                                                           .now_s = 1800000000,
                                                           .us = 1500,
                                                           .head_size = 400});
    assert_non_null(o);
    buf_fini(&memory);
    arena_fini(&a);
    h1_free(p);
    return o;
}

/* What is at `path`, as JSON; "" when there is nothing. */
static void is_told(const char *head, const char *path, const char *expected) {
    json_t *o = facts_of(head), *at = facts_at(o, path);
    char *text = at ? json_dumps(at, JSON_ENCODE_ANY | JSON_COMPACT) : strdup("");
    if (!text || strcmp(text, expected) != 0)
        fail_msg("%s of %s: %s", path, head, text ? text : "no memory");
    free(text);
    json_decref(o);
}

static void an_answer_becomes_facts(void **state) {
    (void)state;
    static const struct {
        const char *lines, *path, *expected;
    } ROWS[] = {
        {"", "status", "401"},
        {"", "us", "1500"},
        {"", "head_size", "400"},
        {"", "www_authenticate", "[]"},
        {"", "token", ""},
        {"", "date_skew_s", ""},
        {"", "keep_alive", "true"},
        {"Connection: close\r\n", "keep_alive", "false"},
        {"Date: Fri, 15 Jan 2027 08:06:00 GMT\r\n", "date_skew_s", "360"},
        {"Date: Fri, 15 Jan 2027 07:59:00 GMT\r\n", "date_skew_s", "-60"},
        {"Date: yesterday\r\n", "date_skew_s", ""},
        {"Server: Microsoft-IIS/10.0\r\n", "server", "\"Microsoft-IIS/10.0\""},
        {"Server: a\xff z\r\n", "server", "\"a? z\""},
        {"Location: http://a/b?code=secret\r\n", "location", "\"http://a/b\""},
        {"Location: http://a/b#token=secret\r\n", "location", "\"http://a/b\""},
        {"Persistent-Auth: true\r\n", "persistent_auth", "true"},
        {"Persistent-Auth: false\r\n", "persistent_auth", "false"},
        {"WWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM\r\n", "www_authenticate",
         "[\"Negotiate\",\"NTLM\"]"},
        {"WWW-Authenticate: NTLM, negotiate\r\n", "www_authenticate", "[\"NTLM\",\"negotiate\"]"},
        {"WWW-Authenticate: Basic realm=\"a, b\", charset=\"UTF-8\", NTLM\r\n", "www_authenticate",
         "[\"Basic\",\"NTLM\"]"},
        {"WWW-Authenticate: Negotiate " ACCEPTED "\r\n", "www_authenticate", "[\"Negotiate\"]"},
        {"WWW-Authenticate: Negotiate " ACCEPTED "\r\n", "token.state", "\"accepted\""},
        {"WWW-Authenticate: Negotiate " ACCEPTED "\r\n", "token.mech", "\"krb5\""},
        {"WWW-Authenticate: Negotiate " ACCEPTED "\r\n", "token.content", "\"nothing\""},
        {"WWW-Authenticate: Negotiate " SKEWED "\r\n", "token.content", "\"krb-error\""},
        {"WWW-Authenticate: Negotiate " SKEWED "\r\n", "token.state", "\"rejected\""},
        {"WWW-Authenticate: Negotiate " SKEWED "\r\n", "token.krb_code", "37"},
        {"WWW-Authenticate: Negotiate " SKEWED "\r\n", "token.stime", "1800000360"},
        {"WWW-Authenticate: Negotiate " SKEWED "\r\n", "token.text", "\"clock\""},
        {"WWW-Authenticate: NTLM " ACCEPTED "\r\n", "token", ""},
        {"WWW-Authenticate: Negotiate ====\r\n", "token", ""},
        {"WWW-Authenticate: Negotiate AAAA\r\n", "token", ""},
        {"WWW-Authenticate: ,,=,x=y\r\n", "www_authenticate", "[]"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char head[1024];
        snprintf(head, sizeof head, HEAD "%s\r\n", ROWS[i].lines);
        is_told(head, ROWS[i].path, ROWS[i].expected);
    }
}

static void our_own_answers_are_known(void **state) {
    (void)state;
    static const struct {
        const char *line, *expected;
    } ROWS[] = {
        {"", "false"},
        {"Location: https://hr.example.com/.kerbgate/sign-in?to=%2F", "true"},
        {"Location: https://hr.example.com/kerbgate/", "false"},
        {"Set-Cookie: __Host-kerbgate=a; Secure", "true"},
        {"Set-Cookie: other=a; Secure", "false"},
        {"Content-Security-Policy: default-src 'none'; style-src 'sha256-a'; form-action 'self'; "
         "base-uri 'none'; frame-ancestors 'none'",
         "true"},
        {"Content-Security-Policy: default-src 'none'", "false"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        char head[512];
        snprintf(head, sizeof head, HEAD "%s%s\r\n", ROWS[i].line, ROWS[i].line[0] ? "\r\n" : "");
        is_told(head, "via_kerbgate", ROWS[i].expected);
    }
}

static void many_schemes_are_cut_off(void **state) {
    (void)state;
    const char *head = HEAD "WWW-Authenticate: a, s0, s1, s2, s3, s4, s5, s6, s7, s8, s9\r\n\r\n";
    is_told(head, "www_authenticate", "[\"a\",\"s0\",\"s1\",\"s2\",\"s3\",\"s4\",\"s5\",\"s6\"]");
}

static void an_answer_that_did_not_come_says_why(void **state) {
    (void)state;
    json_t *o = probe_answer_failed("closed", "end \xff of it", 9000);
    assert_true(facts_false(o, "ok"));
    assert_string_equal(facts_text(o, "error.code"), "closed");
    assert_string_equal(facts_text(o, "error.detail"), "end ? of it");
    assert_int_equal(facts_int(o, "head_size", 0), 9000);
    json_decref(o);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_becomes_facts),
        cmocka_unit_test(our_own_answers_are_known),
        cmocka_unit_test(many_schemes_are_cut_off),
        cmocka_unit_test(an_answer_that_did_not_come_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
