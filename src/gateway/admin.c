/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/admin.h"

#include "http/h1.h"
#include "net/stream.h"
#include "net/timer.h"

#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection {
    struct admin *admin;
    struct stream *stream;
    struct timer *end;
    struct h1_parser *parser;
    struct arena arena;
    struct buf in, out;
    bool is_answered;
    LIST_ENTRY(connection) next;
};

struct admin {
    uv_loop_t *loop;
    uv_poll_t *poll; /* frees itself when the loop has let go of it */
    int fd;
    struct metrics_source metrics;
    struct access_log *access_log;
    const struct standing *standing;
    bool is_draining;
    unsigned count;
    LIST_HEAD(, connection) connections;
};

static void on_connect(uv_poll_t *poll, int status, int events);

static void set_accepting(struct admin *a) {
    if (!a->is_draining && a->count < ADMIN_CONNECTIONS)
        uv_poll_start(a->poll, UV_READABLE, on_connect);
    else
        uv_poll_stop(a->poll);
}

static void connection_free(struct connection *c) {
    LIST_REMOVE(c, next);
    c->admin->count--;
    stream_free(c->stream);
    timer_free(c->end);
    h1_free(c->parser);
    buf_fini(&c->in);
    buf_fini(&c->out);
    arena_fini(&c->arena);
    free(c);
}

/* After it the poll may go on. */
static void end(struct connection *c) {
    struct admin *a = c->admin;
    connection_free(c);
    set_accepting(a);
}

static void on_end(void *user) { end(user); }

static void write_answer(struct connection *c, int status, struct str type, struct str body,
                         bool is_head) {
    struct message m = {
        .status = status, .minor = 1, .body = BODY_LENGTH, .length = body.n, .keep_alive = false};
    c->is_answered = true;
    if (!headers_add(&c->arena, &m.headers, STR("Content-Type"), type) ||
        !headers_add(&c->arena, &m.headers, STR("Cache-Control"), STR("no-store")) ||
        (status == 405 && !headers_add(&c->arena, &m.headers, STR("Allow"), STR("GET, HEAD"))))
        c->out.failed = true;
    h1_write_response(&c->out, &m, is_head);
    if (!is_head)
        buf_add(&c->out, body);
}

static void say(struct connection *c, int status, const char *text, bool is_head) {
    write_answer(c, status, STR("text/plain; charset=utf-8"), str_of(text), is_head);
}

static void answer_metrics(struct connection *c, bool is_head) {
    struct buf text;
    struct metrics_source s = c->admin->metrics;
    s.lost_records = access_log_lost(c->admin->access_log);
    buf_init(&text, ADMIN_ANSWER_MAX - ADMIN_HEAD_MAX);
    metrics_write(&text, &s);
    if (c->admin->standing)
        standing_metrics(c->admin->standing, &text);
    if (text.failed)
        say(c, 500, "The metrics do not fit into memory.\n", is_head);
    else
        write_answer(c, 200, STR("text/plain; version=0.0.4; charset=utf-8"), buf_str(&text),
                     is_head);
    buf_fini(&text);
}

/* An app that does not stand well is no reason to send people elsewhere: 200, and a word of it. */
static void answer_ready(struct connection *c, bool is_head) {
    struct buf text;
    buf_init(&text, ADMIN_ANSWER_MAX - ADMIN_HEAD_MAX);
    buf_add(&text, STR("ready\n"));
    if (c->admin->standing)
        standing_ready(c->admin->standing, &text);
    write_answer(c, 200, STR("text/plain; charset=utf-8"), buf_str(&text), is_head);
    buf_fini(&text);
}

static void answer(struct connection *c, const struct message *m) {
    bool is_head = str_eq(m->method, STR("HEAD"));
    struct str path = str_head(m->target, str_index(m->target, '?'));
    if (!is_head && !str_eq(m->method, STR("GET")))
        say(c, 405, "Only GET and HEAD.\n", false);
    else if (str_eq(path, STR("/metrics")))
        answer_metrics(c, is_head);
    else if (str_eq(path, STR("/healthz")))
        say(c, 200, "ok\n", is_head);
    else if (str_eq(path, STR("/readyz")) && c->admin->is_draining)
        say(c, 503, "draining: the next generation serves\n", is_head);
    else if (str_eq(path, STR("/readyz")))
        answer_ready(c, is_head);
    else
        say(c, 404, "There is /metrics, /healthz and /readyz.\n", is_head);
}

