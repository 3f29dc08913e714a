/* SPDX-License-Identifier: Apache-2.0
 *
 * Where the answer of one request goes: a connection of HTTP/1.1 or a stream of HTTP/2. The walk
 * (walk.h) knows only this; client_h1.c and client_h2.c are behind it. A reply never ends its walk
 * from inside one of these calls. Loop thread only.
 */
#pragma once
#include "http/message.h"

struct client;
struct reply;

struct reply_calls {
    /* The final head, once; or, to a request for another protocol, 101 (RFC 9110 15.2.2). */
    void (*head)(struct reply *r, const struct message *m);
    /* An interim one before it (RFC 9110 15.2), never 101. */
    void (*interim)(struct reply *r, const struct message *m);
    void (*body)(struct reply *r, struct str piece);
    /* `trailers` (NULL: none) live until the walk is freed. */
    void (*end)(struct reply *r, const struct headers *trailers);
    /* The answer cannot be finished: it is cut, so that the client can tell (RFC 9112 8). */
    void (*cut)(struct reply *r);
    /* What was given so far goes out. */
    void (*flush)(struct reply *r);
    /* Whether more answer should be given now; if not, walk_drained will say when. */
    bool (*has_room)(struct reply *r);
    /* The walk has room for the request's body now. */
    void (*take_body)(struct reply *r);
};

struct reply {
    const struct reply_calls *calls;
    struct client *client; /* the connection */
    bool is_head_request;
    bool is_answer_begun; /* `head` was called */
    bool is_last;         /* HTTP/1.1: the connection is closed after this answer */
    /* The client waits for 100 Continue before it sends its body (RFC 9110 10.1.1), and is not
     * waited for. */
    bool is_continue_owed;
};

static inline void reply_head(struct reply *r, const struct message *m) {
    r->is_answer_begun = true;
    r->calls->head(r, m);
}
static inline void reply_interim(struct reply *r, const struct message *m) {
    r->is_continue_owed &= m->status != 100;
    r->calls->interim(r, m);
}
static inline void reply_body(struct reply *r, struct str piece) { r->calls->body(r, piece); }
static inline void reply_end(struct reply *r, const struct headers *trailers) {
    r->calls->end(r, trailers);
}
static inline void reply_cut(struct reply *r) { r->calls->cut(r); }
static inline void reply_flush(struct reply *r) { r->calls->flush(r); }
static inline bool reply_has_room(struct reply *r) { return r->calls->has_room(r); }
static inline void reply_take_body(struct reply *r) { r->calls->take_body(r); }
