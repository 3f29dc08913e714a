/* SPDX-License-Identifier: Apache-2.0
 *
 * What a head is refused for, and that this does not depend on how it arrives.
 */
#include "http/h1_int.h"
#include "http/testing.h"

#include <stdio.h>

struct bad_row {
    struct str in;
    enum err_code code;
    const char *why;
};

static void refused(enum h1_kind kind, const struct bad_row *row) {
    for (int is_slow = 0; is_slow < 2; is_slow++) {
        struct parse t;
        start(&t, kind);
        enum h1_result result = is_slow ? give_slowly(&t, row->in) : give(&t, row->in);
        if (result != H1_ERROR || t.e.code != row->code || !strstr(t.e.detail, row->why) ||
            !strstr(t.e.detail, "(RFC "))
            fail_msg("\"%.*s\" %s: %d, %s: %s", STR_ARG(row->in), is_slow ? "slowly" : "at once",
                     result, err_info(t.e.code)->name, t.e.detail);
        assert_int_equal(give(&t, STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n")), H1_ERROR);
        stop(&t);
    }
}

#define BAD ERR_HTTP_BAD_REQUEST
#define UNKNOWN ERR_HTTP_NOT_IMPLEMENTED
#define LARGE ERR_HTTP_HEAD_TOO_LARGE
#define X16 "xxxxxxxxxxxxxxxx"
#define X128 X16 X16 X16 X16 X16 X16 X16 X16

static void request_lines_are_refused(void **state) {
    (void)state;
    static const struct bad_row ROWS[] = {
        {STR("GET / HTTP/1.1\nHost: a\n\n"), BAD, "without CR"},
        {STR("\nGET / HTTP/1.1\r\n"), BAD, "without CR"},
        {STR("G(T / HTTP/1.1\r\n"), BAD, "method is not a token"},
        {STR(" GET / HTTP/1.1\r\n"), BAD, "method is not a token"},
        {STR("\x16\x03\x01\r\n"), BAD, "method is not a token"},
        {STR("GET\t/ HTTP/1.1\r\n"), BAD, "method is not a token"},
        {STR("GET\r\n"), BAD, "target"},
        {STR("GET  / HTTP/1.1\r\n"), BAD, "target"},
        {STR("GET /\t HTTP/1.1\r\n"), BAD, "target"},
        {STR("GET /\0 HTTP/1.1\r\n"), BAD, "target"},
        {STR("GET /\x7f HTTP/1.1\r\n"), BAD, "target"},
        {STR("GET /\xc3\xbc HTTP/1.1\r\n"), BAD, "target"},
        {STR("GET /\rx HTTP/1.1\r\n"), BAD, "target"},
        {STR("GET foo HTTP/1.1\r\nHost: a\r\n\r\n"), BAD, "malformed"},
        {STR("GET /\r\n"), BAD, "version"},
        {STR("GET / \r\n"), BAD, "version"},
        {STR("GET /  HTTP/1.1\r\n"), BAD, "version"},
        {STR("GET / HTTP/1.1 \r\n"), BAD, "version"},
        {STR("GET / HTTP/1.1\r\r\n"), BAD, "version"},
        {STR("GET / x HTTP/1.1\r\n"), BAD, "version"},
        {STR("GET / HTTP/0.9\r\n"), BAD, "version"},
        {STR("GET / HTTP/1.2\r\n"), BAD, "version"},
        {STR("GET / HTTP/2.0\r\n"), BAD, "version"},
        {STR("GET / HTTP/1.10\r\n"), BAD, "version"},
        {STR("GET / http/1.1\r\n"), BAD, "version"},
        {STR("GET / RTSP/1.0\r\n"), BAD, "version"},
        {STR("GET / ICE/1.0\r\n"), BAD, "version"},
        {STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), BAD, "version"},
        {STR("PRI * HTTP/1.1\r\n"), UNKNOWN, "method"},
        {STR("CONNECT a:443 HTTP/1.1\r\n"), UNKNOWN, "method"},
        {STR("get / HTTP/1.1\r\n"), UNKNOWN, "method"},
        {STR("GETT / HTTP/1.1\r\n"), UNKNOWN, "method"},
        {STR("PLAY / HTTP/1.1\r\n"), UNKNOWN, "method"},
        {STR("HTTP/1.1 200 OK\r\n"), BAD, "method"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        refused(H1_REQUEST, &ROWS[i]);
}

static void header_lines_are_refused(void **state) {
    (void)state;
    static const struct bad_row ROWS[] = {
        {STR(GET "Host: a\n\r\n"), BAD, "without CR"},
        {STR(GET "Host: a\r\n\n"), BAD, "without CR"},
        {STR(GET "Host: a\r\r\n\r\n"), BAD, "control byte"},
        {STR(GET "Host: a\rX: b\r\n\r\n"), BAD, "control byte"},
        {STR(GET "Host: a\0b\r\n\r\n"), BAD, "control byte"},
        {STR(GET "Host: a\x01\r\n\r\n"), BAD, "control byte"},
        {STR(GET "Host: a\x7f\r\n\r\n"), BAD, "control byte"},
        {STR(GET "Host: a\r\n b\r\n\r\n"), BAD, "folded"},
        {STR(GET "Host: a\r\n\tb\r\n\r\n"), BAD, "folded"},
        {STR(GET " Host: a\r\n\r\n"), BAD, "folded"},
        {STR(GET "Host : a\r\n\r\n"), BAD, "name"},
        {STR(GET "Host\t: a\r\n\r\n"), BAD, "name"},
        {STR(GET ": a\r\n\r\n"), BAD, "name"},
        {STR(GET "H\0st: a\r\n\r\n"), BAD, "name"},
        {STR(GET "H\xc3\xb6st: a\r\n\r\n"), BAD, "name"},
        {STR(GET "Host a\r\n\r\n"), BAD, "no colon"},
        {STR(GET "\r\n"), BAD, "no Host"},
        {STR(GET "Host: a\r\nHost: a\r\n\r\n"), BAD, "second Host"},
        {STR("GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n"), BAD, "second Host"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        refused(H1_REQUEST, &ROWS[i]);
}

static void ambiguous_framing_is_refused(void **state) {
    (void)state;
    static const struct bad_row ROWS[] = {
        {STR(POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"), BAD, "second"},
        {STR(POST "Content-Length: 1\r\ncontent-length: 2\r\n\r\n"), BAD, "second"},
        {STR(POST "Content-Length: 1, 1\r\n\r\n"), BAD, "number"},
        {STR(POST "Content-Length: +1\r\n\r\n"), BAD, "number"},
        {STR(POST "Content-Length: -1\r\n\r\n"), BAD, "number"},
        {STR(POST "Content-Length: 1 2\r\n\r\n"), BAD, "number"},
        {STR(POST "Content-Length: 0x1\r\n\r\n"), BAD, "number"},
        {STR(POST "Content-Length:\r\n\r\n"), BAD, "number"},
        {STR(POST "Content-Length: 9223372036854775808\r\n\r\n"), BAD, "number"},
        {STR(POST "Content-Length: 18446744073709551617\r\n\r\n"), BAD, "number"},
        {STR(POST "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), BAD, "beside"},
        {STR(POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n"), BAD, "beside"},
        {STR(POST "Transfer-Encoding: gzip, chunked\r\n\r\n"), UNKNOWN, "coding"},
        {STR(POST "Transfer-Encoding: a;b=c\r\nTransfer-Encoding: chunked\r\n\r\n"), UNKNOWN,
         "coding"},
        {STR(POST "Transfer-Encoding: identity\r\n\r\n"), BAD, "not the last"},
        {STR(POST "Transfer-Encoding: gzip\r\n\r\n"), BAD, "not the last"},
        {STR(POST "Transfer-Encoding: chunked, gzip\r\n\r\n"), BAD, "not the last"},
        {STR(POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n"), BAD, "last"},
        {STR(POST "Transfer-Encoding: chunked, chunked\r\n\r\n"), BAD, "not the last"},
        {STR(POST "Transfer-Encoding: chunked;q=1\r\n\r\n"), BAD, "not the last"},
        {STR(POST "Transfer-Encoding: xchunked\r\n\r\n"), BAD, "not the last"},
        {STR(POST "Transfer-Encoding: \x0b"
                  "chunked\r\n\r\n"),
         BAD, "control byte"},
        {STR(POST "Transfer-Encoding: chunked,\r\n\r\n"), BAD, "no list"},
        {STR(POST "Transfer-Encoding: ,chunked\r\n\r\n"), BAD, "no list"},
        {STR(POST "Transfer-Encoding: \"chunked\"\r\n\r\n"), BAD, "no list"},
        {STR(POST "Transfer-Encoding:\r\n\r\n"), BAD, "empty"},
        {STR("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), BAD, "HTTP/1.0"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        refused(H1_REQUEST, &ROWS[i]);
}

static void what_is_too_large_is_refused_with_its_own_status(void **state) {
    (void)state;
    static const struct bad_row ROWS[] = {
        {STR("GET /" X128 X128), ERR_HTTP_TARGET_TOO_LONG, "request line"},
        {STR("GET /" X128 X128 " HTTP/1.1\r\nHost: a\r\n\r\n"), ERR_HTTP_TARGET_TOO_LONG, "256"},
        {STR(GET "Host: a\r\nX: " X128 X128 "\r\n\r\n"), LARGE, "256 bytes"},
        {STR(GET "Host: a\r\nX: " X128 X128), LARGE, "256 bytes"},
        {STR(GET "Host: a\r\nA:\r\nB:\r\nC:\r\nD:\r\n\r\n"), LARGE, "4 header fields"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        refused(H1_REQUEST, &ROWS[i]);
}

static void a_head_of_exactly_the_limit_is_read(void **state) {
    (void)state;
    char text[HEAD_MAX + 1];
    struct parse t;
    int fill = HEAD_MAX - (int)(sizeof GET "Host: a\r\nX: \r\n\r\n" - 1);
    snprintf(text, sizeof text, GET "Host: a\r\nX: %0*d\r\n\r\n", fill, 0);
    assert_int_equal(strlen(text), HEAD_MAX);
    start(&t, H1_REQUEST);
    assert_int_equal(give_slowly(&t, str_of(text)), H1_READY);
    assert_int_equal(t.used, HEAD_MAX);
    stop(&t);
}

/* A buffer of that size will never hold more, so there is nothing to wait for. */
static void a_head_that_fills_the_limit_without_end_is_refused(void **state) {
    (void)state;
    struct parse t;
    struct str in = STR(GET "Host: a\r\nX: " X128 X128);
    start(&t, H1_REQUEST);
    assert_int_equal(give(&t, str_head(in, HEAD_MAX - 1)), H1_MORE);
    assert_int_equal(give(&t, str_head(in, HEAD_MAX)), H1_ERROR);
    assert_non_null(strstr(t.e.hint, "gateway.limits.request_head"));
    stop(&t);
}

/* Or a slow sender would cost the square of the limit. Bytes that change show where it looks. */
static void what_was_searched_is_not_searched_again(void **state) {
    (void)state;
    struct parse t;
    start(&t, H1_REQUEST);
    assert_int_equal(give(&t, STR("GET / HTTP/1.1")), H1_MORE);
    assert_int_equal(give(&t, STR("GET /\nHTTP/1.1\r\nHost: a\r\n\r\n")), H1_ERROR);
    assert_non_null(strstr(t.e.detail, "target"));
    stop(&t);
}

static void responses_are_refused(void **state) {
    (void)state;
    static const struct bad_row ROWS[] = {
        {STR("HTTP/1.1 200 OK\n\n"), BAD, "without CR"},
        {STR("\r\nHTTP/1.1 200 OK\r\n\r\n"), BAD, "version"},
        {STR("HTTP/2 200 OK\r\n\r\n"), BAD, "version"},
        {STR("ICY 200 OK\r\n\r\n"), BAD, "version"},
        {STR("GET / HTTP/1.1\r\n\r\n"), BAD, "version"},
        {STR("HTTP/1.1  200 OK\r\n\r\n"), BAD, "status"},
        {STR("HTTP/1.1 20 OK\r\n\r\n"), BAD, "status"},
        {STR("HTTP/1.1 099 OK\r\n\r\n"), BAD, "status"},
        {STR("HTTP/1.1 2000 OK\r\n\r\n"), BAD, "status"},
        {STR("HTTP/1.1 0200 OK\r\n\r\n"), BAD, "status"},
        {STR("HTTP/1.1 2x0 OK\r\n\r\n"), BAD, "status"},
        {STR("HTTP/1.1 200 O\rK\r\n\r\n"), BAD, "reason"},
        {STR("HTTP/1.1 200 O\0K\r\n\r\n"), BAD, "reason"},
        {STR("HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n"), BAD, "folded"},
        {STR("HTTP/1.1 200 OK\r\nA : b\r\n\r\n"), BAD, "name"},
        {STR("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n"), BAD, "second"},
        {STR("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"), BAD,
         "beside"},
        {STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"), BAD, "not the last"},
        {STR("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"), UNKNOWN, "coding"},
        {STR("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), BAD, "HTTP/1.0"},
        {STR("HTTP/1.1 100 Continue\r\nContent-Length: 1\r\n\r\n"), BAD, "interim"},
        {STR("HTTP/1.0 100 Continue\r\n\r\n"), BAD, "interim"},
        {STR("HTTP/1.1 103 x\r\nTransfer-Encoding: chunked\r\n\r\n"), BAD, "interim"},
        {STR("HTTP/1.1 200 " X128 X128), LARGE, "256 bytes"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        refused(H1_RESPONSE, &ROWS[i]);
}

/* Bytes are looked at four at a time. */
static void what_is_none_of_a_token_is_seen_wherever_it_stands(void **state) {
    (void)state;
    char text[] = "Accept-Languages";
    for (size_t n = 0; n < sizeof text; n++) {
        assert_int_equal(h1_is_token(str_n(text, n)), n > 0);
        for (size_t at = 0; at < n; at++) {
            char kept = text[at];
            text[at] = '@';
            assert_false(h1_is_token(str_n(text, n)));
            text[at] = kept;
        }
    }
}

/* Bytes are looked at sixteen at a time. */
static void a_control_byte_is_seen_wherever_it_stands(void **state) {
    (void)state;
    char text[36];
    for (size_t n = 1; n <= sizeof text; n++)
        for (size_t at = 0; at < n; at++)
            for (int c = 0; c < 256; c++) {
                bool is_text = (c >= ' ' || c == '\t') && c != 0x7f;
                memset(text, c & 1 ? 0xff : ' ', sizeof text);
                text[at] = (char)c;
                assert_int_equal(h1_is_text(str_n(text, n)), is_text);
            }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_control_byte_is_seen_wherever_it_stands),
        cmocka_unit_test(what_is_none_of_a_token_is_seen_wherever_it_stands),
        cmocka_unit_test(request_lines_are_refused),
        cmocka_unit_test(header_lines_are_refused),
        cmocka_unit_test(ambiguous_framing_is_refused),
        cmocka_unit_test(what_is_too_large_is_refused_with_its_own_status),
        cmocka_unit_test(a_head_of_exactly_the_limit_is_read),
        cmocka_unit_test(a_head_that_fills_the_limit_without_end_is_refused),
        cmocka_unit_test(what_was_searched_is_not_searched_again),
        cmocka_unit_test(responses_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
