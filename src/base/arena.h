/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory with one owner and one life: a connection's, a request's, a configuration's. Everything
 * allocated from an arena dies when the arena is reset or freed; nothing in a longer life may
 * point into a shorter one. An arena has a limit; when it is reached, allocation answers NULL and
 * the caller ends the request with 503. One thread at a time.
 */
#pragma once
#include "base/str.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used;                /* bytes handed out, all blocks */
    size_t limit;               /* bytes that may be handed out */
};

/* An empty arena that hands out at most `limit` bytes. Allocates nothing yet. */
void arena_init(struct arena *a, size_t limit);
/* Frees everything the arena handed out and makes it empty again. */
void arena_fini(struct arena *a);
/* As arena_fini, but overwrites the memory first: for arenas that held a password or a key. */
void arena_fini_wiped(struct arena *a);

/* `n` zeroed bytes, aligned for any type; NULL when the limit or the memory is reached. */
void *arena_alloc(struct arena *a, size_t n) __attribute__((warn_unused_result));
/* Zeroed array of `count` elements of `size` bytes; NULL also when the product overflows. */
void *arena_array(struct arena *a, size_t count, size_t size) __attribute__((warn_unused_result));
/* Copy of `s`, followed by a NUL byte that is not counted; p is NULL when the limit is reached. */
struct str arena_str(struct arena *a, struct str s) __attribute__((warn_unused_result));
/* NUL-terminated copy of `s`; NULL when the limit is reached. */
char *arena_cstr(struct arena *a, struct str s) __attribute__((warn_unused_result));
/* Several pieces one behind the other, with a NUL behind them; p == NULL when the arena is full. */
struct str arena_join(struct arena *a, const struct str *pieces, size_t count);
/* Formatted, NUL-terminated text; NULL when the limit is reached. */
char *arena_printf(struct arena *a, const char *format, ...)
    __attribute__((format(printf, 2, 3), warn_unused_result));
