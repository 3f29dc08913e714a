/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever is sent, one of the languages that there are is chosen, and the same one again when the
 * header is written with other letters.
 */
#include "http/language.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct str OFFERED[] = {STR("en"), STR("de"), STR("pt-BR"), STR("zh-Hant-TW")};
    enum { COUNT = sizeof OFFERED / sizeof *OFFERED };
    size_t chosen = language_choose(str_n((const char *)data, size), OFFERED, COUNT);
    char *folded = malloc(size + 1);
    if (!folded)
        return 0;
    for (size_t i = 0; i < size; i++)
        folded[i] = str_lower((char)data[i]);
    if (chosen >= COUNT || language_choose(str_n(folded, size), OFFERED, COUNT) != chosen)
        abort();
    free(folded);
    language_direction(str_n((const char *)data, size));
    return 0;
}
