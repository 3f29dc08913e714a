/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts lie inside the input, and bytes are never more than the text they were written in.
 */
#include "http/pasted.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

static void must_be_inside(struct str in, struct str part) {
    must(part.n == 0 || (part.p >= in.p && part.p + part.n <= in.p + in.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct pasted p;
    struct str in = str_n((const char *)data, size);
    must(pasted_read(in, &p));
    must(p.count <= PASTED_VALUES_MAX && p.status <= 999);
    for (size_t i = 0; i < p.count; i++) {
        const struct pasted_value *v = &p.values[i];
        char wrong[PASTED_WRONG_MAX];
        struct arena arena;
        struct str bytes;
        must_be_inside(in, v->name);
        must_be_inside(in, v->text);
        must(v->scheme <= PASTED_NO_SCHEME && v->side <= PASTED_SERVER);
        arena_init(&arena, 2 * PASTED_MAX);
        bool done = pasted_bytes(&arena, v->text, &bytes, wrong);
        must(done ? bytes.n <= v->text.n : bytes.n == 0 && wrong[0]);
        arena_fini(&arena);
    }
    return 0;
}
