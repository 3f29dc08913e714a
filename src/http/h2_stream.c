/* SPDX-License-Identifier: Apache-2.0
 *
 * One request from its first frame to the last of its answer.
 */
#include "http/h2_int.h"

#include <stdlib.h>

bool h2_stream_begin(struct h2 *h, int32_t id) {
    struct h2_stream *s = calloc(1, sizeof *s);
    h2_head_begin(h, NULL, false);
    if (!s)
        return false;
    s->h2 = h;
    s->id = id;
    s->user = h->calls->open(h->user, s, &s->arena, &s->message);
    if (!s->user || nghttp2_session_set_stream_user_data(h->session, id, s) != 0) {
        free(s);
        return false;
    }
    /* May hold what a page says to the person who is signed in. */
    buf_init_secret(&s->answer, H2_ANSWER_MAX);
    LIST_INSERT_HEAD(&h->streams, s, in_all);
    h->stream_count++;
    h2_head_begin(h, s, false);
    return true;
}

static void out_of_memory(struct h2 *h) { h2_break(h, NGHTTP2_INTERNAL_ERROR, "no memory"); }

/* Not left to libnghttp2, which waits for half of the connection's window to be consumed: with more
 * than that held by streams that are stalled, it would wait for ever. */
void h2_credit(struct h2 *h) {
    int32_t received = nghttp2_session_get_effective_recv_data_length(h->session);
    int32_t credit = received - (int32_t)h->held;
    if (credit >= H2_STREAM_WINDOW / 2 &&
        nghttp2_submit_window_update(h->session, 0, 0, credit) != 0)
        out_of_memory(h);
}

void h2_stream_free(struct h2_stream *s, uint32_t code) {
    struct h2 *h = s->h2;
    LIST_REMOVE(s, in_all);
    h->stream_count--;
    h->waiting -= buf_size(&s->answer);
    h->held -= s->unconsumed;
    if (h->head.stream == s)
        h->head.stream = NULL;
    h->calls->closed(s->user, code);
    buf_fini(&s->answer);
    free(s);
}

void h2_stream_closed(struct h2_stream *s, uint32_t code) {
    if (s->is_sent) {
        code = H2_NO_ERROR;
        h2_flood_answered(s->h2);
    } else if (code == H2_NO_ERROR) {
        code = H2_CANCEL; /* the client may give any reason to go (RFC 9113 8.1) */
    }
    h2_stream_free(s, code);
}

void h2_stream_reset(struct h2_stream *s, uint32_t code, bool is_fault) {
    if (s->is_reset)
        return;
    s->is_reset = s->is_unwanted = true;
    s->is_our_reset = !is_fault;
    if (nghttp2_submit_rst_stream(s->h2->session, 0, s->id, code) != 0)
        out_of_memory(s->h2);
}

static bool has_body(const struct h2_stream *s) {
    return s->is_tunnel || s->message->body != BODY_NONE;
}

/* RFC 9113 8.1.1. */
static void end_body(struct h2_stream *s) {
    s->is_complete = true;
    if (s->is_unwanted)
        return;
    if (s->message->body == BODY_LENGTH && s->received != s->message->length)
        h2_stream_reset(s, NGHTTP2_PROTOCOL_ERROR, true);
    else if (has_body(s))
        s->h2->calls->body_end(s->user);
}

static void request_head(struct h2_stream *s, bool is_end) {
    struct h2 *h = s->h2;
    h2_head_end(h, is_end);
    s->is_unwanted = h->head.is_refused;
    s->is_complete = is_end;
    h2_flood_request(h);
    h->calls->head(s->user, h->head.is_refused ? &h->head.err : NULL);
    if (is_end)
        end_body(s);
}

/* Trailers end the stream (RFC 9113 8.1); what is wrong with them is wrong with the request. */
static void request_trailers(struct h2_stream *s, bool is_end) {
    struct h2 *h = s->h2;
    if (s->is_unwanted) {
        s->is_complete = is_end;
        return;
    }
    /* A tunnel has DATA alone (RFC 9113 8.5). */
    if (!is_end || s->is_tunnel || h->head.is_refused) {
        h2_stream_reset(s, NGHTTP2_PROTOCOL_ERROR, true);
        return;
    }
    h2_flood_request(h);
    if (s->trailers.count > 0)
        h->calls->trailers(s->user, &s->trailers);
    end_body(s);
}

void h2_stream_headers(struct h2_stream *s, bool is_end) {
    struct h2 *h = s->h2;
    if (h->head.is_trailers)
        request_trailers(s, is_end);
    else
        request_head(s, is_end);
    h->head.stream = NULL;
}

static void take_data(struct h2_stream *s, struct str piece) {
    struct h2 *h = s->h2;
    h->held += piece.n;
    s->received += piece.n;
    s->unconsumed += piece.n;
    h2_flood_data(h);
    h->calls->body(s->user, piece);
}

void h2_stream_data(struct h2_stream *s, struct str piece) {
    uint64_t left = s->message->length - s->received;
    bool is_beyond = s->message->body == BODY_LENGTH && piece.n > left;
    if (is_beyond)
        piece = str_head(piece, (size_t)left); /* as if it had come in parts */
    if (!s->is_unwanted && piece.n > 0)
        take_data(s, piece);
    if (!s->is_unwanted && is_beyond)
        h2_stream_reset(s, NGHTTP2_PROTOCOL_ERROR, true); /* RFC 9113 8.1.1 */
}

void h2_stream_end(struct h2_stream *s) {
    h2_flood_data(s->h2);
    end_body(s);
}

void h2_consume(struct h2_stream *s, size_t n) {
    n = n < s->unconsumed ? n : s->unconsumed;
    s->unconsumed -= n;
    s->h2->held -= n;
    if (n > 0 && nghttp2_session_consume_stream(s->h2->session, s->id, n) != 0)
        out_of_memory(s->h2);
}

bool h2_may_send(const struct h2_stream *s) {
    return nghttp2_session_get_local_window_size(s->h2->session) > 0;
}

void h2_reset(struct h2_stream *s, enum h2_code code) { h2_stream_reset(s, code, false); }

uint32_t h2_stream_id(const struct h2_stream *s) { return (uint32_t)s->id; }
