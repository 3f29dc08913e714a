/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers, as another implementation's client understands them.
 */
#include "http/testing_h2_client.h"

static void is_text(const struct buf *b, const char *text) {
    if (!str_eq(buf_str(b), str_of(text)))
        fail_msg("is \"%.*s\", not \"%s\"", STR_ARG(buf_str(b)), text);
}

static void say(struct message *m, struct arena *a, const char *name, const char *value) {
    assert_true(headers_add(a, &m->headers, str_of(name), str_of(value)));
}

/* An owner and a client with one request between them. */
static void one_request(struct site **t, struct client **c, bool is_head) {
    *t = site_start();
    *c = client_start(65535);
    client_ask(*c, is_head);
    talk(*t, *c);
    assert_int_equal((*t)->count, 1);
}

static void an_answer_is_made_anew(void **state) {
    (void)state;
    struct site *t;
    struct client *c;
    one_request(&t, &c, false);
    struct asked *q = &t->asked[0];
    struct message m = answer_of(200);
    m.body = BODY_LENGTH;
    m.length = 5;
    say(&m, &q->arena, "Content-Type", "text/plain");
    say(&m, &q->arena, "Connection", "X-Hop, close");
    say(&m, &q->arena, "X-Hop", "1");
    say(&m, &q->arena, "Keep-Alive", "timeout=5");
    say(&m, &q->arena, "Transfer-Encoding", "chunked");
    say(&m, &q->arena, "Content-Length", "77");
    say(&m, &q->arena, "Set-Cookie", "a=b");
    say(&m, &q->arena, "X-Empty", "");
    assert_true(h2_answer_head(q->stream, &m, false));
    assert_false(h2_answer_head(q->stream, &m, false));
    h2_answer_body(q->stream, STR("hel"));
    talk(t, c);
    is_text(&c->got[0].body, "hel");
    assert_false(c->got[0].is_closed);
    h2_answer_body(q->stream, STR("lo"));
    h2_answer_end(q->stream, NULL);
    talk(t, c);
    is_text(&c->got[0].heads, ":status: 200|content-length: 5|content-type: text/plain|"
                              "set-cookie (secret): a=b|x-empty: |.");
    is_text(&c->got[0].body, "hello");
    assert_true(c->got[0].is_closed && c->got[0].code == 0);
    assert_true(q->is_closed && q->code == H2_NO_ERROR);
    client_stop(c);
    site_stop(t);
}

static void an_answer_given_at_once_is_one_frame_of_body(void **state) {
    (void)state;
    struct site *t;
    struct client *c;
    one_request(&t, &c, false);
    struct message m = answer_of(404);
    m.body = BODY_CHUNKED;
    assert_true(h2_answer_head(t->asked[0].stream, &m, false));
    h2_answer_body(t->asked[0].stream, STR("page"));
    h2_answer_end(t->asked[0].stream, NULL);
    talk(t, c);
    is_text(&c->got[0].heads, ":status: 404|.");
    assert_int_equal(c->got[0].data_frames, 1);
    assert_true(c->got[0].is_closed);
    client_stop(c);
    site_stop(t);
}

static void an_answer_without_body_ends_with_its_head(void **state) {
    (void)state;
    static const struct {
        int status;
        enum body_kind body;
        const char *is;
    } ROWS[] = {
        {200, BODY_NONE, ":status: 200|."},
        {200, BODY_LENGTH, ":status: 200|content-length: 7|."}, /* to HEAD */
        {204, BODY_LENGTH, ":status: 204|."},
        {304, BODY_LENGTH, ":status: 304|."},
        {999, BODY_CHUNKED, ":status: 999|."},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        struct site *t;
        struct client *c;
        one_request(&t, &c, ROWS[i].status == 200 && ROWS[i].body);
        struct message m = {.status = ROWS[i].status, .body = ROWS[i].body, .length = 7};
        assert_true(h2_answer_head(t->asked[0].stream, &m, true));
        talk(t, c);
        is_text(&c->got[0].heads, ROWS[i].is);
        assert_true(c->got[0].is_closed && c->got[0].code == 0 && c->got[0].data_frames == 0);
        client_stop(c);
        site_stop(t);
    }
}

static void an_unclean_answer_is_not_sent(void **state) {
    (void)state;
    static const char *const FIELDS[][2] = {
        {"a b", "x"}, {"", "x"},   {":status", "200"}, {"a", "x\ny"},
        {"a", "x\r"}, {"a", " x"}, {"a", "x\t"},       {"a\xc3", "x"},
    };
    static const int STATUS[] = {0, 99, 100, 101, 199, 1000};
    struct site *t;
    struct client *c;
    one_request(&t, &c, false);
    struct asked *q = &t->asked[0];
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) {
        struct message m = answer_of(200);
        say(&m, &q->arena, FIELDS[i][0], FIELDS[i][1]);
        assert_false(h2_answer_head(q->stream, &m, true));
    }
    for (size_t i = 0; i < sizeof STATUS / sizeof *STATUS; i++) {
        struct message m = answer_of(STATUS[i]);
        assert_false(h2_answer_head(q->stream, &m, true));
    }
    talk(t, c);
    is_text(&c->got[0].heads, "");
    client_stop(c);
    site_stop(t);
}

