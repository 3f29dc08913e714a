/* SPDX-License-Identifier: Apache-2.0 */
#include "base/spare.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { CLASSES = 6 }; /* powers of two from SPARE_LEAST to SPARE_MOST */

_Static_assert(SPARE_LEAST << (CLASSES - 1) == SPARE_MOST, "the classes end elsewhere");

struct block {
    struct block *next;
};

struct spares {
    bool is_kept;
    size_t bytes;
    struct block *of[CLASSES];
};

static _Thread_local struct spares mine;

/* CLASSES: none. */
static unsigned class_of(size_t size) {
    unsigned class = 0;
    if (size < SPARE_LEAST || size > SPARE_MOST)
        return CLASSES;
    while ((size_t)SPARE_LEAST << class < size)
        class ++;
    return class;
}

static bool is_watched(void) {
#ifdef __SANITIZE_ADDRESS__
    return true;
#else
    return false;
#endif
}

void spare_begin(void) { mine.is_kept = !is_watched(); }

void spare_end(void) {
    for (unsigned class = 0; class < CLASSES; class ++) {
        for (struct block *b; (b = mine.of[class]);) {
            mine.of[class] = b->next;
            free(b);
        }
    }
    mine = (struct spares){0};
}

void *spare_take(size_t size) {
    unsigned class = class_of(size);
    if (class == CLASSES)
        return malloc(size);
    struct block *b = mine.of[class];
    size_t whole = (size_t)SPARE_LEAST << class;
    if (!b)
        return malloc(whole);
    mine.of[class] = b->next;
    mine.bytes -= whole;
    return b;
}

void spare_give(void *block, size_t size) {
    unsigned class = class_of(size);
    size_t whole = (size_t)SPARE_LEAST << class;
    if (!block || !mine.is_kept || class == CLASSES || mine.bytes + whole > SPARE_BYTES_MAX) {
        free(block);
        return;
    }
    struct block *b = block;
    b->next = mine.of[class];
    mine.of[class] = b;
    mine.bytes += whole;
}
