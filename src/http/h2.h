/* SPDX-License-Identifier: Apache-2.0
 *
 * The server's side of HTTP/2 (RFC 9113, 7541, 8441, 9218) without a socket: bytes in, the same
 * struct message as of HTTP/1 out; answers in, frames out. Framing, HPACK and windows are
 * libnghttp2's; what a request may say is judged here, as strictly as in http/h1.h.
 *
 * Memory of a connection, beside what the owner keeps in its arenas and `out`:
 *   received and not yet consumed   at most H2_CONNECTION_WINDOW; the owner holds it
 *   answered and not yet sent       H2_ANSWERS_SIZE, and one piece for each stream
 *   heads and settings              a frame of 16 KiB, two HPACK tables of 4 KiB, limits.head
 *
 * One thread. Callbacks come from inside h2_receive, h2_output and h2_free only. From inside a
 * callback everything may be called but those three.
 */
#pragma once
#include "base/buf.h"
#include "base/err.h"
#include "http/message.h"

enum {
    /* What a client may send of one body, and of all bodies, before the owner has consumed any.
     * A stream gets a quarter of the connection, so that one that is stalled leaves the others
     * three; 256 KiB are 5 MB/s at 50 ms. All windows open for each stream would be 25 MiB. */
    H2_STREAM_WINDOW = 256 * 1024,
    H2_CONNECTION_WINDOW = 1024 * 1024,
    /* Answered and not sent: with more, a stream has no room; a piece that is given all the same
     * is kept, up to H2_ANSWER_MAX. */
    H2_ANSWER_SIZE = 64 * 1024,
    H2_ANSWERS_SIZE = 1024 * 1024,
    H2_ANSWER_MAX = 1024 * 1024,
    /* Frames are made while less than this is in `out`, which must be able to hold the double. */
    H2_OUTPUT_SIZE = 64 * 1024,
};

/* RFC 9113 section 7, those the owner has a use for. */
enum h2_code {
    H2_NO_ERROR = 0,
    H2_INTERNAL_ERROR = 2,
    H2_REFUSED_STREAM = 7,
    H2_CANCEL = 8,
    H2_CONNECT_ERROR = 10,
    H2_HTTP_1_1_REQUIRED = 13,
};

struct h2_limits {
    size_t head;      /* bytes of a decoded head: names, values, and 32 a field (RFC 9113 6.5.2) */
    size_t headers;   /* header fields; all of Cookie are one */
    unsigned streams; /* at a time; one more is refused, and breaks the connection when the client
                         has confirmed to know of the limit */
};

struct h2;
struct h2_stream;

/* `stream` is what `open` answered. */
struct h2_calls {
    /* A request begins. Says where its head goes: an arena and a message that is all zero, both
     * alive until `closed`. NULL refuses the stream; it may be tried again (RFC 9113 8.7). */
    void *(*open)(void *user, struct h2_stream *s, struct arena **a, struct message **m);
    /* The head is complete. method, target (:path), Host (made from :authority), minor 1,
     * keep_alive, body: BODY_NONE when none comes, BODY_LENGTH, or BODY_CHUNKED for a length that
     * is unknown. Extended CONNECT (RFC 8441) is a GET with `upgrade` and `protocol`, BODY_NONE;
     * what comes by `body` are then bytes of the tunnel.
     * `refused`: the head cannot be had (ERR_HTTP_BAD_REQUEST, _HEAD_TOO_LARGE, _TARGET_TOO_LONG,
     * _NOT_IMPLEMENTED, ERR_NO_MEMORY); the message may be filled in part, and what is still to
     * come of the request is thrown away. To be answered, or reset. */
    void (*head)(void *stream, const struct err *refused);
    /* A piece of the body, not empty, valid during the call. h2_consume when it has been used. Not
     * after h2_answer_end or h2_reset. */
    void (*body)(void *stream, struct str piece);
    /* Fields behind the body, if there are any (RFC 9113 8.1), without those that have no business
     * there (RFC 9110 6.5.1); alive until `closed`. */
    void (*trailers)(void *stream, const struct headers *fields);
    /* The body is complete, and as long as Content-Length said. Not for BODY_NONE, unless it is the
     * client's end of a tunnel. */
    void (*body_end)(void *stream);
    /* There is room for more of the answer, which h2_has_room denied. */
    void (*drained)(void *stream);
    /* The last call for this stream, `s` is gone with it. H2_NO_ERROR: all was exchanged, or the
     * answer was complete before the request was. Otherwise an error code of RFC 9113 section 7, of
     * the client (H2_CANCEL: gave up), of a malformed body (8.1.1), or as given to h2_reset. */
    void (*closed)(void *stream, uint32_t code);
};

