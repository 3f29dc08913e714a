/* SPDX-License-Identifier: Apache-2.0
 *
 * What a client of HTTP/2 is waited for, and for how long. There is one timer for the connection
 * and all its streams: it is due at times that are kept, so that starting it anew puts nothing off.
 */
#include "gateway/client_h2.h"

#include "base/clock.h"
#include "gateway/walk.h"
#include "net/timer.h"

enum {
    GOAWAY_MS = 500, /* for requests under way to us after the notice (RFC 9113 6.8) */
    LOOKS = 4,       /* at stalled streams, within the time they have */
};

static const struct config_limits *limits_of(const struct client_h2 *h) {
    return &h->client->server->shared->config->limits;
}

/* Of the head that is being read: drops of it gain no time. */
static int64_t head_due_us(const struct client_h2 *h) {
    int64_t begun_us = h->is_late ? 0 : h2_begun_us(h->h2);
    return begun_us ? begun_us + limits_of(h)->head_timeout_ms * 1000 : INT64_MAX;
}

static int64_t due_us(const struct client_h2 *h) {
    const struct config_limits *l = limits_of(h);
    int64_t head_us = head_due_us(h), ms = l->body_timeout_ms / LOOKS;
    if (h->is_noticed)
        ms = GOAWAY_MS;
    else if (h->is_idle)
        ms = h->has_served ? l->keepalive_timeout_ms : l->head_timeout_ms;
    return head_us < h->since_us + ms * 1000 ? head_us : h->since_us + ms * 1000;
}

void client_h2_set_deadline(struct client_h2 *h) {
    struct client *c = h->client;
    int64_t now_us = clock_mono_tick_us();
    bool is_idle = LIST_EMPTY(&h->requests);
    if (h->is_closing)
        return;
    server_idle(c->server, c, is_idle);
    if (is_idle != h->is_idle && !h->is_noticed)
        h->since_us = now_us;
    h->is_idle = is_idle;
    timer_start(c->deadline, (due_us(h) - now_us + 999) / 1000);
}

/* Of an idle connection, a PING says that it is still wanted; but only if it ever was. */
void client_h2_heard(struct client_h2 *h) {
    if (h->is_idle && h->has_served && !h->is_noticed && !h->is_late)
        h->since_us = clock_mono_tick_us();
    client_h2_set_deadline(h);
}

static bool waits_for_body(const struct client_h2_request *r) {
    return r->is_begun && !r->is_body_ended && !r->is_answered && !r->is_tunnel &&
           !r->reply.is_continue_owed && buf_size(&r->body) == 0 && walk_body_room(r->walk) > 0 &&
           h2_may_send(r->stream);
}

/* Whether its client has done nothing for too long. Who sends the body of one stream, or reads the
 * answer of one, may leave others for later; they are not stalled as long as that goes on. */
static bool is_stalled(const struct client_h2 *h, struct client_h2_request *r, int64_t now_us) {
    bool waits = waits_for_body(r), has_moved = h2_has_moved(r->stream);
    if (waits && r->moved_us < h->body_us)
        r->moved_us = h->body_us;
    if (r->is_awaited ? has_moved : !waits)
        r->moved_us = now_us;
    return now_us - r->moved_us >= limits_of(h)->body_timeout_ms * 1000;
}

/* A stream whose client has done nothing for too long ends; the others go on. */
static void end_stalled(struct client_h2 *h, int64_t now_us) {
    struct client_h2_request *r, *next;
    for (r = LIST_FIRST(&h->requests); r; r = next) {
        next = LIST_NEXT(r, all);
        struct err e;
        if (r->is_begun ? !is_stalled(h, r, now_us) : !h->is_late)
            continue;
        client_silent(h->client, &e);
        if (waits_for_body(r) && !r->reply.is_answer_begun)
            walk_body_failed(r->walk, &e);
        else
            h2_reset(r->stream, H2_CANCEL);
    }
}

/* A head that is late ends the connection: nothing can be read behind it. Requests that were read
 * before it are served. */
void client_h2_end_late(struct client_h2 *h) {
    int64_t now_us = clock_mono_tick_us();
    bool is_late = now_us >= head_due_us(h) || h->is_broken || (h->is_idle && !h->is_noticed);
    if (h->is_noticed || is_late)
        h2_shutdown(h->h2, true);
    h->is_late = h->is_late || is_late;
    h->is_noticed = false;
    h->since_us = now_us;
    end_stalled(h, now_us);
    client_h2_set_deadline(h);
}
