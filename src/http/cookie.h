/* SPDX-License-Identifier: Apache-2.0
 *
 * Cookies (RFC 6265) as far as a proxy needs them: find ours, take ours out of what is forwarded,
 * write ours. Sans-I/O, any thread.
 */
#pragma once
#include "base/buf.h"
#include "http/message.h"

/* Value of the cookie `name` among all Cookie headers. `*count` says how many of that name there
 * were: more than one is somebody tossing cookies, and the caller treats it as none. */
struct str cookie_get(const struct headers *h, struct str name, size_t *count);

/* `value` of a Cookie header without the cookies whose name starts with `prefix` (ASCII case
 * folded); a copy in `a`; empty when nothing is left. p == NULL when the arena is full. */
struct str cookie_strip(struct arena *a, struct str value, struct str prefix);

enum { COOKIE_FOR_SCRIPTS = 1 };

/* "name=value; Path=/; Secure; HttpOnly; SameSite=Lax" and, when `max_age_s` >= 0, Max-Age; with
 * COOKIE_FOR_SCRIPTS among `options` without HttpOnly. */
struct str cookie_format(struct arena *a, struct str name, struct str value, int64_t max_age_s,
                         unsigned options);
