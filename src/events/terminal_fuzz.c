/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever is stored, no control character reaches the terminal, and JSON's text is UTF-8.
 */
#include "events/terminal.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str in = str_n((const char *)data, size);
    struct buf out;
    buf_init(&out, 16 * size + 64);
    terminal_lines(&out, in, (struct terminal_wrap){2, 40});
    for (size_t i = 0; i < buf_size(&out); i++) {
        unsigned char c = (unsigned char)buf_str(&out).p[i];
        bool is_c1 = c >= 0x80 && c < 0xa0 && buf_str(&out).p[i - 1] == '\xc2';
        if ((c < 0x20 && c != '\n') || c == 0x7f || is_c1)
            abort();
    }
    buf_clear(&out);
    utf8_clean(&out, in);
    for (struct str rest = buf_str(&out); rest.n > 0;) {
        size_t n = str_utf8(rest);
        if (n == 0)
            abort();
        rest = str_from(rest, n);
    }
    if (out.failed)
        abort();
    buf_fini(&out);
    return 0;
}
