/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sid.h"

#include <stdio.h>

enum { REVISION = 1, HEAD_SIZE = 8, NT_AUTHORITY = 5, DOMAIN_PART = 21, DOMAIN_PARTS = 5 };

static const struct {
    const char *name;
    uint32_t rid;
} GROUPS[] = {
    {"Domain Admins", 512},
    {"Domain Users", 513},
    {"Domain Guests", 514},
    {"Domain Computers", 515},
    {"Domain Controllers", 516},
    {"Cert Publishers", 517},
    {"Schema Admins", 518},
    {"Enterprise Admins", 519},
    {"Group Policy Creator Owners", 520},
    {"Read-only Domain Controllers", 521},
    {"Cloneable Domain Controllers", 522},
    {"Protected Users", 525},
    {"Key Admins", 526},
    {"Enterprise Key Admins", 527},
};

/* "0x" and twelve digits where it does not fit 32 bits, else decimal. */
static bool read_authority(struct str s, uint64_t *out) {
    if (!str_starts(s, STR("0x")) && !str_starts(s, STR("0X")))
        return str_to_u64(s, UINT32_MAX, out);
    *out = 0;
    for (size_t i = 2; i < s.n; i++) {
        int digit = str_hex_digit(s.p[i]);
        if (digit < 0)
            return false;
        *out = *out << 4 | (unsigned)digit;
    }
    return s.n == 14;
}

static bool read_parts(struct str rest, struct sid *out) {
    struct str part;
    uint64_t n;
    while (str_split(&rest, '-', &part)) {
        if (out->count == SID_PARTS_MAX || !str_to_u64(part, UINT32_MAX, &n))
            return false;
        out->parts[out->count++] = (uint32_t)n;
    }
    return out->count > 0;
}

bool sid_parse(struct str text, struct sid *out) {
    struct str part, rest = str_from(text, 4);
    *out = (struct sid){0};
    if (str_eq_ci(str_head(text, 4), STR("S-1-")) && !str_ends(text, STR("-")) &&
        str_split(&rest, '-', &part) && read_authority(part, &out->authority) &&
        read_parts(rest, out))
        return true;
    *out = (struct sid){0};
    return false;
}

void sid_text(const struct sid *s, char out[SID_TEXT_MAX]) {
    unsigned long long authority = s->authority;
    size_t n =
        (size_t)(authority > UINT32_MAX ? snprintf(out, SID_TEXT_MAX, "S-1-0x%012llX", authority)
                                        : snprintf(out, SID_TEXT_MAX, "S-1-%llu", authority));
    for (unsigned i = 0; i < s->count; i++)
        n += (size_t)snprintf(out + n, SID_TEXT_MAX - n, "-%u", (unsigned)s->parts[i]);
}

bool sid_decode(struct str bytes, struct sid *out) {
    const unsigned char *p = (const unsigned char *)bytes.p;
    *out = (struct sid){0};
    if (bytes.n < HEAD_SIZE || p[0] != REVISION || p[1] == 0 || p[1] > SID_PARTS_MAX ||
        bytes.n != HEAD_SIZE + 4 * (size_t)p[1])
        return false;
    out->count = p[1];
    for (size_t i = 2; i < HEAD_SIZE; i++)
        out->authority = out->authority << 8 | p[i];
    for (size_t i = 0; i < out->count; i++)
        for (size_t k = 4; k-- > 0;)
            out->parts[i] = out->parts[i] << 8 | p[HEAD_SIZE + 4 * i + k];
    return true;
}

size_t sid_encode(const struct sid *s, unsigned char out[SID_SIZE_MAX]) {
    if (s->count == 0 || s->count > SID_PARTS_MAX)
        return 0;
    out[0] = REVISION;
    out[1] = (unsigned char)s->count;
    for (size_t i = 0; i < 6; i++)
        out[2 + i] = (unsigned char)(s->authority >> (40 - 8 * i));
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < 4; k++)
            out[HEAD_SIZE + 4 * i + k] = (unsigned char)(s->parts[i] >> (8 * k));
    return HEAD_SIZE + 4 * (size_t)s->count;
}

bool sid_eq(const struct sid *a, const struct sid *b) {
    return a->authority == b->authority && a->count == b->count &&
           memcmp(a->parts, b->parts, a->count * sizeof *a->parts) == 0;
}

bool sid_in_domain(const struct sid *domain, uint32_t rid, struct sid *out) {
    *out = *domain;
    if (domain->count == 0 || domain->count == SID_PARTS_MAX) {
        *out = (struct sid){0};
        return false;
    }
    out->parts[out->count++] = rid;
    return true;
}

bool sid_is_of_domain(const struct sid *s, uint32_t *rid) {
    if (s->authority != NT_AUTHORITY || s->count != DOMAIN_PARTS || s->parts[0] != DOMAIN_PART)
        return false;
    *rid = s->parts[DOMAIN_PARTS - 1];
    return true;
}

bool sid_rid_of_group(struct str name, uint32_t *rid) {
    for (size_t i = 0; i < sizeof GROUPS / sizeof *GROUPS; i++) {
        if (str_eq_ci(name, str_of(GROUPS[i].name))) {
            *rid = GROUPS[i].rid;
            return true;
        }
    }
    return false;
}
