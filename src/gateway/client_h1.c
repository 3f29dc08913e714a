/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/1.1 on a client's connection (RFC 9112): requests one after the other, and their answers.
 */
#include "gateway/client_h1.h"

#include "gateway/walk.h"
#include "net/timer.h"

#include <stdlib.h>

enum { LINGER_MS = 2000 }; /* for a client to read the last answer before the connection goes */

/* One deadline, for what is waited for now; every sign of progress sets it anew. */
static void set_deadline(struct client_h1 *h, bool is_progress) {
    struct client *c = h->client;
    server_idle(c->server, c, h->state == H1_CLIENT_IDLE);
    const struct config_limits *l = &c->server->shared->config->limits;
    bool waits_for_body = !h->is_body_done && !h->is_tunnel && !h->reply.is_continue_owed &&
                          h->walk && walk_body_room(h->walk) > 0;
    switch (h->state) {
    case H1_CLIENT_IDLE:
        timer_start(c->deadline, h->requests ? l->keepalive_timeout_ms : l->head_timeout_ms);
        break;
    case H1_CLIENT_HEAD:
        break; /* set when it began: drops of a head gain no time */
    case H1_CLIENT_REQUEST:
        if (!waits_for_body && buf_size(&c->out) == 0)
            timer_stop(c->deadline); /* we wait for ourselves */
        else if (is_progress || !h->is_awaited)
            timer_start(c->deadline, l->body_timeout_ms);
        h->is_awaited = waits_for_body || buf_size(&c->out) > 0;
        break;
    case H1_CLIENT_CLOSING:
        break; /* set once, for good */
    }
}

static void begin_request(struct client_h1 *h, const struct message *m) {
    h->state = H1_CLIENT_REQUEST;
    h->requests++;
    h->is_body_done = !message_has_content(m);
    h->reply.is_continue_owed = m->expects_continue && buf_size(&h->client->in) == 0;
    /* Never for HTTP/1.0 (RFC 9112 9.3). */
    h->reply.is_last = !m->keep_alive || m->minor < 1 || h->client->server->is_draining;
    h->reply.is_head_request = str_eq(m->method, STR("HEAD"));
    h->reply.is_answer_begun = h->is_answered = h->is_awaited = false;
    set_deadline(h, true);
    walk_begin(h->walk);
}

/* Also of one that cannot be read to its end, and behind an empty line (RFC 9112 2.2). */
static bool begins_with_head(struct str in) {
    struct str line = str_starts(in, STR("\r\n")) ? str_from(in, 2) : in;
    return str_starts(line, STR("HEAD "));
}

/* What cannot be read is answered, and then nothing more is read from this client. */
static void refuse(struct client_h1 *h, const struct err *e) {
    h->state = H1_CLIENT_REQUEST;
    h->requests++;
    h->is_body_done = h->reply.is_last = true;
    h->reply.is_head_request = begins_with_head(buf_str(&h->client->in)); /* RFC 9110 9.3.2 */
    h->reply.is_answer_begun = h->is_answered = false;
    h->is_awaited = false;
    walk_refuse(h->walk, e);
}

/* From the first byte of a request to its end: who waits costs none. */
static bool has_parser(struct client_h1 *h) {
    const struct config_limits *l = &h->client->server->shared->config->limits;
    if (!h->parser)
        h->parser =
            h1_new(H1_REQUEST, (struct h1_limits){.head = l->request_head, .headers = l->headers});
    return h->parser;
}

/* An empty line behind the last request, as old clients send it, begins no other (RFC 9112 2.2). */
static bool is_request_awaited(const struct client_h1 *h) {
    struct str in = buf_str(&h->client->in);
    bool is_empty_line = str_eq(in, STR("\r")) || str_eq(in, STR("\r\n"));
    return in.n == 0 || (h->state == H1_CLIENT_IDLE && is_empty_line);
}

static void process_head(struct client_h1 *h) {
    struct client *c = h->client;
    struct err e;
    size_t used = 0;
    if (is_request_awaited(h))
        return;
    if ((!h->walk && !(h->walk = walk_new(&h->reply))) || !has_parser(h)) {
        client_gone(c);
        return;
    }
    if (h->state == H1_CLIENT_IDLE) {
        h->state = H1_CLIENT_HEAD;
        server_idle(c->server, c, false);
        timer_start(c->deadline, c->server->shared->config->limits.head_timeout_ms);
    }
    struct message *m = walk_message(h->walk);
    enum h1_result result = h1_head(h->parser, buf_str(&c->in), walk_arena(h->walk), m, &used, &e);
    buf_consume(&c->in, result == H1_READY ? used : 0);
    if (result == H1_READY)
        begin_request(h, m);
    else if (result == H1_ERROR)
        refuse(h, &e);
}

static enum h1_result next_piece(struct client_h1 *h, size_t room, struct str *piece, size_t *used,
                                 struct err *e) {
    struct str in = str_head(buf_str(&h->client->in), room);
    if (!h->is_tunnel)
        return h1_body(h->parser, in, piece, used, e);
    *piece = in;
    *used = in.n;
    return in.n ? H1_READY : H1_MORE;
}

static void body_done(struct client_h1 *h) {
    struct err e;
    struct headers trailers = {0};
    h->is_body_done = true;
    if (h1_trailers(h->parser, &walk_message(h->walk)->headers, walk_arena(h->walk), &trailers, &e))
        walk_body_end(h->walk, trailers.count ? &trailers : NULL);
    else
        walk_body_failed(h->walk, &e);
}

