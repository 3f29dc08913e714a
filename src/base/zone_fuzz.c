/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever a file of a time zone has in it, and whatever a rule says: some offset comes out at all
 * times, within the bounds of the format.
 */
#include "base/zone.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OFFSET_MAX_S = 27 * 3600 };

static void look(const struct zone *z) {
    for (int64_t s = -4000000000; s < 8000000000; s += 123456789) {
        int32_t offset = zone_offset_s(z, s);
        if (offset < -OFFSET_MAX_S || offset > OFFSET_MAX_S)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct str in = str_n((const char *)data, size);
    struct arena a;
    struct zone z;
    arena_init(&a, 1 << 20);
    if (zone_parse(&a, in, &z))
        look(&z);
    z = (struct zone){.has_rule = true};
    if (zone_rule_parse(in, &z.rule))
        look(&z);
    arena_fini(&a);
    return 0;
}
