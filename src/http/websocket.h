/* SPDX-License-Identifier: Apache-2.0
 *
 * The proof that a 101 is a WebSocket's: its server has read the key of the request (RFC 6455 1.3).
 * Any thread.
 */
#pragma once
#include "base/str.h"

/* Whether `accept`, the answer's Sec-WebSocket-Accept, is what `key`, the request's
 * Sec-WebSocket-Key, asks for (RFC 6455 4.2.2). False, too, where libcrypto has no SHA-1. */
bool websocket_is_accepted(struct str key, struct str accept);
