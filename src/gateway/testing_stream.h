/* SPDX-License-Identifier: Apache-2.0
 *
 * Sockets that the tests of this room play: what the client has sent lies in `sent`, what it got in
 * `got`.
 */
#pragma once
#include "config/testing.h"

#include "net/stream.h"

struct stream {
    stream_ready_fn *ready;
    void *user;
    unsigned wanted;
    struct buf sent, got; /* by the client, and not yet read; by the client */
    size_t room;          /* bytes the client takes now */
    bool is_open, is_shut, has_ended;
};
static struct stream wires[8];
static size_t wire_count;
static enum tls_protocol wire_protocol;

struct stream *stream_new(uv_loop_t *loop, int fd, stream_ready_fn *ready, void *user) {
    (void)loop, (void)fd;
    struct stream *s = &wires[wire_count++];
    *s = (struct stream){.ready = ready, .user = user, .room = SIZE_MAX, .is_open = true};
    buf_init(&s->sent, 1 << 22);
    buf_init(&s->got, 1 << 22);
    return s;
}

void stream_free(struct stream *s) {
    if (s)
        s->is_open = false;
}

bool stream_tls_accept(struct stream *s, struct tls_server *tls) {
    (void)s, (void)tls;
    return true;
}

enum tls_protocol stream_protocol(const struct stream *s) {
    (void)s;
    return wire_protocol;
}

bool stream_serves_name(const struct stream *s, struct str host) {
    (void)s, (void)host;
    return true;
}

size_t stream_own_end_point(const struct stream *s, unsigned char out[TLS_END_POINT_MAX]) {
    (void)s, (void)out;
    return 0;
}

struct str stream_server_name(const struct stream *s) {
    (void)s;
    return STR_NONE;
}

size_t stream_peer(const struct stream *s, struct arena *a, struct str chain[TLS_PEER_MAX]) {
    (void)s, (void)a, (void)chain;
    return 0;
}

void stream_want(struct stream *s, unsigned directions) { s->wanted = directions; }

void stream_shutdown(struct stream *s) { s->is_shut = true; }

void stream_will_reset(struct stream *s) { (void)s; }

ssize_t stream_read(struct stream *s, char *to, size_t n) {
    struct str piece = str_head(buf_str(&s->sent), n);
    if (piece.n == 0)
        return s->has_ended ? 0 : STREAM_AGAIN;
    memcpy(to, piece.p, piece.n);
    buf_consume(&s->sent, piece.n);
    return (ssize_t)piece.n;
}

bool stream_is_drained(const struct stream *s) { return buf_size(&s->sent) == 0; }

ssize_t stream_write(struct stream *s, struct str bytes) {
    struct str piece = str_head(bytes, s->room);
    assert_false(s->is_shut);
    if (piece.n == 0)
        return STREAM_AGAIN;
    s->room -= s->room == SIZE_MAX ? 0 : piece.n;
    buf_add(&s->got, piece);
    return (ssize_t)piece.n;
}
