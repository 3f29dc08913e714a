/* SPDX-License-Identifier: Apache-2.0 */
#include "http/testing.h"

/* What a body came to, however it was cut. */
struct body {
    struct buf bytes;
    enum h1_result result;
    size_t used;
};

static void take(struct parse *t, struct str in, struct body *b) {
    struct str piece;
    size_t used;
    do {
        b->result = h1_body(t->p, in, &piece, &used, &t->e);
        assert_true(used <= in.n && piece.n <= used);
        assert_true(piece.n == 0 || (piece.p >= in.p && piece.p + piece.n <= in.p + used));
        assert_true(b->result != H1_READY || used > 0);
        assert_true(b->result != H1_MORE || used == in.n);
        buf_add(&b->bytes, piece);
        b->used += used;
        in = str_from(in, used);
    } while (b->result == H1_READY);
}

/* `step` bytes at a time, 0 for all. */
static void take_in_steps(struct parse *t, struct str in, size_t step, struct body *b) {
    *b = (struct body){.result = H1_MORE};
    buf_init(&b->bytes, 4096);
    if (step == 0)
        take(t, in, b);
    for (size_t at = 0; step > 0 && at < in.n && b->result == H1_MORE; at += step)
        take(t, str_head(str_from(in, at), step), b);
}

struct body_row {
    struct str head, in;
    enum h1_result result;
    const char *bytes; /* or why it is refused */
    size_t used;       /* when it is done */
    bool is_end;       /* whether the other side may close then */
};

static bool is_as_expected(const struct body_row *row, struct parse *t, struct body *b) {
    if (b->result != row->result)
        return false;
    if (b->result == H1_ERROR)
        return t->e.code == ERR_HTTP_BAD_REQUEST && strstr(t->e.detail, row->bytes) &&
               strstr(t->e.detail, "(RFC ") && !h1_eof(t->p);
    return str_eq(buf_str(&b->bytes), str_of(row->bytes)) && h1_eof(t->p) == row->is_end &&
           (b->result != H1_DONE || b->used == row->used);
}

static void check(enum h1_kind kind, const struct body_row *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        for (size_t step = 0; step < 4; step++) {
            struct parse t;
            struct body b;
            start(&t, kind);
            assert_int_equal(give(&t, rows[i].head), H1_READY);
            take_in_steps(&t, rows[i].in, step, &b);
            if (!is_as_expected(&rows[i], &t, &b))
                fail_msg("row %zu \"%.*s\" by %zu: %d, \"%.*s\", used %zu: %s", i,
                         STR_ARG(rows[i].in), step, b.result, STR_ARG(buf_str(&b.bytes)), b.used,
                         t.e.detail);
            buf_fini(&b.bytes);
            stop(&t);
        }
    }
}

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED STR(POST "Transfer-Encoding: chunked\r\n\r\n")
#define X16 "xxxxxxxxxxxxxxxx"
#define X128 X16 X16 X16 X16 X16 X16 X16 X16
#define SHORT8 "A:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\nA:\r\n"
#define SHORT32 SHORT8 SHORT8 SHORT8 SHORT8

static void chunked_bodies_are_read(void **state) {
    (void)state;
    static const struct body_row ROWS[] = {
        {CHUNKED, STR("0\r\n\r\nGET"), H1_DONE, "", 5, true},
        {CHUNKED, STR("3\r\nabc\r\n0\r\n\r\n"), H1_DONE, "abc", 13, true},
        {CHUNKED, STR("3\r\nabc\r\na\r\n0123456789\r\n00\r\n\r\nX"), H1_DONE, "abc0123456789", 29,
         true},
        {CHUNKED, STR("A\r\n0\r\n\r\n6789a\r\n0\r\n\r\n"), H1_DONE, "0\r\n\r\n6789a", 20, true},
        {CHUNKED, STR("0000000000000001\r\na\r\n0\r\n\r\n"), H1_DONE, "a", 26, true},
        {CHUNKED, STR("00000000000000000001\r\na\r\n0\r\n\r\n"), H1_DONE, "a", 30, true},
        {CHUNKED, STR("1;a=b;c=\"d \t\xc3\xbc\"\r\na\r\n0;x\r\n\r\n"), H1_DONE, "a", 27, true},
        {CHUNKED, STR("1\r\na\r\n0\r\nA: b\r\nX-Y:\r\n\r\n"), H1_DONE, "a", 23, true},
        {CHUNKED, STR("3\r\nab"), H1_MORE, "ab", 0, false},
        {CHUNKED, STR("3\r\nabc\r\n"), H1_MORE, "abc", 0, false},
        {CHUNKED, STR("0\r\n"), H1_MORE, "", 0, false},
        {CHUNKED, STR("0\r\n\r"), H1_MORE, "", 0, false},
        {CHUNKED, STR("7fffffffffffffff\r\nabc"), H1_MORE, "abc", 0, false},
    };
    check(H1_REQUEST, ROWS, sizeof ROWS / sizeof *ROWS);
}

