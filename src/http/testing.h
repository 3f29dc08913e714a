/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of h1 share: one parser, fed at once or one byte at a time.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "http/h1.h"

#include <stdlib.h>

enum { HEAD_MAX = 256, FIELDS_MAX = 4 };

/* A parser with what it said last. */
struct parse {
    struct h1_parser *p;
    struct arena arena;
    struct message m;
    size_t used;
    struct err e;
};

static inline void start(struct parse *t, enum h1_kind kind) {
    *t = (struct parse){.p = h1_new(kind, (struct h1_limits){HEAD_MAX, FIELDS_MAX})};
    arena_init(&t->arena, 65536);
    assert_non_null(t->p);
}

static inline void stop(struct parse *t) {
    h1_free(t->p);
    arena_fini(&t->arena);
}

static inline enum h1_result give(struct parse *t, struct str in) {
    return h1_head(t->p, in, &t->arena, &t->m, &t->used, &t->e);
}

/* One byte more with each call, each time in other memory so that a read too far is seen. */
static inline enum h1_result give_slowly(struct parse *t, struct str in) {
    enum h1_result result = H1_MORE;
    for (size_t n = 0; n <= in.n && result == H1_MORE; n++) {
        char *copy = malloc(n + 1);
        assert_non_null(copy);
        memcpy(copy, in.p, n);
        result = give(t, str_n(copy, n));
        if (result != H1_READY)
            assert_true(t->used == 0 && t->m.headers.count == 0 && !t->m.method.p);
        free(copy);
    }
    return result;
}

#define GET "GET / HTTP/1.1\r\n"
#define POST "POST / HTTP/1.1\r\nHost: a\r\n"
