/* SPDX-License-Identifier: Apache-2.0
 *
 * libnghttp2 is given one frame at a time, after the frame was counted: the verdict depends on the
 * bytes alone and not on how the network cut them.
 */
#include "http/h2_int.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    FRAME_HEAD = 9,
    HELD_MAX = 1000, /* frames of ours that wait for a client who does not read */
    SETTINGS_ENTRIES_MAX = 32,
    BLOCK_CHUNK = 16 * 1024,
};

void h2_break(struct h2 *h, uint32_t code, const char *why) {
    if (h->error)
        return;
    h->error = code;
    snprintf(h->why, sizeof h->why, "%s", why);
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
    struct h2 *h = user;
    int32_t id = frame->hd.stream_id;
    if (frame->headers.cat != NGHTTP2_HCAT_REQUEST)
        h2_head_begin(h, nghttp2_session_get_stream_user_data(session, id), true);
    else if (!h2_stream_begin(h, id))
        return nghttp2_submit_rst_stream(session, 0, id, NGHTTP2_REFUSED_STREAM);
    return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, nghttp2_rcbuf *name,
                     nghttp2_rcbuf *value, uint8_t flags, void *user) {
    (void)session, (void)frame, (void)flags;
    nghttp2_vec n = nghttp2_rcbuf_get_buf(name), v = nghttp2_rcbuf_get_buf(value);
    struct header field = {str_n((const char *)n.base, n.len), str_n((const char *)v.base, v.len)};
    h2_head_field(user, field, nghttp2_rcbuf_is_static(name), nghttp2_rcbuf_is_static(value));
    return 0;
}

static void on_reset(struct h2 *h, struct h2_stream *s) {
    if (s && !s->is_begun && !s->is_our_reset)
        h2_flood_reset(h);
}

static int on_frame_recv(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
    struct h2 *h = user;
    bool is_end = frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    struct h2_stream *s;
    switch (frame->hd.type) {
    case NGHTTP2_HEADERS:
        if (h->head.stream)
            h2_stream_headers(h->head.stream, is_end);
        break;
    case NGHTTP2_DATA:
        s = is_end ? nghttp2_session_get_stream_user_data(session, frame->hd.stream_id) : NULL;
        if (s)
            h2_stream_end(s);
        break;
    case NGHTTP2_RST_STREAM:
        on_reset(h, nghttp2_session_get_stream_user_data(session, frame->hd.stream_id));
        break;
    default:
        break;
    }
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data,
                   size_t n, void *user) {
    (void)flags, (void)user;
    struct h2_stream *s = nghttp2_session_get_stream_user_data(session, id);
    if (s)
        h2_stream_data(s, str_n((const char *)data, n));
    return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *user) {
    (void)user;
    struct h2_stream *s = nghttp2_session_get_stream_user_data(session, id);
    if (s)
        h2_stream_closed(s, code);
    return 0;
}

/* libnghttp2 has ended the connection for what the client did. */
static void on_goaway(struct h2 *h, const nghttp2_goaway *frame) {
    char why[sizeof h->why];
    int n = frame->opaque_data_len < sizeof why ? (int)frame->opaque_data_len : 0;
    snprintf(why, sizeof why, "%s%s%.*s", nghttp2_http2_strerror(frame->error_code),
             n > 0 ? ", " : "", n, n > 0 ? (const char *)frame->opaque_data : "");
    /* INTERNAL_ERROR is how its own count of resets ends. */
    h2_break(h,
             frame->error_code == NGHTTP2_INTERNAL_ERROR ? NGHTTP2_ENHANCE_YOUR_CALM
                                                         : frame->error_code,
             why);
}

static int on_frame_send(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
    struct h2 *h = user;
    uint8_t type = frame->hd.type;
    bool may_end = type == NGHTTP2_DATA || type == NGHTTP2_HEADERS;
    bool is_end = may_end && frame->hd.flags & NGHTTP2_FLAG_END_STREAM;
    struct h2_stream *s = NULL;
    if (is_end || type == NGHTTP2_RST_STREAM)
        s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (is_end && s) {
        s->is_sent = true;
        if (!s->is_complete)
            h2_stream_reset(s, NGHTTP2_NO_ERROR, false);
    } else if (type == NGHTTP2_RST_STREAM && !(s && s->is_our_reset)) {
        h2_flood_reset(h);
    } else if (type == NGHTTP2_GOAWAY && frame->goaway.error_code) {
        on_goaway(h, &frame->goaway);
    }
    return 0;
}

