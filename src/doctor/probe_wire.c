/* SPDX-License-Identifier: Apache-2.0 */
#include "doctor/probe_wire.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum {
    READ_SIZE = 16 * 1024,
    BODY_MAX = 256 * 1024, /* read of one answer; of a longer one the connection is given up */
    INTERIMS_MAX = 8,      /* 1xx answers before the final one */
};

static bool fail(struct probe_fault *f, const char *code, const char *detail) {
    f->code = code;
    snprintf(f->detail, sizeof f->detail, "%s", detail);
    return false;
}

static bool fail_errno(struct probe_fault *f, int error) {
    static const struct {
        int error;
        const char *code;
    } CODES[] = {
        {ECONNREFUSED, "refused"},    {ETIMEDOUT, "timeout"}, {EHOSTUNREACH, "unreachable"},
        {ENETUNREACH, "unreachable"}, {ECONNRESET, "reset"},  {EPIPE, "reset"},
        {EACCES, "forbidden"},        {EPERM, "forbidden"},
    };
    const char *code = "failed";
    for (size_t i = 0; i < sizeof CODES / sizeof *CODES; i++)
        if (CODES[i].error == error)
            code = CODES[i].code;
    return fail(f, code, strerror(error));
}

static bool wait_for(const struct probe_wire *w, short events, int64_t ends_us,
                     struct probe_fault *f) {
    for (;;) {
        int64_t left_ms = (ends_us - clock_mono_us()) / 1000;
        struct pollfd p = {.fd = w->fd, .events = events};
        int n = left_ms > 0 ? poll(&p, 1, (int)left_ms) : 0;
        if (n > 0)
            return true;
        if (n == 0)
            return fail(f, "timeout", "no answer in time");
        if (errno != EINTR)
            return fail_errno(f, errno);
    }
}

static void own_address(struct probe_wire *w) {
    union resolve_address own = {0};
    socklen_t size = sizeof own;
    if (getsockname(w->fd, &own.any, &size) == 0)
        inet_ntop(own.any.sa_family,
                  own.any.sa_family == AF_INET6 ? (const void *)&own.v6.sin6_addr
                                                : (const void *)&own.v4.sin_addr,
                  w->own_address, sizeof w->own_address);
}

bool probe_wire_open(struct probe_wire *w, const union resolve_address *to, int64_t ends_us,
                     struct probe_fault *f) {
    socklen_t size = to->any.sa_family == AF_INET6 ? sizeof to->v6 : sizeof to->v4;
    int error = 0;
    socklen_t error_size = sizeof error;
    w->fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (w->fd < 0)
        return fail_errno(f, errno);
    buf_init(&w->in, w->limits.head + READ_SIZE);
    if (connect(w->fd, &to->any, size) != 0 && errno != EINPROGRESS)
        return fail_errno(f, errno);
    if (!wait_for(w, POLLOUT, ends_us, f))
        return false;
    if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &error_size) != 0)
        error = errno;
    if (error)
        return fail_errno(f, error);
    setsockopt(w->fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    own_address(w);
    w->parser = h1_new(H1_RESPONSE, w->limits);
    return w->parser || fail(f, "failed", "no memory");
}

/* What to do after a TLS call that moved nothing: true, try again. */
static bool tls_wait(struct probe_wire *w, ssize_t need, int64_t ends_us, struct probe_fault *f) {
    char why[128];
    if (need == TLS_NEEDS_READ)
        return wait_for(w, POLLIN, ends_us, f);
    if (need == TLS_NEEDS_WRITE)
        return wait_for(w, POLLOUT, ends_us, f);
    bool is_certificate = tls_error(w->tls, why, sizeof why);
    return fail(f, is_certificate ? "tls-certificate" : "tls", why);
}

/* After a call that moved nothing, waiting for the socket where that is all there is to it. */
static bool may_go_on(struct probe_wire *w, ssize_t n, short events, int64_t ends_us,
                      struct probe_fault *f) {
    int error = errno;
    if (w->tls)
        return tls_wait(w, n, ends_us, f);
    if (error == EINTR)
        return true;
    return error == EAGAIN ? wait_for(w, events, ends_us, f) : fail_errno(f, error);
}

bool probe_wire_secure(struct probe_wire *w, struct tls_client *client, const char *name,
                       int64_t ends_us, struct probe_fault *f) {
    ssize_t n;
    w->tls = tls_connect(client, w->fd, name);
    if (!w->tls)
        return fail(f, "failed", "no memory");
    while ((n = tls_handshake(w->tls)) != 1)
        if (!tls_wait(w, n, ends_us, f))
            return false;
    return true;
}

