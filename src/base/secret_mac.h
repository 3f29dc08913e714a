/* SPDX-License-Identifier: Apache-2.0
 *
 * HMAC (RFC 2104) with a key that only we and one other have. Any thread.
 */
#pragma once
#include "base/str.h"

enum secret_mac { SECRET_MAC_SHA1, SECRET_MAC_SHA256 };
enum { SECRET_MAC_MAX = 32 };

/* Writes 20 or 32 bytes and answers how many. A process that cannot compute it aborts. */
size_t secret_mac(enum secret_mac digest, struct str key, struct str in,
                  unsigned char out[SECRET_MAC_MAX]);
