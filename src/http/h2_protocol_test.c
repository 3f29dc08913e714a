/* SPDX-License-Identifier: Apache-2.0
 *
 * What breaks a connection (RFC 9113 5.4.1), how it begins and how it is shut down.
 */
#include "http/testing_h2.h"

#define FRAME(length, type, flags, id) "\0\0" length type flags "\0\0\0" id

struct break_row {
    const char *what;
    struct str in;
    int code;
};

/* Behind a good preface. */
static const struct break_row ROWS[] = {
    {"a frame too large", STR("\0\x40\1\0\0\0\0\0\1"), NGHTTP2_FRAME_SIZE_ERROR},
    {"DATA on the connection", STR(FRAME("\1", "\0", "\0", "\0") "x"), NGHTTP2_PROTOCOL_ERROR},
    {"DATA on an idle stream", STR(FRAME("\1", "\0", "\0", "\1") "x"), NGHTTP2_PROTOCOL_ERROR},
    {"DATA with more padding than bytes", STR(FRAME("\1", "\0", "\x8", "\1") "\5"),
     NGHTTP2_PROTOCOL_ERROR},
    {"HEADERS on the connection", STR(FRAME("\1", "\1", "\4", "\0") "\x82"),
     NGHTTP2_PROTOCOL_ERROR},
    {"HEADERS on an even stream", STR(FRAME("\1", "\1", "\4", "\2") "\x82"),
     NGHTTP2_PROTOCOL_ERROR},
    {"a stream that depends on itself", STR(FRAME("\6", "\1", "\x24", "\1") "\0\0\0\1\x10\x82"),
     NGHTTP2_PROTOCOL_ERROR},
    {"an index beyond the table", STR(FRAME("\1", "\1", "\5", "\1") "\xfe"),
     NGHTTP2_COMPRESSION_ERROR},
    {"a field block that is cut", STR(FRAME("\2", "\1", "\5", "\1") "\0\5"),
     NGHTTP2_COMPRESSION_ERROR},
    {"Huffman code with EOS", STR(FRAME("\7", "\1", "\5", "\1") "\0\x84\xff\xff\xff\xff\0"),
     NGHTTP2_COMPRESSION_ERROR},
    {"a table larger than allowed", STR(FRAME("\3", "\1", "\5", "\1") "\x3f\xe2\x1f"),
     NGHTTP2_COMPRESSION_ERROR},
    {"another frame within a field block",
     STR(FRAME("\1", "\1", "\0", "\1") "\x82" FRAME("\0", "\4", "\0", "\0")),
     NGHTTP2_PROTOCOL_ERROR},
    {"CONTINUATION of another stream",
     STR(FRAME("\1", "\1", "\0", "\1") "\x82" FRAME("\1", "\x9", "\4", "\3") "\x84"),
     NGHTTP2_PROTOCOL_ERROR},
    {"CONTINUATION of nothing", STR(FRAME("\1", "\x9", "\4", "\1") "\x84"), NGHTTP2_PROTOCOL_ERROR},
    {"RST_STREAM of an idle stream", STR(FRAME("\4", "\3", "\0", "\1") "\0\0\0\0"),
     NGHTTP2_PROTOCOL_ERROR},
    {"RST_STREAM of the connection", STR(FRAME("\4", "\3", "\0", "\0") "\0\0\0\0"),
     NGHTTP2_PROTOCOL_ERROR},
    {"RST_STREAM of three bytes", STR(FRAME("\3", "\3", "\0", "\1") "\0\0\0"),
     NGHTTP2_FRAME_SIZE_ERROR},
    {"SETTINGS of a stream", STR(FRAME("\0", "\4", "\0", "\1")), NGHTTP2_PROTOCOL_ERROR},
    {"SETTINGS of five bytes", STR(FRAME("\5", "\4", "\0", "\0") "\0\1\0\0\0"),
     NGHTTP2_FRAME_SIZE_ERROR},
    {"SETTINGS ACK with a payload", STR(FRAME("\6", "\4", "\1", "\0") "\0\1\0\0\0\0"),
     NGHTTP2_FRAME_SIZE_ERROR},
    {"a window beyond 2^31-1", STR(FRAME("\6", "\4", "\0", "\0") "\0\4\x80\0\0\0"),
     NGHTTP2_FLOW_CONTROL_ERROR},
    {"a frame size below 2^14", STR(FRAME("\6", "\4", "\0", "\0") "\0\5\0\0\0\1"),
     NGHTTP2_PROTOCOL_ERROR},
    {"PING of seven bytes", STR(FRAME("\7", "\6", "\0", "\0") "1234567"), NGHTTP2_FRAME_SIZE_ERROR},
    {"PING of a stream", STR(FRAME("\x8", "\6", "\0", "\1") "12345678"), NGHTTP2_PROTOCOL_ERROR},
    {"GOAWAY of a stream", STR(FRAME("\x8", "\7", "\0", "\1") "\0\0\0\0\0\0\0\0"),
     NGHTTP2_PROTOCOL_ERROR},
    {"PUSH_PROMISE", STR(FRAME("\5", "\5", "\4", "\1") "\0\0\0\2\x82"), NGHTTP2_PROTOCOL_ERROR},
    {"WINDOW_UPDATE by nothing", STR(FRAME("\4", "\x8", "\0", "\0") "\0\0\0\0"),
     NGHTTP2_PROTOCOL_ERROR},
    {"WINDOW_UPDATE of an idle stream", STR(FRAME("\4", "\x8", "\0", "\1") "\0\0\0\1"),
     NGHTTP2_PROTOCOL_ERROR},
    {"a window of the connection beyond 2^31-1",
     STR(FRAME("\4", "\x8", "\0", "\0") "\x7f\xff\xff\xff"), NGHTTP2_FLOW_CONTROL_ERROR},
};

