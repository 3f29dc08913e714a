/* SPDX-License-Identifier: Apache-2.0
 *
 * Text of strangers as a JSON string: jansson takes none that is not UTF-8, and what a directory, a
 * KDC or a web server says may be anything. Any thread.
 */
#pragma once
#include "base/str.h"

#include <jansson.h>

enum { JSON_TEXT_MAX = 16 * 1024 };

/* `s`, cut to JSON_TEXT_MAX, each byte that is no UTF-8 or a NUL in the place of '?'. NULL: no
 * memory. */
json_t *json_text(struct str s);
/* Sets `object`'s `key` to that text; for an empty one nothing. False: no memory. */
bool json_set_text(json_t *object, const char *key, struct str s);
/* The text under `key`, which is the object's; "" when there is none, or something else, or no
 * object. */
const char *json_get_text(const json_t *object, const char *key);
