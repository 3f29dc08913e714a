/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dial.h"

#include "base/clock.h"
#include "net/timer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct dial {
    uv_loop_t *loop;
    dial_fn *done;
    void *user;
    char *host;
    uint16_t port;
    int64_t timeout_ms, ends_us;
    struct timer *deadline;      /* of the name, or of one address */
    struct resolve_query *query; /* while resolving */
    struct resolve_result found;
    size_t next; /* address to try */
    int fd;      /* while connecting, else -1 */
    uv_poll_t *poll;
};

static void free_handle(uv_handle_t *handle) { free(handle); }

static void stop_attempt(struct dial *d, bool close_socket) {
    if (d->poll)
        uv_close((uv_handle_t *)d->poll, free_handle);
    d->poll = NULL;
    if (d->fd >= 0 && close_socket)
        close(d->fd);
    d->fd = -1;
}

static void dial_free(struct dial *d) {
    resolve_cancel(d->query);
    stop_attempt(d, true);
    timer_free(d->deadline);
    free(d->host);
    free(d);
}

static void finish(struct dial *d, int fd, const struct err *e) {
    d->done(d->user, fd, e);
    dial_free(d);
}

static void address_text(const union resolve_address *a, char *out, size_t size) {
    const void *bytes = a->any.sa_family == AF_INET6 ? (const void *)&a->v6.sin6_addr
                                                     : (const void *)&a->v4.sin_addr;
    if (!inet_ntop(a->any.sa_family, bytes, out, (socklen_t)size))
        snprintf(out, size, "?");
}

static void fail(struct dial *d, const char *why) {
    struct err e;
    char address[INET6_ADDRSTRLEN] = "";
    if (d->next > 0)
        address_text(&d->found.at[d->next - 1], address, sizeof address);
    err_set(&e, ERR_BACKEND_UNREACHABLE, "no connection to %s port %u%s%s%s: %s", d->host,
            (unsigned)d->port, address[0] ? " (" : "", address, address[0] ? ")" : "", why);
    bool is_v6 = strchr(d->host, ':') != NULL;
    err_hint(&e,
             "Check that the application listens there and no firewall is between: "
             "curl -v http://%s%s%s:%u/ from this host. The address is the app's internal_url.",
             is_v6 ? "[" : "", d->host, is_v6 ? "]" : "", (unsigned)d->port);
    finish(d, -1, &e);
}

static void try_next(struct dial *d, int last_error);

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct dial *d = poll->data;
    int error = 0;
    socklen_t size = sizeof error;
    (void)events;
    /* libuv says UV_EBADF for any failure; the socket knows which. */
    if (getsockopt(d->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (status < 0 && !error)
        error = ECONNABORTED;
    if (error) {
        stop_attempt(d, true);
        try_next(d, error);
        return;
    }
    int fd = d->fd;
    stop_attempt(d, false);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    finish(d, fd, NULL);
}

/* An address that swallows what it gets must leave time for those behind it. */
static void share_time(struct dial *d) {
    int64_t left_us = d->ends_us - clock_mono_us();
    timer_start(d->deadline, left_us / 1000 / (int64_t)(d->found.count - d->next + 1));
}

static bool attempt(struct dial *d, const union resolve_address *a) {
    socklen_t size = a->any.sa_family == AF_INET6 ? sizeof a->v6 : sizeof a->v4;
    d->fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (d->fd < 0)
        return false;
    if (connect(d->fd, &a->any, size) != 0 && errno != EINPROGRESS)
        return false;
    d->poll = calloc(1, sizeof *d->poll);
    if (!d->poll || uv_poll_init_socket(d->loop, d->poll, d->fd) != 0) {
        free(d->poll);
        d->poll = NULL;
        errno = ENOMEM;
        return false;
    }
    d->poll->data = d;
    uv_poll_start(d->poll, UV_WRITABLE, on_poll);
    share_time(d);
    return true;
}

static void try_next(struct dial *d, int last_error) {
    while (d->next < d->found.count) {
        if (attempt(d, &d->found.at[d->next++]))
            return;
        last_error = errno;
        stop_attempt(d, true);
    }
    fail(d, strerror(last_error));
}

static void on_resolved(void *user, const struct resolve_result *result) {
    struct dial *d = user;
    d->query = NULL;
    d->found = *result;
    if (result->count == 0)
        finish(d, -1, &result->err);
    else
        try_next(d, EHOSTUNREACH);
}

static void on_deadline(void *user) {
    struct dial *d = user;
    char why[64];
    if (d->fd >= 0 && d->next < d->found.count) {
        stop_attempt(d, true);
        try_next(d, ETIMEDOUT);
        return;
    }
    snprintf(why, sizeof why, "no answer within %lld ms", (long long)d->timeout_ms);
    fail(d, why);
}

struct dial *dial_start(struct resolver *r, uv_loop_t *loop, const char *host, uint16_t port,
                        int64_t timeout_ms, dial_fn *done, void *user) {
    struct dial *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    *d = (struct dial){
        .loop = loop, .done = done, .user = user, .port = port, .timeout_ms = timeout_ms, .fd = -1};
    d->ends_us = clock_mono_us() + timeout_ms * 1000;
    d->host = strdup(host);
    d->deadline = timer_new(loop, on_deadline, d);
    d->query = d->host && d->deadline ? resolve_start(r, host, port, on_resolved, d) : NULL;
    if (!d->query) {
        dial_free(d);
        return NULL;
    }
    timer_start(d->deadline, timeout_ms);
    return d;
}

void dial_cancel(struct dial *d) {
    if (d)
        dial_free(d);
}
