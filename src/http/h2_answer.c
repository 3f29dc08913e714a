/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers: heads are handed to libnghttp2, which copies them; bodies wait here and are put behind
 * their frame heads when it is their turn, without another copy in between.
 */
#include "http/h2_int.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    LENGTH_SIZE = 21,
    KEPT_SIZE = 16 * 1024, /* of buffer memory, while there is nothing to send */
};

static nghttp2_nv field(struct str name, struct str value) {
    bool is_secret = str_eq_ci(name, STR("Set-Cookie")); /* RFC 7541 7.1.3 */
    /* libnghttp2 only reads them, and makes the names lower case in its copy. */
    return (nghttp2_nv){.name = (uint8_t *)name.p,
                        .namelen = name.n,
                        .value = (uint8_t *)(value.n ? value.p : ""),
                        .valuelen = value.n,
                        .flags = is_secret ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE};
}

static bool is_clean(const struct header *h) {
    struct str v = h->value;
    return h1_is_token(h->name) && h1_is_text(v) && str_trim(v).n == v.n;
}

/* Left out: what is for the next hop (RFC 9113 8.2.2), and the length, which is written anew. */
static bool is_left_out(const struct headers *named, struct str name) {
    return header_is_hop_by_hop(named, name) || str_eq_ci(name, STR("Content-Length"));
}

/* False when one is not clean. `nv` has room for all. */
static bool take_fields(const struct headers *h, nghttp2_nv *nv, size_t *count) {
    const struct headers *named = headers_naming(h);
    for (size_t i = 0; i < h->count; i++) {
        if (is_left_out(named, h->at[i].name))
            continue;
        if (!is_clean(&h->at[i]))
            return false;
        nv[(*count)++] = field(h->at[i].name, h->at[i].value);
    }
    return true;
}

/* A head of `m` with this status; NULL when it is not clean or there is no room. */
static nghttp2_nv *take_head(struct h2_stream *s, const struct message *m, const char *status,
                             const char *length, size_t *count) {
    nghttp2_nv *nv = arena_array(s->arena, m->headers.count + 2, sizeof *nv);
    *count = 0;
    if (!nv)
        return NULL;
    nv[(*count)++] = field(STR(":status"), str_of(status));
    if (length[0])
        nv[(*count)++] = field(STR("content-length"), str_of(length));
    return take_fields(&m->headers, nv, count) ? nv : NULL;
}

static void must(struct h2_stream *s, int failed) {
    if (failed)
        h2_break(s->h2, NGHTTP2_INTERNAL_ERROR, "no memory");
}

/* A tunnel is open with any 2xx (RFC 9113 8.5), and here with nothing but a 101 of the back end's:
 * what comes with a 200 is a page, and no tunnel. 0: there is none for this answer. */
static int status_of(const struct h2_stream *s, int status) {
    if (!s->is_tunnel)
        return status;
    return status == 101 ? 200 : status / 100 == 2 ? 0 : status;
}

bool h2_answer_head(struct h2_stream *s, const struct message *m, bool is_whole) {
    char status[4], length[LENGTH_SIZE] = "";
    size_t count;
    nghttp2_data_provider body = {.source.ptr = s, .read_callback = h2_answer_read};
    int number = status_of(s, m->status);
    if (number < 200 || number > 999 || s->is_begun)
        return false;
    snprintf(status, sizeof status, "%03d", number);
    if (m->body == BODY_LENGTH && !h1_is_bodiless(number))
        snprintf(length, sizeof length, "%" PRIu64, m->length);
    nghttp2_nv *nv = take_head(s, m, status, length, &count);
    if (!nv)
        return false;
    s->is_begun = true;
    s->is_ended = is_whole;
    s->is_unwanted = s->is_unwanted || is_whole;
    s->is_counted = m->body == BODY_LENGTH && !is_whole;
    s->answer_left = m->length;
    if (!s->is_reset)
        must(s, nghttp2_submit_response(s->h2->session, s->id, nv, count, is_whole ? NULL : &body));
    return true;
}

void h2_answer_interim(struct h2_stream *s, const struct message *m) {
    char status[4];
    size_t count;
    if (s->is_begun || s->is_reset || m->status < 100 || m->status > 199 || m->status == 101)
        return;
    snprintf(status, sizeof status, "%03d", m->status % 1000);
    nghttp2_nv *nv = take_head(s, m, status, "", &count);
    if (nv)
        must(s, nghttp2_submit_headers(s->h2->session, 0, s->id, NULL, nv, count, NULL));
}

static void resume(struct h2_stream *s) {
    if (!s->is_deferred)
        return;
    s->is_deferred = false;
    must(s, nghttp2_session_resume_data(s->h2->session, s->id));
}

