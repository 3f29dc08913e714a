/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include <nghttp2/nghttp2.h>
#include <stdlib.h>
#include <string.h>

struct slot {
    struct question question;
    size_t sent; /* of its body */
    bool is_open;
};

struct connection {
    struct load *load;
    const char *host;
    SSL *ssl;
    nghttp2_session *session;
    struct slot *slots;
    unsigned streams, open;
    bool is_enough; /* load_next said no */
};

#define FIELD(name, value)                                                                         \
    (nghttp2_nv) {                                                                                 \
        (uint8_t *)(name), (uint8_t *)(value), strlen(name), strlen(value), NGHTTP2_NV_FLAG_NONE   \
    }

static ssize_t send_bytes(nghttp2_session *session, const uint8_t *bytes, size_t size, int flags,
                          void *user) {
    struct connection *c = user;
    (void)session;
    (void)flags;
    int n = SSL_write(c->ssl, bytes, (int)size);
    return n > 0 ? n : NGHTTP2_ERR_CALLBACK_FAILURE;
}

static ssize_t give_body(nghttp2_session *session, int32_t id, uint8_t *out, size_t size,
                         uint32_t *flags, nghttp2_data_source *source, void *user) {
    struct slot *s = source->ptr;
    size_t left = s->question.body_size - s->sent;
    (void)session;
    (void)id;
    (void)user;
    if (size >= left) {
        size = left;
        *flags |= NGHTTP2_DATA_FLAG_EOF;
    }
    memcpy(out, s->question.body + s->sent, size);
    s->sent += size;
    return (ssize_t)size;
}

static void submit(struct connection *c, struct slot *s) {
    struct question *q = &s->question;
    if (!load_next(c->load, c->host, q)) {
        c->is_enough = true;
        return;
    }
    nghttp2_nv fields[] = {
        FIELD(":method", q->body_size ? "POST" : "GET"),
        FIELD(":scheme", "https"),
        FIELD(":authority", q->person->host),
        FIELD(":path", q->target),
        FIELD("cookie", q->person->cookie),
    };
    nghttp2_data_provider body = {.source.ptr = s, .read_callback = give_body};
    s->sent = 0;
    s->is_open = true;
    c->open++;
    nghttp2_submit_request(c->session, NULL, fields, sizeof fields / sizeof *fields,
                           q->body_size ? &body : NULL, s);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_size, const uint8_t *value, size_t value_size, uint8_t flags,
                     void *user) {
    struct slot *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    (void)value_size;
    (void)flags;
    (void)user;
    if (s && name_size == 7 && memcmp(name, ":status", 7) == 0)
        s->question.status = (int)strtol((const char *)value, NULL, 10);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
                   size_t size, void *user) {
    struct slot *s = nghttp2_session_get_stream_user_data(session, id);
    (void)flags;
    (void)user;
    if (!s || s->question.answer_size + size > ANSWER_MAX)
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    memcpy(s->question.answer + s->question.answer_size, bytes, size);
    s->question.answer_size += size;
    return 0;
}

static void end(struct connection *c, struct slot *s, bool is_whole) {
    struct question *q = &s->question;
    q->answer[q->answer_size] = '\0';
    if (is_whole && q->status)
        load_answered(c->load, q);
    else
        load_cut(c->load);
    s->is_open = false;
    c->open--;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t error, void *user) {
    struct slot *s = nghttp2_session_get_stream_user_data(session, id);
    if (s)
        end(user, s, error == NGHTTP2_NO_ERROR);
    return 0;
}

static void open_session(struct connection *c) {
    nghttp2_session_callbacks *calls;
    c->ssl = load_connect(c->load, c->host, "h2");
    nghttp2_session_callbacks_new(&calls);
    nghttp2_session_callbacks_set_send_callback(calls, send_bytes);
    nghttp2_session_callbacks_set_on_header_callback(calls, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_close);
    nghttp2_session_client_new(&c->session, calls, c);
    nghttp2_session_callbacks_del(calls);
    nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, NULL, 0);
}

/* Streams that are still open are closed without a word to us. */
static void close_session(struct connection *c) {
    for (unsigned i = 0; i < c->streams; i++) {
        if (c->slots[i].is_open)
            end(c, &c->slots[i], false);
    }
    nghttp2_session_del(c->session);
    load_close(c->ssl);
}

/* Until the server has nothing more to say, or every question was answered. */
static void talk(struct connection *c) {
    uint8_t bytes[16 * 1024];
    for (;;) {
        for (unsigned i = 0; i < c->streams && !c->is_enough; i++) {
            if (!c->slots[i].is_open)
                submit(c, &c->slots[i]);
        }
        if (c->open == 0 || nghttp2_session_send(c->session) != 0)
            return;
        int n = SSL_read(c->ssl, bytes, (int)sizeof bytes);
        if (n <= 0 || nghttp2_session_mem_recv(c->session, bytes, (size_t)n) != n)
            return;
    }
}

void h2_run(struct load *l, const char *host, unsigned streams) {
    struct connection c = {.load = l, .host = host, .streams = streams};
    c.slots = calloc(streams, sizeof *c.slots);
    while (c.slots && !c.is_enough) {
        open_session(&c);
        talk(&c);
        close_session(&c);
    }
    free(c.slots);
}
