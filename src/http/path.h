/* SPDX-License-Identifier: Apache-2.0
 *
 * The one form of a path, for URLs of the configuration and for request targets, so that both can
 * be compared byte for byte. Pure, any thread.
 */
#pragma once
#include "base/arena.h"

/* `text`, which starts with '/', in its normal form (struct target says which) in `a`. False with
 * `why` set to a literal ("has a backslash"), or to NULL when the arena is full. */
bool path_normalise(struct arena *a, struct str text, struct str *out, const char **why);
