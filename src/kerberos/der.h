/* SPDX-License-Identifier: Apache-2.0
 *
 * The little DER (X.690) that Kerberos messages need: a reader that cannot leave its input and a
 * writer that builds from the inside out. Sans-I/O, any thread.
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

/* Appends an element: identifier, length, content. */
void der_write(struct buf *out, uint8_t tag, struct str content);
