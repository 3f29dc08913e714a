/* SPDX-License-Identifier: Apache-2.0
 *
 * Two names, with a line break between them: each is the same as itself, and likeness goes both
 * ways.
 */
#include "directory/likeness.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str in = str_n((const char *)data, size);
    size_t end = str_index(in, '\n');
    struct str a = str_head(in, end), b = str_from(in, end + 1);
    struct spn s;
    must(likeness_of(a, a) == LIKENESS_SAME);
    enum likeness l = likeness_of(a, b);
    must(l <= LIKENESS_NONE && likeness_of(b, a) <= LIKENESS_NONE);
    must((l == LIKENESS_SAME) == (likeness_of(b, a) == LIKENESS_SAME));
    char shown[64];
    likeness_show(a, shown, sizeof shown);
    must(strlen(shown) < sizeof shown);
    if (spn_split(a, &s))
        must(s.service.n > 0 && s.host.n > 0 && s.service.n + s.host.n + s.port.n < a.n);
    return 0;
}