static void what_breaks_a_connection_does_so_however_it_is_cut(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        for (size_t is_slow = 0; is_slow < 2; is_slow++) {
            struct site *t = site_start();
            put_preface(&t->in);
            buf_add(&t->in, ROWS[i].in);
            site_receive(t, is_slow);
            if (t->is_good || sent_goaway(t) != ROWS[i].code)
                fail_msg("%s: %d, %s", ROWS[i].what, sent_goaway(t), t->e.detail);
            assert_int_equal(t->e.code, ERR_HTTP_BAD_REQUEST);
            assert_non_null(strstr(t->e.detail, "(RFC 9113 5.4.1)"));
            assert_true(h2_is_over(t->h));
            site_stop(t);
        }
    }
}

static void who_speaks_something_else_is_told_so(void **state) {
    (void)state;
    static const struct str OTHERS[] = {
        STR("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        STR("PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n"),
        STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" FRAME("\x8", "\6", "\0", "\0") "12345678"),
    };
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        for (size_t is_slow = 0; is_slow < 2; is_slow++) {
            struct site *t = site_start();
            buf_add(&t->in, OTHERS[i]);
            site_receive(t, is_slow);
            assert_false(t->is_good);
            assert_int_equal(sent_goaway(t), NGHTTP2_PROTOCOL_ERROR);
            site_stop(t);
        }
    }
}

/* In a frame's payload, the value of this setting; -1: it is not there. */
static int64_t setting(struct str payload, uint16_t id) {
    for (size_t at = 0; at + 6 <= payload.n; at += 6)
        if ((u32_at(payload, at) >> 16) == id)
            return u32_at(payload, at + 2);
    return -1;
}

static void our_settings_say_what_is_taken(void **state) {
    (void)state;
    struct str payload;
    struct site *t = site_start();
    h2_output(t->h, &t->out);
    assert_true(sent_frame(t, NGHTTP2_SETTINGS, 0, 0, &payload));
    assert_int_equal(setting(payload, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS), H2_STREAMS_MAX);
    assert_int_equal(setting(payload, NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE), H2_STREAM_WINDOW);
    assert_int_equal(setting(payload, NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE), H2_HEAD_MAX);
    assert_int_equal(setting(payload, NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL), 1);
    assert_int_equal(setting(payload, NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES), 1);
    assert_true(sent_frame(t, NGHTTP2_WINDOW_UPDATE, 0, 0, &payload));
    assert_int_equal(u32_at(payload, 0) + 65535, H2_CONNECTION_WINDOW);
    site_stop(t);
}

static void one_stream_more_than_was_agreed_breaks_the_connection(void **state) {
    (void)state;
    struct site *t = site_start();
    put_preface(&t->in);
    for (uint32_t i = 0; i <= H2_STREAMS_MAX; i++)
        put_head(&t->in, 2 * i + 1, true, STR(LINE));
    site_receive(t, 0);
    assert_false(t->is_good);
    assert_int_equal(t->count, H2_STREAMS_MAX);
    site_stop(t);
}

