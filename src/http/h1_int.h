/* SPDX-License-Identifier: Apache-2.0
 *
 * What the files of http/h1.h share. h1_scan.c finds the end of a head and refuses what must not
 * reach llhttp; h1_head.c has llhttp take it apart; h1_body.c counts the body off; h1_write.c
 * writes. Of others only http/h2*.c include this, which judge names and values as they do here.
 */
#pragma once
#include "http/h1.h"

/* What the Transfer-Encoding lines of a head say, taken together (RFC 9112 6.1). */
enum h1_coding {
    CODING_NONE,
    CODING_CHUNKED, /* exactly that */
    CODING_STACKED, /* others, and chunked at last */
    CODING_ENDLESS, /* others, chunked not last: nobody knows where it ends */
};

/* How far a head was read, so that a slow sender does not make us start over. */
struct h1_scan {
    size_t start; /* offset of the start line, behind empty lines */
    size_t line;  /* offset of the line being read */
    size_t seen;  /* bytes searched for its end */
    size_t fields, hosts;
    int minor; /* of the start line; -1 before it was read */
    bool has_length;
    uint64_t length;
    enum h1_coding coding;
};

enum h1_state {
    H1_BEFORE, /* no head yet */
    H1_OVER,
    H1_COUNTED, /* `left` bytes to come */
    H1_ENDLESS, /* until the other side closes */
    H1_CHUNK_SIZE,
    H1_CHUNK_EXTENSION,
    H1_CHUNK_SIZE_LF,
    H1_CHUNK_DATA,
    H1_CHUNK_DATA_CR,
    H1_CHUNK_DATA_LF,
    H1_TRAILER, /* at the start of a line */
    H1_TRAILER_NAME,
    H1_TRAILER_VALUE,
    H1_TRAILER_LF,
    H1_LAST_LF,
};

struct h1_parser {
    enum h1_kind kind;
    struct h1_limits limits;
    bool is_to_head;
    bool is_refused; /* for good: there is no telling where the next message starts */
    struct h1_scan scan;
    enum h1_state state;
    uint64_t left;       /* bytes of body or of this chunk */
    unsigned digits;     /* of this chunk's size */
    size_t extra;        /* bytes of chunk extensions and trailers so far */
    struct buf trailers; /* lines, each with its CRLF */
};

/* As h1_head, up to where llhttp is asked. H1_READY: the head is in[scan.start, scan.line). */
enum h1_result h1_scan(struct h1_parser *p, struct str in, struct err *e);

/* 1*tchar (RFC 9110 5.6.2). */
bool h1_is_token(struct str s);
/* No control byte but HTAB (RFC 9110 5.5). */
bool h1_is_text(struct str s);
/* Visible ASCII, not empty: as much of a request target as is checked here. */
bool h1_is_visible(struct str s);
/* A method that is passed on; CONNECT is one by this. */
bool h1_is_known_method(struct str method);
/* Whether this status never has a body, whatever its headers say (RFC 9112 6.3). */
bool h1_is_bodiless(int status);
