/* SPDX-License-Identifier: Apache-2.0
 *
 * Bytes as text: base64 (RFC 4648 section 4), base64url without padding (section 5), hexadecimal,
 * and the escapes our outputs need. Appends to a buf, which remembers when something did not fit.
 * Any thread.
 */
#pragma once
#include "base/buf.h"

void encode_base64(struct buf *out, struct str in);
void encode_base64url(struct buf *out, struct str in);
/* Base32 (RFC 4648 section 6) without padding, as people type it into their telephones. */
void encode_base32(struct buf *out, struct str in);
void encode_hex(struct buf *out, struct str in);
/* The six bits that a character of base64url stands for; -1: it is none. */
int encode_base64url_value(char c);
/* Strict decoding: canonical padding, no blanks, no other alphabet. False, with `out` in an
 * undefined state, for anything else. */
bool decode_base64(struct buf *out, struct str in) __attribute__((warn_unused_result));
/* The same for base64url without padding (RFC 7515 section 2). */
bool decode_base64url(struct buf *out, struct str in) __attribute__((warn_unused_result));

/* Text inside HTML: & < > " ' are escaped. */
void encode_html(struct buf *out, struct str in);
/* A query parameter's value: everything but unreserved characters percent-encoded (RFC 3986 2.3).
 */
void encode_query(struct buf *out, struct str in);
/* Text inside a JSON string (RFC 8259 section 7): quotes, backslashes and control characters are
 * escaped, and a byte that is no UTF-8 becomes U+FFFD. */
void encode_json(struct buf *out, struct str in);
/* One line of log: control characters (C0, DEL, C1), bytes that are no UTF-8, quotes and
 * backslashes escaped; quoted when it is empty or has a blank, a quote or '='. Each escape and each
 * character is appended whole or not at all. */
void encode_log(struct buf *out, struct str in);
