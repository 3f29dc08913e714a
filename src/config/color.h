/* SPDX-License-Identifier: Apache-2.0
 *
 * Colours of pages, 0xRRGGBB: read, mixed, and held against each other as WCAG 2.2 does (1.4.3,
 * "contrast ratio" and "relative luminance"). Pure, any thread.
 */
#pragma once
#include "base/str.h"

/* Of text that is not large (WCAG 1.4.3), in hundredths. */
enum { COLOR_CONTRAST_LEAST = 450 };

/* "#1f5fa8" or "#abc"; sets `*why` as value.h does. */
bool parse_color(struct str s, uint32_t *out, const char **why);
/* The contrast ratio in hundredths, rounded down: from 100 to 2100. */
unsigned color_contrast(uint32_t a, uint32_t b);
/* `part` in a hundred of `a`, the rest of `b`. */
uint32_t color_mix(uint32_t a, uint32_t b, unsigned part);
