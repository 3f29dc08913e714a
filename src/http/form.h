/* SPDX-License-Identifier: Apache-2.0
 *
 * application/x-www-form-urlencoded (WHATWG URL 5.1) and query strings. Sans-I/O, any thread.
 */
#pragma once
#include "base/arena.h"

/* Decoded value of the field `name` in `body`, a copy in `a`. False when it is missing, occurs more
 * than once, holds a NUL or a bad percent encoding, or the arena is full. */
bool form_get(struct arena *a, struct str body, struct str name, struct str *value);
