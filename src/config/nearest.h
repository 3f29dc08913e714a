/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody probably meant: of the names offered, the one with the fewest typing errors (a
 * letter too many, too few, wrong, or two swapped). Any thread.
 */
#pragma once
#include "base/str.h"

struct nearest {
    struct str typed;
    const char *best; /* NULL: none is near enough to be worth proposing */
    unsigned distance;
};

void nearest_init(struct nearest *n, struct str typed);
/* `name` must outlive `n`. Of two equally near names the one offered first stays. */
void nearest_offer(struct nearest *n, const char *name);