static void bad_chunks_are_refused(void **state) {
    (void)state;
    static const struct body_row ROWS[] = {
        {CHUNKED, STR("\r\n"), H1_ERROR, "hexadecimal", 0, false},
        {CHUNKED, STR(";a\r\n"), H1_ERROR, "hexadecimal", 0, false},
        {CHUNKED, STR("g\r\n"), H1_ERROR, "hexadecimal", 0, false},
        {CHUNKED, STR("0x1\r\n"), H1_ERROR, "hexadecimal", 0, false},
        {CHUNKED, STR("+1\r\n"), H1_ERROR, "hexadecimal", 0, false},
        {CHUNKED, STR("-1\r\n"), H1_ERROR, "hexadecimal", 0, false},
        {CHUNKED, STR(" 1\r\n"), H1_ERROR, "hexadecimal", 0, false},
        {CHUNKED, STR("1 \r\n"), H1_ERROR, "hexadecimal", 0, false},
        {CHUNKED, STR("1\na\r\n"), H1_ERROR, "hexadecimal", 0, false},
        {CHUNKED, STR("1\ra\r\n"), H1_ERROR, "CRLF", 0, false},
        {CHUNKED, STR("8000000000000000\r\n"), H1_ERROR, "2^63", 0, false},
        {CHUNKED, STR("10000000000000001\r\n"), H1_ERROR, "2^63", 0, false},
        {CHUNKED, STR("00008000000000000000\r\n"), H1_ERROR, "2^63", 0, false},
        {CHUNKED, STR("1;a\n"), H1_ERROR, "control byte", 0, false},
        {CHUNKED, STR("1;a\rb"), H1_ERROR, "CRLF", 0, false},
        {CHUNKED, STR("1;a\0\r\n"), H1_ERROR, "control byte", 0, false},
        {CHUNKED, STR("1\r\nab\r\n"), H1_ERROR, "CRLF", 0, false},
        {CHUNKED, STR("1\r\na\n0\r\n\r\n"), H1_ERROR, "CRLF", 0, false},
        {CHUNKED, STR("1\r\na\r0\r\n\r\n"), H1_ERROR, "CRLF", 0, false},
        {CHUNKED, STR("1\r\na0\r\n\r\n"), H1_ERROR, "CRLF", 0, false},
        {CHUNKED, STR("0\r\n\n"), H1_ERROR, "trailer", 0, false},
        {CHUNKED, STR("0\r\nA: b\n\r\n"), H1_ERROR, "control byte", 0, false},
        {CHUNKED, STR("0\r\nA: b\r\n c\r\n\r\n"), H1_ERROR, "folded", 0, false},
        {CHUNKED, STR("0\r\n: b\r\n\r\n"), H1_ERROR, "no name", 0, false},
        {CHUNKED, STR("0\r\nA : b\r\n\r\n"), H1_ERROR, "no name", 0, false},
        {CHUNKED, STR("0\r\nGET / HTTP/1.1\r\n\r\n"), H1_ERROR, "no name", 0, false},
        {CHUNKED, STR("0\r\nA\r\n\r\n"), H1_ERROR, "no name", 0, false},
        {CHUNKED, STR("0\r\n\rX"), H1_ERROR, "CRLF", 0, false},
        {CHUNKED, STR("0\r\nA: " X128 X128 "\r\n\r\n"), H1_ERROR, "too long", 0, false},
        {CHUNKED, STR("0\r\n" SHORT32 SHORT32 "A:\r\n\r\n"), H1_ERROR, "too long", 0, false},
        {CHUNKED, STR("1;" X128 X128 "x\r\n"), H1_ERROR, "too long", 0, false},
        {CHUNKED, STR("1;" X128 "\r\na\r\n1;" X128 "\r\na\r\n0\r\nA:\r\n\r\n"), H1_ERROR,
         "too long", 0, false},
    };
    check(H1_REQUEST, ROWS, sizeof ROWS / sizeof *ROWS);
}

