/* SPDX-License-Identifier: Apache-2.0 */
#include "config/nearest.h"

enum { NAME_MAX_SIZE = 48 };

static unsigned least(unsigned a, unsigned b) { return a < b ? a : b; }

/* Optimal string alignment, ASCII case folded; both at most NAME_MAX_SIZE long. */
static unsigned distance(struct str a, struct str b) {
    unsigned rows[3][NAME_MAX_SIZE + 1];
    unsigned *before = rows[0], *above = rows[1], *row = rows[2];
    for (unsigned j = 0; j <= b.n; j++)
        above[j] = before[j] = j;
    for (unsigned i = 1; i <= a.n; i++) {
        row[0] = i;
        for (unsigned j = 1; j <= b.n; j++) {
            char x = str_lower(a.p[i - 1]), y = str_lower(b.p[j - 1]);
            row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + (x != y));
            if (i > 1 && j > 1 && x == str_lower(b.p[j - 2]) && str_lower(a.p[i - 2]) == y)
                row[j] = least(row[j], before[j - 2] + 1);
        }
        unsigned *reused = before;
        before = above;
        above = row;
        row = reused;
    }
    return above[b.n];
}

void nearest_init(struct nearest *n, struct str typed) {
    /* One error in three letters still shows what was meant; more is guessing. */
    unsigned errors = typed.n < 6 ? 1 : least(4, (unsigned)(typed.n / 3));
    *n = (struct nearest){.typed = typed, .distance = errors + 1};
}

void nearest_offer(struct nearest *n, const char *name) {
    struct str s = str_of(name);
    if (n->typed.n > NAME_MAX_SIZE || s.n > NAME_MAX_SIZE || n->typed.n == 0)
        return;
    unsigned d = distance(n->typed, s);
    if (d < n->distance) {
        n->best = name;
        n->distance = d;
    }
}
