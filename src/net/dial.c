/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dial.h"

#include "base/clock.h"
#include "net/timer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <unistd.h>

enum { HEAD_START_MS = 250 }; /* of one address before the next (RFC 8305 5) */

/* One address that is being connected to. */
struct attempt {
    uv_poll_t poll; /* first: freed as itself */
    struct dial *dial;
    int fd;
    size_t address;
    LIST_ENTRY(attempt) others;
};

struct dial {
    uv_loop_t *loop;
    dial_fn *done;
    void *user;
    char *host;
    uint16_t port;
    int64_t timeout_ms, ends_us;
    struct timer *deadline;
    struct timer *head_start;    /* of the address tried last */
    struct resolve_query *query; /* while resolving */
    struct resolve_result found;
    size_t next; /* address to try */
    LIST_HEAD(, attempt) attempts;
};

static void free_handle(uv_handle_t *handle) { free(handle); }

/* The socket that was being connected. */
static int attempt_end(struct attempt *a) {
    int fd = a->fd;
    LIST_REMOVE(a, others);
    uv_close((uv_handle_t *)&a->poll, free_handle);
    return fd;
}

static void dial_free(struct dial *d) {
    struct attempt *a;
    resolve_cancel(d->query);
    while ((a = LIST_FIRST(&d->attempts)))
        close(attempt_end(a));
    timer_free(d->deadline);
    timer_free(d->head_start);
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

/* `at`: the address that failed, if it was one. */
static void fail(struct dial *d, size_t at, const char *why) {
    struct err e;
    char address[INET6_ADDRSTRLEN] = "";
    if (at < d->found.count)
        address_text(&d->found.at[at], address, sizeof address);
    err_set(&e, ERR_BACKEND_UNREACHABLE, "no connection to %s port %u%s%s%s: %s", d->host,
            (unsigned)d->port, address[0] ? " (" : "", address, address[0] ? ")" : "", why);
    bool is_v6 = strchr(d->host, ':') != NULL;
    err_hint(&e,
             "Check that the application listens there and no firewall is between: "
             "curl -v http://%s%s%s:%u/ from this host. The address is the app's internal_url.",
             is_v6 ? "[" : "", d->host, is_v6 ? "]" : "", (unsigned)d->port);
    finish(d, -1, &e);
}

static void try_next(struct dial *d, size_t failed, int error);

static void on_poll(uv_poll_t *poll, int status, int events) {
    struct attempt *a = (struct attempt *)poll;
    struct dial *d = a->dial;
    size_t address = a->address;
    int error = 0;
    socklen_t size = sizeof error;
    (void)events;
    /* libuv says UV_EBADF for any failure; the socket knows which. */
    if (getsockopt(a->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0)
        error = errno;
    if (status < 0 && !error)
        error = ECONNABORTED;
    int fd = attempt_end(a);
    if (error) {
        close(fd);
        try_next(d, address, error);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    finish(d, fd, NULL);
}

/* With little time, the addresses that are left share it. */
static void give_head_start(struct dial *d) {
    int64_t left_ms = (d->ends_us - clock_mono_us()) / 1000;
    int64_t share_ms = left_ms / (int64_t)(d->found.count - d->next + 1);
    timer_start(d->head_start, share_ms < HEAD_START_MS ? share_ms : HEAD_START_MS);
}

static bool attempt(struct dial *d, size_t at) {
    const union resolve_address *to = &d->found.at[at];
    socklen_t size = to->any.sa_family == AF_INET6 ? sizeof to->v6 : sizeof to->v4;
    int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    struct attempt *a = NULL;
    int error = connect(fd, &to->any, size) == 0 || errno == EINPROGRESS ? 0 : errno;
    if (!error && (!(a = calloc(1, sizeof *a)) || uv_poll_init_socket(d->loop, &a->poll, fd) != 0))
        error = ENOMEM;
    if (error) {
        free(a);
        close(fd);
        errno = error;
        return false;
    }
    a->dial = d;
    a->fd = fd;
    a->address = at;
    LIST_INSERT_HEAD(&d->attempts, a, others);
    uv_poll_start(&a->poll, UV_WRITABLE, on_poll);
    return true;
}

/* The next address, beside those under way. `failed`, with `error`, is the one that counts when
 * there are none of either. */
static void try_next(struct dial *d, size_t failed, int error) {
    while (d->next < d->found.count) {
        size_t at = d->next++;
        if (attempt(d, at)) {
            if (d->next < d->found.count)
                give_head_start(d);
            return;
        }
        failed = at;
        error = errno;
    }
    if (LIST_EMPTY(&d->attempts))
        fail(d, failed, strerror(error));
}

static void on_head_start(void *user) {
    struct dial *d = user;
    try_next(d, SIZE_MAX, EHOSTUNREACH);
}

void dial_order(struct resolve_result *r) {
    for (size_t i = 1; i < r->count; i++) {
        size_t other = i;
        while (other < r->count && r->at[other].any.sa_family == r->at[i - 1].any.sa_family)
            other++;
        if (other == r->count)
            return;
        union resolve_address moved = r->at[other];
        memmove(&r->at[i + 1], &r->at[i], (other - i) * sizeof moved);
        r->at[i] = moved;
    }
}

static void on_resolved(void *user, const struct resolve_result *result) {
    struct dial *d = user;
    d->query = NULL;
    d->found = *result;
    dial_order(&d->found);
    if (result->count == 0)
        finish(d, -1, &result->err);
    else
        try_next(d, SIZE_MAX, EHOSTUNREACH);
}

static void on_deadline(void *user) {
    struct dial *d = user;
    char why[64];
    snprintf(why, sizeof why, "no answer within %lld ms", (long long)d->timeout_ms);
    fail(d, LIST_EMPTY(&d->attempts) ? SIZE_MAX : LIST_FIRST(&d->attempts)->address, why);
}

struct dial *dial_start(struct resolver *r, uv_loop_t *loop, const char *host, uint16_t port,
                        int64_t timeout_ms, dial_fn *done, void *user) {
    struct dial *d = calloc(1, sizeof *d);
    if (!d)
        return NULL;
    *d = (struct dial){
        .loop = loop, .done = done, .user = user, .port = port, .timeout_ms = timeout_ms};
    d->ends_us = clock_mono_us() + timeout_ms * 1000;
    d->host = strdup(host);
    d->deadline = timer_new(loop, on_deadline, d);
    d->head_start = timer_new(loop, on_head_start, d);
    if (d->host && d->deadline && d->head_start)
        d->query = resolve_start(r, host, port, on_resolved, d);
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
