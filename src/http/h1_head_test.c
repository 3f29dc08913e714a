/* SPDX-License-Identifier: Apache-2.0
 *
 * What a head that is accepted comes to. (What is refused: h1_scan_test.c.)
 */
#include "http/testing.h"

#include <stdio.h>

/* Everything about an accepted message but its headers, as text to compare. */
static void describe(char out[128], const struct message *m) {
    static const char *const BODY[] = {"none", "length", "chunked", "close"};
    snprintf(out, 128, "%.*s%.*s%.0d 1.%d %s %llu%s%s%s", STR_ARG(m->method), STR_ARG(m->target),
             m->status, m->minor, BODY[m->body], (unsigned long long)m->length,
             m->keep_alive ? " keep" : "", m->expects_continue ? " expect" : "",
             m->upgrade ? " upgrade" : "");
}

struct good_row {
    const char *in, *expected;
    bool is_to_head;
};

static void accepted(enum h1_kind kind, const struct good_row *row) {
    for (int is_slow = 0; is_slow < 2; is_slow++) {
        struct parse t;
        char text[128] = "";
        struct str in = str_of(row->in);
        start(&t, kind);
        h1_response_to_head(t.p, row->is_to_head);
        enum h1_result result = is_slow ? give_slowly(&t, in) : give(&t, in);
        if (result == H1_READY)
            describe(text, &t.m);
        if (result != H1_READY || t.used != in.n || strcmp(text, row->expected) != 0)
            fail_msg("\"%s\" %s: %d, \"%s\" %s", row->in, is_slow ? "slowly" : "at once", result,
                     text, t.e.detail);
        stop(&t);
    }
}

