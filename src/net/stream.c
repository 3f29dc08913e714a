/* SPDX-License-Identifier: Apache-2.0 */
#include "net/stream.h"

#include "base/secret.h"
#include "net/timer.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    RECORD = 16 * 1024, /* of TLS: one holds no more (RFC 8446 5.1) */
    ERROR_SIZE = 160,
};

struct stream {
    uv_poll_t poll;     /* the loop's until it has been closed: then all of this is freed */
    struct tls *tls;    /* NULL: plain */
    struct timer *soon; /* for what is ready and the loop would not tell, `soon_ready`; NULL: not
                           needed so far, as by most */
    stream_ready_fn *ready;
    void *user;
    unsigned wanted; /* what the owner waits for */
    unsigned soon_ready;
    /* What the loop waits for. Each change costs system calls, so that a direction stays until the
     * loop has reported it in vain: a connection between two requests, or between two owners, costs
     * none. */
    int armed;
    int fd;
    /* TLS may need the other direction first: a read that must write, and the reverse. */
    bool read_needs_write, write_needs_read;
    bool may_write;   /* as far as is known: the loop need not be asked */
    bool has_written; /* TLS: so the handshake is over */
    bool is_drained;  /* see stream_is_drained */
    bool certificate_error;
    char *error; /* NULL: none yet */
};

static void on_closed(uv_handle_t *handle) { free(handle->data); }

static void on_poll(uv_poll_t *poll, int status, int events);

static int needed(const struct stream *s) {
    int events = 0;
    if (s->wanted & STREAM_READABLE)
        events |= s->read_needs_write ? UV_WRITABLE : UV_READABLE;
    if (s->wanted & STREAM_WRITABLE && s->write_needs_read)
        events |= UV_READABLE;
    if (s->wanted & STREAM_WRITABLE && !s->write_needs_read && !s->may_write)
        events |= UV_WRITABLE;
    return events;
}

static void arm(struct stream *s, int events) {
    if (events == s->armed)
        return;
    s->armed = events;
    if (events)
        uv_poll_start(&s->poll, events, on_poll);
    else
        uv_poll_stop(&s->poll);
}

/* Only when something is missing. Being read from goes on: it is asked for most of the time. */
static void arm_needed(struct stream *s) {
    int events = needed(s);
    if (events & ~s->armed)
        arm(s, events | (s->armed & UV_READABLE));
}

static void on_soon(void *user) {
    struct stream *s = user;
    unsigned ready = s->soon_ready & s->wanted;
    s->soon_ready = 0;
    if (s->is_drained) /* by the owner, meanwhile */
        ready &= ~(unsigned)STREAM_READABLE;
    if (!s->may_write)
        ready &= ~(unsigned)STREAM_WRITABLE;
    if (ready)
        s->ready(s->user, ready);
}

/* Without memory nothing is called, and the owner's deadline comes. */
static void call_soon(struct stream *s, unsigned directions) {
    s->soon_ready |= directions;
    if (s->soon || (s->soon = timer_new(s->poll.loop, on_soon, s)))
        timer_start(s->soon, 0);
}

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct stream *s = poll->data;
    unsigned ready = 0;
    if (status < 0) {
        /* Let the owner meet the error in read or write. libuv has stopped the poll, and there may
         * be more to read before the error than one turn takes. */
        events = UV_READABLE | UV_WRITABLE;
        s->armed = 0;
        arm_needed(s);
    } else {
        /* The same would be reported in every turn. */
        arm(s, s->armed & ~(events & ~needed(s)));
    }
    if (events & UV_WRITABLE)
        s->may_write = true;
    if (events & (s->read_needs_write ? UV_WRITABLE : UV_READABLE))
        ready |= STREAM_READABLE;
    if (events & (s->write_needs_read ? UV_READABLE : UV_WRITABLE))
        ready |= STREAM_WRITABLE;
    ready &= s->wanted;
    s->soon_ready &= ~ready;
    if (ready)
        s->ready(s->user, ready);
}

struct stream *stream_new(uv_loop_t *loop, int fd, stream_ready_fn *ready, void *user) {
    struct stream *s = calloc(1, sizeof *s);
    if (!s || uv_poll_init_socket(loop, &s->poll, fd) != 0) {
        free(s);
        close(fd);
        return NULL;
    }
    s->poll.data = s;
    s->fd = fd;
    s->ready = ready;
    s->user = user;
    return s;
}

void stream_free(struct stream *s) {
    if (!s)
        return;
    tls_free(s->tls);
    timer_free(s->soon);
    free(s->error);
    uv_close((uv_handle_t *)&s->poll, on_closed);
    close(s->fd);
}

void stream_owner(struct stream *s, stream_ready_fn *ready, void *user) {
    s->ready = ready;
    s->user = user;
}

bool stream_tls_accept(struct stream *s, struct tls_server *server) {
    s->tls = tls_accept(server, s->fd);
    return s->tls != NULL;
}

bool stream_tls_connect(struct stream *s, struct tls_client *client, const char *name) {
    s->tls = tls_connect(client, s->fd, name);
    return s->tls != NULL;
}

enum tls_protocol stream_protocol(const struct stream *s) {
    return s->tls ? tls_protocol(s->tls) : TLS_HTTP1;
}

bool stream_serves_name(const struct stream *s, struct str host) {
    return !s->tls || tls_serves_name(s->tls, host);
}

struct str stream_server_name(const struct stream *s) {
    return s->tls ? tls_server_name(s->tls) : STR_NONE;
}

size_t stream_peer(const struct stream *s, struct arena *a, struct str chain[TLS_PEER_MAX]) {
    return s->tls ? tls_peer(s->tls, a, chain) : 0;
}

