/* SPDX-License-Identifier: Apache-2.0 */
#include "connector/refusal.h"

#include "base/encode.h"
#include "kerberos/testing.h"

#define KRB5_OID "\x06\x09\x2a\x86\x48\x86\xf7\x12\x01\x02\x02"

enum { NOW_S = 784111777 }; /* Sun, 06 Nov 1994 08:49:37 GMT */

/* "Negotiate " and a token, in `a`. */
static struct str negotiate(struct arena *a, struct str token) {
    struct buf text;
    buf_init(&text, TESTING_MAX);
    buf_add(&text, STR("Negotiate "));
    encode_base64(&text, token);
    struct str value = arena_str(a, buf_str(&text));
    buf_fini(&text);
    return value;
}

/* The GSS token of a KRB-ERROR, in a NegTokenResp. */
static struct str error_token(struct arena *a, char code) {
    const char integer[] = {0x02, 0x01, code};
    struct str field = element(a, 0xa6, str_n(integer, sizeof integer));
    struct str error = element(a, 0x7e, element(a, 0x30, field));
    struct str framed = element(a, 0x60, joined(a, STR(KRB5_OID "\x03\x00"), error));
    return element(a, 0xa1, element(a, 0x30, element(a, 0xa2, element(a, 0x04, framed))));
}

static void explain_dated(const struct str *values, const char *date, struct err *e) {
    struct header headers[4] = {{STR("Date"), str_of(date)}};
    struct message m = {.status = 401, .headers = {.at = headers, .count = 1}};
    for (; values->p; values++)
        headers[m.headers.count++] = (struct header){STR("WWW-Authenticate"), *values};
    refusal_explain(&(struct refusal_case){.answer = &m,
                                           .backend = "http://in.corp:80",
                                           .client = "alice@C",
                                           .spn = "HTTP/in.corp",
                                           .kvno = 7,
                                           .now_s = NOW_S},
                    e);
    assert_int_equal(e->code, ERR_BACKEND_REFUSED_TICKET);
    assert_non_null(strstr(e->detail, "http://in.corp:80"));
    assert_non_null(strstr(e->detail, "alice@C"));
    assert_null(strstr(e->detail, "oYG")); /* nothing of a token */
}

static void explain(const struct str *values, struct err *e) {
    explain_dated(values, "Sun, 06 Nov 1994 08:49:37 GMT", e);
}

static void what_its_token_says_is_said_and_what_mends_it(void **state) {
    (void)state;
    static const struct {
        char code;
        const char *detail, *hint;
    } ROWS[] = {
        {41, "KRB_AP_ERR_MODIFIED (41)", "setspn -Q HTTP/in.corp"},
        {41, "cannot decrypt", "number 7"},
        {37, "clock differs", "w32tm"},
        {32, "ahead", "clock"},
        {33, "behind", "clock"},
        {34, "KRB_AP_ERR_REPEAT", "replay cache"},
        {44, "no key of that number", "keytab"},
        {60, "another Kerberos error (60)", "useAppPoolCredentials"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct arena a;
        struct err e;
        arena_init(&a, TESTING_MAX);
        struct str values[] = {STR("Basic realm=x"), negotiate(&a, error_token(&a, ROWS[i].code)),
                               STR_NONE};
        explain(values, &e);
        if (!strstr(e.detail, ROWS[i].detail) || !strstr(e.hint, ROWS[i].hint))
            fail_msg("code %d: %s | %s", ROWS[i].code, e.detail, e.hint);
        arena_fini(&a);
    }
}

static void without_an_error_what_it_offers_is_said(void **state) {
    (void)state;
    static const struct {
        struct str values[3];
        const char *detail, *hint;
    } ROWS[] = {
        {{STR("Negotiate"), STR("NTLM"), STR_NONE}, "asks for Negotiate", "setspn"},
        {{STR("Negotiate oQcwBaADCgEC"), STR_NONE}, "its token says reject", "setspn"},
        {{STR("NTLM"), STR_NONE}, "offers NTLM alone", "provider Negotiate"},
        {{STR("Basic realm=a, NTLM"), STR_NONE}, "offers NTLM alone", "provider Negotiate"},
        {{STR("Negotiate TlRMTVNTUAACAAAA"), STR_NONE}, "wants NTLM", "setspn"},
        {{STR("negotiate  !!!!"), STR_NONE}, "asks for Negotiate", "setspn"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct err e;
        explain(ROWS[i].values, &e);
        if (!strstr(e.detail, ROWS[i].detail) || !strstr(e.hint, ROWS[i].hint))
            fail_msg("row %zu: %s | %s", i, e.detail, e.hint);
    }
}

/* Of codes that are of clocks, and where there is none. */
static void a_clock_that_is_off_is_told_by_how_much_and_how_to_set_it(void **state) {
    (void)state;
    static const struct {
        char code; /* 0: a bare 401 */
        const char *date, *detail;
    } ROWS[] = {
        {0, "Sun, 06 Nov 1994 08:55:37 GMT",
         "asks for Negotiate; its clock is 360 s ahead of this host's, by the Date of its answer"},
        {0, "Sun, 06 Nov 1994 08:43:37 GMT", "its clock is 360 s behind this host's"},
        {0, "Sun, 06 Nov 1994 08:54:38 GMT", "301 s ahead"},
        {37, "Sun, 06 Nov 1994 08:55:37 GMT", "(37); its clock is 360 s ahead of this host's"},
        {33, "Sun, 06 Nov 1994 08:43:37 GMT", "(33); its clock is 360 s behind this host's"},
        {32, "Sun, 06 Nov 1994 08:55:37 GMT", "(32); its clock is 360 s ahead of this host's"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct arena a;
        struct err e;
        arena_init(&a, TESTING_MAX);
        struct str values[] = {ROWS[i].code ? negotiate(&a, error_token(&a, ROWS[i].code))
                                            : STR("Negotiate"),
                               STR_NONE};
        explain_dated(values, ROWS[i].date, &e);
        if (!strstr(e.detail, ROWS[i].detail) || !strstr(e.hint, "chronyc makestep") ||
            !strstr(e.hint, "w32tm /resync"))
            fail_msg("row %zu: %s | %s", i, e.detail, e.hint);
        arena_fini(&a);
    }
}

static void a_clock_that_is_near_enough_or_not_told_is_not_blamed(void **state) {
    (void)state;
    static const struct {
        char code;
        const char *date;
    } ROWS[] = {
        {0, "Sun, 06 Nov 1994 08:54:37 GMT"},
        {0, "Sun, 06 Nov 1994 08:44:37 GMT"},
        {0, ""},
        {0, "yesterday"},
        {41, "Sun, 06 Nov 1994 08:55:37 GMT"}, /* its token knows better */
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct arena a;
        struct err e;
        arena_init(&a, TESTING_MAX);
        struct str values[] = {ROWS[i].code ? negotiate(&a, error_token(&a, ROWS[i].code))
                                            : STR("Negotiate"),
                               STR_NONE};
        explain_dated(values, ROWS[i].date, &e);
        if (strstr(e.detail, "clock") || !strstr(e.hint, "setspn"))
            fail_msg("row %zu: %s | %s", i, e.detail, e.hint);
        arena_fini(&a);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_its_token_says_is_said_and_what_mends_it),
        cmocka_unit_test(without_an_error_what_it_offers_is_said),
        cmocka_unit_test(a_clock_that_is_off_is_told_by_how_much_and_how_to_set_it),
        cmocka_unit_test(a_clock_that_is_near_enough_or_not_told_is_not_blamed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
