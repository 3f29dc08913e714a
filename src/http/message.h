/* SPDX-License-Identifier: Apache-2.0
 *
 * A message head as data: what HTTP/1.1 and HTTP/2 both come down to. Names and values are str
 * into the arena of the request. Order and repetition are kept. One thread at a time.
 */
#pragma once
#include "base/arena.h"

struct header {
    struct str name, value;
};

struct headers {
    struct header *at;
    size_t count, capacity;
};

/* How the end of a body is known (RFC 9112 section 6). */
enum body_kind {
    BODY_NONE,
    BODY_LENGTH,
    BODY_CHUNKED,
    BODY_UNTIL_CLOSE, /* responses only */
};

struct message {
    struct str method; /* requests */
    struct str target; /* requests, as sent */
    int status;        /* responses */
    int minor;         /* HTTP/1.minor */
    struct headers headers;
    enum body_kind body;
    uint64_t length;       /* for BODY_LENGTH */
    bool keep_alive;       /* the connection may carry another message after this one */
    bool expects_continue; /* Expect: 100-continue, of content that may wait (RFC 9110 10.1.1) */
    bool upgrade;          /* asks for another protocol, grants (101) or wants it (426) */
    /* Came as an extended CONNECT (RFC 8441 4): a 2xx would be taken for an open tunnel, so that
     * nothing but another protocol may answer it with success. */
    bool is_connect;
    struct str protocol; /* that is meant: Upgrade (RFC 9110 7.8), or :protocol (RFC 8441 4) */
};

/* Whether bytes of a body follow, or may. */
static inline bool message_has_content(const struct message *m) {
    return m->body != BODY_NONE && !(m->body == BODY_LENGTH && m->length == 0);
}
/* Appends; the strs are not copied. False when the arena is full. */
bool headers_add(struct arena *a, struct headers *h, struct str name, struct str value)
    __attribute__((warn_unused_result));
/* Value of the first header of this name (ASCII case folded), or STR_NONE with p == NULL. */
struct str headers_get(const struct headers *h, struct str name);
/* How many headers of this name there are. */
size_t headers_count(const struct headers *h, struct str name);
/* Whether a comma-separated list header (all lines of it) has this token, case folded. */
bool headers_has_token(const struct headers *h, struct str name, struct str token);

/* For header_name_folds_to: of two that are equally long. */
bool header_name_folds(struct str name, struct str plain);
/* Names that would be the same to a CGI-like back end: case folded, and whatever is no
 * letter or digit read as one sign. */
static inline bool header_name_folds_to(struct str name, struct str plain) {
    return name.n == plain.n && header_name_folds(name, plain);
}
/* Whether a back end must never get this header as sent by a client (invariant 6): hop-by-hop ones
 * (RFC 9110 7.6.1, and whatever Connection names), Authorization unless `passthrough`,
 * Proxy-Authorization, Forwarded, X-Forwarded-*, X-Real-IP, kerbgate-*; names folded as above. */
bool header_is_dropped_inbound(const struct headers *all, struct str name, bool passthrough);
/* Whether a field must not stand behind a body, because a message is framed, routed, authenticated
 * or read by it (RFC 9110 6.5.1); names folded as above. */
bool header_is_barred_from_trailers(struct str name);
/* `all` when one of its Connection fields may name others (RFC 9110 7.6.1), else an empty list: for
 * header_is_hop_by_hop, when all of a message's are asked for. */
const struct headers *headers_naming(const struct headers *all);
/* Hop-by-hop headers of a response, which end here. */
bool header_is_hop_by_hop(const struct headers *all, struct str name);
