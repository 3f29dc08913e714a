/* SPDX-License-Identifier: Apache-2.0
 *
 * The bodies of requests: their length, their end, their trailers, and how much may come.
 */
#include "http/testing_h2.h"

static struct site *posting(struct str lines) {
    struct site *t = site_start();
    put_preface(&t->in);
    put_head(&t->in, 1, false, lines);
    site_receive(t, 0);
    assert_true(t->is_good && t->asked[0].has_head && !t->asked[0].refused.code);
    return t;
}

static void a_body_arrives_and_ends(void **state) {
    (void)state;
    for (size_t is_slow = 0; is_slow < 2; is_slow++) {
        struct site *t = posting(STR(SEND "content-length=11"));
        put_data(&t->in, 1, false, STR("hello "));
        put_frame(&t->in, NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, STR("\4world\0\0\0\0"));
        put_data(&t->in, 1, true, STR_NONE);
        site_receive(t, is_slow);
        assert_true(t->is_good && t->asked[0].is_ended);
        assert_true(str_eq(buf_str(&t->asked[0].body), STR("hello world")));
        assert_null(t->asked[0].trailers);
        site_stop(t);
    }
}

/* RFC 9113 8.1.1. */
static void a_body_of_another_length_is_malformed(void **state) {
    (void)state;
    static const struct {
        struct str lines, data;
        bool is_end;
    } ROWS[] = {
        {STR(SEND "content-length=3"), STR("xxxx"), false},
        {STR(SEND "content-length=3"), STR("xx"), true},
        {STR(SEND "content-length=3"), STR(""), true},
        {STR(SEND "content-length=0"), STR("x"), true},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        for (size_t is_slow = 0; is_slow < 2; is_slow++) {
            struct site *t = posting(ROWS[i].lines);
            put_data(&t->in, 1, ROWS[i].is_end, ROWS[i].data);
            site_receive(t, is_slow);
            assert_true(t->is_good);
            assert_int_equal(sent_reset(t, 1), NGHTTP2_PROTOCOL_ERROR);
            assert_int_equal(t->asked[0].code, NGHTTP2_PROTOCOL_ERROR);
            assert_false(t->asked[0].is_ended);
            site_stop(t);
        }
    }
}

static void trailers_come_before_the_end(void **state) {
    (void)state;
    struct site *t = posting(STR(SEND));
    put_data(&t->in, 1, false, STR("x"));
    put_head(&t->in, 1, true,
             STR("grpc-status=0\nx-forwarded-for=1.2.3.4\nkerbgate_user=bob\nhost=a\na="));
    site_receive(t, 0);
    assert_true(t->asked[0].is_ended);
    assert_int_equal(t->asked[0].trailers->count, 2);
    assert_true(str_eq(headers_get(t->asked[0].trailers, STR("Grpc-Status")), STR("0")));
    site_stop(t);
}

static void malformed_trailers_reset_the_stream(void **state) {
    (void)state;
    static const struct {
        struct str lines;
        bool is_end;
    } ROWS[] = {
        {STR("a=b"), false},       {STR(":path=/"), true},
        {STR("A=b"), true},        {STR("connection=close"), true},
        {STR("a=b\nc= d"), true},  {STR("a=\nb=\nc=\nd=\ne=\nf=\ng="), true},
        {STR("te=deflate"), true}, {STR("a=x\ry"), true},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct site *t = posting(STR(SEND));
        put_head(&t->in, 1, ROWS[i].is_end, ROWS[i].lines);
        site_receive(t, 1);
        assert_true(t->is_good);
        assert_int_equal(sent_reset(t, 1), NGHTTP2_PROTOCOL_ERROR);
        assert_false(t->asked[0].is_ended);
        assert_null(t->asked[0].trailers);
        site_stop(t);
    }
}

