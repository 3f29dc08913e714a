/* SPDX-License-Identifier: Apache-2.0 */
#include "net/dial_wait.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/time.h>
#include <unistd.h>

struct dialled {
    bool is_over;
    int fd;
    struct err err;
};

static void on_dialled(void *user, int fd, const struct err *e) {
    struct dialled *d = user;
    d->is_over = true;
    d->fd = fd;
    if (e)
        d->err = *e;
}

static bool make_blocking(int fd, int64_t timeout_ms) {
    struct timeval patience = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
           setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0;
}

/* The resolver keeps its sockets open, so the loop would never be out of work by itself. */
static void turn(uv_loop_t *loop, const struct dial_wait *w, struct dialled *out) {
    struct resolver *r = resolver_new(loop, w->servers, &out->err);
    if (r && dial_start(r, loop, w->host, w->port, w->timeout_ms, on_dialled, out)) {
        while (!out->is_over)
            uv_run(loop, UV_RUN_ONCE);
    }
    resolver_free(r);
    uv_run(loop, UV_RUN_DEFAULT);
}

int dial_and_wait(const struct dial_wait *w, struct err *e) {
    uv_loop_t loop = {.data = NULL}; /* where timers are kept; uv_loop_init leaves it as it is */
    struct dialled out = {.fd = -1};
    err_set(&out.err, ERR_NO_MEMORY, "no memory to connect to %s", w->host);
    if (uv_loop_init(&loop) == 0) {
        turn(&loop, w, &out);
        uv_loop_close(&loop);
    }
    if (out.fd >= 0 && !make_blocking(out.fd, w->timeout_ms)) {
        err_set(&out.err, ERR_BACKEND_UNREACHABLE, "the connection to %s cannot be used: %s",
                w->host, strerror(errno));
        close(out.fd);
        out.fd = -1;
    }
    if (out.fd < 0)
        *e = out.err;
    return out.fd;
}
