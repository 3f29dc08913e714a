/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/client_h2.h"

#include "base/clock.h"
#include "gateway/walk.h"
#include "http/date.h"

static struct client_h2_request *of(struct reply *r) {
    return (struct client_h2_request *)(void *)r;
}

static void later(struct client_h2_request *r) {
    server_turn(r->reply.client->server, r->reply.client);
}

/* The proof of a key that the client does not have (RFC 8441 5). */
static bool leave_out_accept(struct arena *a, const struct message *m, struct message *out) {
    out->headers = (struct headers){0};
    for (size_t i = 0; i < m->headers.count; i++) {
        const struct header *h = &m->headers.at[i];
        if (!str_eq_ci(h->name, STR("Sec-WebSocket-Accept")) &&
            !headers_add(a, &out->headers, h->name, h->value))
            return false;
    }
    return true;
}

static void on_head(struct reply *reply, const struct message *m) {
    struct client_h2_request *r = of(reply);
    struct arena *a = walk_arena(r->walk);
    struct message out = *m;
    bool is_whole =
        reply->is_head_request || m->status == 204 || m->status == 304 || m->body == BODY_NONE;
    r->is_tunnel = m->status == 101;
    if (r->is_tunnel)
        r->is_body_done = is_whole = false;
    if ((r->is_tunnel && !leave_out_accept(a, m, &out)) ||
        (!headers_get(&m->headers, STR("Date")).p &&
         !headers_add(a, &out.headers, STR("Date"), http_date(clock_wall_s()))) ||
        !h2_answer_head(r->stream, &out, is_whole))
        h2_reset(r->stream, H2_INTERNAL_ERROR);
    r->is_answered = is_whole;
    if (r->is_tunnel) /* what the client has sent already */
        client_h2_give_body(r);
    later(r);
}

static void on_interim(struct reply *reply, const struct message *m) {
    of(reply)->moved_us = clock_mono_tick_us(); /* what it may wait for ends here */
    h2_answer_interim(of(reply)->stream, m);
    later(of(reply));
}

static void on_body(struct reply *reply, struct str piece) {
    struct client_h2_request *r = of(reply);
    if (!r->is_answered)
        h2_answer_body(r->stream, piece);
}

static void on_end(struct reply *reply, const struct headers *trailers) {
    struct client_h2_request *r = of(reply);
    r->moved_us = clock_mono_tick_us();
    r->is_awaited = true;
    if (!r->is_answered)
        h2_answer_end(r->stream, trailers);
    r->is_answered = true;
    later(r);
}

static void on_cut(struct reply *reply) {
    struct client_h2_request *r = of(reply);
    r->is_answered = true;
    h2_reset(r->stream, H2_INTERNAL_ERROR);
    later(r);
}

static void on_flush(struct reply *reply) { later(of(reply)); }

static bool on_has_room(struct reply *reply) {
    struct client_h2_request *r = of(reply);
    bool has_room = r->is_answered || h2_has_room(r->stream);
    if (!has_room && !r->is_awaited)
        r->moved_us = clock_mono_tick_us();
    r->is_awaited = !has_room;
    return has_room;
}

static void on_take_body(struct reply *reply) { client_h2_give_body(of(reply)); }

const struct reply_calls CLIENT_H2_REPLY = {
    .head = on_head,
    .interim = on_interim,
    .body = on_body,
    .end = on_end,
    .cut = on_cut,
    .flush = on_flush,
    .has_room = on_has_room,
    .take_body = on_take_body,
};