/* As much as the windows allow, in frames of the usual size. */
static void put_bulk(struct site *t, uint32_t id, size_t n) {
    static const char BULK[16384];
    for (size_t part; n > 0; n -= part) {
        part = n < sizeof BULK ? n : sizeof BULK;
        put_data(&t->in, id, false, str_n(BULK, part));
    }
    site_receive(t, 0);
}

static void a_stream_that_is_not_consumed_gets_no_credit(void **state) {
    (void)state;
    struct str payload;
    struct site *t = posting(STR(SEND));
    put_bulk(t, 1, H2_STREAM_WINDOW);
    assert_true(t->is_good);
    assert_int_equal(buf_size(&t->asked[0].body), H2_STREAM_WINDOW);
    assert_false(sent_frame(t, NGHTTP2_WINDOW_UPDATE, 1, 0, &payload));
    h2_consume(t->asked[0].stream, H2_STREAM_WINDOW / 2);
    h2_output(t->h, &t->out);
    assert_true(sent_frame(t, NGHTTP2_WINDOW_UPDATE, 1, 0, &payload));
    assert_int_equal(u32_at(payload, 0), H2_STREAM_WINDOW / 2);
    put_bulk(t, 1, H2_STREAM_WINDOW / 2);
    assert_true(t->is_good && !t->asked[0].is_closed);
    put_bulk(t, 1, 1);
    assert_int_equal(sent_reset(t, 1), NGHTTP2_FLOW_CONTROL_ERROR);
    site_stop(t);
}

/* Three that are stalled leave a window to the fourth. */
static void stalled_streams_do_not_stall_the_others(void **state) {
    (void)state;
    struct site *t = posting(STR(SEND));
    put_bulk(t, 1, H2_STREAM_WINDOW);
    for (uint32_t i = 1; i < 4; i++) {
        put_head(&t->in, 2 * i + 1, false, STR(SEND));
        site_receive(t, 0);
        if (i < 3)
            put_bulk(t, 2 * i + 1, H2_STREAM_WINDOW);
    }
    for (int i = 0; i < 12; i++) {
        put_bulk(t, 7, H2_STREAM_WINDOW);
        h2_consume(t->asked[3].stream, H2_STREAM_WINDOW);
        h2_output(t->h, &t->out);
        buf_clear(&t->out);
    }
    assert_true(t->is_good);
    assert_int_equal(buf_size(&t->asked[3].body), 12 * H2_STREAM_WINDOW);
    site_stop(t);
}

static void what_a_closed_stream_held_is_given_back(void **state) {
    (void)state;
    struct site *t = posting(STR(SEND));
    for (uint32_t i = 0; i < 20; i++) {
        if (i > 0)
            put_head(&t->in, 2 * i + 1, false, STR(SEND));
        put_bulk(t, 2 * i + 1, H2_STREAM_WINDOW);
        assert_int_equal(buf_size(&t->asked[i].body), H2_STREAM_WINDOW);
        put_u32(&t->in, NGHTTP2_RST_STREAM, 2 * i + 1, NGHTTP2_CANCEL);
        site_receive(t, 0);
        assert_int_equal(t->asked[i].code, H2_CANCEL);
    }
    assert_true(t->is_good);
    site_stop(t);
}

static void a_client_that_goes_without_a_reason_has_cancelled(void **state) {
    (void)state;
    struct site *t = posting(STR(SEND));
    put_u32(&t->in, NGHTTP2_RST_STREAM, 1, NGHTTP2_NO_ERROR);
    site_receive(t, 0);
    assert_true(t->is_good && t->asked[0].is_closed);
    assert_int_equal(t->asked[0].code, H2_CANCEL);
    site_stop(t);
}