/* NULL when memory runs out. `calls` must outlive it. Our SETTINGS are its first output. */
struct h2 *h2_new(const struct h2_limits *limits, const struct h2_calls *calls, void *user);
/* Calls `closed` with H2_CANCEL for every stream that is still there. */
void h2_free(struct h2 *h);

/* Takes all of `in`, then makes frames as h2_output does. `now_us` is a clock that only goes
 * forward; floods are told by it (10.5). False with `e` (ERR_HTTP_BAD_REQUEST, ERR_NO_MEMORY): the
 * connection is broken (5.4.1); when `out` has been sent, it has to be closed. */
bool h2_receive(struct h2 *h, struct str in, int64_t now_us, struct buf *out, struct err *e);
/* Adds frames to `out`, as many as H2_OUTPUT_SIZE allows. */
void h2_output(struct h2 *h, struct buf *out);
/* Whether h2_output would add something now: there is something to send, and a window for it. */
bool h2_wants_output(const struct h2 *h);
/* Nothing will be received or sent any more: closed after an error, or shut down and idle. */
bool h2_is_over(const struct h2 *h);
/* When what has come of it so far began: of the preface, of a frame other than DATA, or of a head
 * in several frames. By the clock of h2_receive; 0: everything was complete. What comes of DATA is
 * a body, in its own time. */
int64_t h2_begun_us(const struct h2 *h);
/* The socket has taken a part of `out`, and the client so a part of the answers. */
void h2_taken(struct h2 *h);
/* RFC 9113 6.8. First as a notice, so that no request is lost that is on its way; then, a round
 * trip later, `is_final`: requests begun since are not taken, those before are served. */
void h2_shutdown(struct h2 *h, bool is_final);
size_t h2_stream_count(const struct h2 *h);

uint32_t h2_stream_id(const struct h2_stream *s);

/* The answer, made anew: names in lower case, hop-by-hop fields left out (8.2.2), names and values
 * checked. Content-Length is written from BODY_LENGTH alone (not for 1xx and 204). `is_whole`:
 * no body follows, whatever `m` says (HEAD, 204, 304, an empty one); h2_answer_end is not called
 * then. A 101 to an extended CONNECT is sent as 200 (RFC 8441 5), and a 2xx is no answer to it.
 * Nothing of `m` is kept. False when that is so, when a field is not clean, or the stream's arena
 * has no room for a list of them: nothing was sent, and another answer can be given. */
bool h2_answer_head(struct h2_stream *s, const struct message *m, bool is_whole)
    __attribute__((warn_unused_result));
/* An interim answer (RFC 9110 15.2), 100 to 199 but 101; others are left out, as are unclean ones.
 */
void h2_answer_interim(struct h2_stream *s, const struct message *m);
/* A copy of `piece` is sent when the client's windows allow. More than H2_ANSWER_MAX that waits, or
 * more than Content-Length said, resets the stream. */
void h2_answer_body(struct h2_stream *s, struct str piece);
/* Whether more answer should be given now; if not, `drained` will say when. */
bool h2_has_room(struct h2_stream *s);
/* Whether the client took something since the last call, of this answer or of those this one waits
 * behind: for the connection's window or the socket, which go to the more urgent first (RFC 9218
 * 10). While its own window is shut, the answer waits for nobody else. */
bool h2_has_moved(struct h2_stream *s);
/* `trailers` (NULL: none) must live until `closed`; unclean and hop-by-hop ones are left out. An
 * answer that is shorter than its Content-Length resets the stream. What is left of the request is
 * not waited for: it is stopped with RST_STREAM NO_ERROR (8.1). */
void h2_answer_end(struct h2_stream *s, const struct headers *trailers);
/* Ends the stream; an answer that was begun is cut. `closed` follows. */
void h2_reset(struct h2_stream *s, enum h2_code code);
/* Whether the client may send more of the bodies: not while those of other streams, which are not
 * consumed, fill the connection's window. */
bool h2_may_send(const struct h2_stream *s);
/* The owner has done with `n` bytes of the body: the client may send as many more. */
void h2_consume(struct h2_stream *s, size_t n);