static void interim_answers_come_first(void **state) {
    (void)state;
    struct site *t;
    struct client *c;
    one_request(&t, &c, false);
    struct asked *q = &t->asked[0];
    struct message hints = answer_of(103), go_on = answer_of(100), none = answer_of(101);
    struct message last = answer_of(204);
    say(&hints, &q->arena, "Link", "</a>");
    h2_answer_interim(q->stream, &go_on);
    h2_answer_interim(q->stream, &hints);
    h2_answer_interim(q->stream, &none);
    assert_true(h2_answer_head(q->stream, &last, true));
    h2_answer_interim(q->stream, &go_on);
    talk(t, c);
    is_text(&c->got[0].heads, ":status: 100|.:status: 103|link: </a>|.:status: 204|.");
    assert_true(c->got[0].is_closed && c->got[0].code == 0);
    client_stop(c);
    site_stop(t);
}

static void trailers_end_an_answer(void **state) {
    (void)state;
    static const char *const BODIES[] = {"", "body"};
    for (size_t i = 0; i < 2; i++) {
        struct site *t;
        struct client *c;
        one_request(&t, &c, false);
        struct asked *q = &t->asked[0];
        struct message m = answer_of(200), end = {0};
        m.body = BODY_CHUNKED;
        say(&end, &q->arena, "Grpc-Status", "0");
        say(&end, &q->arena, "Connection", "close");
        say(&end, &q->arena, "bad", "\n");
        assert_true(h2_answer_head(q->stream, &m, false));
        h2_answer_body(q->stream, str_of(BODIES[i]));
        h2_answer_end(q->stream, &end.headers);
        talk(t, c);
        is_text(&c->got[0].heads, ":status: 200|.grpc-status: 0|.");
        is_text(&c->got[0].body, BODIES[i]);
        assert_true(c->got[0].is_closed && c->got[0].code == 0 && q->code == H2_NO_ERROR);
        client_stop(c);
        site_stop(t);
    }
}

static void an_answer_of_another_length_is_cut(void **state) {
    (void)state;
    static const char *const BODIES[] = {"four", "seven++", ""};
    for (size_t i = 0; i < 3; i++) {
        struct site *t;
        struct client *c;
        one_request(&t, &c, false);
        struct message m = {.status = 200, .body = BODY_LENGTH, .length = 5};
        assert_true(h2_answer_head(t->asked[0].stream, &m, false));
        h2_answer_body(t->asked[0].stream, str_of(BODIES[i]));
        h2_answer_end(t->asked[0].stream, NULL);
        talk(t, c);
        assert_int_equal(c->got[0].code, H2_INTERNAL_ERROR);
        assert_int_equal(t->asked[0].code, H2_INTERNAL_ERROR);
        client_stop(c);
        site_stop(t);
    }
}

/* Gives as long as there is room, in pieces as a back end's. */
static size_t fill(struct asked *q) {
    static const char PIECE[32 * 1024];
    size_t given = 0;
    for (; q->stream && h2_has_room(q->stream); given += sizeof PIECE)
        h2_answer_body(q->stream, str_n(PIECE, sizeof PIECE));
    return given;
}

static void a_long_answer_waits_for_the_client(void **state) {
    (void)state;
    struct site *t;
    struct client *c;
    one_request(&t, &c, false);
    struct asked *q = &t->asked[0];
    struct message m = answer_of(200);
    m.body = BODY_CHUNKED;
    assert_true(h2_answer_head(q->stream, &m, false));
    size_t given = fill(q);
    assert_in_range(given, H2_ANSWER_SIZE, H2_ANSWER_SIZE + 32 * 1024);
    while (given < 3 << 20) {
        q->is_drained = false;
        talk(t, c);
        assert_true(q->is_drained);
        given += fill(q);
    }
    h2_answer_end(q->stream, NULL);
    talk(t, c);
    assert_int_equal(buf_size(&c->got[0].body), given);
    assert_true(c->got[0].is_closed && q->is_closed);
    client_stop(c);
    site_stop(t);
}

