/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside of http/pasted*.c. Pure, any thread.
 */
#pragma once
#include <stdbool.h>

/* What may stand between words, and where lines are broken. */
static inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
