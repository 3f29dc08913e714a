/* SPDX-License-Identifier: Apache-2.0
 *
 * What becomes of a head: the same message as of HTTP/1.1, or a refusal, however it arrives.
 */
#include "http/testing_h2.h"

/* The request that these lines are; `is_end`: without a body. */
static struct site *ask(struct str lines, bool is_end, bool is_slow) {
    struct site *t = site_start();
    put_preface(&t->in);
    put_head(&t->in, 1, is_end, lines);
    site_receive(t, is_slow);
    assert_true(t->is_good);
    assert_int_equal(t->count, 1);
    assert_true(t->asked[0].has_head);
    return t;
}

struct bad_row {
    struct str lines;
    enum err_code code;
    const char *why;
};

#define BAD ERR_HTTP_BAD_REQUEST
#define UNKNOWN ERR_HTTP_NOT_IMPLEMENTED
#define LARGE ERR_HTTP_HEAD_TOO_LARGE
#define NO_PATH ":method=GET\n:scheme=https\n:authority=a\n"
#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X512 X64 X64 X64 X64 X64 X64 X64 X64

static const struct bad_row BAD_ROWS[] = {
    {STR(":scheme=https\n:authority=a\n:path=/"), BAD, "no :method"},
    {STR(":method=GET\n:authority=a\n:path=/"), BAD, "no :scheme"},
    {STR(NO_PATH), BAD, "no :path"},
    {STR(":method=GET\n:scheme=https\n:path=/"), BAD, "neither"},
    {STR(":method=G(T\n:scheme=https\n:authority=a\n:path=/"), BAD, "method is not a token"},
    {STR(":method=\n:scheme=https\n:authority=a\n:path=/"), BAD, "method is not a token"},
    {STR(":method=get\n:scheme=https\n:authority=a\n:path=/"), UNKNOWN, "method is unknown"},
    {STR(":method=CONNECT\n:authority=a:443"), UNKNOWN, "method is unknown"},
    {STR(":method=CONNECT\n:scheme=https\n:path=/\n:authority=a:443"), UNKNOWN, "unknown"},
    {STR(":method=PRI\n:scheme=https\n:authority=a\n:path=/"), UNKNOWN, "method is unknown"},
    {STR(":method=GET\n:scheme=ftp\n:authority=a\n:path=/"), BAD, ":scheme"},
    {STR(":method=GET\n:scheme=\n:authority=a\n:path=/"), BAD, ":scheme"},
    {STR(NO_PATH ":path="), BAD, "target"},
    {STR(NO_PATH ":path=foo"), BAD, "does not begin"},
    {STR(NO_PATH ":path=*"), BAD, "does not begin"},
    {STR(NO_PATH ":path=https://a/"), BAD, "does not begin"},
    {STR(NO_PATH ":path=/ x"), BAD, "target is not visible"},
    {STR(NO_PATH ":path=/\xc3\xbc"), BAD, "target is not visible"},
    {STR(NO_PATH ":path=/\x7f"), BAD, "control byte"},
    {STR(NO_PATH ":path=/\rx"), BAD, "control byte"},
    {STR(":method=GET\n:scheme=https\n:authority=\n:path=/"), BAD, ":authority is empty"},
    {STR(":method=GET\n:scheme=https\n:authority=a b\n:path=/"), BAD, ":authority is empty"},
    {STR(LINE ":method=GET"), BAD, "twice"},
    {STR(LINE ":path=/"), BAD, "twice"},
    {STR(LINE ":authority=a"), BAD, "twice"},
    {STR(LINE ":status=200"), BAD, "pseudo-header field is unknown"},
    {STR(LINE ":=x"), BAD, "empty"},
    {STR(LINE ":Path=/"), BAD, "capital"},
    {STR(LINE ":x=y"), BAD, "pseudo-header field is unknown"},
    {STR(NO_PATH "a=b\n:path=/"), BAD, "comes after"},
    {STR(LINE "Accept=x"), BAD, "capital"},
    {STR(LINE "=x"), BAD, "empty"},
    {STR(LINE "a b=x"), BAD, "token"},
    {STR(LINE "a:b=x"), BAD, "token"},
    {STR(LINE "a\0=x"), BAD, "token"},
    {STR(LINE "\xc3\xb6=x"), BAD, "token"},
    {STR(LINE "a=x\ry"), BAD, "control byte"},
    {STR(LINE "a=x\0y"), BAD, "control byte"},
    {STR(LINE "a=x\x7f"), BAD, "control byte"},
    {STR(LINE "a= x"), BAD, "begins or ends"},
    {STR(LINE "a=x\t"), BAD, "begins or ends"},
    {STR(LINE "a= "), BAD, "begins or ends"},
    {STR(LINE "connection=close"), BAD, "about the connection"},
    {STR(LINE "keep-alive=1"), BAD, "about the connection"},
    {STR(LINE "proxy-connection=close"), BAD, "about the connection"},
    {STR(LINE "transfer-encoding=chunked"), BAD, "about the connection"},
    {STR(LINE "upgrade=websocket"), BAD, "about the connection"},
    {STR(LINE "te=gzip"), BAD, "TE says"},
    {STR(LINE "te=trailers, deflate"), BAD, "TE says"},
    {STR(LINE "host=b"), BAD, "another than"},
    {STR(LINE "host=a\nhost=a"), BAD, "second Host"},
    {STR(":method=GET\n:scheme=https\n:path=/\nhost=a\nhost=b"), BAD, "second Host"},
    {STR(LINE "content-length=1"), BAD, "promises"},
    {STR(LINE "content-length=0\ncontent-length=0"), BAD, "second Content-Length"},
    {STR(LINE "content-length=0, 0"), BAD, "number"},
    {STR(LINE "content-length=+0"), BAD, "number"},
    {STR(LINE "content-length="), BAD, "number"},
    {STR(LINE "content-length=9223372036854775808"), BAD, "number"},
    {STR(LINE ":protocol=websocket"), BAD, "without CONNECT"},
    {STR(":method=CONNECT\n:protocol=websocket\n:scheme=https\n:authority=a"), BAD, "no :path"},
    {STR(":method=CONNECT\n:protocol=websocket\n:path=/\n:authority=a"), BAD, "no :scheme"},
    {STR(":method=CONNECT\n:protocol=a b\n:scheme=https\n:path=/\n:authority=a"), BAD, ":protocol"},
    {STR(":method=CONNECT\n:protocol=websocket\n:scheme=https\n:path=/\n:authority=a\n"
         "content-length=0"),
     BAD, "CONNECT has"},
    {STR(LINE "a=\nb=\nc=\nd=\ne=\nf=\ng="), LARGE, "6 header fields"},
    {STR(LINE "a=" X512), LARGE, "512 bytes"},
    {STR(LINE X512 "="), LARGE, "512 bytes"},
    {STR(LINE "a=" X64 "\nb=" X64 "\nc=" X64 "\nd=" X64 "\n"), LARGE, "512 bytes"},
    {STR(NO_PATH ":path=/" X512), ERR_HTTP_TARGET_TOO_LONG, "512 bytes"},
    /* The first fault decides. */
    {STR(":method=g\n:path=x y\nA=" X512), BAD, "target is not visible"},
};

