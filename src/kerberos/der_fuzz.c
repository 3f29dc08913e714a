/* SPDX-License-Identifier: Apache-2.0
 *
 * What is read lies inside the input and, written again, is the very bytes it was read from; what
 * is refused moves nothing.
 */
#include "kerberos/der.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str content, rest = str_n((const char *)data, size);
    char *memory = malloc(size + 1);
    uint8_t tag;
    must(memory);
    for (;;) {
        struct str before = rest;
        int64_t value;
        if (!der_read(&rest, &tag, &content)) {
            must(rest.p == before.p && rest.n == before.n && content.n == 0);
            break;
        }
        must(content.p + content.n == rest.p && rest.p + rest.n == (const char *)data + size);
        must(der_int(content, &value) == (content.n > 0 && content.n <= 8));
        struct der_writer w = der_writer(memory, size);
        der_put(&w, content);
        der_wrap(&w, tag, 0);
        must(!w.failed && str_eq(der_written(&w), str_head(before, before.n - rest.n)));
        if (tag & 0x20) /* constructed: its content is next */
            rest = str_n(content.p, content.n + rest.n);
    }
    free(memory);
    return 0;
}