bool probe_wire_send(struct probe_wire *w, struct str bytes, int64_t ends_us,
                     struct probe_fault *f) {
    w->is_reusable = false;
    while (bytes.n > 0) {
        ssize_t n = w->tls ? tls_write(w->tls, bytes)
                           : send(w->fd, bytes.p, bytes.n, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n <= 0 && !may_go_on(w, n, POLLOUT, ends_us, f))
            return false;
        bytes = str_from(bytes, n > 0 ? (size_t)n : 0);
    }
    return true;
}

/* More bytes into `in`; 0: the other side has ended, -1: failed. */
static ssize_t receive(struct probe_wire *w, int64_t ends_us, struct probe_fault *f) {
    for (;;) {
        size_t room = READ_SIZE;
        char *to = buf_reserve(&w->in, &room);
        if (!to) {
            fail(f, "head-too-large", "it is longer than gateway.limits.response_head");
            return -1;
        }
        ssize_t n = w->tls ? tls_read(w->tls, to, room) : recv(w->fd, to, room, MSG_DONTWAIT);
        if (n >= 0) {
            buf_commit(&w->in, (size_t)n);
            return n;
        }
        if (!may_go_on(w, n, POLLIN, ends_us, f))
            return -1;
    }
}

/* What begins like a TLS record (RFC 8446 5.1): an alert to what is none. */
static bool looks_like_tls(struct str in) {
    return in.n >= 3 && in.p[0] == 0x15 && in.p[1] == 0x03 && in.p[2] <= 0x04;
}

/* Or like HTTP/2, whose server begins with a frame of settings (RFC 9113 3.4, 4.1). */
static bool looks_like_http2(struct str in) {
    static const char FRAME[] = "\4\0\0\0\0\0"; /* type, flags, stream */
    return in.n >= 9 && in.p[0] == 0 && memcmp(in.p + 3, FRAME, 6) == 0;
}

static bool is_other_protocol(struct str in, struct probe_fault *f) {
    if (looks_like_tls(in))
        fail(f, "speaks-tls", "it answers with TLS, and was asked without");
    else if (looks_like_http2(in))
        fail(f, "speaks-http2", "it answers with HTTP/2, and was asked with HTTP/1.1");
    else
        return false;
    return true;
}

/* One more piece of the head; false when none will come. */
static bool wait_for_more(struct probe_wire *w, int64_t ends_us, int64_t *first_us,
                          struct probe_fault *f) {
    ssize_t n = receive(w, ends_us, f);
    if (n > 0 && *first_us == 0)
        *first_us = clock_mono_us();
    if (n == 0)
        return fail(f, "closed", "the connection was closed without an answer");
    return n > 0;
}

bool probe_wire_head(struct probe_wire *w, struct arena *a, struct message *m, int64_t ends_us,
                     int64_t *first_us, struct probe_fault *f) {
    int interims = 0;
    *first_us = 0;
    while (interims <= INTERIMS_MAX) {
        struct err e = {0};
        size_t used = 0;
        enum h1_result result = H1_MORE;
        if (is_other_protocol(buf_str(&w->in), f))
            return false;
        if (buf_size(&w->in) > 0)
            result = h1_head(w->parser, buf_str(&w->in), a, m, &used, &e);
        if (result == H1_ERROR)
            return fail(f, e.code == ERR_HTTP_HEAD_TOO_LARGE ? "head-too-large" : "no-http",
                        e.detail);
        buf_consume(&w->in, used);
        if (result == H1_READY && (m->status >= 200 || m->status == 101))
            return true;
        if (result == H1_READY) {
            interims++;
            h1_reset(w->parser);
        } else if (!wait_for_more(w, ends_us, first_us, f)) {
            return false;
        }
    }
    return fail(f, "no-http", "it has too many interim answers (RFC 9110 15.2)");
}

void probe_wire_skip_body(struct probe_wire *w, const struct message *m, int64_t ends_us) {
    struct probe_fault f;
    struct err e;
    size_t total = 0;
    for (enum h1_result r = H1_READY; r != H1_DONE;) {
        struct str piece = STR_NONE;
        size_t used = 0;
        r = h1_body(w->parser, buf_str(&w->in), &piece, &used, &e);
        buf_consume(&w->in, used);
        total += used;
        if (r == H1_ERROR || total > BODY_MAX || (r == H1_MORE && receive(w, ends_us, &f) <= 0))
            return;
    }
    w->is_reusable = m->keep_alive && buf_size(&w->in) == 0;
    h1_reset(w->parser);
}

void probe_wire_close(struct probe_wire *w) {
    if (w->tls)
        tls_shutdown(w->tls);
    tls_free(w->tls);
    h1_free(w->parser);
    buf_fini(&w->in);
    if (w->fd >= 0)
        close(w->fd);
    *w = (struct probe_wire){.fd = -1, .limits = w->limits};
}
