/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/2 on a client's connection (RFC 9113): one walk for each stream. The codec calls back from
 * inside h2_receive and h2_output alone, and neither is called from inside a walk: answers are sent
 * in the server's next turn, all of them together.
 */
#include "gateway/client_h2.h"

#include "base/clock.h"
#include "gateway/walk.h"
#include "net/timer.h"

#include <stdlib.h>

enum {
    LINGER_MS = 10000, /* for a client to read the last answers before the connection goes */
    OUTPUT_ROUNDS = 8, /* before other clients get their turn */
};

static const struct h2_calls CALLS;

static void *on_open(void *user, struct h2_stream *s, struct arena **a, struct message **m) {
    struct client_h2 *h = user;
    struct client_h2_request *r = calloc(1, sizeof *r);
    if (r) {
        r->reply = (struct reply){.calls = &CLIENT_H2_REPLY, .client = h->client};
        r->walk = walk_new(&r->reply);
    }
    if (!r || !r->walk) {
        free(r);
        return NULL;
    }
    r->stream = s;
    r->moved_us = clock_mono_tick_us();
    buf_init_secret(&r->body, H2_STREAM_WINDOW);
    *a = walk_arena(r->walk);
    *m = walk_message(r->walk);
    h->has_served = true;
    LIST_INSERT_HEAD(&h->requests, r, all);
    return r;
}

static void on_head(void *stream, const struct err *refused) {
    struct client_h2_request *r = stream;
    const struct message *m = walk_message(r->walk);
    r->is_begun = true;
    r->reply.is_head_request = str_eq(m->method, STR("HEAD"));
    r->reply.is_continue_owed = m->expects_continue;
    r->is_body_done = !message_has_content(m) || refused;
    r->is_body_ended = r->is_body_done && !m->is_connect; /* of a tunnel the client says so */
    if (refused)
        walk_refuse(r->walk, refused);
    else
        walk_begin(r->walk);
}

void client_h2_give_body(struct client_h2_request *r) {
    size_t room;
    while (buf_size(&r->body) > 0 && !r->is_answered && (room = walk_body_room(r->walk)) > 0) {
        struct str piece = str_head(buf_str(&r->body), room);
        size_t n = piece.n;
        walk_body_begins(r->walk);
        walk_body(r->walk, piece);
        buf_consume(&r->body, n);
        h2_consume(r->stream, n);
    }
    if (buf_size(&r->body) > 0 || !r->is_body_ended || r->is_body_done || r->is_answered)
        return;
    if (walk_body_room(r->walk) == 0 && !r->is_tunnel)
        return;
    r->is_body_done = true;
    walk_body_end(r->walk, r->trailers);
}

static void on_body(void *stream, struct str piece) {
    struct client_h2_request *r = stream;
    r->moved_us = r->reply.client->h2->body_us = clock_mono_tick_us();
    if (r->is_answered) { /* nobody reads it any more */
        h2_consume(r->stream, piece.n);
        return;
    }
    buf_add(&r->body, piece);
    if (r->body.failed)
        h2_reset(r->stream, H2_INTERNAL_ERROR);
    else
        client_h2_give_body(r);
}

static void on_trailers(void *stream, const struct headers *fields) {
    struct client_h2_request *r = stream;
    r->trailers = fields;
}

static void on_body_end(void *stream) {
    struct client_h2_request *r = stream;
    r->is_body_ended = true;
    client_h2_give_body(r);
}

static void on_drained(void *stream) {
    struct client_h2_request *r = stream;
    r->moved_us = clock_mono_tick_us();
    r->is_awaited = r->is_answered;
    if (!r->is_answered)
        walk_drained(r->walk);
}

static void on_closed(void *stream, uint32_t code) {
    struct client_h2_request *r = stream;
    (void)code;
    LIST_REMOVE(r, all);
    walk_free(r->walk);
    buf_fini(&r->body);
    free(r);
}

static const struct h2_calls CALLS = {
    .open = on_open,
    .head = on_head,
    .body = on_body,
    .trailers = on_trailers,
    .body_end = on_body_end,
    .drained = on_drained,
    .closed = on_closed,
};

/* What the client has sent meanwhile, if only WINDOW_UPDATE, is read and thrown away: a socket
 * closed over it would be reset, and what is still on its way to the client lost (RFC 9112 9.6). */