void h2_answer_body(struct h2_stream *s, struct str piece) {
    size_t before = buf_size(&s->answer);
    if (!s->is_begun || s->is_ended || s->is_reset || piece.n == 0)
        return;
    buf_add(&s->answer, piece);
    s->h2->waiting += buf_size(&s->answer) - before;
    bool is_beyond = s->is_counted && piece.n > s->answer_left;
    s->answer_left -= is_beyond ? 0 : s->is_counted ? piece.n : 0;
    if (s->answer.failed || is_beyond)
        h2_reset(s, H2_INTERNAL_ERROR);
    else
        resume(s);
}

void h2_answer_end(struct h2_stream *s, const struct headers *trailers) {
    if (!s->is_begun || s->is_ended || s->is_reset)
        return;
    s->is_ended = s->is_unwanted = true;
    s->answer_trailers = trailers && trailers->count > 0 ? trailers : NULL;
    if (s->is_counted && s->answer_left > 0)
        h2_reset(s, H2_INTERNAL_ERROR);
    else
        resume(s);
}

static bool has_room(const struct h2_stream *s) {
    size_t size = buf_size(&s->answer);
    return size == 0 || (size < H2_ANSWER_SIZE && s->h2->waiting < H2_ANSWERS_SIZE);
}

bool h2_has_room(struct h2_stream *s) {
    if (has_room(s))
        return true;
    s->is_room_wanted = s->h2->is_room_wanted = true;
    return false;
}

bool h2_has_moved(struct h2_stream *s) {
    bool is_shut = buf_size(&s->answer) > 0 &&
                   nghttp2_session_get_stream_remote_window_size(s->h2->session, s->id) <= 0;
    bool has_moved = s->moves != s->moves_seen || (!is_shut && s->h2->moves != s->all_moves_seen);
    s->moves_seen = s->moves;
    s->all_moves_seen = s->h2->moves;
    return has_moved;
}

bool h2_answer_drained(struct h2 *h) {
    bool was_wanted = false;
    struct h2_stream *s, *next;
    if (!h->is_room_wanted)
        return false;
    h->is_room_wanted = false;
    for (s = LIST_FIRST(&h->streams); s; s = next) {
        next = LIST_NEXT(s, in_all);
        if (!s->is_room_wanted)
            continue;
        s->is_room_wanted = !has_room(s);
        if (s->is_room_wanted) {
            h->is_room_wanted = true;
        } else {
            was_wanted = true;
            h->calls->drained(s->user);
        }
    }
    return was_wanted;
}

/* The trailers' turn: their frame ends the stream instead of the last one of the body. */
static void send_trailers(struct h2_stream *s, uint32_t *flags) {
    const struct headers *t = s->answer_trailers;
    nghttp2_nv *nv = t ? arena_array(s->arena, t->count, sizeof *nv) : NULL;
    size_t count = 0;
    for (size_t i = 0; nv && i < t->count; i++)
        if (is_clean(&t->at[i]) && !is_left_out(t, t->at[i].name))
            nv[count++] = field(t->at[i].name, t->at[i].value);
    if (count > 0 && nghttp2_submit_trailer(s->h2->session, s->id, nv, count) == 0)
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
}

// NOLINTNEXTLINE(readability-non-const-parameter): because the type is libnghttp2's
ssize_t h2_answer_read(nghttp2_session *session, int32_t id, uint8_t *to, size_t n, uint32_t *flags,
                       nghttp2_data_source *source, void *user) {
    (void)session, (void)id, (void)to, (void)user;
    struct h2_stream *s = source->ptr;
    size_t size = buf_size(&s->answer);
    if (size == 0 && !s->is_ended) {
        if (s->answer.capacity > KEPT_SIZE)
            buf_fini(&s->answer);
        s->is_deferred = true;
        return NGHTTP2_ERR_DEFERRED;
    }
    n = n < size ? n : size;
    if (n > 0)
        *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (s->is_ended && n == size) {
        *flags |= NGHTTP2_DATA_FLAG_EOF;
        send_trailers(s, flags);
    }
    return (ssize_t)n;
}

int h2_answer_send(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t n,
                   nghttp2_data_source *source, void *user) {
    (void)session, (void)frame;
    enum { FRAME_HEAD = 9 };
    struct h2 *h = user;
    struct h2_stream *s = source->ptr;
    if (buf_size(h->out) >= H2_OUTPUT_SIZE)
        return NGHTTP2_ERR_WOULDBLOCK;
    buf_add(h->out, str_n((const char *)head, FRAME_HEAD));
    buf_add(h->out, str_head(buf_str(&s->answer), n));
    buf_consume(&s->answer, n);
    h->waiting -= n;
    h->moves++;
    s->moves++;
    h2_flood_sent(h, n);
    return 0;
}
