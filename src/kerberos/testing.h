/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of this room share: DER built in an arena, and numbers in the
 * byte order of Windows.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/arena.h"
#include "kerberos/der.h"

enum { TESTING_MAX = 1 << 20 };

/* One element, in `a`. */
static inline struct str element(struct arena *a, uint8_t tag, struct str content) {
    char *memory = arena_alloc(a, content.n + 16);
    assert_non_null(memory);
    struct der_writer w = der_writer(memory, content.n + 16);
    der_put(&w, content);
    der_wrap(&w, tag, 0);
    assert_false(w.failed);
    return der_written(&w);
}

static inline struct str joined(struct arena *a, struct str first, struct str second) {
    char *p = arena_alloc(a, first.n + second.n + 1);
    assert_non_null(p);
    if (first.n)
        memcpy(p, first.p, first.n);
    if (second.n)
        memcpy(p + first.n, second.p, second.n);
    return str_n(p, first.n + second.n);
}

static inline void add_little_endian(struct buf *b, uint64_t value, unsigned bytes) {
    for (unsigned i = 0; i < bytes; i++)
        buf_add_byte(b, (char)(value >> (8 * i)));
}
