/* SPDX-License-Identifier: Apache-2.0
 *
 * Percent encoding (RFC 3986 2.1), one byte at a time. Pure, any thread.
 */
#pragma once
#include "base/str.h"

/* Takes the next byte of `*rest`, which is not empty, decoded when it is encoded. -1 for a '%'
 * without two hexadecimal digits, which is taken alone. */
int percent_take(struct str *rest, bool *is_encoded);
