/* SPDX-License-Identifier: Apache-2.0 */
#include "http/testing.h"

static struct buf out;

static int setup(void **state) {
    (void)state;
    buf_init(&out, 4096);
    return 0;
}

static int teardown(void **state) {
    (void)state;
    buf_fini(&out);
    return 0;
}

static void written(const char *expected) {
    if (out.failed || !str_eq(buf_str(&out), str_of(expected)))
        fail_msg("\"%.*s\"%s", STR_ARG(buf_str(&out)), out.failed ? " failed" : "");
}

static struct header sample[] = {
    {STR("Host"), STR("hr.corp")},
    {STR("content-length"), STR("9")},
    {STR("Transfer-Encoding"), STR("gzip")},
    {STR("CONNECTION"), STR("upgrade")},
    {STR("Empty"), STR_NONE},
    {STR("A"), STR("b\tc \xc3\xbc")},
};

static struct message request(enum body_kind body, uint64_t length) {
    return (struct message){.method = STR("POST"),
                            .target = STR("/a?b"),
                            .minor = 1,
                            .headers = {sample, sizeof sample / sizeof *sample, 0},
                            .body = body,
                            .length = length,
                            .keep_alive = true};
}

static void framing_comes_from_the_body_alone(void **state) {
    (void)state;
    struct message m = request(BODY_LENGTH, UINT64_MAX);
    h1_write_request(&out, &m);
    written("POST /a?b HTTP/1.1\r\nContent-Length: 18446744073709551615\r\n"
            "Host: hr.corp\r\nEmpty: \r\nA: b\tc \xc3\xbc\r\n\r\n");
    buf_clear(&out);
    m = request(BODY_CHUNKED, 0);
    m.keep_alive = false;
    h1_write_request(&out, &m);
    written("POST /a?b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n"
            "Host: hr.corp\r\nEmpty: \r\nA: b\tc \xc3\xbc\r\nConnection: close\r\n\r\n");
    buf_clear(&out);
    m = request(BODY_NONE, 5);
    m.minor = 0;
    h1_write_request(&out, &m);
    written("POST /a?b HTTP/1.0\r\n"
            "Host: hr.corp\r\nEmpty: \r\nA: b\tc \xc3\xbc\r\nConnection: keep-alive\r\n\r\n");
}

struct unclean_row {
    const char *what;
    struct str method, target, name, value;
};

static void what_is_not_clean_is_not_written(void **state) {
    (void)state;
    static const struct unclean_row ROWS[] = {
        {"CR in a value", STR("GET"), STR("/"), STR("A"), STR("b\rc")},
        {"LF in a value", STR("GET"), STR("/"), STR("A"), STR("b\nc")},
        {"NUL in a value", STR("GET"), STR("/"), STR("A"), STR("b\0c")},
        {"DEL in a value", STR("GET"), STR("/"), STR("A"), STR("\x7f")},
        {"CRLF in a name", STR("GET"), STR("/"), STR("A\r\nB"), STR("")},
        {"colon in a name", STR("GET"), STR("/"), STR("A:"), STR("")},
        {"blank in a name", STR("GET"), STR("/"), STR("A "), STR("")},
        {"no name", STR("GET"), STR("/"), STR(""), STR("")},
        {"blank in the target", STR("GET"), STR("/ HTTP/1.1"), STR("A"), STR("")},
        {"LF in the target", STR("GET"), STR("/\n"), STR("A"), STR("")},
        {"no target", STR("GET"), STR(""), STR("A"), STR("")},
        {"blank in the method", STR("GET "), STR("/"), STR("A"), STR("")},
        {"no method", STR_NONE, STR("/"), STR("A"), STR("")},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct header h = {ROWS[i].name, ROWS[i].value};
        struct message m = {
            .method = ROWS[i].method, .target = ROWS[i].target, .headers = {&h, 1, 1}, .minor = 1};
        buf_clear(&out);
        h1_write_request(&out, &m);
        if (!out.failed)
            fail_msg("%s", ROWS[i].what);
    }
    struct message m = request(BODY_UNTIL_CLOSE, 0);
    buf_clear(&out);
    h1_write_request(&out, &m);
    assert_true(out.failed); /* RFC 9112 6.3 knows no such request */
}

struct response_row {
    int status, minor;
    enum body_kind body;
    bool is_head, keep_alive;
    const char *expected;
};

static void responses_say_where_they_end(void **state) {
    (void)state;
    static const struct response_row ROWS[] = {
        {200, 1, BODY_LENGTH, false, true, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"},
        {200, 1, BODY_LENGTH, true, true, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"},
        {200, 1, BODY_CHUNKED, false, true,
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {200, 1, BODY_NONE, false, true, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},
        {200, 1, BODY_NONE, true, true, "HTTP/1.1 200 OK\r\n\r\n"},
        {200, 1, BODY_UNTIL_CLOSE, false, false, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"},
        {200, 0, BODY_LENGTH, false, true,
         "HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n"},
        {204, 1, BODY_NONE, false, true, "HTTP/1.1 204 No Content\r\n\r\n"},
        {204, 1, BODY_LENGTH, false, true, "HTTP/1.1 204 No Content\r\n\r\n"},
        {304, 1, BODY_CHUNKED, false, true, "HTTP/1.1 304 Not Modified\r\n\r\n"},
        {100, 1, BODY_NONE, false, true, "HTTP/1.1 100 Continue\r\n\r\n"},
        {299, 1, BODY_LENGTH, false, true, "HTTP/1.1 299 \r\nContent-Length: 3\r\n\r\n"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        const struct response_row *row = &ROWS[i];
        struct message m = {.status = row->status,
                            .minor = row->minor,
                            .body = row->body,
                            .length = 3,
                            .keep_alive = row->keep_alive};
        buf_clear(&out);
        h1_write_response(&out, &m, row->is_head);
        written(row->expected);
    }
}

static void a_status_that_is_none_is_not_written(void **state) {
    (void)state;
    static const int STATUS[] = {-1, 0, 99, 1000};
    for (size_t i = 0; i < sizeof STATUS / sizeof *STATUS; i++) {
        struct message m = {.status = STATUS[i], .minor = 1};
        buf_clear(&out);
        h1_write_response(&out, &m, false);
        assert_true(out.failed);
        assert_string_equal(h1_reason(STATUS[i]), "");
    }
    assert_string_equal(h1_reason(431), "Request Header Fields Too Large");
}

static void an_empty_piece_does_not_end_a_chunked_body(void **state) {
    (void)state;
    h1_write_chunk(&out, STR("0123456789abcdef"));
    h1_write_chunk(&out, STR(""));
    h1_write_chunk(&out, STR_NONE);
    h1_write_chunk(&out, STR("x"));
    h1_write_last_chunk(&out, NULL);
    written("10\r\n0123456789abcdef\r\n1\r\nx\r\n0\r\n\r\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(framing_comes_from_the_body_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_clean_is_not_written, setup, teardown),
        cmocka_unit_test_setup_teardown(responses_say_where_they_end, setup, teardown),
        cmocka_unit_test_setup_teardown(a_status_that_is_none_is_not_written, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_piece_does_not_end_a_chunked_body, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