static nghttp2_session_callbacks *callbacks(void) {
    nghttp2_session_callbacks *c;
    if (nghttp2_session_callbacks_new(&c) != 0)
        return NULL;
    nghttp2_session_callbacks_set_on_begin_headers_callback(c, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback2(c, on_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(c, on_frame_recv);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(c, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(c, on_close);
    nghttp2_session_callbacks_set_on_frame_send_callback(c, on_frame_send);
    nghttp2_session_callbacks_set_send_data_callback(c, h2_answer_send);
    return c;
}

static nghttp2_option *options(const struct h2_limits *limits) {
    nghttp2_option *o;
    if (nghttp2_option_new(&o) != 0)
        return NULL;
    /* Credit is given when the owner has used what came. */
    nghttp2_option_set_no_auto_window_update(o, 1);
    /* One judge of heads: h2_head.c refuses more, and with a page instead of a reset. */
    nghttp2_option_set_no_http_messaging(o, 1);
    nghttp2_option_set_max_outbound_ack(o, HELD_MAX);
    nghttp2_option_set_max_settings(o, SETTINGS_ENTRIES_MAX);
    nghttp2_option_set_max_continuations(o, 8 + limits->head / BLOCK_CHUNK);
    return o;
}

static bool open_session(struct h2 *h) {
    const nghttp2_settings_entry settings[] = {
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, h->limits.streams},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, H2_STREAM_WINDOW},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, (uint32_t)h->limits.head},
        {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}, /* no tree of them to be kept (RFC 9218 2.1) */
    };
    nghttp2_session_callbacks *c = callbacks();
    nghttp2_option *o = options(&h->limits);
    bool is_open =
        c && o && nghttp2_session_server_new2(&h->session, c, h, o) == 0 &&
        nghttp2_submit_settings(h->session, 0, settings, sizeof settings / sizeof *settings) == 0 &&
        nghttp2_session_set_local_window_size(h->session, 0, 0, H2_CONNECTION_WINDOW) == 0;
    nghttp2_option_del(o);
    nghttp2_session_callbacks_del(c);
    return is_open;
}

struct h2 *h2_new(const struct h2_limits *limits, const struct h2_calls *calls, void *user) {
    struct h2 *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->limits = *limits;
    h->calls = calls;
    h->user = user;
    h->frames.preface = NGHTTP2_CLIENT_MAGIC_LEN;
    LIST_INIT(&h->streams);
    h2_flood_init(h);
    if (open_session(h))
        return h;
    h2_free(h);
    return NULL;
}

void h2_free(struct h2 *h) {
    struct h2_stream *s;
    if (!h)
        return;
    while ((s = LIST_FIRST(&h->streams)))
        h2_stream_free(s, H2_CANCEL);
    nghttp2_session_del(h->session);
    free(h);
}

static void feed(struct h2 *h, struct str bytes) {
    ssize_t n = nghttp2_session_mem_recv(h->session, (const uint8_t *)bytes.p, bytes.n);
    if (n == NGHTTP2_ERR_NOMEM)
        h2_break(h, NGHTTP2_INTERNAL_ERROR, "no memory");
    else if (n == NGHTTP2_ERR_FLOODED)
        h2_break(h, NGHTTP2_ENHANCE_YOUR_CALM, "too many frames that want an answer");
    else if (n < 0)
        h2_break(h, NGHTTP2_PROTOCOL_ERROR, nghttp2_strerror((int)n));
    else if (nghttp2_session_get_outbound_queue_size(h->session) > HELD_MAX + h->limits.streams)
        h2_break(h, NGHTTP2_ENHANCE_YOUR_CALM, "answers to frames are not read");
}

static struct str take(struct str *in, size_t n) {
    struct str part = str_head(*in, n);
    *in = str_from(*in, part.n);
    return part;
}

/* The head of the frame that begins, complete; otherwise nothing. libnghttp2 is not to be given
 * parts of it: it counts a CONTINUATION each time (1.52). */
static struct str frame_head(struct h2_frames *f, struct str *in) {
    struct str part = take(in, FRAME_HEAD - f->have);
    memcpy(f->head + f->have, part.p, part.n);
    f->have += part.n;
    if (f->have < FRAME_HEAD)
        return STR_NONE;
    f->have = 0;
    f->left = (size_t)f->head[0] << 16 | (size_t)f->head[1] << 8 | f->head[2];
    return part.n == FRAME_HEAD ? part : str_n((const char *)f->head, FRAME_HEAD);
}

