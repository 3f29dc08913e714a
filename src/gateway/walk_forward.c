/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"
#include "base/secret.h"
#include "gateway/forward.h"
#include "gateway/walk_state.h"

/* An exchange may go on for a moment after its walk has answered with an error of the client's. */
static bool is_over(const struct walk *w) { return w->stage != WALK_EXCHANGES; }

static void on_head(void *user, const struct message *m) {
    struct walk *w = user;
    if (is_over(w))
        return;
    w->activity.status = m->status;
    reply_head(w->reply, m);
}

static void on_interim(void *user, const struct message *m) {
    struct walk *w = user;
    if (is_over(w))
        return;
    reply_interim(w->reply, m);
    reply_flush(w->reply);
}

static void on_body(void *user, struct str piece) {
    struct walk *w = user;
    if (is_over(w))
        return;
    w->activity.bytes_out += piece.n;
    reply_body(w->reply, piece);
    if (!reply_has_room(w->reply))
        reply_flush(w->reply);
    if (!reply_has_room(w->reply) && !w->is_paused) {
        w->is_paused = true;
        exchange_pause(w->exchange);
    }
}

static void on_flush(void *user) {
    struct walk *w = user;
    if (is_over(w))
        return;
    reply_flush(w->reply);
}

static void on_drain(void *user) {
    struct walk *w = user;
    if (is_over(w))
        return;
    reply_take_body(w->reply);
}

static void on_end(void *user, const struct headers *trailers) {
    struct walk *w = user;
    if (is_over(w))
        return;
    w->stage = WALK_ANSWERING;
    reply_end(w->reply, trailers);
}

/* An own ticket that the domain does not take any more is like a session that is over. */
static void fail(struct walk *w, const struct err *e) {
    if (e->code == ERR_SIGN_IN_REQUIRED && !w->reply->is_answer_begun)
        walk_divert(w, e);
    else
        walk_fail(w, e);
}

static void on_fail(void *user, const struct err *e) {
    struct walk *w = user;
    if (is_over(w))
        return;
    fail(w, e);
}

static const struct exchange_calls CALLS = {
    .head = on_head,
    .interim = on_interim,
    .body = on_body,
    .flush = on_flush,
    .drain = on_drain,
    .end = on_end,
    .fail = on_fail,
};

bool walk_is_body_too_large(const struct walk *w, uint64_t size) {
    uint64_t max = w->server->shared->config->limits.request_body;
    return max > 0 && size > max && !w->forward.upgrade;
}

void walk_refuse_body(struct walk *w) {
    struct err e;
    err_set(&e, ERR_HTTP_BODY_TOO_LARGE, "a request's body is longer than %zu bytes",
            w->server->shared->config->limits.request_body);
    err_hint(&e, "Raise gateway.limits.request_body if an application needs such long ones.");
    w->reply->is_last = true;
    walk_fail(w, &e);
}

/* For a client that has none: HTTP/2 (RFC 8441 5). */
static struct str websocket_key(struct walk *w) {
    unsigned char random[16];
    struct buf text;
    if (!w->message.upgrade)
        return STR_NONE;
    buf_init(&text, 32);
    secret_random(random, sizeof random);
    encode_base64(&text, str_n((const char *)random, sizeof random));
    struct str key = arena_str(&w->arena, buf_str(&text));
    buf_fini(&text);
    return key;
}

void walk_forward(struct walk *w, const struct identity *who) {
    struct err e;
    struct forward f = {.config = w->server->shared->config,
                        .app = w->app,
                        .message = &w->message,
                        .target = &w->target,
                        .peer = w->peer_text,
                        .websocket_key = websocket_key(w)};
    if (!forward_message(&w->arena, &f, &w->forward)) {
        err_set(&e, ERR_NO_MEMORY, "a request's headers do not fit its memory");
        walk_fail(w, &e);
        return;
    }
    if (w->message.body == BODY_LENGTH && walk_is_body_too_large(w, w->message.length)) {
        walk_refuse_body(w);
        return;
    }
    if (!who && headers_get(&w->forward.headers, STR("Authorization")).p)
        w->client->has_signed_in = true;
    struct exchange_request r = {.app = w->app,
                                 .identity = who,
                                 .client = w->client->id,
                                 .has_signed_in = w->client->has_signed_in,
                                 .message = &w->forward,
                                 .activity = &w->activity};
    w->stage = WALK_EXCHANGES;
    w->exchange = exchange_start(w->server->connector, &r, &CALLS, w, &e);
    if (w->exchange)
        return;
    w->stage = WALK_DECIDING;
    fail(w, &e);
}

void walk_forward_end(struct walk *w, const struct headers *trailers) {
    if (forward_trailers(&w->arena, w->server->shared->config, trailers, &w->trailers))
        exchange_finish(w->exchange, trailers ? &w->trailers : NULL);
    else
        walk_fail_memory(w);
}

void walk_drained(struct walk *w) {
    if (!w->is_paused)
        return;
    w->is_paused = false;
    exchange_resume(w->exchange);
}
