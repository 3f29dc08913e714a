/* SPDX-License-Identifier: Apache-2.0
 *
 * Values of the directory's attributes: numbers and times as it writes them. Sans-I/O, any thread.
 */
#pragma once
#include "base/str.h"

/* A whole number with or without a minus (RFC 4517 3.3.16); false when it is none of 64 bits. */
bool attribute_int(struct str value, int64_t *out);
/* "20261129190229.0Z" (RFC 4517 3.3.13, without a time zone of its own) in seconds since 1970. */
bool attribute_time(struct str value, int64_t *s);
/* Units of 100 ns since 1601 (MS-DTYP 2.3.3) in seconds since 1970; 0 stays 0. False for what means
 * never. */
bool attribute_file_time(struct str value, int64_t *s);
/* How long: negative units of 100 ns (MS-ADTS 3.1.1.3.1.5.1) in seconds; 0 for ever and for none.
 */
bool attribute_interval(struct str value, int64_t *s);
