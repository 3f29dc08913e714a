/* SPDX-License-Identifier: Apache-2.0
 *
 * Blocks of memory that an event loop has done with and needs again at once: the buffers and
 * records of requests, too large for malloc's own fast lists. Between spare_begin and spare_end a
 * thread keeps up to SPARE_BYTES_MAX of them; any other thread has malloc and free behind the same
 * calls, and so has every one under the address sanitizer, which would not see what is used after
 * its end. A block may be given back on another thread than took it. Nothing is wiped here: whoever
 * had a secret in a block has wiped it.
 */
#pragma once
#include <stddef.h>

enum {
    SPARE_LEAST = 1024, /* bytes of a block; smaller ones are malloc's */
    SPARE_MOST = 32 * 1024,
    SPARE_BYTES_MAX = 2 * 1024 * 1024,
};

/* From here on this thread keeps them. */
void spare_begin(void);
/* Frees what it has kept, and keeps no more. */
void spare_end(void);

/* At least `size` bytes, whatever was in them; NULL when memory is short. */
void *spare_take(size_t size) __attribute__((warn_unused_result, malloc, alloc_size(1)));
/* `size` is what was asked for; NULL is allowed. */
void spare_give(void *block, size_t size);