/* A head ends with its last frame; of DATA only the frame's own head is asked for in time. */
static void note_end(struct h2_frames *f) {
    uint8_t type = f->head[3], flags = f->head[4];
    if (type == NGHTTP2_HEADERS || type == NGHTTP2_CONTINUATION)
        f->is_in_block = !(flags & NGHTTP2_FLAG_END_HEADERS);
    if (type == NGHTTP2_DATA || (f->left == 0 && !f->is_in_block))
        f->begun_us = 0;
}

static struct str preface(struct h2_frames *f, struct str *in) {
    struct str part = take(in, f->preface);
    f->preface -= part.n;
    if (f->preface == 0)
        f->begun_us = 0;
    return part;
}

/* What libnghttp2 is to be given next: to the end of a frame at most. Breaks the connection when
 * the frame that begins is one too many. */
static struct str next_part(struct h2 *h, struct str *in) {
    struct h2_frames *f = &h->frames;
    struct str head = STR_NONE, payload;
    if (f->begun_us == 0 && f->left == 0)
        f->begun_us = h->now_us;
    if (f->preface > 0)
        return preface(f, in);
    if (f->left == 0) {
        head = frame_head(f, in);
        if (head.n == 0 || !h2_frame_is_due(h) || !h2_flood_frame(h))
            return STR_NONE;
    }
    if (head.p == (const char *)f->head) {
        note_end(f);
        return head;
    }
    payload = take(in, f->left);
    f->left -= payload.n;
    note_end(f);
    return head.n ? str_n(head.p, head.n + payload.n) : payload;
}

bool h2_receive(struct h2 *h, struct str in, int64_t now_us, struct buf *out, struct err *e) {
    h->now_us = now_us;
    while (in.n > 0 && !h->error) {
        struct str part = next_part(h, &in);
        if (part.n > 0)
            feed(h, part);
    }
    h2_output(h, out);
    if (!h->error)
        return true;
    return err_set(e, h->error == NGHTTP2_INTERNAL_ERROR ? ERR_NO_MEMORY : ERR_HTTP_BAD_REQUEST,
                   "the HTTP/2 connection is broken: %s (RFC 9113 5.4.1)", h->why);
}

/* Frames as libnghttp2 makes them, the bodies of answers put beside them by h2_answer_send. */
static void pump(struct h2 *h, struct buf *out) {
    const uint8_t *data;
    ssize_t n = 1;
    h->out = out;
    while (n > 0 && buf_size(out) < H2_OUTPUT_SIZE && !out->failed) {
        n = nghttp2_session_mem_send(h->session, &data);
        if (n > 0)
            buf_add(out, str_n((const char *)data, (size_t)n));
    }
    if (n < 0)
        h2_break(h, NGHTTP2_INTERNAL_ERROR, nghttp2_strerror((int)n));
    h->out = NULL;
}

/* GOAWAY goes before all bodies. Nothing happens when libnghttp2 has said so itself. */
static void say_why(struct h2 *h) {
    if (h->error)
        nghttp2_session_terminate_session(h->session, h->error);
}

void h2_output(struct h2 *h, struct buf *out) {
    bool is_more = true;
    h2_credit(h);
    while (is_more && buf_size(out) < H2_OUTPUT_SIZE && !out->failed) {
        uint32_t error = h->error;
        say_why(h);
        pump(h, out);
        is_more = h->error != error || h2_answer_drained(h);
    }
}

bool h2_wants_output(const struct h2 *h) { return nghttp2_session_want_write(h->session); }

int64_t h2_begun_us(const struct h2 *h) { return h->frames.begun_us; }

void h2_taken(struct h2 *h) { h->moves++; }

bool h2_is_over(const struct h2 *h) {
    return !nghttp2_session_want_read(h->session) && !nghttp2_session_want_write(h->session);
}

void h2_shutdown(struct h2 *h, bool is_final) {
    int failed;
    if (is_final)
        failed = nghttp2_submit_goaway(h->session, 0,
                                       nghttp2_session_get_last_proc_stream_id(h->session),
                                       NGHTTP2_NO_ERROR, NULL, 0);
    else
        failed = nghttp2_submit_shutdown_notice(h->session);
    if (failed)
        h2_break(h, NGHTTP2_INTERNAL_ERROR, "no memory");
}

size_t h2_stream_count(const struct h2 *h) { return h->stream_count; }
