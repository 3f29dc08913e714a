/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/client.h"

#include "gateway/walk.h"
#include "net/timer.h"
#include "net/tls.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    READ_SIZE = 32 * 1024,
    READS_PER_TURN = 8,        /* before other clients get their turn */
    KEPT_SIZE = 2 * READ_SIZE, /* of buffer memory, between two requests */
    LINGER_MS = 2000,          /* for a client to read the last answer before the connection goes */
};

static void on_ready(void *user, unsigned ready);
static void on_deadline(void *user);

static void gone(struct client *c) {
    c->is_gone = true;
    server_turn(c->server, c);
}

/* One deadline, for what is waited for now; every sign of progress sets it anew. */
static void set_deadline(struct client *c, bool is_progress) {
    server_idle(c->server, c, c->state == CLIENT_IDLE);
    const struct config_limits *l = &c->server->shared->config->limits;
    bool waits_for_body = !c->is_body_done && c->walk && walk_body_room(c->walk) > 0;
    switch (c->state) {
    case CLIENT_IDLE:
        timer_start(c->deadline, c->requests ? l->keepalive_timeout_ms : l->head_timeout_ms);
        break;
    case CLIENT_HEAD:
        break; /* set when it began: drops of a head gain no time */
    case CLIENT_REQUEST:
        if (!waits_for_body && buf_size(&c->out) == 0)
            timer_stop(c->deadline); /* we wait for ourselves */
        else if (is_progress || !c->is_awaited)
            timer_start(c->deadline, l->body_timeout_ms);
        c->is_awaited = waits_for_body || buf_size(&c->out) > 0;
        break;
    case CLIENT_CLOSING:
        break; /* set once, for good */
    }
}

static void set_wants(struct client *c) {
    unsigned directions = 0;
    if (buf_room(&c->in) > 0)
        directions |= STREAM_READABLE;
    if (buf_size(&c->out) > 0)
        directions |= STREAM_WRITABLE;
    stream_want(c->stream, directions);
}

static bool init(struct client *c, struct server *s, int fd, struct tls_server *tls) {
    const struct config_limits *l = &s->shared->config->limits;
    c->stream = stream_new(s->loop, fd, on_ready, c);
    c->deadline = timer_new(s->loop, on_deadline, c);
    c->parser =
        h1_new(H1_REQUEST, (struct h1_limits){.head = l->request_head, .headers = l->headers});
    return c->stream && c->deadline && c->parser && stream_tls_accept(c->stream, tls);
}

void client_accept(struct server *s, int fd, struct tls_server *tls,
                   const union resolve_address *peer) {
    size_t head = s->shared->config->limits.request_head;
    struct client *c = calloc(1, sizeof *c);
    if (!c) {
        close(fd);
        return;
    }
    c->server = s;
    c->id = s->next_client++;
    c->peer = *peer;
    bool is_v6 = peer->any.sa_family == AF_INET6;
    inet_ntop(peer->any.sa_family,
              is_v6 ? (const void *)&peer->v6.sin6_addr : (const void *)&peer->v4.sin_addr,
              c->peer_text, sizeof c->peer_text);
    /* Both may hold a password or a cookie. */
    buf_init_secret(&c->in, head + READ_SIZE);
    buf_init_secret(&c->out, 1024 * 1024);
    server_add(s, c);
    if (!init(c, s, fd, tls)) {
        client_free(c);
        return;
    }
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    c->state = CLIENT_IDLE;
    set_deadline(c, true);
    set_wants(c);
}

void client_free(struct client *c) {
    walk_free(c->walk);
    stream_free(c->stream);
    timer_free(c->deadline);
    h1_free(c->parser);
    buf_fini(&c->in);
    buf_fini(&c->out);
    server_remove(c->server, c);
    free(c);
}

static void begin_request(struct client *c, const struct message *m) {
    c->state = CLIENT_REQUEST;
    c->requests++;
    c->body = m->body;
    c->is_body_done = m->body == BODY_NONE;
    c->is_continue_owed = m->expects_continue && !c->is_body_done;
    /* Never for HTTP/1.0 (RFC 9112 9.3). */
    c->keeps_alive = m->keep_alive && m->minor >= 1 && !c->server->is_draining;
    c->is_head_request = str_eq(m->method, STR("HEAD"));
    c->is_answer_begun = c->is_answered = c->is_awaited = false;
    set_deadline(c, true);
    walk_begin(c->walk);
}

/* What cannot be read is answered, and then nothing more is read from this client. */
static void refuse(struct client *c, const struct err *e) {
    c->state = CLIENT_REQUEST;
    c->requests++;
    c->is_body_done = true;
    c->keeps_alive = c->is_head_request = c->is_answer_begun = c->is_answered = false;
    c->is_awaited = false;
    walk_refuse(c->walk, e);
}

static void process_head(struct client *c) {
    struct err e;
    size_t used = 0;
    if (buf_size(&c->in) == 0)
        return;
    if (!c->walk && !(c->walk = walk_new(c))) {
        gone(c);
        return;
    }
    if (c->state == CLIENT_IDLE) {
        c->state = CLIENT_HEAD;
        server_idle(c->server, c, false);
        timer_start(c->deadline, c->server->shared->config->limits.head_timeout_ms);
    }
    struct message *m = walk_message(c->walk);
    enum h1_result result = h1_head(c->parser, buf_str(&c->in), walk_arena(c->walk), m, &used, &e);
    buf_consume(&c->in, result == H1_READY ? used : 0);
    if (result == H1_READY)
        begin_request(c, m);
    else if (result == H1_ERROR)
        refuse(c, &e);
}