/* Padding and what is thrown away count for the windows, and nobody holds them. */
static void what_nobody_keeps_is_given_back(void **state) {
    (void)state;
    static const char PADDED[256] = {(char)254};
    struct message m = answer_of(200);
    struct site *t = posting(STR(SEND));
    m.body = BODY_CHUNKED;
    assert_true(h2_answer_head(t->asked[0].stream, &m, false));
    for (int i = 0; i < 3 * H2_CONNECTION_WINDOW / 256; i++) {
        put_frame(&t->in, NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, str_n(PADDED, sizeof PADDED));
        site_receive(t, 0);
        h2_consume(t->asked[0].stream, 1);
    }
    h2_answer_end(t->asked[0].stream, NULL);
    put_head(&t->in, 3, false, STR(SEND "A=b"));
    put_bulk(t, 3, H2_STREAM_WINDOW);
    for (uint32_t i = 2; i < 5; i++) {
        put_head(&t->in, 2 * i + 1, false, STR(SEND));
        put_bulk(t, 2 * i + 1, H2_STREAM_WINDOW);
    }
    assert_true(t->is_good);
    site_stop(t);
}

static void the_windows_of_the_connection_are_kept(void **state) {
    (void)state;
    struct site *t = posting(STR(SEND));
    put_bulk(t, 1, H2_STREAM_WINDOW);
    for (uint32_t i = 1; i < 4; i++) {
        put_head(&t->in, 2 * i + 1, false, STR(SEND));
        put_bulk(t, 2 * i + 1, H2_STREAM_WINDOW);
    }
    assert_true(t->is_good);
    put_head(&t->in, 9, false, STR(SEND));
    put_bulk(t, 9, 1);
    assert_false(t->is_good);
    assert_int_equal(sent_goaway(t), NGHTTP2_FLOW_CONTROL_ERROR);
    site_stop(t);
}

static void a_body_nobody_waits_for_is_stopped_and_thrown_away(void **state) {
    (void)state;
    struct str payload;
    struct site *t = posting(STR(SEND));
    struct message m = answer_of(413);
    put_data(&t->in, 1, false, STR("before"));
    site_receive(t, 0);
    assert_true(h2_answer_head(t->asked[0].stream, &m, true));
    put_data(&t->in, 1, false, STR("behind"));
    site_receive(t, 0);
    assert_true(sent_frame(t, NGHTTP2_HEADERS, 1, 0, &payload));
    assert_int_equal(sent_reset(t, 1), NGHTTP2_NO_ERROR);
    assert_int_equal(t->asked[0].code, H2_NO_ERROR);
    assert_true(str_eq(buf_str(&t->asked[0].body), STR("before")));
    put_data(&t->in, 1, true, STR("late"));
    site_receive(t, 0);
    assert_true(t->is_good);
    site_stop(t);
}

static void more_after_the_end_breaks_the_connection(void **state) {
    (void)state;
    for (int is_head = 0; is_head < 2; is_head++) {
        struct site *t = posting(STR(SEND));
        put_data(&t->in, 1, true, STR("x"));
        if (is_head)
            put_head(&t->in, 1, true, STR("a=b"));
        else
            put_data(&t->in, 1, true, STR("x"));
        site_receive(t, 0);
        assert_false(t->is_good);
        assert_int_equal(sent_goaway(t), NGHTTP2_STREAM_CLOSED);
        site_stop(t);
    }
}

static void a_tunnel_carries_bytes_both_ways(void **state) {
    (void)state;
    struct str payload;
    struct message m = answer_of(101);
    struct site *t = posting(STR(":method=CONNECT\n:protocol=websocket\n:scheme=https\n:path=/\n"
                                 ":authority=a"));
    m.body = BODY_CHUNKED;
    assert_true(h2_answer_head(t->asked[0].stream, &m, false));
    h2_answer_body(t->asked[0].stream, STR("down"));
    put_data(&t->in, 1, false, STR("up"));
    site_receive(t, 0);
    assert_true(str_eq(buf_str(&t->asked[0].body), STR("up")));
    assert_true(sent_frame(t, NGHTTP2_HEADERS, 1, 0, &payload));
    assert_true(str_starts(payload, STR("\x88"))); /* :status 200 (RFC 7541 A) */
    assert_true(sent_frame(t, NGHTTP2_DATA, 1, 0, &payload) && str_eq(payload, STR("down")));
    put_data(&t->in, 1, true, STR_NONE);
    site_receive(t, 0);
    assert_true(t->asked[0].is_ended && !t->asked[0].is_closed);
    h2_answer_end(t->asked[0].stream, NULL);
    h2_output(t->h, &t->out);
    assert_int_equal(t->asked[0].code, H2_NO_ERROR);
    assert_int_equal(sent_reset(t, 1), -1);
    site_stop(t);
}

