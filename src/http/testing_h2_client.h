/* SPDX-License-Identifier: Apache-2.0
 *
 * A client of h2 that is another implementation's, in memory.
 */
#pragma once
#include "http/testing_h2.h"

/* One request of a real client, and what came back. */
struct got {
    struct buf heads; /* "name: value|", the end of a block is "." */
    struct buf body;
    size_t data_frames;
    bool is_closed;
    uint32_t code;
};

struct client {
    nghttp2_session *session;
    struct got got[H2_STREAMS_MAX];
};

static inline struct got *got_of(void *user, int32_t id) {
    return &((struct client *)user)->got[(id - 1) / 2];
}

static inline int got_header(nghttp2_session *s, const nghttp2_frame *frame, const uint8_t *name,
                             size_t name_size, const uint8_t *value, size_t value_size,
                             uint8_t flags, void *user) {
    (void)s;
    struct buf *heads = &got_of(user, frame->hd.stream_id)->heads;
    buf_printf(heads, "%.*s%s: %.*s|", (int)name_size, (const char *)name,
               flags & NGHTTP2_NV_FLAG_NO_INDEX ? " (secret)" : "", (int)value_size,
               (const char *)value);
    return 0;
}

static inline int got_frame(nghttp2_session *s, const nghttp2_frame *frame, void *user) {
    (void)s;
    if (frame->hd.type == NGHTTP2_HEADERS)
        buf_add_byte(&got_of(user, frame->hd.stream_id)->heads, '.');
    else if (frame->hd.type == NGHTTP2_DATA)
        got_of(user, frame->hd.stream_id)->data_frames++;
    return 0;
}

static inline int got_data(nghttp2_session *s, uint8_t flags, int32_t id, const uint8_t *data,
                           size_t n, void *user) {
    (void)s, (void)flags;
    buf_add(&got_of(user, id)->body, str_n((const char *)data, n));
    return 0;
}

static inline int got_close(nghttp2_session *s, int32_t id, uint32_t code, void *user) {
    (void)s;
    got_of(user, id)->is_closed = true;
    got_of(user, id)->code = code;
    return 0;
}

/* `window`: of each stream; the connection's is 64 KiB, as long as nothing else is said. */
static inline struct client *client_start(uint32_t window) {
    nghttp2_session_callbacks *calls;
    const nghttp2_settings_entry settings = {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window};
    struct client *c = calloc(1, sizeof *c);
    assert_non_null(c);
    for (size_t i = 0; i < H2_STREAMS_MAX; i++) {
        buf_init(&c->got[i].heads, 4096);
        buf_init(&c->got[i].body, 4 << 20);
    }
    assert_int_equal(nghttp2_session_callbacks_new(&calls), 0);
    nghttp2_session_callbacks_set_on_header_callback(calls, got_header);
    nghttp2_session_callbacks_set_on_frame_recv_callback(calls, got_frame);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, got_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, got_close);
    assert_int_equal(nghttp2_session_client_new(&c->session, calls, c), 0);
    assert_int_equal(nghttp2_submit_settings(c->session, 0, &settings, 1), 0);
    nghttp2_session_callbacks_del(calls);
    return c;
}

static inline void client_stop(struct client *c) {
    nghttp2_session_del(c->session);
    for (size_t i = 0; i < H2_STREAMS_MAX; i++) {
        buf_fini(&c->got[i].heads);
        buf_fini(&c->got[i].body);
    }
    free(c);
}

#define NV(name, value)                                                                            \
    {(uint8_t *)(name), (uint8_t *)(value), sizeof(name) - 1, sizeof(value) - 1,                   \
     NGHTTP2_NV_FLAG_NONE}

static inline void client_ask(struct client *c, bool is_head) {
    const nghttp2_nv get = NV(":method", "GET"), head = NV(":method", "HEAD");
    const nghttp2_nv fields[] = {is_head ? head : get, NV(":scheme", "https"),
                                 NV(":authority", "a"), NV(":path", "/")};
    assert_true(nghttp2_submit_request(c->session, NULL, fields, 4, NULL, NULL) > 0);
}

/* Until neither has something to say. */
static inline void talk(struct site *t, struct client *c) {
    const uint8_t *data;
    ssize_t n;
    do {
        while ((n = nghttp2_session_mem_send(c->session, &data)) > 0)
            buf_add(&t->in, str_n((const char *)data, (size_t)n));
        site_receive(t, 0);
        h2_output(t->h, &t->out);
        struct str out = buf_str(&t->out);
        assert_true(out.n < (size_t)2 * H2_OUTPUT_SIZE);
        n = nghttp2_session_mem_recv(c->session, (const uint8_t *)out.p, out.n);
        assert_int_equal(n, out.n);
        buf_clear(&t->out);
    } while (nghttp2_session_want_write(c->session) || h2_wants_output(t->h));
}
