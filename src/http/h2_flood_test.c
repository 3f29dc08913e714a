/* SPDX-License-Identifier: Apache-2.0
 *
 * What ends a connection: floods, each with a bound that is met, and frames that break the
 * protocol.
 */
#include "http/testing_h2.h"

enum { CALM = NGHTTP2_ENHANCE_YOUR_CALM, MANY = 2000, WAYS = 2 };

static struct site *connected(void) {
    struct site *t = site_start();
    put_preface(&t->in);
    site_receive(t, 0);
    assert_true(t->is_good);
    return t;
}

static void answer_all(struct site *t) {
    struct message m = answer_of(204);
    for (size_t i = 0; i < t->count; i++)
        if (t->asked[i].stream)
            assert_true(h2_answer_head(t->asked[i].stream, &m, true));
}

static void expect_calm(struct site *t, const char *why) {
    assert_false(t->is_good);
    assert_int_equal(t->e.code, ERR_HTTP_BAD_REQUEST);
    if (!strstr(t->e.detail, why))
        fail_msg("%s: %s", why, t->e.detail);
    assert_int_equal(sent_goaway(t), CALM);
    assert_true(h2_is_over(t->h));
}

static void ping(struct site *t, uint32_t i) {
    (void)i;
    put_frame(&t->in, NGHTTP2_PING, 0, 0, STR("12345678"));
}

static void ping_ack(struct site *t, uint32_t i) {
    (void)i;
    put_frame(&t->in, NGHTTP2_PING, NGHTTP2_FLAG_ACK, 0, STR("12345678"));
}

static void settings(struct site *t, uint32_t i) {
    (void)i;
    put_frame(&t->in, NGHTTP2_SETTINGS, 0, 0, STR_NONE);
}

static void priority(struct site *t, uint32_t i) {
    put_frame(&t->in, NGHTTP2_PRIORITY, 0, 2 * i + 1, STR("\0\0\0\0\1"));
}

static void unknown(struct site *t, uint32_t i) {
    (void)i;
    put_frame(&t->in, 0x77, 0, 0, STR_NONE);
}

static void window_update(struct site *t, uint32_t i) {
    (void)i;
    put_u32(&t->in, NGHTTP2_WINDOW_UPDATE, 0, 1);
}

static void empty_data(struct site *t, uint32_t i) {
    if (i == 0)
        put_head(&t->in, 1, false, STR(SEND));
    put_data(&t->in, 1, false, STR_NONE);
}

static void padded_data(struct site *t, uint32_t i) {
    if (i == 0)
        put_head(&t->in, 1, false, STR(SEND));
    put_frame(&t->in, NGHTTP2_DATA, NGHTTP2_FLAG_PADDED, 1, STR("\3\0\0\0"));
}

static void data_on_closed(struct site *t, uint32_t i) {
    if (i == 0) {
        put_head(&t->in, 1, false, STR(SEND));
        put_u32(&t->in, NGHTTP2_RST_STREAM, 1, NGHTTP2_CANCEL);
    }
    put_data(&t->in, 1, false, STR("x"));
}

static void head_on_closed(struct site *t, uint32_t i) {
    if (i == 0) {
        put_head(&t->in, 1, false, STR(SEND));
        put_u32(&t->in, NGHTTP2_RST_STREAM, 1, NGHTTP2_CANCEL);
    }
    put_head(&t->in, 1, true, STR("a=b"));
}

static void reset_again(struct site *t, uint32_t i) {
    if (i == 0)
        put_head(&t->in, 1, false, STR(SEND));
    put_u32(&t->in, NGHTTP2_RST_STREAM, 1, NGHTTP2_CANCEL);
}

/* CVE-2019-9512, 9515, 9518, 9513, 9511. */
static void frames_that_lead_nowhere_are_bounded(void **state) {
    (void)state;
    static void (*const FLOODS[])(struct site *, uint32_t) = {
        ping,       ping_ack,    settings,       priority,       unknown,    window_update,
        empty_data, padded_data, data_on_closed, head_on_closed, reset_again};
    for (size_t i = 0; i < sizeof FLOODS / sizeof *FLOODS; i++) {
        for (size_t is_slow = 0; is_slow < WAYS; is_slow++) {
            struct site *t = connected();
            for (uint32_t n = 0; n < MANY; n++)
                FLOODS[i](t, n);
            site_receive(t, is_slow);
            expect_calm(t, "lead nowhere");
            assert_true(buf_size(&t->out) < 16384);
            site_stop(t);
        }
    }
}

