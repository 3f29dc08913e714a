/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever is read, what is told is bounded, is UTF-8 and can be written; what is refused says why;
 * and a token that is told whole is told the same once more.
 */
#include "kerberos/token.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

static char *all_of(struct str in, struct token *out) {
    struct telling t;
    size_t i;
    json_t *line;
    must(telling_init(&t));
    bool is_known = token_decode(in, &t, out);
    must(is_known == (out->kind != TOKEN_UNKNOWN));
    must(is_known || out->reading.wrong[0]);
    must(t.depth == 0 && json_array_size(t.lines) <= TELLING_MOST + 1);
    must(memchr(out->reading.wrong, 0, sizeof out->reading.wrong));
    json_array_foreach(t.lines, i, line) must(json_string_length(line) < 8 * TELLING_TEXT_MAX);
    char *text = json_dumps(t.json, JSON_ENSURE_ASCII);
    must(text);
    telling_fini(&t);
    return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct token one, other;
    struct str in = str_n((const char *)data, size);
    char *first = all_of(in, &one), *second = all_of(in, &other);
    must(strcmp(first, second) == 0 && one.kind == other.kind);
    free(first);
    free(second);
    return 0;
}
