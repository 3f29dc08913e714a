/* SPDX-License-Identifier: Apache-2.0 */
#include "config/image.h"

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static struct str skip_blanks(struct str s) {
    while (s.n > 0 && is_blank(s.p[0]))
        s = str_from(s, 1);
    return s;
}

/* What may stand before the root: a declaration and comments. A document type may define entities
 * that grow without end: there is none in an image that draws. */
static bool is_svg(struct str s) {
    static const struct {
        struct str begin, end;
    } BEFORE[] = {{STR("<?xml"), STR("?>")}, {STR("<!--"), STR("-->")}};
    s = skip_blanks(str_starts(s, STR("\xef\xbb\xbf")) ? str_from(s, 3) : s);
    for (size_t i = 0; i < sizeof BEFORE / sizeof *BEFORE;) {
        size_t at;
        if (!str_starts(s, BEFORE[i].begin)) {
            i++;
            continue;
        }
        if (!str_find(s, BEFORE[i].end, &at))
            return false;
        s = skip_blanks(str_from(s, at + BEFORE[i].end.n));
    }
    return str_starts(s, STR("<svg")) && s.n > 4 && (is_blank(s.p[4]) || s.p[4] == '>');
}

const char *image_type(struct str bytes) {
    if (bytes.n > IMAGE_MAX)
        return NULL;
    if (str_starts(bytes, str_n("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 16)))
        return "image/png";
    if (bytes.n > 6 && str_starts(bytes, str_n("\0\0\1\0", 4)) && (bytes.p[4] || bytes.p[5]))
        return "image/x-icon";
    return is_svg(bytes) ? "image/svg+xml" : NULL;
}