static void a_frame_now_and_then_is_no_flood(void **state) {
    (void)state;
    struct site *t = connected();
    for (uint32_t n = 0; n < MANY; n++) {
        t->now_us += 100000;
        ping(t, n);
        site_receive(t, 0);
        buf_clear(&t->out);
    }
    assert_true(t->is_good);
    for (uint32_t n = 0; n < MANY; n++)
        ping(t, n);
    site_receive(t, 0);
    expect_calm(t, "lead nowhere");
    site_stop(t);
}

/* A body in small pieces and a long answer need their frames. */
static void frames_that_carry_something_are_no_flood(void **state) {
    (void)state;
    struct site *t = connected();
    put_head(&t->in, 1, false, STR(SEND));
    for (int n = 0; n < 3 * MANY; n++)
        put_data(&t->in, 1, false, STR("x"));
    site_receive(t, 7);
    assert_true(t->is_good);
    assert_int_equal(buf_size(&t->asked[0].body), 3 * MANY);
    struct message m = answer_of(200);
    m.body = BODY_CHUNKED;
    assert_true(h2_answer_head(t->asked[0].stream, &m, false));
    static const char PIECE[16384];
    for (uint32_t n = 0; n < MANY; n++) {
        h2_answer_body(t->asked[0].stream, str_n(PIECE, sizeof PIECE));
        for (uint32_t i = 0; i < 4; i++) {
            put_u32(&t->in, NGHTTP2_WINDOW_UPDATE, 0, sizeof PIECE / 4);
            put_u32(&t->in, NGHTTP2_WINDOW_UPDATE, 1, sizeof PIECE / 4);
        }
        site_receive(t, 0);
        buf_clear(&t->out);
    }
    assert_true(t->is_good);
    site_stop(t);
}

static void cancel(struct site *t, uint32_t id) {
    put_head(&t->in, id, true, STR(LINE));
    put_u32(&t->in, NGHTTP2_RST_STREAM, id, NGHTTP2_CANCEL);
}

static void overflow(struct site *t, uint32_t id) {
    put_head(&t->in, id, true, STR(LINE));
    put_u32(&t->in, NGHTTP2_WINDOW_UPDATE, id, 0x7fffffff);
}

static void lie_about_length(struct site *t, uint32_t id) {
    put_head(&t->in, id, false, STR(SEND "content-length=1"));
    put_data(&t->in, id, true, STR("xx"));
}

static void bad_trailers(struct site *t, uint32_t id) {
    put_head(&t->in, id, false, STR(SEND));
    put_head(&t->in, id, false, STR("a=b"));
}

static void refused(struct site *t, uint32_t id) {
    t->refuses_all = true;
    put_head(&t->in, id, true, STR(LINE));
}

/* CVE-2023-44487; CVE-2025-8671 where it is we who have to reset; CVE-2019-9514. */
static void streams_reset_before_an_answer_are_bounded(void **state) {
    (void)state;
    static void (*const WAYS_TO[])(struct site *, uint32_t) = {cancel, overflow, lie_about_length,
                                                               bad_trailers, refused};
    for (size_t i = 0; i < sizeof WAYS_TO / sizeof *WAYS_TO; i++) {
        struct site *t = connected();
        uint32_t n = 0;
        for (; n < MANY && t->is_good; n++) {
            WAYS_TO[i](t, 2 * n + 1);
            site_receive(t, 0);
        }
        expect_calm(t, "before they were answered");
        assert_in_range(n, 100, 102);
        assert_int_equal(h2_stream_count(t->h), 0);
        site_stop(t);
    }
}

