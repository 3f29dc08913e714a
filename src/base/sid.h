/* SPDX-License-Identifier: Apache-2.0
 *
 * Security identifiers of Windows domains (MS-DTYP 2.4.2): what accounts and groups really are
 * called, whatever their names. As text ("S-1-5-21-1-2-3-512"), and as the bytes that stand in
 * tickets and in the directory. Sans-I/O, any thread.
 */
#pragma once
#include "base/str.h"

enum {
    SID_PARTS_MAX = 15,
    SID_SIZE_MAX = 8 + 4 * SID_PARTS_MAX,
    SID_TEXT_MAX = 192, /* "S-1-0x", 12 digits, 15 parts of 11, and a NUL */
};

struct sid {
    uint64_t authority; /* 48 bits */
    unsigned count;     /* 1 to SID_PARTS_MAX; 0: no SID */
    uint32_t parts[SID_PARTS_MAX];
};

/* MS-DTYP 2.4.2.1; false, with `out` all zero, for anything else. */
bool sid_parse(struct str text, struct sid *out);
void sid_text(const struct sid *s, char out[SID_TEXT_MAX]);
/* MS-DTYP 2.4.2.2, all of `bytes`; false, with `out` all zero, for anything else. */
bool sid_decode(struct str bytes, struct sid *out);
/* How many bytes it wrote; 0 for what is no SID. */
size_t sid_encode(const struct sid *s, unsigned char out[SID_SIZE_MAX]);

bool sid_eq(const struct sid *a, const struct sid *b);
/* The account or group with this number in `domain`; false when there is no room for it. */
bool sid_in_domain(const struct sid *domain, uint32_t rid, struct sid *out);
/* Whether it is of a domain: S-1-5-21 and three parts, then the last one, which is `*rid`. Those of
 * one machine (S-1-5-32) and of no place (S-1-1-0) are not. */
bool sid_is_of_domain(const struct sid *s, uint32_t *rid);

/* The number of a group that every domain has, by the name that it has in English (MS-DTYP 2.4.2.4,
 * ASCII case aside); false when there is none of this name. */
bool sid_rid_of_group(struct str name, uint32_t *rid);
