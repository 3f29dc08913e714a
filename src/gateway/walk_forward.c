/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/forward.h"
#include "gateway/walk_state.h"

/* An exchange may go on for a moment after its walk has answered with an error of the client's. */
static bool is_over(const struct walk *w) { return w->stage != WALK_EXCHANGES; }

static void on_head(void *user, const struct message *m) {
    struct walk *w = user;
    if (is_over(w))
        return;
    w->activity.status = m->status;
    client_answer_head(w->client, m);
}

static void on_body(void *user, struct str piece) {
    struct walk *w = user;
    if (is_over(w))
        return;
    w->activity.bytes_out += piece.n;
    client_answer_body(w->client, piece);
    if (!client_has_room(w->client))
        client_flush(w->client);
    if (!client_has_room(w->client) && !w->is_paused) {
        w->is_paused = true;
        exchange_pause(w->exchange);
    }
}

static void on_flush(void *user) {
    struct walk *w = user;
    if (is_over(w))
        return;
    client_flush(w->client);
}

static void on_drain(void *user) {
    struct walk *w = user;
    if (is_over(w))
        return;
    client_take_body(w->client);
}

static void on_end(void *user) {
    struct walk *w = user;
    if (is_over(w))
        return;
    w->stage = WALK_ANSWERING;
    client_answer_end(w->client);
}

static void on_fail(void *user, const struct err *e) {
    struct walk *w = user;
    if (is_over(w))
        return;
    walk_fail(w, e);
}

static const struct exchange_calls CALLS = {
    .head = on_head,
    .body = on_body,
    .flush = on_flush,
    .drain = on_drain,
    .end = on_end,
    .fail = on_fail,
};

void walk_forward(struct walk *w, const struct identity *who) {
    struct err e;
    struct forward f = {
        .app = w->app, .message = &w->message, .target = &w->target, .peer = w->client->peer_text};
    if (!forward_message(&w->arena, &f, &w->forward)) {
        err_set(&e, ERR_NO_MEMORY, "a request's headers do not fit its memory");
        walk_fail(w, &e);
        return;
    }
    struct exchange_request r = {.app = w->app,
                                 .identity = who,
                                 .client = w->client->id,
                                 .message = &w->forward,
                                 .activity = &w->activity};
    w->stage = WALK_EXCHANGES;
    w->exchange = exchange_start(w->server->connector, &r, &CALLS, w, &e);
    if (w->exchange)
        return;
    w->stage = WALK_DECIDING;
    walk_fail(w, &e);
}

void walk_drained(struct walk *w) {
    if (!w->is_paused)
        return;
    w->is_paused = false;
    exchange_resume(w->exchange);
}
