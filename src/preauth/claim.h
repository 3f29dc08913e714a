/* SPDX-License-Identifier: Apache-2.0
 *
 * Single claims of a token, read so that nothing can be taken in two ways. Pure, any thread.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_t;

enum {
    CLAIM_LEEWAY_S = 60,     /* that two clocks may differ by */
    CLAIM_SUBJECT_MAX = 255, /* bytes of sub (OpenID Connect Core 2) */
};

/* The text of a claim, as long as the object; NULL when it is not there, no text, or has a NUL in
 * it. */
const char *claim_text(const struct json_t *object, const char *name);
/* Seconds since 1970, which may have a fraction (RFC 7519 2). False: not there, or no time; `*out`
 * is 0. */
bool claim_time(const struct json_t *object, const char *name, int64_t *out);
/* Neither empty nor longer than `max` bytes, and no control characters. */
bool claim_is_plain(const char *text, size_t max);