static void owe_continue(struct client *c) {
    if (!c->is_continue_owed)
        return;
    c->is_continue_owed = false;
    if (!c->is_answer_begun && buf_size(&c->in) == 0) {
        buf_add(&c->out, STR("HTTP/1.1 100 Continue\r\n\r\n"));
        client_flush(c);
    }
}

static void process_body(struct client *c) {
    size_t room;
    while (c->state == CLIENT_REQUEST && !c->is_body_done && !c->is_answered && !c->is_gone &&
           (room = walk_body_room(c->walk)) > 0) {
        struct err e;
        struct str piece = STR_NONE;
        size_t used = 0;
        owe_continue(c);
        enum h1_result result =
            h1_body(c->parser, str_head(buf_str(&c->in), room), &piece, &used, &e);
        if (piece.n > 0)
            walk_body(c->walk, piece);
        buf_consume(&c->in, used);
        if (result == H1_DONE) {
            c->is_body_done = true;
            walk_body_end(c->walk);
        } else if (result == H1_ERROR) {
            c->keeps_alive = false;
            walk_body_failed(c->walk, &e);
            return;
        }
        if (result == H1_MORE && buf_size(&c->in) == 0)
            return;
        if (used == 0 && result != H1_DONE)
            return;
    }
}

static void process(struct client *c) {
    switch (c->state) {
    case CLIENT_IDLE:
    case CLIENT_HEAD:
        process_head(c);
        break;
    case CLIENT_REQUEST:
        process_body(c);
        break;
    case CLIENT_CLOSING:
        buf_clear(&c->in);
        break;
    }
}

static void readable(struct client *c) {
    for (int i = 0; i < READS_PER_TURN && !c->is_gone; i++) {
        size_t room = READ_SIZE;
        char *to = buf_reserve(&c->in, &room);
        if (!to)
            return; /* the rest waits in the socket until there is room */
        ssize_t n = stream_read(c->stream, to, room);
        if (n == STREAM_AGAIN)
            return;
        if (n <= 0) {
            gone(c); /* nobody is there any more to be answered */
            return;
        }
        buf_commit(&c->in, (size_t)n);
        process(c);
        set_deadline(c, true);
    }
    stream_want(c->stream, 0); /* wanted anew: TLS may hold more than the socket shows */
}

void client_flush(struct client *c) {
    bool had_room = client_has_room(c), has_moved = false;
    while (buf_size(&c->out) > 0 && !c->is_gone) {
        ssize_t n = stream_write(c->stream, buf_str(&c->out));
        if (n == STREAM_AGAIN)
            break;
        if (n == STREAM_FAILED) {
            gone(c);
            return;
        }
        buf_consume(&c->out, (size_t)n);
        has_moved = true;
    }
    if (c->out.failed)
        gone(c);
    if (c->state == CLIENT_REQUEST)
        set_deadline(c, has_moved);
    if (!had_room && client_has_room(c) && c->walk && !c->is_answered)
        walk_drained(c->walk);
    if (c->is_answered && buf_size(&c->out) == 0)
        server_turn(c->server, c);
    set_wants(c);
}

static void on_ready(void *user, unsigned ready) {
    struct client *c = user;
    if (ready & STREAM_WRITABLE)
        client_flush(c);
    if (ready & STREAM_READABLE && !c->is_gone)
        readable(c);
    if (!c->is_gone)
        set_wants(c);
}

static void on_deadline(void *user) {
    struct client *c = user;
    struct err e;
    if (c->is_gone)
        return;
    err_set(&e, ERR_HTTP_TIMEOUT, "the client %s was silent for too long", c->peer_text);
    if (c->state == CLIENT_HEAD) {
        refuse(c, &e);
    } else if (c->state == CLIENT_REQUEST && !c->is_answer_begun && !c->is_body_done) {
        c->keeps_alive = false;
        walk_body_failed(c->walk, &e);
    } else {
        gone(c);
    }
}

void client_take_body(struct client *c) {
    process_body(c);
    set_deadline(c, true);
    set_wants(c);
}

bool client_has_room(const struct client *c) { return buf_size(&c->out) < 128 * 1024; }

/* Many clients that wait must not hold what one large answer took. */
static void shrink(struct buf *b) {
    if (buf_size(b) == 0 && b->capacity > KEPT_SIZE)
        buf_fini(b);
}

/* The end of a request: either the next, or the end of the connection, told so that the client can
 * read the answer before it meets a reset (RFC 9112 9.6). */
static void next_request(struct client *c) {
    bool is_another = c->keeps_alive && c->is_body_done && !c->server->is_draining;
    walk_free(c->walk);
    c->walk = NULL;
    c->is_answered = false;
    if (!is_another) {
        c->state = CLIENT_CLOSING;
        stream_shutdown(c->stream);
        buf_clear(&c->in);
        timer_start(c->deadline, LINGER_MS);
        set_wants(c);
        return;
    }
    shrink(&c->in);
    shrink(&c->out);
    h1_reset(c->parser);
    c->state = CLIENT_IDLE;
    set_deadline(c, true);
    process(c);
    if (!c->is_gone)
        set_wants(c);
}

void client_turn(struct client *c) {
    if (c->is_gone)
        client_free(c);
    else if (c->is_answered && buf_size(&c->out) == 0)
        next_request(c);
}

void client_drain(struct client *c) {
    c->keeps_alive = false;
    if (c->state == CLIENT_IDLE)
        gone(c);
}
