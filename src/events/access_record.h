/* SPDX-License-Identifier: Apache-2.0
 *
 * One line for one finished request, in JSON (RFC 8259) or as text, `key=value` in both the same
 * keys in the same order. What a request had none of is left out: a request that never came to a
 * step has no time for it. Pure, any thread.
 */
#pragma once
#include "base/buf.h"
#include "events/activity.h"

enum access_format {
    ACCESS_JSON,
    ACCESS_TEXT,
};

/* The longest line there can be: every byte of an activity's texts escaped. */
enum { ACCESS_RECORD_MAX = 20 * 1024 };

/* Appends the line and its newline. `out` has room for ACCESS_RECORD_MAX, or has failed. */
void access_record(struct buf *out, const struct activity *a, enum access_format format);
