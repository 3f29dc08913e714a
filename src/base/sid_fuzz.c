/* SPDX-License-Identifier: Apache-2.0
 *
 * What is read as text or as bytes is a SID that writes and reads back as the same.
 */
#include "base/sid.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct sid *s) {
    unsigned char bytes[SID_SIZE_MAX];
    char text[SID_TEXT_MAX];
    struct sid back;
    size_t n = sid_encode(s, bytes);
    if (!sid_decode(str_n((const char *)bytes, n), &back) || !sid_eq(s, &back))
        abort();
    sid_text(s, text);
    if (!sid_parse(str_of(text), &back) || !sid_eq(s, &back))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str in = str_n((const char *)data, size);
    struct sid s;
    if (sid_parse(in, &s))
        check(&s);
    if (sid_decode(in, &s))
        check(&s);
    return 0;
}
