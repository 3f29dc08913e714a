/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/client_h1.h"

#include "base/clock.h"
#include "gateway/walk.h"
#include "http/date.h"

static struct client_h1 *of(struct reply *r) { return r->client->h1; }

/* How the end of the body is told to this client: as it came, or chunked when it came by the end of
 * a connection; HTTP/1.0 knows no chunks (RFC 9112 6.1). */
static enum body_kind body_for(const struct message *m, int minor) {
    if (m->body != BODY_CHUNKED && m->body != BODY_UNTIL_CLOSE)
        return m->body;
    return minor >= 1 ? BODY_CHUNKED : BODY_UNTIL_CLOSE;
}

void client_h1_cut(struct client_h1 *h) {
    if (h->answer_body == BODY_UNTIL_CLOSE && !h->is_tunnel)
        stream_will_reset(h->client->stream);
    client_gone(h->client);
}

static void on_cut(struct reply *r) { client_h1_cut(of(r)); }

/* From the answer on the connection is not HTTP any more (RFC 9110 7.8). */
static void switch_protocols(struct client_h1 *h, const struct message *m) {
    struct client *c = h->client;
    h->reply.is_last = true;
    h->answer_body = BODY_UNTIL_CLOSE;
    h1_write_response(&c->out, m, false);
    if (c->out.failed)
        on_cut(&h->reply);
    else
        client_h1_tunnel(h);
}

static void on_head(struct reply *r, const struct message *m) {
    struct client_h1 *h = of(r);
    struct client *c = h->client;
    struct message out = *m;
    out.minor = 1;
    if (m->status == 101) {
        switch_protocols(h, &out);
        return;
    }
    out.body = body_for(m, walk_message(h->walk)->minor);
    /* A body that nobody reads to its end leaves the connection in between (RFC 9112 9.3). */
    if (out.body == BODY_UNTIL_CLOSE || !h->is_body_done || c->server->is_draining)
        r->is_last = true;
    out.keep_alive = !r->is_last;
    h->answer_body = out.body;
    if (!headers_get(&m->headers, STR("Date")).p &&
        !headers_add(walk_arena(h->walk), &out.headers, STR("Date"), http_date(clock_wall_s())))
        c->out.failed = true;
    h1_write_response(&c->out, &out, r->is_head_request);
    if (c->out.failed)
        on_cut(r);
}

/* HTTP/1.0 knows none (RFC 9110 15.2). */
static void on_interim(struct reply *r, const struct message *m) {
    struct client_h1 *h = of(r);
    struct message out = *m;
    if (walk_message(h->walk)->minor < 1)
        return;
    out.minor = 1;
    out.keep_alive = true;
    h1_write_response(&h->client->out, &out, false);
    if (h->client->out.failed)
        on_cut(r);
}

static void on_body(struct reply *r, struct str piece) {
    struct client_h1 *h = of(r);
    struct client *c = h->client;
    if (r->is_head_request || piece.n == 0)
        return;
    if (h->answer_body == BODY_CHUNKED)
        h1_write_chunk(&c->out, piece);
    else
        buf_add(&c->out, piece);
    if (c->out.failed)
        on_cut(r);
}

static void on_end(struct reply *r, const struct headers *trailers) {
    struct client_h1 *h = of(r);
    if (h->answer_body == BODY_CHUNKED && !r->is_head_request)
        h1_write_last_chunk(&h->client->out, trailers);
    h->is_answered = true;
    if (!h->is_body_done)
        r->is_last = true;
    client_flush(h->client);
}

static void on_flush(struct reply *r) { client_flush(r->client); }

static bool on_has_room(struct reply *r) { return client_has_room(r->client); }

static void on_take_body(struct reply *r) { client_h1_take_body(of(r)); }

const struct reply_calls CLIENT_H1_REPLY = {
    .head = on_head,
    .interim = on_interim,
    .body = on_body,
    .end = on_end,
    .cut = on_cut,
    .flush = on_flush,
    .has_room = on_has_room,
    .take_body = on_take_body,
};
