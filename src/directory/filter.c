/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/filter.h"

/* RFC 4515 section 3 allows more, but nothing needs it. */
static bool is_plain(unsigned char c) {
    return c >= 0x20 && c < 0x7f && c != '(' && c != ')' && c != '*' && c != '\\';
}

static void add_escaped(struct buf *out, unsigned char c) {
    static const char DIGITS[] = "0123456789abcdef";
    buf_add(out, str_n((const char[]){'\\', DIGITS[c >> 4], DIGITS[c & 15]}, 3));
}

static void add_value(struct buf *out, struct str value) {
    for (size_t i = 0; i < value.n; i++) {
        if (is_plain((unsigned char)value.p[i]))
            buf_add_byte(out, value.p[i]);
        else
            add_escaped(out, (unsigned char)value.p[i]);
    }
}

void filter_equals(struct buf *out, const char *name, struct str value) {
    buf_printf(out, "(%s=", name);
    add_value(out, value);
    buf_add_byte(out, ')');
}

void filter_begins(struct buf *out, const char *name, struct str value) {
    buf_printf(out, "(%s=", name);
    add_value(out, value);
    buf_add(out, STR("*)"));
}

void filter_contains(struct buf *out, const char *name, struct str value) {
    buf_printf(out, "(%s=*", name);
    add_value(out, value);
    buf_add(out, STR("*)"));
}

void filter_equals_sid(struct buf *out, const char *name, const struct sid *sid) {
    unsigned char bytes[SID_SIZE_MAX];
    size_t n = sid_encode(sid, bytes);
    buf_printf(out, "(%s=", name);
    for (size_t i = 0; i < n; i++)
        add_escaped(out, bytes[i]);
    buf_add_byte(out, ')');
}
