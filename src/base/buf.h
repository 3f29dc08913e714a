/* SPDX-License-Identifier: Apache-2.0
 *
 * A byte queue with a stated maximum: appended at the end, consumed at the front. Appends are
 * poisoning: once one does not fit, `failed` stays set and later ones do nothing, so a writer adds
 * all its pieces and checks once at the end. The owner frees it with buf_fini. One thread.
 */
#pragma once
#include "base/str.h"

struct buf {
    char *data;
    size_t start, end, capacity; /* the content is data[start..end) */
    size_t max;                  /* bytes of content it may hold */
    bool failed;                 /* something did not fit, or memory ran out */
    bool secret;                 /* wiped when it moves, shrinks or is freed */
};

void buf_init(struct buf *b, size_t max);
/* A buffer whose bytes are wiped whenever they leave it: passwords, tickets, tokens. */
void buf_init_secret(struct buf *b, size_t max);
void buf_fini(struct buf *b);
/* Forgets the content and the failure; keeps the memory (wiped if secret). */
void buf_clear(struct buf *b);

static inline size_t buf_size(const struct buf *b) { return b->end - b->start; }
static inline size_t buf_room(const struct buf *b) { return b->max - buf_size(b); }
/* The content; valid until the next change of the buffer. */
static inline struct str buf_str(const struct buf *b) {
    return str_n(b->data ? b->data + b->start : "", buf_size(b));
}

void buf_add(struct buf *b, struct str s);
/* Several, one behind the other, or none of them. */
void buf_add_all(struct buf *b, const struct str *pieces, size_t count);
void buf_add_byte(struct buf *b, char c);
/* Its digits, lower case, without leading zeros. `base` is 10 or 16. */
void buf_add_number(struct buf *b, uint64_t value, unsigned base);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room to write up to `*n` bytes behind the content, for read(2); `*n` is lowered to what fits.
 * NULL when nothing fits. buf_commit says how many were written. */
char *buf_reserve(struct buf *b, size_t *n);
void buf_commit(struct buf *b, size_t n);
/* Drops the first `n` (clamped) bytes of the content. */
void buf_consume(struct buf *b, size_t n);