static void requests_end_where_their_length_says(void **state) {
    (void)state;
    static const struct body_row ROWS[] = {
        {STR(GET "Host: a\r\n\r\n"), STR("GET"), H1_DONE, "", 0, true},
        {STR(POST "Content-Length: 0\r\n\r\n"), STR("GET"), H1_DONE, "", 0, true},
        {STR(POST "Content-Length: 3\r\n\r\n"), STR("abcGET"), H1_DONE, "abc", 3, true},
        {STR(POST "Content-Length: 4\r\n\r\n"), STR("abc"), H1_MORE, "abc", 0, false},
        {STR(POST "Content-Length: 9223372036854775807\r\n\r\n"), STR("abc"), H1_MORE, "abc", 0,
         false},
    };
    check(H1_REQUEST, ROWS, sizeof ROWS / sizeof *ROWS);
}

static void responses_end_as_their_head_says(void **state) {
    (void)state;
    static const struct body_row ROWS[] = {
        {STR(OK "Content-Length: 3\r\n\r\n"), STR("abcd"), H1_DONE, "abc", 3, true},
        {STR(OK "Content-Length: 3\r\n\r\n"), STR("ab"), H1_MORE, "ab", 0, false},
        {STR(OK "Transfer-Encoding: chunked\r\n\r\n"), STR("1\r\na\r\n0\r\n\r\n"), H1_DONE, "a", 11,
         true},
        {STR(OK "\r\n"), STR("abc"), H1_MORE, "abc", 0, true},
        {STR(OK "\r\n"), STR(""), H1_MORE, "", 0, true},
        {STR("HTTP/1.1 204 x\r\n\r\n"), STR("a"), H1_DONE, "", 0, true},
        {STR("HTTP/1.1 304 x\r\nContent-Length: 3\r\n\r\n"), STR("a"), H1_DONE, "", 0, true},
        {STR("HTTP/1.1 101 x\r\n\r\n"), STR("a"), H1_DONE, "", 0, true},
    };
    check(H1_RESPONSE, ROWS, sizeof ROWS / sizeof *ROWS);
}

static void a_response_to_head_has_no_body(void **state) {
    (void)state;
    static const struct str HEADS[] = {STR(OK "Content-Length: 3\r\n\r\n"),
                                       STR(OK "Transfer-Encoding: chunked\r\n\r\n"),
                                       STR(OK "\r\n")};
    for (size_t i = 0; i < sizeof HEADS / sizeof *HEADS; i++) {
        struct parse t;
        struct str piece;
        size_t used;
        start(&t, H1_RESPONSE);
        h1_response_to_head(t.p, true);
        assert_int_equal(give(&t, HEADS[i]), H1_READY);
        assert_int_equal(h1_body(t.p, STR("HTTP"), &piece, &used, &t.e), H1_DONE);
        assert_true(used == 0 && piece.n == 0 && h1_eof(t.p) && t.m.keep_alive);
        stop(&t);
    }
}

static void the_last_piece_comes_with_the_end(void **state) {
    (void)state;
    struct parse t;
    struct str piece;
    size_t used;
    start(&t, H1_REQUEST);
    assert_int_equal(give(&t, STR(POST "Content-Length: 3\r\n\r\n")), H1_READY);
    assert_int_equal(h1_body(t.p, STR("abc"), &piece, &used, &t.e), H1_DONE);
    assert_true(str_eq(piece, STR("abc")) && used == 3);
    assert_int_equal(h1_body(t.p, STR_NONE, &piece, &used, &t.e), H1_DONE);
    stop(&t);
}

static void a_refused_body_stays_refused(void **state) {
    (void)state;
    struct parse t;
    struct str piece;
    size_t used;
    start(&t, H1_REQUEST);
    assert_false(h1_eof(t.p));
    assert_int_equal(give(&t, CHUNKED), H1_READY);
    assert_int_equal(h1_body(t.p, STR("x"), &piece, &used, &t.e), H1_ERROR);
    assert_int_equal(h1_body(t.p, STR("0\r\n\r\n"), &piece, &used, &t.e), H1_ERROR);
    assert_int_equal(give(&t, STR(GET "Host: a\r\n\r\n")), H1_ERROR);
    h1_reset(t.p);
    assert_int_equal(give(&t, STR(GET "Host: a\r\n\r\n")), H1_READY);
    stop(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunked_bodies_are_read),
        cmocka_unit_test(bad_chunks_are_refused),
        cmocka_unit_test(requests_end_where_their_length_says),
        cmocka_unit_test(responses_end_as_their_head_says),
        cmocka_unit_test(a_response_to_head_has_no_body),
        cmocka_unit_test(the_last_piece_comes_with_the_end),
        cmocka_unit_test(a_refused_body_stays_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
