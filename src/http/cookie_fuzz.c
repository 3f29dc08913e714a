/* SPDX-License-Identifier: Apache-2.0
 *
 * What was stripped holds nothing that would be stripped or found, the rest stands in its order,
 * and nothing is changed where there was nothing of ours.
 */
#include "http/cookie.h"

#include <stdlib.h>

#define NAME "__Host-kerbgate"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

/* Whether a session token of this header, as cookie_get reads it, is still there. */
static size_t count_in(struct str value, struct str *token) {
    struct header at = {STR("Cookie"), value};
    struct headers h = {&at, 1, 1};
    size_t count;
    *token = cookie_get(&h, STR(NAME), &count);
    must(!token->p || count == 1);
    return count;
}

static bool is_letter_in_order(struct str less, struct str more) {
    for (size_t i = 0; i < more.n && less.n > 0; i++)
        if (more.p[i] == less.p[0] || (less.p[0] == ';' && more.p[i] == ','))
            less = str_from(less, 1);
    return less.n == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str token, in = str_n((const char *)data, size);
    struct arena a;
    arena_init(&a, 3 * size + 256);
    struct str out = cookie_strip(&a, in, STR(NAME));
    must(out.p && is_letter_in_order(out, in) && count_in(out, &token) == 0);
    must(!memmem(out.p, out.n, ";" NAME, sizeof NAME) && !memmem(out.p, out.n, "; " NAME, 17));
    must(str_eq(cookie_strip(&a, out, STR(NAME)), out));
    if (str_eq(out, str_trim(in)))
        must(count_in(in, &token) == 0);
    arena_fini(&a);
    return 0;
}
