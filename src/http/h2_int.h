/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of http/h2.h share. h2.c is the connection: frames in and out; h2_stream.c is what
 * happens to one stream; h2_head.c and h2_request.c judge the heads that come in; h2_answer.c
 * writes answers; h2_order.c knows which streams there may be, h2_flood.c counts what leads
 * nowhere. Nobody else includes this.
 */
#pragma once
#include "http/h1_int.h"
#include "http/h2.h"

#include <nghttp2/nghttp2.h>
#include <sys/queue.h>

/* Tokens that come back with time: how much of something may be done at once, and for long. */
struct h2_bucket {
    int64_t tokens, max, per_s;
    int64_t at_us; /* up to when they have come back */
};

/* How far the frames were followed, so that each is judged before libnghttp2 acts on it. */
struct h2_frames {
    size_t preface;        /* bytes of it still to come (RFC 9113 3.4) */
    unsigned char head[9]; /* RFC 9113 4.1 */
    size_t have;           /* bytes of `head` */
    size_t left;           /* bytes of payload still to come */
    size_t block;          /* bytes of the field block so far, CONTINUATION included */
    bool is_unproven;      /* a DATA frame that has carried nothing yet */
    bool is_in_block;      /* CONTINUATION is due */
    int64_t begun_us;      /* as h2_begun_us says */
};

enum { H2_GAPS = 4 }; /* that are remembered; who leaves more is not watched that closely */

/* Which streams have been opened, by their numbers (RFC 9113 5.1.1). */
struct h2_order {
    uint32_t last;
    struct {
        uint32_t after, before; /* both were opened, or are 0, and none between them */
    } gaps[H2_GAPS];
    size_t next;
};

enum h2_pseudo {
    H2_METHOD = 1,
    H2_SCHEME = 2,
    H2_AUTHORITY = 4,
    H2_PATH = 8,
    H2_PROTOCOL = 16,
};

/* The field block being read; there is one at a time (RFC 9113 4.3). */
struct h2_head {
    struct h2_stream *stream; /* NULL: nobody wants it */
    struct headers *fields;   /* where they go */
    size_t size;              /* as the client is told to count it (RFC 9113 6.5.2) */
    size_t count;             /* of fields, all of Cookie being one */
    unsigned pseudo;          /* of h2_pseudo, those that were there */
    bool is_trailers;
    bool is_regular; /* the pseudo-header fields are over */
    bool is_refused; /* `err` says why */
    bool has_host, has_length, has_expect;
    uint64_t length;
    struct headers cookies;
    size_t cookies_size;
    struct str priority;
    struct err err;
};

struct h2 {
    nghttp2_session *session;
    struct h2_limits limits;
    const struct h2_calls *calls;
    void *user;
    LIST_HEAD(, h2_stream) streams;
    size_t stream_count;
    size_t waiting; /* bytes of all answers */
    struct h2_frames frames;
    struct h2_order order;
    struct h2_head head;
    struct h2_bucket idle_frames, resets;
    int64_t now_us;
    size_t held;     /* bytes of all bodies that the owner has not consumed */
    uint64_t moves;  /* of all answers: each time the client took something */
    size_t unpaid;   /* bytes of answer sent since a token was given for them */
    struct buf *out; /* during h2_output */
    bool is_room_wanted;
    uint32_t error; /* 0: none; RFC 9113 7 */
    char why[128];
};

struct h2_stream {
    struct h2 *h2;
    int32_t id;
    void *user;
    struct arena *arena;
    struct message *message;
    struct headers trailers;
    uint64_t received;
    size_t unconsumed;
    struct buf answer;
    const struct headers *answer_trailers;
    uint64_t answer_left;
    /* Of this answer; what h2_has_moved has seen of them and of those of all answers. */
    uint64_t moves, moves_seen, all_moves_seen;
    bool is_tunnel;    /* extended CONNECT */
    bool is_unwanted;  /* what comes of the request is thrown away */
    bool is_complete;  /* the client has ended its side */
    bool is_begun;     /* a final answer's head was given */
    bool is_ended;     /* the answer was given to its end */
    bool is_sent;      /* ... and sent */
    bool is_counted;   /* answer_left says how much of the answer is missing */
    bool is_reset;     /* RST_STREAM is on its way */
    bool is_our_reset; /* ... and not by the client's fault */
    bool is_deferred;  /* libnghttp2 waits to be told of more answer */
    bool is_room_wanted;
    LIST_ENTRY(h2_stream) in_all;
};

/* The connection is broken: GOAWAY with this code follows. The first reason counts. */
void h2_break(struct h2 *h, uint32_t code, const char *why);

/* A stream begins; false when there is no memory for it or its owner does not want it. */
bool h2_stream_begin(struct h2 *h, int32_t id);
/* Its head or its trailers are complete, `h->head` says which. */
void h2_stream_headers(struct h2_stream *s, bool is_end);
void h2_stream_data(struct h2_stream *s, struct str piece);
/* END_STREAM, in a DATA frame. */
void h2_stream_end(struct h2_stream *s);
/* `is_fault`: the client brought it about, which is counted. */
void h2_stream_reset(struct h2_stream *s, uint32_t code, bool is_fault);
/* Lets the client send as much more as is not held. */
void h2_credit(struct h2 *h);
/* libnghttp2 has done with it. */
void h2_stream_closed(struct h2_stream *s, uint32_t code);
/* Frees it; `closed` is called. */
void h2_stream_free(struct h2_stream *s, uint32_t code);

/* A field block begins, in h->head. */
void h2_head_begin(struct h2 *h, struct h2_stream *s, bool is_trailers);
/* One field of it; `lasts`: name or value live as long as the program. */
void h2_head_field(struct h2 *h, struct header field, bool name_lasts, bool value_lasts);
/* The request is complete but for its body: fills the message, or refuses in h->head. */
void h2_head_end(struct h2 *h, bool is_end);
/* As err_set, for h->head; false, and nothing of the head counts any more. */
bool h2_head_refuse(struct h2_head *head, enum err_code code, const char *what);
/* 1*tchar without capitals (RFC 9113 8.2.1). */
bool h2_is_name(struct str name);

/* libnghttp2 asks for answer bytes, and has them put in h->out. */
ssize_t h2_answer_read(nghttp2_session *session, int32_t id, uint8_t *to, size_t n, uint32_t *flags,
                       nghttp2_data_source *source, void *user);
int h2_answer_send(nghttp2_session *session, nghttp2_frame *frame, const uint8_t *head, size_t n,
                   nghttp2_data_source *source, void *user);
/* Tells the streams that waited for it of room; false when there were none. */
bool h2_answer_drained(struct h2 *h);

/* The frame in h->frames.head begins; false when it may not be on its stream, and the connection is
 * broken. */
bool h2_frame_is_due(struct h2 *h);

void h2_flood_init(struct h2 *h);
/* The frame in h->frames.head begins; false when it is one too many, and the connection broken. */
bool h2_flood_frame(struct h2 *h);
/* The DATA frame carried something after all. */
void h2_flood_data(struct h2 *h);
/* A request is there. */
void h2_flood_request(struct h2 *h);
/* `n` bytes of answer were sent. */
void h2_flood_sent(struct h2 *h, size_t n);
/* A stream ended before it was answered, by the client or by its fault. */
void h2_flood_reset(struct h2 *h);
/* A stream was answered. */
void h2_flood_answered(struct h2 *h);
