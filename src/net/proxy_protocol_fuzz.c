/* SPDX-License-Identifier: Apache-2.0
 *
 * However a header arrives in pieces, and whatever comes behind it, it is read as the same; what is
 * refused stays refused; and nobody is waited for without end.
 */
#include "net/proxy_protocol.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

static bool is_same(const struct proxy_header *a, const struct proxy_header *b) {
    return a->size == b->size && a->is_local == b->is_local &&
           memcmp(&a->source.v6, &b->source.v6, sizeof a->source.v6) == 0 &&
           memcmp(&a->destination.v6, &b->destination.v6, sizeof a->destination.v6) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct proxy_header all, part;
    struct err e;
    enum proxy_result last = proxy_header_read(str_n((const char *)data, size), &all, &e);
    must(last != PROXY_MORE || size < PROXY_HEADER_MAX);
    must(last != PROXY_READY || (all.size <= size && all.size <= PROXY_HEADER_MAX));
    must(last != PROXY_READY || (all.source.any.sa_family == AF_UNSPEC) == all.is_local);
    must(last != PROXY_READY || all.source.any.sa_family == all.destination.any.sa_family);
    bool is_over = false;
    for (size_t n = 0; n < size && n <= PROXY_HEADER_MAX; n++) {
        enum proxy_result now = proxy_header_read(str_n((const char *)data, n), &part, &e);
        must(now == PROXY_MORE ? !is_over : now == last);
        must(now != PROXY_READY || (n >= all.size && is_same(&part, &all)));
        is_over = now != PROXY_MORE;
    }
    must(last != PROXY_READY || is_over == (all.size < size));
    return 0;
}
