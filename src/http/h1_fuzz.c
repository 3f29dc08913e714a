/* SPDX-License-Identifier: Apache-2.0
 *
 * Input: a byte that says where it is cut, a letter (Q: request, S: response, H: response to HEAD),
 * and the bytes of a connection. Where they are cut changes nothing; what is consumed lies inside;
 * what is written from an accepted request parses again to the same.
 */
#include "http/h1.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct h1_limits LIMITS = {1024, 16};

/* One message read from a connection, and all that can be told about it. */
struct run {
    struct h1_parser *p;
    struct arena arena;
    struct message m;
    struct err e;
    struct buf body;
    enum h1_result head, end;
    size_t used;
    bool is_eof;
};

static void must(bool is_true) {
    if (!is_true)
        abort();
}

static void read_body(struct run *r, struct str in) {
    struct str piece;
    size_t used;
    do {
        r->end = h1_body(r->p, in, &piece, &used, &r->e);
        must(used <= in.n && piece.n <= used && (r->end != H1_READY || used > 0));
        must(piece.n == 0 || (piece.p >= in.p && piece.p + piece.n <= in.p + used));
        must(r->end != H1_MORE || used == in.n);
        buf_add(&r->body, piece);
        r->used += used;
        in = str_from(in, used);
    } while (r->end == H1_READY);
}

static void run(struct run *r, char letter, struct str in, size_t cut) {
    *r = (struct run){.p = h1_new(letter == 'Q' ? H1_REQUEST : H1_RESPONSE, LIMITS)};
    must(r->p != NULL);
    arena_init(&r->arena, 1 << 20);
    buf_init(&r->body, in.n);
    h1_response_to_head(r->p, letter == 'H');
    r->head = h1_head(r->p, str_head(in, cut), &r->arena, &r->m, &r->used, &r->e);
    if (r->head == H1_MORE)
        r->head = h1_head(r->p, in, &r->arena, &r->m, &r->used, &r->e);
    must(r->used <= in.n && r->head != H1_DONE && (r->head == H1_READY || r->used == 0));
    must(r->head != H1_MORE || in.n < LIMITS.head);
    if (r->head != H1_READY)
        return;
    if (cut > r->used)
        read_body(r, str_from(str_head(in, cut), r->used));
    if (r->end != H1_DONE && r->end != H1_ERROR)
        read_body(r, str_from(in, r->used));
    r->is_eof = h1_eof(r->p);
}

static void stop(struct run *r) {
    h1_free(r->p);
    arena_fini(&r->arena);
    buf_fini(&r->body);
}

static bool is_framing(struct str name) {
    return str_eq_ci(name, STR("Content-Length")) || str_eq_ci(name, STR("Connection")) ||
           str_eq_ci(name, STR("Transfer-Encoding")) || str_eq_ci(name, STR("Upgrade"));
}

static const struct header *next_header(const struct headers *h, size_t *i, bool has_framing) {
    while (*i < h->count) {
        const struct header *at = &h->at[(*i)++];
        if (has_framing || !is_framing(at->name))
            return at;
    }
    return NULL;
}

/* `has_framing`: also the headers that are written anew. */
static void must_be_same(const struct message *x, const struct message *y, bool has_framing) {
    const struct header *a, *b;
    size_t i = 0, j = 0;
    must(str_eq(x->method, y->method) && str_eq(x->target, y->target) && x->status == y->status);
    must(x->minor == y->minor && x->body == y->body && x->length == y->length);
    must(x->upgrade == y->upgrade && x->expects_continue == y->expects_continue);
    must(x->upgrade || x->keep_alive == y->keep_alive); /* which a change of protocol ends */
    do {
        a = next_header(&x->headers, &i, has_framing);
        b = next_header(&y->headers, &j, has_framing);
        must(!a == !b);
        must(!a || (str_eq(a->name, b->name) && str_eq(a->value, b->value)));
    } while (a);
}

static void write_and_read(const struct run *r) {
    struct run again;
    struct buf out;
    buf_init(&out, 8192);
    h1_write_request(&out, &r->m);
    must(!out.failed);
    run(&again, 'Q', buf_str(&out), 0);
    /* Framing written anew may be longer than it was. */
    must(again.head == H1_READY || again.e.code == ERR_HTTP_HEAD_TOO_LARGE);
    if (again.head == H1_READY)
        must_be_same(&r->m, &again.m, false);
    stop(&again);
    buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct run whole, parts;
    if (size < 2)
        return 0;
    struct str in = str_n((const char *)data + 2, size - 2);
    run(&whole, (char)data[1], in, in.n);
    run(&parts, (char)data[1], in, data[0]);
    must(whole.head == parts.head && whole.end == parts.end && whole.used == parts.used);
    must(whole.e.code == parts.e.code && strcmp(whole.e.detail, parts.e.detail) == 0);
    must(str_eq(buf_str(&whole.body), buf_str(&parts.body)) && whole.is_eof == parts.is_eof);
    must_be_same(&whole.m, &parts.m, true);
    if (whole.head == H1_READY && data[1] == 'Q')
        write_and_read(&whole);
    stop(&whole);
    stop(&parts);
    return 0;
}
