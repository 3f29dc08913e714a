/* SPDX-License-Identifier: Apache-2.0 */
#include "http/percent.h"

int percent_take(struct str *rest, bool *is_encoded) {
    struct str s = *rest;
    *is_encoded = s.p[0] == '%';
    *rest = str_from(s, 1);
    if (!*is_encoded)
        return (unsigned char)s.p[0];
    int high = s.n > 2 ? str_hex_digit(s.p[1]) : -1;
    int low = s.n > 2 ? str_hex_digit(s.p[2]) : -1;
    if (high < 0 || low < 0)
        return -1;
    *rest = str_from(s, 3);
    return high * 16 + low;
}
