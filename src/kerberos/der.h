/* SPDX-License-Identifier: Apache-2.0
 *
 * The little DER (X.690) that Kerberos messages need: a reader that cannot leave its input and a
 * writer that goes from the end to the start, because a length stands before what it counts.
 * Sans-I/O, any thread.
 */
#pragma once
#include "base/buf.h"

/* Reads one element at the start of `*rest`: its identifier octet (single-octet tags only), its
 * content; moves `*rest` behind it. False when it is malformed, indefinite or longer than its
 * surroundings; lengths are read up to 32 bits and must be minimal. */
bool der_read(struct str *rest, uint8_t *tag, struct str *content);
/* As der_read, but false also when the tag is another; nothing is moved then. */
bool der_expect(struct str *rest, uint8_t tag, struct str *content);
/* A two's complement INTEGER content as a 64-bit number; false when it does not fit. */
bool der_int(struct str content, int64_t *out);

#define DER_FIELD(number) ((uint8_t)(0xa0 + (number))) /* the identifier of [number] */

/* What is written is memory[at..end). What does not fit is told once, by `failed`. */
struct der_writer {
    char *memory; /* the caller's */
    size_t at, end;
    bool failed;
};

static inline struct der_writer der_writer(char *memory, size_t size) {
    return (struct der_writer){.memory = memory, .at = size, .end = size};
}
static inline struct str der_written(const struct der_writer *w) {
    return str_n(w->memory + w->at, w->end - w->at);
}
/* Puts bytes before what is written. */
void der_put(struct der_writer *w, struct str bytes);
/* An INTEGER; the same as the context field [number], as in most SEQUENCEs of Kerberos. */
void der_put_int(struct der_writer *w, int64_t value);
void der_put_int_field(struct der_writer *w, unsigned number, int64_t value);
/* Makes what is written, but for the last `rest` bytes, the content of an element. */
void der_wrap(struct der_writer *w, uint8_t tag, size_t rest);
