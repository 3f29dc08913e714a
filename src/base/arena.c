/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include "base/spare.h"

#include <stdarg.h>
#include <stdio.h>

enum { ALIGNMENT = _Alignof(max_align_t) };

struct arena_block {
    struct arena_block *next;
    size_t size, used;
    _Alignas(max_align_t) unsigned char data[];
};

enum { BLOCK_SIZE = 4096 - sizeof(struct arena_block) };

void arena_init(struct arena *a, size_t limit) { *a = (struct arena){.limit = limit}; }

static void release(struct arena *a, bool wipe) {
    struct arena_block *next;
    for (struct arena_block *b = a->blocks; b; b = next) {
        next = b->next;
        if (wipe)
            explicit_bzero(b->data, b->used);
        spare_give(b, sizeof *b + b->size);
    }
    a->blocks = NULL;
    a->used = 0;
}

void arena_fini(struct arena *a) { release(a, false); }

void arena_fini_wiped(struct arena *a) { release(a, true); }

/* Not zeroed. */
static void *take(struct arena *a, size_t n) {
    if (n > a->limit || a->used > a->limit - n)
        return NULL;
    size_t need = (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    struct arena_block *b = a->blocks;
    if (!b || b->size - b->used < need) {
        size_t size = need > BLOCK_SIZE ? need : BLOCK_SIZE;
        b = spare_take(sizeof *b + size);
        if (!b)
            return NULL;
        *b = (struct arena_block){.next = a->blocks, .size = size};
        a->blocks = b;
    }
    void *p = b->data + b->used;
    b->used += need;
    a->used += n;
    return p;
}

void *arena_alloc(struct arena *a, size_t n) {
    void *p = take(a, n);
    return p ? memset(p, 0, n) : NULL;
}

void *arena_array(struct arena *a, size_t count, size_t size) {
    size_t n;
    return __builtin_mul_overflow(count, size, &n) ? NULL : arena_alloc(a, n);
}

char *arena_cstr(struct arena *a, struct str s) {
    char *copy = s.n == SIZE_MAX ? NULL : take(a, s.n + 1);
    if (copy && s.n)
        memcpy(copy, s.p, s.n);
    if (copy)
        copy[s.n] = 0;
    return copy;
}

struct str arena_str(struct arena *a, struct str s) {
    char *copy = arena_cstr(a, s);
    return copy ? str_n(copy, s.n) : STR_NONE;
}

struct str arena_join(struct arena *a, const struct str *pieces, size_t count) {
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += pieces[i].n;
    char *whole = take(a, n + 1), *at = whole;
    for (size_t i = 0; whole && i < count; i++) {
        if (pieces[i].n > 0)
            memcpy(at, pieces[i].p, pieces[i].n);
        at += pieces[i].n;
    }
    if (whole)
        *at = 0;
    return whole ? str_n(whole, n) : STR_NONE;
}

char *arena_printf(struct arena *a, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    char *text = n < 0 ? NULL : take(a, (size_t)n + 1);
    if (text)
        vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    va_end(args);
    return text;
}