static void process_body(struct client_h1 *h) {
    struct client *c = h->client;
    size_t room;
    while (h->state == H1_CLIENT_REQUEST && !h->is_body_done && !h->is_answered && !c->is_gone &&
           (room = walk_body_room(h->walk)) > 0) {
        struct err e;
        struct str piece = STR_NONE;
        size_t used = 0;
        enum h1_result result = next_piece(h, room, &piece, &used, &e);
        if (used > 0 && !h->is_tunnel)
            walk_body_begins(h->walk);
        if (piece.n > 0)
            walk_body(h->walk, piece);
        buf_consume(&c->in, used);
        if (result == H1_DONE) {
            body_done(h);
        } else if (result == H1_ERROR) {
            h->reply.is_last = true;
            walk_body_failed(h->walk, &e);
            return;
        }
        if (result == H1_MORE && buf_size(&c->in) == 0)
            return;
        if (used == 0 && result != H1_DONE)
            return;
    }
}

static void process(struct client_h1 *h) {
    switch (h->state) {
    case H1_CLIENT_IDLE:
    case H1_CLIENT_HEAD:
        process_head(h);
        break;
    case H1_CLIENT_REQUEST:
        process_body(h);
        break;
    case H1_CLIENT_CLOSING:
        buf_clear(&h->client->in);
        break;
    }
}

void client_h1_tunnel(struct client_h1 *h) {
    h->is_tunnel = true;
    h->is_body_done = false;
    process_body(h);
}

/* The client's end of it, once all that it sent before is on its way (RFC 9110 9.3.6). */
static void end_tunnel(struct client_h1 *h) {
    if (!h->is_tunnel || h->is_body_done || !h->client->is_deaf || buf_size(&h->client->in) > 0)
        return;
    h->is_body_done = true;
    walk_body_end(h->walk, NULL);
}

void client_h1_take_body(struct client_h1 *h) {
    process_body(h);
    end_tunnel(h);
    set_deadline(h, true);
    client_wants(h->client);
}

static void on_received(struct client *c) {
    process(c->h1);
    set_deadline(c->h1, true);
}

/* Half a connection is enough for the rest of a tunnel only. */
static void on_ended(struct client *c) {
    struct client_h1 *h = c->h1;
    c->is_deaf = true;
    if (h->is_tunnel && !h->is_body_done)
        end_tunnel(h);
    else
        client_gone(c);
}

static void on_flushed(struct client *c, bool had_room, bool has_moved) {
    struct client_h1 *h = c->h1;
    if (h->state == H1_CLIENT_REQUEST)
        set_deadline(h, has_moved);
    if (!had_room && client_has_room(c) && h->walk && !h->is_answered)
        walk_drained(h->walk);
    if (h->is_answered && buf_size(&c->out) == 0)
        server_turn(c->server, c);
}

static void on_deadline(struct client *c) {
    struct client_h1 *h = c->h1;
    struct err e;
    client_silent(c, &e);
    if (h->state == H1_CLIENT_HEAD) {
        refuse(h, &e);
    } else if (h->state == H1_CLIENT_REQUEST && !h->reply.is_answer_begun && !h->is_body_done) {
        h->reply.is_last = true;
        walk_body_failed(h->walk, &e);
    } else if (h->state == H1_CLIENT_REQUEST) {
        client_h1_cut(h);
    } else {
        client_gone(c);
    }
}

/* The end of a request: either the next, or the end of the connection, told so that the client can
 * read the answer before it meets a reset (RFC 9112 9.6). */
static void next_request(struct client_h1 *h) {
    struct client *c = h->client;
    bool is_ended = c->server->is_draining && !c->server->is_handing_over;
    bool is_another = !h->reply.is_last && h->is_body_done && !is_ended;
    walk_free(h->walk);
    h->walk = NULL;
    h->is_answered = false;
    if (!is_another) {
        h->state = H1_CLIENT_CLOSING;
        stream_shutdown(c->stream);
        buf_clear(&c->in);
        timer_start(c->deadline, LINGER_MS);
        client_wants(c);
        return;
    }
    client_shrink(c);
    h1_free(h->parser);
    h->parser = NULL;
    h->state = H1_CLIENT_IDLE;
    set_deadline(h, true);
    process(h);
    client_wants(c);
}

static void on_turn(struct client *c) {
    if (c->h1->is_answered && buf_size(&c->out) == 0)
        next_request(c->h1);
}

/* An answer that has begun without saying that it is the last is followed by one that says so:
 * begin_request and the head see to that. */
static void on_drain(struct client *c) {
    if (c->h1->state == H1_CLIENT_IDLE && !c->server->is_handing_over)
        client_gone(c);
}

static void on_walks(struct client *c, client_walk_fn *fn, void *user) {
    if (c->h1->walk)
        fn(user, c->h1->walk);
}

static void fini(struct client *c) {
    walk_free(c->h1->walk);
    h1_free(c->h1->parser);
    free(c->h1);
}

static const struct client_protocol PROTOCOL = {
    .name = "HTTP/1.1",
    .received = on_received,
    .ended = on_ended,
    .flushed = on_flushed,
    .deadline = on_deadline,
    .turn = on_turn,
    .drain = on_drain,
    .walks = on_walks,
    .fini = fini,
};

bool client_h1_start(struct client *c) {
    struct client_h1 *h = calloc(1, sizeof *h);
    if (!h)
        return false;
    h->client = c;
    h->reply = (struct reply){.calls = &CLIENT_H1_REPLY, .client = c};
    c->h1 = h;
    c->protocol = &PROTOCOL;
    set_deadline(h, true);
    return true;
}
