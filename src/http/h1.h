/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP/1.1 on the wire (RFC 9112), without a socket: bytes in, message and body pieces out. The
 * grammar of a head is llhttp's; what it forgives and a proxy must not (a bare LF or CR, folded
 * lines, two lengths, a length beside a coding, unknown codings) is refused here before it is
 * asked. Bodies are counted off here.
 * One parser per connection and direction; one thread.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "http/message.h"

enum h1_kind {
    H1_REQUEST,
    H1_RESPONSE,
};

struct h1_limits {
    size_t head;    /* bytes of start line and headers */
    size_t headers; /* header fields */
};

struct h1_parser;

/* NULL when memory runs out. The caller frees it with h1_free. */
struct h1_parser *h1_new(enum h1_kind kind, struct h1_limits limits);
void h1_free(struct h1_parser *p);
/* Ready for the next message of the same connection. */
void h1_reset(struct h1_parser *p);
/* For responses, before h1_head: whether the request was a HEAD. No body follows then (RFC 9112
 * 6.3); m->body and m->length say what a GET would have got. */
void h1_response_to_head(struct h1_parser *p, bool is_head);

enum h1_result {
    H1_MORE,  /* the input ends before what was asked for does */
    H1_READY, /* a head is complete; or: a piece of body was taken */
    H1_DONE,  /* the message has ended */
    H1_ERROR, /* refused; `e` says why, the connection must be closed */
};

/* Looks for a whole head at the start of `in`. H1_READY: `*used` bytes of it were the head (empty
 * lines before a request line included, RFC 9112 2.2), `*m` is filled, its strs are copies in `a`.
 * H1_MORE: nothing was taken, call again with more bytes. H1_ERROR: ERR_HTTP_BAD_REQUEST,
 * _HEAD_TOO_LARGE, _TARGET_TOO_LONG, _NOT_IMPLEMENTED, or ERR_NO_MEMORY. A 1xx response is a
 * message of its own without a body. */
enum h1_result h1_head(struct h1_parser *p, struct str in, struct arena *a, struct message *m,
                       size_t *used, struct err *e);

/* Takes body bytes from `in`: `*used` bytes were consumed (framing included), `*piece` is the part
 * of the body among them and points into `in`. H1_READY: piece may be empty, call again with the
 * rest; H1_MORE: needs more input; H1_DONE: the body has ended, what follows is the next message.
 * Trailers are kept for h1_trailers, bounded by the head limit. */
enum h1_result h1_body(struct h1_parser *p, struct str in, struct str *piece, size_t *used,
                       struct err *e);
/* After H1_DONE: the fields behind a chunked body (RFC 9112 7.1.2) that may come so late; those
 * that frame, route or authenticate a message are left out (RFC 9110 6.5.1), and those that the
 * Connection of its `head` names (7.6.1). Copies in `a`. False with `e`: ERR_HTTP_BAD_REQUEST,
 * ERR_HTTP_HEAD_TOO_LARGE, ERR_NO_MEMORY. */
bool h1_trailers(const struct h1_parser *p, const struct headers *head, struct arena *a,
                 struct headers *out, struct err *e);
/* The other side has closed: true when that is a legal end of the message being read. */
bool h1_eof(struct h1_parser *p);

/* Writing. The head is made anew from the message, never from received bytes: names and values are
 * checked once more (no CR, LF, NUL) and `out->failed` is set when one is not clean. Framing
 * headers are written from m->body alone, Connection and Upgrade from m->keep_alive, m->upgrade and
 * m->protocol; such ones among m->headers are skipped. */
void h1_write_request(struct buf *out, const struct message *m);
void h1_write_response(struct buf *out, const struct message *m, bool is_head_response);
/* Reason phrase of a status, "" when it has none of its own. */
const char *h1_reason(int status);
/* A piece of a chunked body, and its end with trailers (NULL: none). Empty pieces are not written
 * (they would end it). */
void h1_write_chunk(struct buf *out, struct str piece);
void h1_write_last_chunk(struct buf *out, const struct headers *trailers);