static void streams_reset_after_an_answer_are_no_flood(void **state) {
    (void)state;
    struct site *t = connected();
    struct message m = answer_of(200);
    for (uint32_t n = 0; n < 300; n++) {
        put_head(&t->in, 2 * n + 1, true, STR(LINE));
        site_receive(t, 0);
        m.body = BODY_CHUNKED;
        assert_true(h2_answer_head(t->asked[n].stream, &m, false));
        put_u32(&t->in, NGHTTP2_RST_STREAM, 2 * n + 1, NGHTTP2_CANCEL);
        site_receive(t, 0);
        assert_int_equal(t->asked[n].code, H2_CANCEL);
    }
    assert_true(t->is_good);
    site_stop(t);
}

static void resets_are_forgiven_with_time_and_with_answers(void **state) {
    (void)state;
    struct site *t = connected();
    for (uint32_t n = 0; n < 300; n++) {
        cancel(t, 4 * n + 1);
        put_head(&t->in, 4 * n + 3, true, STR(LINE));
        site_receive(t, 0);
        answer_all(t);
        h2_output(t->h, &t->out);
    }
    for (uint32_t n = 300; n < 500; n++) {
        t->now_us += 50000;
        cancel(t, 4 * n + 1);
        site_receive(t, 0);
    }
    assert_true(t->is_good);
    site_stop(t);
}

/* CVE-2024-27316, CVE-2024-28182: bounded before it is decoded, the frames and their bytes. */
static void a_head_without_end_is_bounded(void **state) {
    (void)state;
    static const char FILL[16384];
    static const size_t PIECES[] = {0, 1, 1000, 16384};
    for (size_t i = 0; i < sizeof PIECES / sizeof *PIECES; i++) {
        struct site *t = connected();
        struct buf block;
        buf_init(&block, 1 << 20);
        put_block(&block, STR(LINE));
        put_frame(&t->in, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, buf_str(&block));
        for (int n = 0; n < 100; n++)
            put_frame(&t->in, NGHTTP2_CONTINUATION, 0, 1, str_n(FILL, PIECES[i]));
        site_receive(t, i % 2);
        assert_false(t->is_good);
        assert_true(sent_goaway(t) > 0);
        assert_int_equal(PIECES[i] > 1000, strstr(t->e.detail, "far beyond") != NULL);
        assert_false(t->asked[0].has_head);
        assert_true(t->asked[0].arena.used < 2048);
        buf_fini(&block);
        site_stop(t);
    }
}

static void fill(struct buf *out) {
    buf_clear(out);
    while (buf_size(out) < H2_OUTPUT_SIZE)
        buf_add(out, STR("0123456789abcdef"));
}

/* Before our SETTINGS were confirmed one stream more is refused, and not the connection. */
static void one_too_many(struct site *t, uint32_t i) {
    put_head(&t->in, 2 * i + 1, true, STR(LINE));
}

/* Who does not read what is sent is not sent more. */
static void a_client_that_does_not_read_is_bounded(void **state) {
    (void)state;
    static void (*const WAYS_TO[])(struct site *, uint32_t) = {ping, settings, one_too_many};
    for (size_t i = 0; i < sizeof WAYS_TO / sizeof *WAYS_TO; i++) {
        struct site *t = site_start();
        buf_add(&t->in, STR(NGHTTP2_CLIENT_MAGIC));
        settings(t, 0);
        site_receive(t, 0);
        fill(&t->out);
        uint32_t n = 0;
        for (; n < 2 * MANY && t->is_good; n++) {
            t->now_us += 250000;
            WAYS_TO[i](t, n);
            site_receive(t, 0);
        }
        assert_in_range(n, 1000, 1100);
        assert_int_equal(buf_size(&t->out), H2_OUTPUT_SIZE);
        buf_clear(&t->out);
        h2_output(t->h, &t->out);
        assert_int_equal(sent_goaway(t), CALM);
        site_stop(t);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_that_lead_nowhere_are_bounded),
        cmocka_unit_test(a_frame_now_and_then_is_no_flood),
        cmocka_unit_test(frames_that_carry_something_are_no_flood),
        cmocka_unit_test(streams_reset_before_an_answer_are_bounded),
        cmocka_unit_test(streams_reset_after_an_answer_are_no_flood),
        cmocka_unit_test(resets_are_forgiven_with_time_and_with_answers),
        cmocka_unit_test(a_head_without_end_is_bounded),
        cmocka_unit_test(a_client_that_does_not_read_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
