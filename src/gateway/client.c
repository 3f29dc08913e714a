/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/client.h"

#include "gateway/badge.h"
#include "gateway/client_proxy.h"
#include "gateway/peer.h"

#include "net/timer.h"
#include "net/tls.h"

#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    READ_SIZE = 32 * 1024,
    READS_PER_TURN = 8, /* before other clients get their turn */
    OUT_MAX = 1024 * 1024,
    OUT_ENOUGH = 128 * 1024,
};

static void on_ready(void *user, unsigned ready);

static void on_deadline(void *user) {
    struct client *c = user;
    if (c->is_gone)
        return;
    if (c->protocol)
        c->protocol->deadline(c);
    else
        client_gone(c);
}

void client_gone(struct client *c) {
    c->is_gone = true;
    server_turn(c->server, c);
}

bool client_has_room(const struct client *c) { return buf_size(&c->out) < OUT_ENOUGH; }

void client_wants(struct client *c) {
    unsigned directions = 0;
    if (c->is_gone)
        return;
    if (buf_room(&c->in) > 0 && !c->is_deaf)
        directions |= STREAM_READABLE;
    if (buf_size(&c->out) > 0)
        directions |= STREAM_WRITABLE;
    stream_want(c->stream, directions);
}

static bool is_tls(const struct client *c) { return !c->listen || c->listen->mode == LISTEN_HTTPS; }

/* TLS, or HTTP at once. */
static bool start(struct client *c) {
    return is_tls(c) ? stream_tls_accept(c->stream, c->tls) : client_h1_start(c);
}

static bool init(struct client *c, int fd) {
    c->stream = stream_new(c->server->loop, fd, on_ready, c);
    c->deadline = timer_new(c->server->loop, on_deadline, c);
    if (!c->stream || !c->deadline)
        return false;
    c->awaits_proxy = client_proxy_is_due(c);
    return c->awaits_proxy || start(c);
}

void client_accept(struct server *s, int fd, const struct client_source *from) {
    const struct config_limits *l = &s->shared->config->limits;
    struct client *c = calloc(1, sizeof *c);
    if (!c) {
        close(fd);
        return;
    }
    c->server = s;
    c->listen = from->listen;
    c->id = s->next_client++;
    c->peer = from->peer;
    c->tls = from->tls;
    /* Both may hold a password or a cookie. */
    buf_init_secret(&c->in, l->request_head + READ_SIZE);
    buf_init_secret(&c->out, OUT_MAX);
    server_add(s, c);
    if (!init(c, fd)) {
        client_free(c);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (!c->protocol) {
        server_idle(s, c, true);
        timer_start(c->deadline, l->head_timeout_ms); /* the handshake */
    }
    client_wants(c);
}

void client_free(struct client *c) {
    if (c->protocol)
        c->protocol->fini(c);
    badges_fini(c);
    stream_free(c->stream);
    timer_free(c->deadline);
    buf_fini(&c->in);
    buf_fini(&c->out);
    server_remove(c->server, c);
    free(c);
}

void client_silent(const struct client *c, struct err *e) {
    char text[INET6_ADDRSTRLEN];
    peer_text(&c->peer, text);
    err_set(e, ERR_HTTP_TIMEOUT, "the client %s was silent for too long", text);
}

static bool start_protocol(struct client *c) {
    return stream_protocol(c->stream) == TLS_HTTP2 ? client_h2_start(c) : client_h1_start(c);
}

/* False when nothing more is to be read for now. */
static bool pass_proxy(struct client *c) {
    enum client_proxy result = client_proxy_read(c);
    c->awaits_proxy = result == CLIENT_PROXY_MORE;
    if (result == CLIENT_PROXY_FAILED || (result == CLIENT_PROXY_DONE && !start(c)))
        client_gone(c);
    return result == CLIENT_PROXY_DONE && !c->is_gone;
}

/* Clients wait most of their time, and there are many: what waits costs no buffer. */
static void shrink(struct buf *b) {
    if (buf_size(b) == 0)
        buf_fini(b);
}

void client_shrink(struct client *c) {
    shrink(&c->in);
    shrink(&c->out);
}

static void readable(struct client *c) {
    if (c->awaits_proxy && !pass_proxy(c))
        return;
    for (int i = 0; i < READS_PER_TURN && !c->is_gone && !c->is_deaf; i++) {
        size_t room = READ_SIZE;
        char *to = buf_reserve(&c->in, &room);
        if (!to)
            return; /* the rest waits in the socket until there is room */
        ssize_t n = stream_read(c->stream, to, room);
        if (n == STREAM_AGAIN) {
            client_shrink(c); /* of TLS alone: the buffer stayed empty */
            return;
        }
        if (n == 0 && c->protocol) {
            c->protocol->ended(c);
            return;
        }
        if (n <= 0) {
            client_gone(c); /* nobody is there any more to be answered */
            return;
        }
        buf_commit(&c->in, (size_t)n);
        if (!c->protocol && !start_protocol(c)) {
            client_gone(c);
            return;
        }
        c->protocol->received(c);
        shrink(&c->in); /* the next read, of whatever client, has the same memory again */
        if (stream_is_drained(c->stream))
            return;
    }
    if (!c->is_gone)
        stream_want(c->stream, 0); /* wanted anew: TLS may hold more than the socket shows */
}

void client_flush(struct client *c) {
    bool had_room = client_has_room(c), has_moved = false;
    while (buf_size(&c->out) > 0 && !c->is_gone) {
        ssize_t n = stream_write(c->stream, buf_str(&c->out));
        if (n == STREAM_AGAIN)
            break;
        if (n == STREAM_FAILED) {
            client_gone(c);
            return;
        }
        buf_consume(&c->out, (size_t)n);
        has_moved = true;
    }
    if (c->out.failed)
        client_gone(c);
    if (c->protocol)
        c->protocol->flushed(c, had_room, has_moved);
    client_wants(c);
}

static void on_ready(void *user, unsigned ready) {
    struct client *c = user;
    if (ready & STREAM_WRITABLE)
        client_flush(c);
    if (ready & STREAM_READABLE && !c->is_gone)
        readable(c);
    client_wants(c);
}

void client_turn(struct client *c) {
    if (c->is_gone)
        client_free(c);
    else if (c->protocol)
        c->protocol->turn(c);
}

void client_drain(struct client *c) {
    if (c->protocol)
        c->protocol->drain(c);
    else if (!c->server->is_handing_over)
        client_gone(c);
    /* else it was ours before the other process took over: its handshake ends, and its first
     * request is answered, here */
}
