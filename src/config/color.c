/* SPDX-License-Identifier: Apache-2.0 */
#include "config/color.h"

#include <math.h>

bool parse_color(struct str s, uint32_t *out, const char **why) {
    bool is_short = s.n == 4;
    uint32_t color = 0;
    *why = "is not a colour";
    if ((s.n != 7 && !is_short) || s.p[0] != '#')
        return false;
    for (size_t i = 1; i < s.n; i++) {
        int digit = str_hex_digit(s.p[i]);
        if (digit < 0)
            return false;
        color = color << 4 | (uint32_t)digit;
        if (is_short)
            color = color << 4 | (uint32_t)digit;
    }
    *out = color;
    return true;
}

static double linear(uint32_t channel) {
    double c = (double)(channel & 0xff) / 255;
    return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
}

static double luminance(uint32_t c) {
    return 0.2126 * linear(c >> 16) + 0.7152 * linear(c >> 8) + 0.0722 * linear(c);
}

unsigned color_contrast(uint32_t a, uint32_t b) {
    double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
    return (unsigned)(100 * (x > y ? x / y : y / x) + 1e-9);
}

uint32_t color_mix(uint32_t a, uint32_t b, unsigned part) {
    uint32_t mixed = 0;
    for (unsigned shift = 0; shift <= 16; shift += 8) {
        uint32_t x = a >> shift & 0xff, y = b >> shift & 0xff;
        mixed |= (x * part + y * (100 - part)) / 100 << shift;
    }
    return mixed;
}
