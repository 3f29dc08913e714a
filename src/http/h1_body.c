/* SPDX-License-Identifier: Apache-2.0
 *
 * The framing of bodies (RFC 9112 6 and 7), counted off here and not by llhttp: it must refuse what
 * llhttp forgives in chunk lines, bound what it does not bound, and hand out pieces in place.
 */
#include "http/h1_int.h"

/* More bytes that are neither size nor body (RFC 9112 7.1.1, 7.1.2). */
static const char *count_extra(struct h1_parser *p, size_t n) {
    p->extra += n;
    return p->extra > p->limits.head
               ? "its chunk extensions and trailers are too long (RFC 9112 7.1.1)"
               : NULL;
}

static const char *extra_byte(struct h1_parser *p, char c) {
    const char *why = count_extra(p, 1);
    if (why || h1_is_text(str_n(&c, 1)))
        return why;
    return "a chunk line or trailer has a control byte (RFC 9112 7.1)";
}

static const char *chunk_size(struct h1_parser *p, char c) {
    int digit = str_hex_digit(c);
    if (digit >= 0) {
        if (p->left > INT64_MAX >> 4)
            return "a chunk is larger than 2^63 (RFC 9112 7.1)";
        p->left = p->left << 4 | (unsigned)digit;
        return p->digits++ < 16 ? NULL : count_extra(p, 1); /* of zeros in front */
    }
    if (p->digits == 0 || (c != '\r' && c != ';'))
        return "a chunk size is not a hexadecimal number (RFC 9112 7.1)";
    p->digits = 0;
    p->state = c == '\r' ? H1_CHUNK_SIZE_LF : H1_CHUNK_EXTENSION;
    return NULL;
}

/* A line that is read over: on to `after` at its CR. */
static const char *skip(struct h1_parser *p, char c, enum h1_state after) {
    if (c != '\r')
        return extra_byte(p, c);
    p->state = after;
    return NULL;
}

static const char *trailer_name(struct h1_parser *p, char c) {
    bool is_start = p->state == H1_TRAILER;
    if (is_start && c == '\r') {
        p->state = H1_LAST_LF;
        return NULL;
    }
    if (!is_start && c == ':')
        p->state = H1_TRAILER_VALUE;
    else if (h1_is_token(str_n(&c, 1)))
        p->state = H1_TRAILER_NAME;
    else
        return "a trailer has no name or is folded (RFC 9112 7.1.2)";
    return extra_byte(p, c);
}

static const char *expect(struct h1_parser *p, char c, char wanted, enum h1_state after) {
    p->state = after;
    return c == wanted ? NULL : "a line or chunk does not end with CRLF (RFC 9112 7.1)";
}

/* Its end is kept, too, and so counted: a line may be little else. */
static const char *end_trailer(struct h1_parser *p, char c) {
    const char *why = expect(p, c, '\n', H1_TRAILER);
    return why ? why : count_extra(p, 2);
}

static bool is_trailer(enum h1_state state) {
    return state == H1_TRAILER || state == H1_TRAILER_NAME || state == H1_TRAILER_VALUE ||
           state == H1_TRAILER_LF;
}

/* One byte of framing; why it is refused, or NULL. */
static const char *step(struct h1_parser *p, char c) {
    switch (p->state) {
    case H1_CHUNK_SIZE:
        return chunk_size(p, c);
    case H1_CHUNK_EXTENSION:
        return skip(p, c, H1_CHUNK_SIZE_LF);
    case H1_CHUNK_SIZE_LF:
        return expect(p, c, '\n', p->left > 0 ? H1_CHUNK_DATA : H1_TRAILER);
    case H1_CHUNK_DATA_CR:
        return expect(p, c, '\r', H1_CHUNK_DATA_LF);
    case H1_CHUNK_DATA_LF:
        return expect(p, c, '\n', H1_CHUNK_SIZE);
    case H1_TRAILER:
    case H1_TRAILER_NAME:
        return trailer_name(p, c);
    case H1_TRAILER_VALUE:
        return skip(p, c, H1_TRAILER_LF);
    case H1_TRAILER_LF:
        return end_trailer(p, c);
    case H1_LAST_LF:
        return expect(p, c, '\n', H1_OVER);
    case H1_BEFORE:
    case H1_OVER:
    case H1_COUNTED:
    case H1_ENDLESS:
    case H1_CHUNK_DATA:
        break; /* no framing there */
    }
    return "no head has been read";
}

static bool is_data(enum h1_state state) {
    return state == H1_COUNTED || state == H1_ENDLESS || state == H1_CHUNK_DATA;
}

static struct str take_data(struct h1_parser *p, struct str rest) {
    if (p->state == H1_ENDLESS)
        return rest;
    struct str piece = rest.n > p->left ? str_head(rest, (size_t)p->left) : rest;
    p->left -= piece.n;
    if (p->left == 0)
        p->state = p->state == H1_COUNTED ? H1_OVER : H1_CHUNK_DATA_CR;
    return piece;
}

enum h1_result h1_body(struct h1_parser *p, struct str in, struct str *piece, size_t *used,
                       struct err *e) {
    const char *why = p->is_refused ? "an earlier part of it was refused (RFC 9112 9.3)" : NULL;
    *piece = STR_NONE;
    *used = 0;
    while (!why && *used < in.n && p->state != H1_OVER && !is_data(p->state)) {
        char c = in.p[(*used)++];
        bool is_kept = is_trailer(p->state);
        why = step(p, c);
        if (is_kept && p->state != H1_LAST_LF)
            buf_add_byte(&p->trailers, c);
    }
    if (why) {
        p->is_refused = true;
        err_set(e, ERR_HTTP_BAD_REQUEST, "the body cannot be read: %s", why);
        return H1_ERROR;
    }
    if (*used < in.n && is_data(p->state)) {
        *piece = take_data(p, str_from(in, *used));
        *used += piece->n;
    }
    if (p->state == H1_OVER)
        return H1_DONE;
    return piece->n > 0 ? H1_READY : H1_MORE;
}

bool h1_eof(struct h1_parser *p) {
    return !p->is_refused && (p->state == H1_OVER || p->state == H1_ENDLESS);
}

static bool add_trailer(const struct headers *head, struct arena *a, struct str line,
                        struct headers *out) {
    size_t colon = str_index(line, ':');
    struct str name = str_head(line, colon), value = str_trim(str_from(line, colon + 1));
    if (header_is_barred_from_trailers(name) || header_is_hop_by_hop(head, name))
        return true;
    name = arena_str(a, name);
    value = arena_str(a, value);
    return name.p && value.p && headers_add(a, out, name, value);
}

bool h1_trailers(const struct h1_parser *p, const struct headers *head, struct arena *a,
                 struct headers *out, struct err *e) {
    struct str line, rest = buf_str(&p->trailers);
    size_t count = 0;
    *out = (struct headers){0};
    if (p->trailers.failed)
        return err_set(e, ERR_NO_MEMORY, "the trailers do not fit their memory");
    while (str_split(&rest, '\n', &line)) {
        if (line.n == 0)
            continue;
        if (count++ == p->limits.headers)
            return err_set(e, ERR_HTTP_HEAD_TOO_LARGE,
                           "there are more than %zu trailers (RFC 6585 5)", p->limits.headers);
        if (!add_trailer(head, a, str_head(line, line.n - 1), out))
            return err_set(e, ERR_NO_MEMORY, "the trailers do not fit their arena");
    }
    return true;
}
