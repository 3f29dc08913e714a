/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever is read has SIDs that write and read back as the same, and entries within the limit;
 * what is refused leaves nothing behind, and without a list everybody may act.
 */
#include "directory/security_descriptor.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool is_true) {
    if (!is_true)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct security_descriptor d;
    struct sid nobody = {.authority = 99, .count = 1};
    if (!security_descriptor_read(str_n((const char *)data, size), &d)) {
        must(d.count == 0 && !d.has_list && !d.is_cut);
        return 0;
    }
    must(d.count <= SECURITY_ACES_MAX && (d.has_list || d.count == 0));
    must(security_descriptor_lets_act(&d, NULL, 0) == !d.has_list);
    for (unsigned i = 0; i < d.count; i++) {
        unsigned char bytes[SID_SIZE_MAX];
        struct sid back;
        size_t n = sid_encode(&d.ace[i].sid, bytes);
        must(sid_decode(str_n((const char *)bytes, n), &back) && sid_eq(&back, &d.ace[i].sid));
        if (i == 0 && security_ace_is_about_acting(&d.ace[0]) && !d.ace[0].is_conditional)
            must(security_descriptor_lets_act(&d, &back, 1) == d.ace[0].is_allow);
    }
    security_descriptor_lets_act(&d, &nobody, 1);
    return 0;
}