void stream_want(struct stream *s, unsigned directions) {
    unsigned ready = 0;
    s->wanted = directions;
    arm_needed(s);
    if (s->tls && !s->is_drained && tls_has_pending(s->tls))
        ready |= STREAM_READABLE;
    if (s->may_write && !s->write_needs_read)
        ready |= STREAM_WRITABLE;
    if (ready & directions)
        call_soon(s, ready & directions);
}

static ssize_t fail(struct stream *s, const char *text) {
    if (!s->error) /* the first failure is the telling one */
        s->error = strdup(text);
    return STREAM_FAILED;
}

static ssize_t tls_result(struct stream *s, ssize_t n, bool *needs_other, enum tls_need other) {
    bool before = *needs_other;
    *needs_other = n == TLS_NEEDS_READ || n == TLS_NEEDS_WRITE ? n == (ssize_t)other : false;
    if (*needs_other != before)
        arm_needed(s);
    if (n == TLS_NEEDS_READ || n == TLS_NEEDS_WRITE)
        return STREAM_AGAIN;
    if (n == TLS_FAILED) {
        char text[ERROR_SIZE];
        if (!s->error)
            s->certificate_error = tls_error(s->tls, text, sizeof text);
        return s->error ? STREAM_FAILED : fail(s, text);
    }
    return n;
}

static ssize_t plain_result(struct stream *s, ssize_t n) {
    if (n >= 0)
        return n;
    return errno == EAGAIN || errno == EWOULDBLOCK ? STREAM_AGAIN : fail(s, strerror(errno));
}

ssize_t stream_read(struct stream *s, char *to, size_t n) {
    ssize_t got;
    if (s->tls) {
        got = tls_result(s, tls_read(s->tls, to, n), &s->read_needs_write, TLS_NEEDS_WRITE);
        s->is_drained = got <= 0 || !tls_has_pending(s->tls);
        return got;
    }
    do
        got = recv(s->fd, to, n, 0);
    while (got < 0 && errno == EINTR);
    s->is_drained = got < 0 || (size_t)got < n;
    return plain_result(s, got);
}

int stream_handshake(struct stream *s) {
    if (!s->tls)
        return 1;
    ssize_t n = tls_result(s, tls_handshake(s->tls), &s->read_needs_write, TLS_NEEDS_WRITE);
    s->has_written |= n == 1;
    return (int)n;
}

size_t stream_end_point(const struct stream *s, unsigned char out[TLS_END_POINT_MAX]) {
    return s->tls ? tls_end_point(s->tls, out) : 0;
}

size_t stream_own_end_point(const struct stream *s, unsigned char out[TLS_END_POINT_MAX]) {
    return s->tls ? tls_own_end_point(s->tls, out) : 0;
}

bool stream_is_drained(const struct stream *s) { return s->is_drained; }

/* What is not taken whole is not taken further until the loop says so. */
static ssize_t written(struct stream *s, ssize_t sent, size_t n) {
    s->may_write = sent > 0 && (size_t)sent == n;
    arm_needed(s);
    return sent;
}

static ssize_t write_tls(struct stream *s, struct str bytes) {
    ssize_t sent = tls_result(s, tls_write(s->tls, bytes), &s->write_needs_read, TLS_NEEDS_READ);
    /* A write that had to finish the handshake may have read what comes behind it. */
    if (!s->has_written)
        s->is_drained = false;
    if (sent > 0)
        s->has_written = true;
    /* One record at a time: that it was not all says nothing. */
    return written(s, sent, sent > 0 ? (size_t)sent : bytes.n);
}

ssize_t stream_write(struct stream *s, struct str bytes) {
    ssize_t sent;
    if (s->tls)
        return write_tls(s, bytes);
    do
        sent = send(s->fd, bytes.p, bytes.n, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return written(s, plain_result(s, sent), bytes.n);
}

/* Small pieces in one record, and a large one without a copy. */
static ssize_t write_tls_pieces(struct stream *s, const struct str *pieces, size_t count) {
    char record[RECORD];
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        if (n == 0 && (pieces[i].n >= RECORD || (pieces[i].n > 0 && i + 1 == count)))
            return write_tls(s, pieces[i]);
        size_t more = pieces[i].n < RECORD - n ? pieces[i].n : RECORD - n;
        if (more > 0)
            memcpy(record + n, pieces[i].p, more);
        n += more;
    }
    ssize_t sent = write_tls(s, str_n(record, n));
    secret_wipe(record, n);
    return sent;
}

ssize_t stream_write_pieces(struct stream *s, const struct str *pieces, size_t count) {
    struct iovec at[STREAM_PIECES_MAX];
    struct msghdr m = {.msg_iov = at};
    ssize_t sent;
    size_t n = 0;
    if (count > STREAM_PIECES_MAX)
        count = STREAM_PIECES_MAX;
    if (s->tls)
        return write_tls_pieces(s, pieces, count);
    for (; m.msg_iovlen < count; m.msg_iovlen++) {
        const struct str *piece = &pieces[m.msg_iovlen];
        at[m.msg_iovlen] = (struct iovec){.iov_base = (char *)piece->p, .iov_len = piece->n};
        n += piece->n;
    }
    do
        sent = sendmsg(s->fd, &m, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return written(s, plain_result(s, sent), n);
}

void stream_shutdown(struct stream *s) {
    if (s->tls)
        tls_shutdown(s->tls);
    shutdown(s->fd, SHUT_WR);
}

void stream_will_reset(struct stream *s) {
    struct linger none = {.l_onoff = 1};
    setsockopt(s->fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

const char *stream_error(const struct stream *s) { return s->error ? s->error : ""; }

bool stream_error_is_certificate(const struct stream *s) { return s->certificate_error; }