/* False when nothing can come of this connection any more. */
static bool receive(struct connection *c) {
    struct message m;
    struct err e;
    size_t used, n = ADMIN_HEAD_MAX;
    char *to = buf_reserve(&c->in, &n);
    ssize_t got = to ? stream_read(c->stream, to, n) : STREAM_FAILED;
    if (got <= 0)
        return got == STREAM_AGAIN;
    buf_commit(&c->in, (size_t)got);
    enum h1_result result = h1_head(c->parser, buf_str(&c->in), &c->arena, &m, &used, &e);
    if (result == H1_READY)
        answer(c, &m);
    else if (result == H1_ERROR)
        say(c, err_info(e.code)->status, "That was no request of HTTP.\n", false);
    return true;
}

/* False when all is written, or nothing can be. */
static bool send_rest(struct connection *c) {
    while (buf_size(&c->out) > 0) {
        ssize_t n = stream_write(c->stream, buf_str(&c->out));
        if (n < 0)
            return n == STREAM_AGAIN;
        buf_consume(&c->out, (size_t)n);
    }
    return false;
}

static void on_ready(void *user, unsigned ready) {
    struct connection *c = user;
    (void)ready;
    bool goes_on = c->is_answered || receive(c);
    if (goes_on && c->is_answered) {
        goes_on = !c->out.failed && send_rest(c);
        if (!goes_on)
            stream_shutdown(c->stream);
    }
    if (goes_on)
        stream_want(c->stream, c->is_answered ? STREAM_WRITABLE : STREAM_READABLE);
    else
        end(c);
}

static void begin(struct admin *a, int fd) {
    struct connection *c = calloc(1, sizeof *c);
    if (!c) {
        close(fd);
        return;
    }
    c->admin = a;
    LIST_INSERT_HEAD(&a->connections, c, next);
    a->count++;
    arena_init(&c->arena, (size_t)4 * ADMIN_HEAD_MAX);
    buf_init(&c->in, ADMIN_HEAD_MAX);
    buf_init(&c->out, ADMIN_ANSWER_MAX);
    c->stream = stream_new(a->loop, fd, on_ready, c);
    c->end = timer_new(a->loop, on_end, c);
    c->parser = h1_new(H1_REQUEST, (struct h1_limits){.head = ADMIN_HEAD_MAX, .headers = 64});
    if (!c->stream || !c->end || !c->parser) {
        end(c);
        return;
    }
    timer_start(c->end, ADMIN_TIME_MS);
    stream_want(c->stream, STREAM_READABLE);
}

static void on_connect(uv_poll_t *poll, int status, int events) {
    struct admin *a = poll->data;
    (void)status, (void)events;
    int fd = accept4(a->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        begin(a, fd);
    set_accepting(a);
}

static void free_handle(uv_handle_t *handle) { free(handle); }

struct admin *admin_new(const struct admin_start *start) {
    struct admin *a = calloc(1, sizeof *a);
    uv_poll_t *poll = calloc(1, sizeof *poll);
    if (!a || !poll || uv_poll_init(start->loop, poll, start->fd) != 0) {
        free(a);
        free(poll);
        return NULL;
    }
    poll->data = a;
    *a = (struct admin){.loop = start->loop,
                        .poll = poll,
                        .fd = start->fd,
                        .metrics = start->metrics,
                        .access_log = start->access_log,
                        .standing = start->standing};
    LIST_INIT(&a->connections);
    set_accepting(a);
    return a;
}

void admin_drain(struct admin *a) {
    a->is_draining = true;
    set_accepting(a);
}

void admin_free(struct admin *a) {
    struct connection *c;
    if (!a)
        return;
    while ((c = LIST_FIRST(&a->connections)))
        connection_free(c); // NOLINT(clang-analyzer-unix.Malloc): because it moves the list on
    uv_close((uv_handle_t *)a->poll, free_handle);
    free(a);
}