static void close_in_order(struct client_h2 *h) {
    struct client *c = h->client;
    h->is_closing = true;
    stream_shutdown(c->stream);
    buf_clear(&c->in);
    server_idle(c->server, c, true);
    timer_start(c->deadline, LINGER_MS);
    client_wants(c);
}

/* Sends what there is. */
static void send_all(struct client_h2 *h) {
    struct client *c = h->client;
    if (h->is_closing)
        return;
    for (int i = 0; i < OUTPUT_ROUNDS && !c->is_gone; i++) {
        if (!h->is_broken)
            h2_output(h->h2, &c->out);
        if (buf_size(&c->out) == 0 || c->out.failed)
            break;
        client_flush(c);
        if (buf_size(&c->out) > 0)
            return; /* on_flushed goes on */
    }
    if (c->out.failed)
        client_gone(c);
    else if (!h->is_broken && h2_wants_output(h->h2))
        server_turn(c->server, c);
    if ((h->is_broken || h2_is_over(h->h2)) && buf_size(&c->out) == 0 && !c->is_gone)
        close_in_order(h);
}

static void on_received(struct client *c) {
    struct client_h2 *h = c->h2;
    struct err e;
    if (h->is_closing && !h->is_broken && !h->is_late)
        timer_start(c->deadline, LINGER_MS); /* it reads on */
    if (h->is_broken || h->is_closing) {
        buf_clear(&c->in);
        return;
    }
    h->is_broken = !h2_receive(h->h2, buf_str(&c->in), clock_mono_tick_us(), &c->out, &e);
    buf_consume(&c->in, buf_size(&c->in));
    client_h2_heard(h);
    send_all(h);
    client_shrink(c);
}

static void on_ended(struct client *c) { client_gone(c); }

static void on_flushed(struct client *c, bool had_room, bool has_moved) {
    (void)had_room;
    if (has_moved && buf_size(&c->out) > 0) /* of a full socket: the client reads */
        h2_taken(c->h2->h2);
    if (buf_size(&c->out) == 0)
        server_turn(c->server, c);
}

static void on_deadline(struct client *c) {
    struct client_h2 *h = c->h2;
    bool is_over = h->is_broken || LIST_EMPTY(&h->requests);
    if (h->is_closing || (h->is_late && is_over)) { /* it does not even take the end */
        client_gone(c);
        return;
    }
    client_h2_end_late(h);
    send_all(h);
}

static void on_turn(struct client *c) {
    send_all(c->h2);
    client_h2_set_deadline(c->h2);
}

static void on_drain(struct client *c) {
    struct client_h2 *h = c->h2;
    if (h->is_closing)
        return;
    h2_shutdown(h->h2, false);
    h->is_noticed = true;
    h->since_us = clock_mono_tick_us();
    client_h2_set_deadline(h);
    server_turn(c->server, c);
}

static void on_walks(struct client *c, client_walk_fn *fn, void *user) {
    struct client_h2_request *r;
    LIST_FOREACH(r, &c->h2->requests, all)
    fn(user, r->walk);
}

static void fini(struct client *c) {
    h2_free(c->h2->h2);
    free(c->h2);
}

static const struct client_protocol PROTOCOL = {
    .name = "HTTP/2",
    .received = on_received,
    .ended = on_ended,
    .flushed = on_flushed,
    .deadline = on_deadline,
    .turn = on_turn,
    .drain = on_drain,
    .walks = on_walks,
    .fini = fini,
};

bool client_h2_start(struct client *c) {
    const struct config_limits *l = &c->server->shared->config->limits;
    struct h2_limits limits = {
        .head = l->request_head, .headers = l->headers, .streams = l->streams};
    struct client_h2 *h = calloc(1, sizeof *h);
    if (!h)
        return false;
    h->client = c;
    h->h2 = h2_new(&limits, &CALLS, h);
    if (!h->h2) {
        free(h);
        return false;
    }
    LIST_INIT(&h->requests);
    c->h2 = h;
    c->protocol = &PROTOCOL;
    client_h2_set_deadline(h);
    if (c->server->is_draining) /* it was in its handshake when another process took over */
        on_drain(c);
    return true;
}
