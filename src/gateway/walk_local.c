/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/walk_state.h"
#include "preauth/home.h"

static void on_local(void *user, const struct page *page) {
    struct walk *w = user;
    w->local = NULL;
    walk_answer_local(w, page ? LOCAL_NOW : LOCAL_FULL, page);
}

/* What a ticket may be bound to, where one is asked for. */
static struct str end_point(struct walk *w) {
    bool is_asked = config_app_provider_of(w->app, PROVIDER_NEGOTIATE) && w->client->stream;
    size_t n = is_asked ? stream_own_end_point(w->client->stream, w->end_point) : 0;
    return str_n((const char *)w->end_point, n);
}

static void make_request(struct walk *w) {
    w->request = (struct local_request){.app = w->app,
                                        .message = &w->message,
                                        .target = &w->target,
                                        .body = buf_str(&w->body),
                                        .source = &w->peer.any,
                                        .end_point = end_point(w),
                                        .session = w->session,
                                        .arena = &w->arena,
                                        .activity = &w->activity};
}

void walk_home(struct walk *w) {
    struct page page;
    make_request(w);
    walk_answer_local(w, home_answer(&w->server->tools, &w->request, &page), &page);
}

static void answer(struct walk *w) {
    struct page page;
    make_request(w);
    enum local_result result =
        local_answer(&w->server->tools, &w->request, on_local, w, &page, &w->local);
    walk_answer_local(w, result, &page);
}

static void too_large(struct walk *w) {
    struct err e;
    err_set(&e, ERR_HTTP_BODY_TOO_LARGE, "a form is at most %d bytes", LOCAL_BODY_MAX);
    walk_fail(w, &e);
}

void walk_local(struct walk *w) {
    if (!message_has_content(&w->message)) {
        answer(w);
        return;
    }
    if (w->message.body == BODY_LENGTH && w->message.length > LOCAL_BODY_MAX) {
        too_large(w); /* before the client is told to go on (RFC 9110 10.1.1) */
        return;
    }
    w->stage = WALK_READS_FORM;
    if (w->reply->is_continue_owed) { /* a back end says so itself */
        reply_interim(w->reply, &(struct message){.status = 100, .minor = 1});
        reply_flush(w->reply);
    }
    reply_take_body(w->reply);
}

void walk_local_form(struct walk *w) {
    w->stage = WALK_DECIDING;
    answer(w);
}

size_t walk_body_room(const struct walk *w) {
    switch (w->stage) {
    case WALK_READS_FORM:
        return buf_room(&w->body) + 1; /* one too many is the sign */
    case WALK_EXCHANGES:
        return exchange_room(w->exchange);
    case WALK_DECIDING:
    case WALK_ANSWERING:
        break;
    }
    return 0;
}

void walk_body_begins(struct walk *w) {
    w->reply->is_continue_owed = false;
    if (w->stage == WALK_EXCHANGES)
        exchange_body_begins(w->exchange);
}

void walk_body(struct walk *w, struct str piece) {
    w->activity.bytes_in += piece.n;
    if (w->stage == WALK_EXCHANGES && walk_is_body_too_large(w, w->activity.bytes_in)) {
        walk_refuse_body(w);
        return;
    }
    if (w->stage == WALK_EXCHANGES) {
        exchange_send(w->exchange, piece);
        return;
    }
    buf_add(&w->body, piece);
    if (w->body.failed)
        too_large(w);
}

void walk_body_end(struct walk *w, const struct headers *trailers) {
    if (w->stage == WALK_EXCHANGES)
        walk_forward_end(w, trailers);
    else if (w->stage == WALK_READS_FORM)
        walk_local_form(w);
}

void walk_body_failed(struct walk *w, const struct err *e) { walk_fail(w, e); }