/* Before our SETTINGS were confirmed the client cannot know of the limit. */
static void a_client_that_does_not_know_the_limit_yet_may_try_again(void **state) {
    (void)state;
    struct site *t = site_start();
    buf_add(&t->in, STR(NGHTTP2_CLIENT_MAGIC));
    put_frame(&t->in, NGHTTP2_SETTINGS, 0, 0, STR_NONE);
    for (uint32_t i = 0; i <= H2_STREAMS_MAX; i++)
        put_head(&t->in, 2 * i + 1, true, STR(LINE));
    site_receive(t, 0);
    assert_true(t->is_good);
    assert_int_equal(t->count, H2_STREAMS_MAX);
    assert_int_equal(sent_reset(t, 2 * H2_STREAMS_MAX + 1), NGHTTP2_REFUSED_STREAM);
    site_stop(t);
}

static void a_stream_that_its_owner_does_not_want_may_be_tried_again(void **state) {
    (void)state;
    struct site *t = site_start();
    t->refuses_all = true;
    put_preface(&t->in);
    put_head(&t->in, 1, false, STR(SEND));
    put_data(&t->in, 1, true, STR("x"));
    site_receive(t, 0);
    assert_true(t->is_good);
    assert_int_equal(sent_reset(t, 1), NGHTTP2_REFUSED_STREAM);
    assert_int_equal(h2_stream_count(t->h), 0);
    site_stop(t);
}

static void a_shutdown_lets_what_was_begun_end(void **state) {
    (void)state;
    struct str payload;
    struct message m = answer_of(204);
    struct site *t = site_start();
    put_preface(&t->in);
    put_head(&t->in, 1, true, STR(LINE));
    site_receive(t, 0);
    h2_shutdown(t->h, false);
    put_head(&t->in, 3, true, STR(LINE));
    site_receive(t, 0);
    assert_true(sent_frame(t, NGHTTP2_GOAWAY, 0, 0, &payload));
    assert_int_equal(u32_at(payload, 0), 0x7fffffff);
    assert_int_equal(t->count, 2);
    h2_shutdown(t->h, true);
    h2_output(t->h, &t->out);
    assert_true(sent_frame(t, NGHTTP2_GOAWAY, 0, 1, &payload));
    assert_int_equal(u32_at(payload, 0), 3);
    assert_int_equal(u32_at(payload, 4), NGHTTP2_NO_ERROR);
    put_head(&t->in, 5, true, STR(LINE));
    site_receive(t, 0);
    assert_true(t->is_good && t->count == 2 && !h2_is_over(t->h));
    for (size_t i = 0; i < 2; i++)
        assert_true(h2_answer_head(t->asked[i].stream, &m, true));
    h2_output(t->h, &t->out);
    assert_true(h2_is_over(t->h));
    assert_true(t->asked[1].is_closed && t->asked[1].code == H2_NO_ERROR);
    site_stop(t);
}

static void a_client_that_goes_is_over_when_it_was_answered(void **state) {
    (void)state;
    struct message m = answer_of(204);
    struct site *t = site_start();
    put_preface(&t->in);
    put_head(&t->in, 1, true, STR(LINE));
    put_frame(&t->in, NGHTTP2_GOAWAY, 0, 0, STR("\0\0\0\0\0\0\0\0"));
    site_receive(t, 0);
    assert_true(t->is_good && !h2_is_over(t->h));
    assert_true(h2_answer_head(t->asked[0].stream, &m, true));
    h2_output(t->h, &t->out);
    assert_true(h2_is_over(t->h));
    site_stop(t);
}

static void streams_are_closed_with_the_connection(void **state) {
    (void)state;
    struct site *t = site_start();
    put_preface(&t->in);
    put_head(&t->in, 1, true, STR(LINE));
    put_frame(&t->in, NGHTTP2_HEADERS, 0, 3, STR("\x82"));
    site_receive(t, 0);
    assert_int_equal(h2_stream_count(t->h), 2);
    h2_free(t->h);
    t->h = NULL;
    assert_int_equal(t->asked[0].code, H2_CANCEL);
    assert_true(t->asked[1].is_closed && !t->asked[1].has_head);
    site_stop(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_breaks_a_connection_does_so_however_it_is_cut),
        cmocka_unit_test(who_speaks_something_else_is_told_so),
        cmocka_unit_test(our_settings_say_what_is_taken),
        cmocka_unit_test(one_stream_more_than_was_agreed_breaks_the_connection),
        cmocka_unit_test(a_client_that_does_not_know_the_limit_yet_may_try_again),
        cmocka_unit_test(a_stream_that_its_owner_does_not_want_may_be_tried_again),
        cmocka_unit_test(a_shutdown_lets_what_was_begun_end),
        cmocka_unit_test(a_client_that_goes_is_over_when_it_was_answered),
        cmocka_unit_test(streams_are_closed_with_the_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
