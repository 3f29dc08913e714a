/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever the value, the filter is one comparison, in printable ASCII, and its value unescaped is
 * the one that was given.
 */
#include "directory/filter.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int digit_of(char c) { return c >= 'a' ? c - 'a' + 10 : c - '0'; }

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct buf out, back;
    buf_init(&out, 3 * size + 16);
    buf_init(&back, size + 1);
    filter_equals(&out, "cn", str_n((const char *)data, size));
    struct str s = buf_str(&out);
    if (out.failed || !str_starts(s, STR("(cn=")) || !str_ends(s, STR(")")))
        abort();
    s = str_head(str_from(s, 4), s.n - 5);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < 0x20 || s.p[i] == 0x7f || s.p[i] == '(' || s.p[i] == ')' || s.p[i] == '*')
            abort();
        if (s.p[i] != '\\') {
            buf_add_byte(&back, s.p[i]);
            continue;
        }
        if (i + 2 >= s.n)
            abort();
        buf_add_byte(&back, (char)(digit_of(s.p[i + 1]) << 4 | digit_of(s.p[i + 2])));
        i += 2;
    }
    if (!str_eq(buf_str(&back), str_n((const char *)data, size)))
        abort();
    buf_fini(&out);
    buf_fini(&back);
    return 0;
}
