/* SPDX-License-Identifier: Apache-2.0
 *
 * What is written in base64 reads back as it was; what is read writes back as it was, because only
 * one spelling is accepted; and no log value has a control byte.
 */
#include "base/encode.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str in = str_n((const char *)data, size);
    struct buf there, back;
    buf_init(&there, 4 * size + 16);
    buf_init(&back, 4 * size + 16);
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
    for (size_t i = 0; i < buf_size(&back); i++)
        if ((unsigned char)buf_str(&back).p[i] < 0x20)
            abort();
    buf_fini(&back);
    buf_fini(&there);
    return 0;
}