static void requests_are_read(void **state) {
    (void)state;
    static const struct good_row ROWS[] = {
        {GET "Host: a\r\n\r\n", "GET/ 1.1 none 0 keep"},
        {"\r\n\r\n" GET "Host: a\r\n\r\n", "GET/ 1.1 none 0 keep"},
        {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS* 1.1 none 0 keep"},
        {"GET http://a/?b HTTP/1.1\r\nHost:a\r\n\r\n", "GEThttp://a/?b 1.1 none 0 keep"},
        {"PROPFIND /x HTTP/1.1\r\nhost: a\r\n\r\n", "PROPFIND/x 1.1 none 0 keep"},
        {"GET / HTTP/1.0\r\n\r\n", "GET/ 1.0 none 0"},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", "GET/ 1.0 none 0 keep"},
        {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", "GET/ 1.0 none 0"},
        {GET "Host: a\r\nConnection: CLOSE\r\n\r\n", "GET/ 1.1 none 0"},
        {GET "Host: a\r\nConnection: x\r\nConnection: y, close\r\n\r\n", "GET/ 1.1 none 0"},
        {POST "Content-Length: 0\r\n\r\n", "POST/ 1.1 length 0 keep"},
        {POST "Content-Length: \t007 \r\n\r\n", "POST/ 1.1 length 7 keep"},
        {POST "Content-Length: 7\t \t\r\n\r\n", "POST/ 1.1 length 7 keep"},
        {POST "Content-Length: 9223372036854775807\r\n\r\n",
         "POST/ 1.1 length 9223372036854775807 keep"},
        {POST "Transfer-Encoding: chunked\r\n\r\n", "POST/ 1.1 chunked 0 keep"},
        {POST "transfer-encoding:\tChunked \r\n\r\n", "POST/ 1.1 chunked 0 keep"},
        {POST "Content-Length: 1\r\nExpect: 100-Continue\r\n\r\n",
         "POST/ 1.1 length 1 keep expect"},
        {POST "Content-Length: 0\r\nExpect: 100-continue\r\n\r\n", "POST/ 1.1 length 0 keep"},
        {GET "Host: a\r\nExpect: 100-continue\r\n\r\n", "GET/ 1.1 none 0 keep"},
        {"POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n",
         "POST/ 1.0 length 1"},
        {GET "Host: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
         "GET/ 1.1 none 0 keep upgrade"},
        {GET "Host: a\r\nUpgrade: websocket\r\n\r\n", "GET/ 1.1 none 0 keep"},
        {"GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n", "GET/ 1.0 none 0"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        accepted(H1_REQUEST, &ROWS[i]);
}

static void responses_are_read(void **state) {
    (void)state;
    static const struct good_row ROWS[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "200 1.1 length 3 keep", false},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\n", "200 1.1 length 3",
         false},
        {"HTTP/1.1 200 \r\nContent-Length: 3\r\n\r\n", "200 1.1 length 3 keep", false},
        {"HTTP/1.1 200\r\nContent-Length: 3\r\n\r\n", "200 1.1 length 3 keep", false},
        {"HTTP/1.1 999 a \xc3\xbc\r\nContent-Length: 3\r\n\r\n", "999 1.1 length 3 keep", false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", "200 1.0 length 3", false},
        {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n",
         "200 1.0 length 3 keep", false},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 1.1 chunked 0 keep", false},
        {"HTTP/1.1 200 OK\r\n\r\n", "200 1.1 close 0", false},
        {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", "200 1.0 close 0", false},
        {"HTTP/1.1 200 OK\r\n\r\n", "200 1.1 none 0 keep", true},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "200 1.1 length 3 keep", true},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "200 1.1 chunked 0 keep", true},
        {"HTTP/1.1 204 No Content\r\n\r\n", "204 1.1 none 0 keep", false},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "204 1.1 none 0 keep", false},
        {"HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\n", "204 1.1 none 0", false},
        {"HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\n\r\n", "204 1.1 none 0", false},
        {"HTTP/1.1 304 x\r\nContent-Length: 3\r\n\r\n", "304 1.1 none 0 keep", false},
        {"HTTP/1.1 304 x\r\nTransfer-Encoding: chunked\r\n\r\n", "304 1.1 none 0", false},
        {"HTTP/1.1 100 Continue\r\n\r\n", "100 1.1 none 0 keep", false},
        {"HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: a\r\n\r\n",
         "101 1.1 none 0 keep upgrade", false},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        accepted(H1_RESPONSE, &ROWS[i]);
}

static void headers_are_copies_trimmed_and_in_order(void **state) {
    (void)state;
    char text[] = GET "Host:a\r\nEmpty:  \t\r\nA: \t b\tc, \xfc \t\r\na: 2\r\n\r\nGET";
    struct parse t;
    start(&t, H1_REQUEST);
    assert_int_equal(give(&t, str_of(text)), H1_READY);
    assert_int_equal(t.used, sizeof text - sizeof "GET");
    memset(text, '#', sizeof text);
    assert_int_equal(t.m.headers.count, 4);
    static const struct header EXPECTED[] = {
        {STR("Host"), STR("a")},
        {STR("Empty"), STR("")},
        {STR("A"), STR("b\tc, \xfc")},
        {STR("a"), STR("2")},
    };
    for (size_t i = 0; i < 4; i++)
        assert_true(str_eq(t.m.headers.at[i].name, EXPECTED[i].name) &&
                    str_eq(t.m.headers.at[i].value, EXPECTED[i].value));
    assert_true(str_eq(t.m.target, STR("/")));
    stop(&t);
}

static void a_full_arena_is_an_error_of_its_own(void **state) {
    (void)state;
    struct parse t;
    start(&t, H1_REQUEST);
    t.arena.limit = 16;
    assert_int_equal(give(&t, STR(GET "Host: a\r\n\r\n")), H1_ERROR);
    assert_int_equal(t.e.code, ERR_NO_MEMORY);
    assert_int_equal(t.m.headers.count, 0);
    stop(&t);
}

static void an_interim_answer_is_a_message_of_its_own(void **state) {
    (void)state;
    struct str in =
        STR("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    struct str piece;
    size_t used;
    struct parse t;
    start(&t, H1_RESPONSE);
    assert_int_equal(give(&t, in), H1_READY);
    assert_int_equal(t.m.status, 100);
    in = str_from(in, t.used);
    assert_int_equal(h1_body(t.p, in, &piece, &used, &t.e), H1_DONE);
    assert_int_equal(used, 0);
    h1_reset(t.p);
    assert_int_equal(give(&t, in), H1_READY);
    assert_int_equal(t.m.status, 200);
    assert_int_equal(t.used, in.n);
    stop(&t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_read),
        cmocka_unit_test(responses_are_read),
        cmocka_unit_test(headers_are_copies_trimmed_and_in_order),
        cmocka_unit_test(a_full_arena_is_an_error_of_its_own),
        cmocka_unit_test(an_interim_answer_is_a_message_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