static void malformed_heads_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof BAD_ROWS / sizeof *BAD_ROWS; i++) {
        for (int is_slow = 0; is_slow < 2; is_slow++) {
            const struct bad_row *row = &BAD_ROWS[i];
            struct site *t = ask(row->lines, true, is_slow);
            const struct err *e = &t->asked[0].refused;
            if (e->code != row->code || !strstr(e->detail, row->why) || !strstr(e->detail, "(RFC "))
                fail_msg("%.*s: %s: %s", STR_ARG(row->lines), err_info(e->code)->name, e->detail);
            assert_false(t->asked[0].is_ended);
            site_stop(t);
        }
    }
}

static void the_next_head_is_read_after_a_refused_one(void **state) {
    (void)state;
    struct site *t = site_start();
    put_preface(&t->in);
    put_head(&t->in, 1, false, STR(LINE "A=b"));
    put_data(&t->in, 1, true, STR("thrown away"));
    put_head(&t->in, 3, true, STR(LINE));
    site_receive(t, 0);
    assert_true(t->is_good);
    assert_int_equal(t->asked[0].refused.code, BAD);
    assert_int_equal(buf_size(&t->asked[0].body), 0);
    assert_false(t->asked[0].is_ended);
    assert_true(t->asked[1].has_head);
    assert_int_equal(t->asked[1].refused.code, ERR_NONE);
    site_stop(t);
}

/* "METHOD TARGET|name: value|…|body kind and length", as much of it as a back end will see. */
static void describe(const struct asked *q, struct buf *to) {
    static const char *const KINDS[] = {"none", "length", "chunked", "until close"};
    buf_printf(to, "%.*s %.*s", STR_ARG(q->m.method), STR_ARG(q->m.target));
    for (size_t i = 0; i < q->m.headers.count; i++)
        buf_printf(to, "|%.*s: %.*s", STR_ARG(q->m.headers.at[i].name),
                   STR_ARG(q->m.headers.at[i].value));
    buf_printf(to, "|%s %u", KINDS[q->m.body], (unsigned)q->m.length);
    if (q->m.upgrade)
        buf_printf(to, "|to %.*s", STR_ARG(q->m.protocol));
    if (q->m.expects_continue)
        buf_printf(to, "|expects");
}

