/* SPDX-License-Identifier: Apache-2.0
 *
 * The clock on the wall of a place: time zones of the system's database, as compiled files (RFC
 * 9636) that are read once. libc has one zone for a whole process; a configuration may name many.
 * What was read is immutable, lives in the arena and may be used by any thread.
 */
#pragma once
#include "base/arena.h"
#include "base/zone_rule.h"

enum { ZONE_FILE_MAX = 64 * 1024, ZONE_NAME_MAX = 64 };

struct zone {
    size_t count;          /* changes of the clock */
    const int64_t *at;     /* when, in seconds since 1970, ascending */
    const int32_t *offset; /* from then on; seconds east of UTC */
    int32_t first;         /* before all of them */
    bool has_rule;         /* behind the last one, `rule` goes on; else nothing changes */
    struct zone_rule rule;
};

/* "Europe/Berlin" or "UTC", from the folder of the system's database. NULL with `*why`, which
 * continues "the value ...": no such zone, or a file that is damaged. */
const struct zone *zone_load(struct arena *a, struct str name, const char **why);
/* The bytes of such a file, of version 2 or later. False when they are no such file, or the arena
 * is full. */
bool zone_parse(struct arena *a, struct str bytes, struct zone *out);

/* Seconds that the place's clock is ahead of UTC. */
int32_t zone_offset_s(const struct zone *z, int64_t wall_s);
