/* SPDX-License-Identifier: Apache-2.0
 *
 * What is written in base64 reads back as it was; what is read writes back as it was, because only
 * one spelling is accepted; no log value has a control byte or is anything but UTF-8, nor has a
 * string of JSON; and no page gets markup.
 */
#include "base/encode.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str in = str_n((const char *)data, size);
    struct buf there, back;
    buf_init(&there, 6 * size + 16);
    buf_init(&back, 6 * size + 16);
    encode_base64(&there, in);
    if (!decode_base64(&back, buf_str(&there)) || !str_eq(buf_str(&back), in))
        abort();
    buf_clear(&there);
    buf_clear(&back);
    if (decode_base64(&there, in)) {
        encode_base64(&back, buf_str(&there));
        if (!str_eq(buf_str(&back), in))
            abort();
    }
    buf_clear(&back);
    encode_log(&back, in);
    for (struct str s = buf_str(&back); s.n; s = str_from(s, str_utf8(s)))
        if (str_utf8(s) == 0 || (unsigned char)s.p[0] < 0x20 || s.p[0] == 0x7f ||
            str_starts(s, STR("\xc2\x9b")))
            abort();
    buf_clear(&back);
    encode_json(&back, in);
    for (struct str s = buf_str(&back); s.n; s = str_from(s, str_utf8(s)))
        if (str_utf8(s) == 0 || (unsigned char)s.p[0] < 0x20)
            abort();
    buf_clear(&back);
    encode_html(&back, in);
    for (const char *c = "<>\"'"; *c; c++)
        if (str_index(buf_str(&back), *c) < buf_size(&back))
            abort();
    buf_fini(&back);
    buf_fini(&there);
    return 0;
}