static void a_tunnel_has_no_trailers(void **state) {
    (void)state;
    struct message m = answer_of(101);
    struct site *t = posting(STR(":method=CONNECT\n:protocol=websocket\n:scheme=https\n:path=/\n"
                                 ":authority=a"));
    m.body = BODY_CHUNKED;
    assert_true(h2_answer_head(t->asked[0].stream, &m, false));
    put_head(&t->in, 1, true, STR("a=b"));
    site_receive(t, 0);
    assert_int_equal(sent_reset(t, 1), NGHTTP2_PROTOCOL_ERROR);
    site_stop(t);
}

/* Byte by byte: all of it has begun with the first, until it is complete. */
static void check_begun(struct site *t, struct buf *all) {
    bool was_begun = false;
    for (size_t left = buf_size(all); left > 0; left--, t->now_us++) {
        int64_t begun_us = was_begun ? h2_begun_us(t->h) : t->now_us;
        buf_add(&t->in, str_head(buf_str(all), 1));
        buf_consume(all, 1);
        site_receive(t, 0);
        assert_int_equal(h2_begun_us(t->h), left == 1 ? 0 : begun_us);
        was_begun = true;
    }
}

static void what_comes_in_drops_has_begun_with_the_first(void **state) {
    (void)state;
    struct site *t = site_start();
    struct buf all, head;
    buf_init(&all, 4096);
    buf_init(&head, 4096);
    buf_add(&all, STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    check_begun(t, &all);
    put_frame(&all, NGHTTP2_SETTINGS, 0, 0, STR_NONE);
    check_begun(t, &all);
    put_block(&head, STR(SEND));
    put_frame(&all, NGHTTP2_HEADERS, 0, 1, str_head(buf_str(&head), 3));
    put_frame(&all, NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, str_from(buf_str(&head), 3));
    check_begun(t, &all);
    assert_true(t->is_good && t->asked[0].has_head);
    put_frame(&t->in, NGHTTP2_DATA, 0, 1, STR("hello"));
    while (buf_size(&t->in) > 0) {
        struct str in = buf_str(&t->in);
        t->is_good = h2_receive(t->h, str_head(in, 1), t->now_us, &t->out, &t->e);
        buf_consume(&t->in, 1);
        assert_true((h2_begun_us(t->h) == 0) == (in.n <= 6)); /* in its payload */
    }
    buf_fini(&head);
    buf_fini(&all);
    site_stop(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_arrives_and_ends),
        cmocka_unit_test(a_body_of_another_length_is_malformed),
        cmocka_unit_test(trailers_come_before_the_end),
        cmocka_unit_test(malformed_trailers_reset_the_stream),
        cmocka_unit_test(a_stream_that_is_not_consumed_gets_no_credit),
        cmocka_unit_test(stalled_streams_do_not_stall_the_others),
        cmocka_unit_test(what_a_closed_stream_held_is_given_back),
        cmocka_unit_test(a_client_that_goes_without_a_reason_has_cancelled),
        cmocka_unit_test(what_nobody_keeps_is_given_back),
        cmocka_unit_test(the_windows_of_the_connection_are_kept),
        cmocka_unit_test(a_body_nobody_waits_for_is_stopped_and_thrown_away),
        cmocka_unit_test(more_after_the_end_breaks_the_connection),
        cmocka_unit_test(a_tunnel_carries_bytes_both_ways),
        cmocka_unit_test(a_tunnel_has_no_trailers),
        cmocka_unit_test(what_comes_in_drops_has_begun_with_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
