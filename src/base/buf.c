/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include "base/spare.h"

#include <stdarg.h>
#include <stdio.h>

/* What a buffer has first, and when that is too little: heads and tokens grow once. */
enum { LEAST = 512, MORE = 4096 };

void buf_init(struct buf *b, size_t max) { *b = (struct buf){.max = max}; }

void buf_init_secret(struct buf *b, size_t max) { *b = (struct buf){.max = max, .secret = true}; }

/* A part that is no content any more. Each is wiped when it ceases to be, so that what is not
 * content never needs it. */
static void wipe_part(struct buf *b, size_t from, size_t n) {
    if (b->secret && n)
        explicit_bzero(b->data + from, n);
}

static void wipe(struct buf *b) { wipe_part(b, b->start, buf_size(b)); }

void buf_fini(struct buf *b) {
    wipe(b);
    spare_give(b->data, b->capacity);
    *b = (struct buf){.max = b->max, .secret = b->secret};
}

void buf_clear(struct buf *b) {
    wipe(b);
    b->start = b->end = 0;
    b->failed = false;
}

/* Not realloc: that would leave a copy of a secret behind. */
static bool grow(struct buf *b, size_t size) {
    size_t capacity = size <= LEAST ? LEAST : MORE;
    while (capacity < size)
        capacity *= 2;
    char *data = spare_take(capacity);
    if (!data)
        return false;
    if (buf_size(b))
        memcpy(data, b->data + b->start, buf_size(b));
    wipe(b);
    spare_give(b->data, b->capacity);
    b->data = data;
    b->capacity = capacity;
    b->end -= b->start;
    b->start = 0;
    return true;
}

static bool make_room(struct buf *b, size_t n) {
    if (b->failed || n > buf_room(b)) {
        b->failed = true;
        return false;
    }
    if (b->capacity - b->end >= n)
        return true;
    size_t size = buf_size(b);
    if (b->capacity - size >= n && size <= b->capacity / 2) {
        memmove(b->data, b->data + b->start, size);
        wipe_part(b, size, b->end - size);
        b->start = 0;
        b->end = size;
        return true;
    }
    b->failed = !grow(b, size + n);
    return !b->failed;
}

void buf_add(struct buf *b, struct str s) {
    if (s.n == 0 || !make_room(b, s.n))
        return;
    memcpy(b->data + b->end, s.p, s.n);
    b->end += s.n;
}

void buf_add_all(struct buf *b, const struct str *pieces, size_t count) {
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        n += pieces[i].n;
    if (n == 0 || !make_room(b, n))
        return;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].n > 0)
            memcpy(b->data + b->end, pieces[i].p, pieces[i].n);
        b->end += pieces[i].n;
    }
}

void buf_add_number(struct buf *b, uint64_t value, unsigned base) {
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = "0123456789abcdef"[value % base];
    while ((value /= base) > 0);
    buf_add(b, str_n(digits + at, sizeof digits - at));
}

void buf_add_byte(struct buf *b, char c) { buf_add(b, str_n(&c, 1)); }

void buf_printf(struct buf *b, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n < 0)
        b->failed = true;
    else if (n > 0 && make_room(b, (size_t)n)) {
        /* vsnprintf needs a byte more, for a NUL that is not ours to keep. */
        bool has_spare = b->capacity - b->end > (size_t)n || grow(b, buf_size(b) + (size_t)n + 1);
        if (has_spare)
            vsnprintf(b->data + b->end, (size_t)n + 1, format, again);
        b->failed = !has_spare;
        b->end += has_spare ? (size_t)n : 0;
    }
    va_end(again);
    va_end(args);
}

char *buf_reserve(struct buf *b, size_t *n) {
    if (*n > buf_room(b))
        *n = buf_room(b);
    if (*n == 0 || !make_room(b, *n)) {
        *n = 0;
        return NULL;
    }
    return b->data + b->end;
}

void buf_commit(struct buf *b, size_t n) { b->end += n; }

void buf_consume(struct buf *b, size_t n) {
    n = n < buf_size(b) ? n : buf_size(b);
    wipe_part(b, b->start, n);
    b->start += n;
    if (b->start == b->end)
        b->start = b->end = 0;
}