static void good_heads_become_messages(void **state) {
    (void)state;
    static const struct {
        struct str lines;
        bool is_end;
        const char *is;
    } ROWS[] = {
        {STR(LINE), true, "GET /|Host: a|none 0"},
        {STR(LINE), false, "GET /|Host: a|chunked 0"},
        {STR(":path=/b?c\n:authority=a:8443\n:method=PUT\n:scheme=http\n"), true,
         "PUT /b?c|Host: a:8443|none 0"},
        {STR(":method=GET\n:scheme=https\n:path=/\nx=y\nhost=b"), true,
         "GET /|x: y|host: b|none 0"},
        {STR(LINE "host=A:443"), true, "GET /|Host: a|none 0"},
        {STR(LINE "host=a:"), true, "GET /|Host: a|none 0"},
        {STR(":method=GET\n:scheme=https\n:path=/\n:authority=[::1]:8443\nhost=[0::1]:8443"), true,
         "GET /|Host: [::1]:8443|none 0"},
        {STR(LINE "x=\nhost=A\nte=trailers"), true, "GET /|Host: a|x: |te: trailers|none 0"},
        {STR(":method=OPTIONS\n:scheme=https\n:authority=a\n:path=*"), true,
         "OPTIONS *|Host: a|none 0"},
        {STR(SEND "content-length=0"), true, "POST /|Host: a|content-length: 0|length 0"},
        {STR(SEND "content-length=5"), false, "POST /|Host: a|content-length: 5|length 5"},
        {STR(SEND "expect=100-continue\ncontent-length=0"), false,
         "POST /|Host: a|expect: 100-continue|content-length: 0|length 0"},
        {STR(SEND "expect=100-Continue"), false,
         "POST /|Host: a|expect: 100-Continue|chunked 0|expects"},
        {STR(LINE "cookie=a=1"), true, "GET /|Host: a|cookie: a=1|none 0"},
        {STR(LINE "cookie=a=1\nx=y\ncookie=\ncookie=b=2; c=3"), true,
         "GET /|Host: a|x: y|cookie: a=1; ; b=2; c=3|none 0"},
        {STR(LINE "cookie=1\ncookie=2\ncookie=3\ncookie=4\ncookie=5\ncookie=6\ncookie=7"), true,
         "GET /|Host: a|cookie: 1; 2; 3; 4; 5; 6; 7|none 0"},
        {STR(":method=CONNECT\n:protocol=websocket\n:scheme=https\n:path=/chat\n:authority=a"),
         false, "GET /chat|Host: a|none 0|to websocket"},
        {STR(LINE "a=b\xc3\xbc\t c"), true, "GET /|Host: a|a: b\xc3\xbc\t c|none 0"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        for (int is_slow = 0; is_slow < 2; is_slow++) {
            struct site *t = ask(ROWS[i].lines, ROWS[i].is_end, is_slow);
            struct buf is;
            buf_init(&is, 1024);
            if (t->asked[0].refused.code)
                fail_msg("%.*s: %s", STR_ARG(ROWS[i].lines), t->asked[0].refused.detail);
            describe(&t->asked[0], &is);
            buf_add_byte(&is, '\0');
            assert_string_equal(buf_str(&is).p, ROWS[i].is);
            assert_true(t->asked[0].m.minor == 1 && t->asked[0].m.keep_alive);
            assert_int_equal(t->asked[0].is_ended, ROWS[i].is_end && t->asked[0].m.body);
            buf_fini(&is);
            site_stop(t);
        }
    }
}

static void a_head_in_continuations_is_one(void **state) {
    (void)state;
    struct site *t = site_start();
    struct buf block;
    buf_init(&block, 1024);
    put_block(&block, STR(LINE "x=y"));
    put_preface(&t->in);
    put_frame(&t->in, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, str_head(buf_str(&block), 5));
    buf_consume(&block, 5);
    put_frame(&t->in, NGHTTP2_CONTINUATION, 0, 1, STR_NONE);
    put_frame(&t->in, NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, 1, buf_str(&block));
    site_receive(t, 1);
    assert_string_equal(t->e.detail, "");
    assert_true(t->is_good && t->asked[0].has_head);
    assert_string_equal(t->asked[0].refused.detail, "");
    assert_int_equal(t->asked[0].m.headers.count, 2);
    buf_fini(&block);
    site_stop(t);
}

/* A reference to the table costs one byte and counts for 64 (RFC 7541 7.3, CVE-2016-6581). */
static void a_head_is_bounded_while_it_is_decoded(void **state) {
    (void)state;
    struct site *t = site_start();
    struct buf block;
    buf_init(&block, 4096);
    put_block(&block, STR(LINE));
    buf_add_byte(&block, 0x40); /* into the table */
    put_text(&block, STR("a"));
    put_text(&block, STR(X64 X64 X64));
    for (int i = 0; i < 1000; i++)
        buf_add_byte(&block, (char)(0x80 + 62));
    put_preface(&t->in);
    put_frame(&t->in, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1,
              buf_str(&block));
    put_head(&t->in, 3, true, STR(LINE));
    site_receive(t, 0);
    assert_true(t->is_good);
    assert_int_equal(t->asked[0].refused.code, LARGE);
    assert_true(t->asked[0].arena.used < 2048);
    assert_int_equal(t->asked[1].refused.code, ERR_NONE);
    buf_fini(&block);
    site_stop(t);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(malformed_heads_are_refused),
        cmocka_unit_test(the_next_head_is_read_after_a_refused_one),
        cmocka_unit_test(good_heads_become_messages),
        cmocka_unit_test(a_head_in_continuations_is_one),
        cmocka_unit_test(a_head_is_bounded_while_it_is_decoded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
