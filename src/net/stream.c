/* SPDX-License-Identifier: Apache-2.0 */
#include "net/stream.h"

#include "net/timer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct stream {
    uv_poll_t *poll; /* frees itself when the loop has let go of it */
    int fd;
    struct tls *tls;    /* NULL: plain */
    struct timer *soon; /* TLS only: bytes wait that the socket does not show */
    stream_ready_fn *ready;
    void *user;
    unsigned wanted; /* what the owner waits for */
    int polled;      /* what the loop waits for */
    /* TLS may need the other direction first: a read that must write, and the reverse. */
    bool read_needs_write, write_needs_read;
    bool is_drained; /* the last read found nothing: TLS holds no whole record either */
    bool certificate_error;
    char error[160];
};

static void free_handle(uv_handle_t *handle) { free(handle); }

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct stream *s = poll->data;
    unsigned ready = 0;
    if (status < 0) {
        /* Let the owner meet the error in read or write. libuv has stopped the poll, and there may
         * be more to read before the error than one turn takes. */
        events = UV_READABLE | UV_WRITABLE;
        uv_poll_start(poll, s->polled, on_poll);
    }
    if (events & (s->read_needs_write ? UV_WRITABLE : UV_READABLE))
        ready |= STREAM_READABLE;
    if (events & (s->write_needs_read ? UV_READABLE : UV_WRITABLE))
        ready |= STREAM_WRITABLE;
    ready &= s->wanted;
    if (ready)
        s->ready(s->user, ready);
}

struct stream *stream_new(uv_loop_t *loop, int fd, stream_ready_fn *ready, void *user) {
    struct stream *s = calloc(1, sizeof *s);
    uv_poll_t *poll = calloc(1, sizeof *poll);
    if (!s || !poll || uv_poll_init_socket(loop, poll, fd) != 0) {
        free(s);
        free(poll);
        close(fd);
        return NULL;
    }
    poll->data = s;
    *s = (struct stream){.poll = poll, .fd = fd, .ready = ready, .user = user};
    return s;
}

void stream_free(struct stream *s) {
    if (!s)
        return;
    tls_free(s->tls);
    timer_free(s->soon);
    uv_close((uv_handle_t *)s->poll, free_handle);
    close(s->fd);
    free(s);
}

void stream_owner(struct stream *s, stream_ready_fn *ready, void *user) {
    s->ready = ready;
    s->user = user;
}

static void on_soon(void *user) {
    struct stream *s = user;
    if (s->wanted & STREAM_READABLE)
        s->ready(s->user, STREAM_READABLE);
}

static bool use_tls(struct stream *s, struct tls *tls) {
    s->tls = tls;
    s->soon = tls ? timer_new(s->poll->loop, on_soon, s) : NULL;
    return s->soon != NULL;
}

bool stream_tls_accept(struct stream *s, struct tls_server *server) {
    return use_tls(s, tls_accept(server, s->fd));
}

bool stream_tls_connect(struct stream *s, struct tls_client *client, const char *name) {
    return use_tls(s, tls_connect(client, s->fd, name));
}

enum tls_protocol stream_protocol(const struct stream *s) {
    return s->tls ? tls_protocol(s->tls) : TLS_HTTP1;
}

bool stream_serves_name(const struct stream *s, struct str host) {
    return !s->tls || tls_serves_name(s->tls, host);
}

static void poll_update(struct stream *s) {
    int events = 0;
    if (s->wanted & STREAM_READABLE)
        events |= s->read_needs_write ? UV_WRITABLE : UV_READABLE;
    if (s->wanted & STREAM_WRITABLE)
        events |= s->write_needs_read ? UV_READABLE : UV_WRITABLE;
    if (events == s->polled)
        return;
    s->polled = events;
    if (events)
        uv_poll_start(s->poll, events, on_poll);
    else
        uv_poll_stop(s->poll);
}

void stream_want(struct stream *s, unsigned directions) {
    s->wanted = directions;
    poll_update(s);
    if ((directions & STREAM_READABLE) && s->tls && !s->is_drained && tls_has_pending(s->tls))
        timer_start(s->soon, 0);
}

static ssize_t fail(struct stream *s, const char *text) {
    snprintf(s->error, sizeof s->error, "%s", text);
    return STREAM_FAILED;
}

static ssize_t tls_result(struct stream *s, ssize_t n, bool *needs_other, enum tls_need other) {
    bool before = *needs_other;
    *needs_other = n == TLS_NEEDS_READ || n == TLS_NEEDS_WRITE ? n == (ssize_t)other : false;
    if (*needs_other != before)
        poll_update(s);
    if (n == TLS_NEEDS_READ || n == TLS_NEEDS_WRITE)
        return STREAM_AGAIN;
    if (n == TLS_FAILED) {
        if (!s->error[0]) /* the first failure is the telling one */
            s->certificate_error = tls_error(s->tls, s->error, sizeof s->error);
        return STREAM_FAILED;
    }
    return n;
}

ssize_t stream_read(struct stream *s, char *to, size_t n) {
    ssize_t got;
    if (s->tls) {
        got = tls_result(s, tls_read(s->tls, to, n), &s->read_needs_write, TLS_NEEDS_WRITE);
        s->is_drained = got <= 0;
        return got;
    }
    do
        got = recv(s->fd, to, n, 0);
    while (got < 0 && errno == EINTR);
    if (got >= 0)
        return got;
    return errno == EAGAIN || errno == EWOULDBLOCK ? STREAM_AGAIN : fail(s, strerror(errno));
}

ssize_t stream_write(struct stream *s, struct str bytes) {
    if (s->tls)
        return tls_result(s, tls_write(s->tls, bytes), &s->write_needs_read, TLS_NEEDS_READ);
    ssize_t sent;
    do
        sent = send(s->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return sent;
    return errno == EAGAIN || errno == EWOULDBLOCK ? STREAM_AGAIN : fail(s, strerror(errno));
}

void stream_shutdown(struct stream *s) {
    if (s->tls)
        tls_shutdown(s->tls);
    shutdown(s->fd, SHUT_WR);
}

const char *stream_error(const struct stream *s) { return s->error; }

bool stream_error_is_certificate(const struct stream *s) { return s->certificate_error; }
