/* SPDX-License-Identifier: Apache-2.0
 *
 * The first line is the value of a field that is encoded and must come back; the rest is a body.
 */
#include "base/encode.h"
#include "http/form.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str value, line, body = str_n((const char *)data, size);
    struct arena a;
    struct buf form;
    arena_init(&a, 4 * size + 64);
    if (form_get(&a, body, STR("a"), &value))
        must(value.p && value.n <= size && !memchr(value.p, 0, value.n));
    else
        must(!value.p);
    if (str_split(&body, '\n', &line)) {
        buf_init(&form, 4 * size + 64);
        buf_add(&form, STR("b=%zz&\nfield="));
        encode_query(&form, line);
        bool has_nul = line.n > 0 && memchr(line.p, 0, line.n);
        must(form_get(&a, buf_str(&form), STR("\nfield"), &value) == !has_nul);
        must(has_nul || str_eq(value, line));
        buf_add(&form, STR("&"));
        buf_add(&form, body);
        if (form_get(&a, buf_str(&form), STR("\nfield"), &value))
            must(str_eq(value, line));
        buf_add(&form, STR("&%0afiel%64"));
        must(!form_get(&a, buf_str(&form), STR("\nfield"), &value));
        buf_fini(&form);
    }
    arena_fini(&a);
    return 0;
}