/* A client without windows (RFC 9113 10.5) makes each stream hold one piece, not more. */
static void answers_nobody_takes_are_bounded_together(void **state) {
    (void)state;
    size_t given = 0;
    struct site *t = site_start();
    struct client *c = client_start(0);
    struct message m = answer_of(200);
    m.body = BODY_CHUNKED;
    for (size_t i = 0; i < H2_STREAMS_MAX; i++)
        client_ask(c, false);
    talk(t, c);
    assert_int_equal(t->count, H2_STREAMS_MAX);
    for (size_t i = 0; i < H2_STREAMS_MAX; i++) {
        assert_true(h2_answer_head(t->asked[i].stream, &m, false));
        given += fill(&t->asked[i]);
    }
    talk(t, c);
    assert_in_range(given, H2_ANSWERS_SIZE, H2_STREAMS_MAX * H2_ANSWER_SIZE - 1);
    for (size_t i = 0; i < H2_STREAMS_MAX; i++)
        assert_false(t->asked[i].is_drained);
    h2_reset(t->asked[0].stream, H2_CANCEL);
    talk(t, c);
    assert_int_equal(t->asked[0].code, H2_CANCEL);
    client_stop(c);
    site_stop(t);
}

static void answers_share_the_connection(void **state) {
    (void)state;
    struct site *t = site_start();
    struct client *c = client_start(1 << 20);
    struct message m = answer_of(200);
    m.body = BODY_CHUNKED;
    client_ask(c, false);
    client_ask(c, false);
    talk(t, c);
    for (size_t i = 0; i < 2; i++) {
        assert_true(h2_answer_head(t->asked[i].stream, &m, false));
        fill(&t->asked[i]);
    }
    h2_output(t->h, &t->out); /* the connection's window, and not more */
    nghttp2_session_mem_recv(c->session, (const uint8_t *)buf_str(&t->out).p, buf_size(&t->out));
    assert_true(buf_size(&c->got[0].body) > 16384 && buf_size(&c->got[1].body) > 16384);
    buf_clear(&t->out);
    client_stop(c);
    site_stop(t);
}

/* Who waits for the connection's window moves with the others; not who waits for its own. */
static void an_answer_moves_with_those_it_waits_behind(void **state) {
    (void)state;
    for (uint32_t window = 0; window <= 1 << 20; window += 1 << 20) {
        struct site *t = site_start();
        struct client *c = client_start(window);
        struct message m = answer_of(200);
        m.body = BODY_CHUNKED;
        client_ask(c, false);
        client_ask(c, false);
        talk(t, c);
        assert_true(h2_answer_head(t->asked[1].stream, &m, false));
        h2_answer_body(t->asked[1].stream, STR("waits"));
        assert_false(h2_has_moved(t->asked[1].stream));
        h2_taken(t->h);
        assert_int_equal(h2_has_moved(t->asked[1].stream), window > 0);
        assert_false(h2_has_moved(t->asked[1].stream));
        assert_int_equal(h2_has_moved(t->asked[0].stream), true); /* it has nothing to send */
        h2_output(t->h, &t->out);
        assert_int_equal(h2_has_moved(t->asked[1].stream), window > 0);
        client_stop(c);
        site_stop(t);
    }
}

static void what_is_sent_at_once_is_bounded(void **state) {
    (void)state;
    struct site *t = site_start();
    struct client *c = client_start(1 << 20);
    struct message m = answer_of(200);
    m.body = BODY_CHUNKED;
    assert_int_equal(nghttp2_session_set_local_window_size(c->session, 0, 0, 1 << 24), 0);
    for (size_t i = 0; i < 4; i++)
        client_ask(c, false);
    talk(t, c);
    for (size_t i = 0; i < 4; i++) {
        assert_true(h2_answer_head(t->asked[i].stream, &m, false));
        fill(&t->asked[i]);
    }
    h2_output(t->h, &t->out);
    assert_in_range(buf_size(&t->out), H2_OUTPUT_SIZE, H2_OUTPUT_SIZE + 16384 + 9);
    h2_output(t->h, &t->out);
    assert_in_range(buf_size(&t->out), H2_OUTPUT_SIZE, H2_OUTPUT_SIZE + 16384 + 9);
    assert_true(h2_wants_output(t->h));
    talk(t, c);
    for (size_t i = 0; i < 4; i++)
        assert_in_range(buf_size(&c->got[i].body), H2_ANSWER_SIZE, 1 << 17);
    client_stop(c);
    site_stop(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_made_anew),
        cmocka_unit_test(an_answer_given_at_once_is_one_frame_of_body),
        cmocka_unit_test(an_answer_without_body_ends_with_its_head),
        cmocka_unit_test(an_unclean_answer_is_not_sent),
        cmocka_unit_test(interim_answers_come_first),
        cmocka_unit_test(trailers_end_an_answer),
        cmocka_unit_test(an_answer_of_another_length_is_cut),
        cmocka_unit_test(a_long_answer_waits_for_the_client),
        cmocka_unit_test(answers_nobody_takes_are_bounded_together),
        cmocka_unit_test(answers_share_the_connection),
        cmocka_unit_test(an_answer_moves_with_those_it_waits_behind),
        cmocka_unit_test(what_is_sent_at_once_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
