/* SPDX-License-Identifier: Apache-2.0
 *
 * A number that is read writes and reads back as the same; a time lies within the years that can be
 * written; what is refused is 0.
 */
#include "directory/attribute.h"

#include "base/buf.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str in = str_n((const char *)data, size);
    int64_t n, again, s;
    if (attribute_int(in, &n)) {
        struct buf text;
        buf_init(&text, 32);
        buf_printf(&text, "%lld", (long long)n);
        must(attribute_int(buf_str(&text), &again) && again == n);
        buf_fini(&text);
    } else {
        must(n == 0);
    }
    if (attribute_time(in, &s))
        must(s >= INT64_C(-62167219200) && s <= INT64_C(253402300800));
    else
        must(s == 0);
    must(attribute_file_time(in, &s) || s == 0);
    must(attribute_interval(in, &s) ? s >= 0 : s == 0);
    return 0;
}
