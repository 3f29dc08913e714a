/* SPDX-License-Identifier: Apache-2.0 */
#include "directory/security_descriptor.h"

enum {
    HEAD_SIZE = 20,
    LIST_HEAD_SIZE = 8,
    ACE_HEAD_SIZE = 4,
    REVISION = 1,
    SELF_RELATIVE = 0x8000, /* of Control, MS-DTYP 2.4.6 */
    LIST_PRESENT = 0x4,
    INHERIT_ONLY = 0x8, /* of AceFlags, 2.4.4.1 */
    TYPE_PRESENT = 1,   /* of an object ACE's Flags, 2.4.4.3 */
    INHERITED_TYPE_PRESENT = 2,
    GUID_SIZE = 16,
};

#define GENERIC_ALL UINT32_C(0x10000000)

/* AceType, MS-DTYP 2.4.4.1. */
enum {
    ALLOW = 0,
    DENY = 1,
    ALLOW_OBJECT = 5,
    DENY_OBJECT = 6,
    ALLOW_CALLBACK = 9,
    DENY_CALLBACK = 10,
    ALLOW_CALLBACK_OBJECT = 11,
    DENY_CALLBACK_OBJECT = 12,
};

static uint32_t u16(struct str s, size_t at) {
    return (uint32_t)(unsigned char)s.p[at] | (uint32_t)(unsigned char)s.p[at + 1] << 8;
}

static uint32_t u32(struct str s, size_t at) { return u16(s, at) | u16(s, at + 2) << 16; }

static bool is_object(int type) {
    return type == ALLOW_OBJECT || type == DENY_OBJECT || type == ALLOW_CALLBACK_OBJECT ||
           type == DENY_CALLBACK_OBJECT;
}

static bool is_callback(int type) { return type >= ALLOW_CALLBACK && type <= DENY_CALLBACK_OBJECT; }

static bool is_about_rights(int type) {
    return type == ALLOW || type == DENY || is_object(type) || is_callback(type);
}

static bool allows(int type) {
    return type == ALLOW || type == ALLOW_OBJECT || type == ALLOW_CALLBACK ||
           type == ALLOW_CALLBACK_OBJECT;
}

/* The SID at the start of `s`; an ACE may have more behind it. */
static bool read_sid(struct str s, struct sid *out) {
    size_t n = s.n > 1 ? 8 + 4 * (size_t)(unsigned char)s.p[1] : SIZE_MAX;
    return n <= s.n && sid_decode(str_head(s, n), out);
}

/* `body`: what follows the ACE's head. */
static bool read_ace(int type, int flags, struct str body, struct security_ace *out) {
    if (body.n < 4)
        return false;
    *out = (struct security_ace){.is_allow = allows(type),
                                 .is_for_part = flags & INHERIT_ONLY,
                                 .is_conditional = is_callback(type),
                                 .mask = u32(body, 0)};
    body = str_from(body, 4);
    if (is_object(type)) {
        uint32_t present = body.n < 4 ? UINT32_MAX : u32(body, 0);
        size_t guids = (present & TYPE_PRESENT ? GUID_SIZE : 0) +
                       (present & INHERITED_TYPE_PRESENT ? GUID_SIZE : 0);
        if (body.n < 4 + guids)
            return false;
        out->is_for_part |= (present & TYPE_PRESENT) != 0;
        body = str_from(body, 4 + guids);
    }
    return read_sid(body, &out->sid);
}

static bool read_list(struct str list, struct security_descriptor *out) {
    if (list.n < LIST_HEAD_SIZE)
        return false;
    size_t size = u16(list, 2), count = u16(list, 4);
    if (size < LIST_HEAD_SIZE || size > list.n)
        return false;
    struct str rest = str_n(list.p + LIST_HEAD_SIZE, size - LIST_HEAD_SIZE);
    for (size_t i = 0; i < count; i++) {
        size_t n = rest.n < ACE_HEAD_SIZE ? 0 : u16(rest, 2);
        struct security_ace ace;
        if (n < ACE_HEAD_SIZE || n > rest.n)
            return false;
        int type = (unsigned char)rest.p[0], flags = (unsigned char)rest.p[1];
        struct str body = str_n(rest.p + ACE_HEAD_SIZE, n - ACE_HEAD_SIZE);
        if (is_about_rights(type) && !read_ace(type, flags, body, &ace))
            return false;
        if (is_about_rights(type) && out->count < SECURITY_ACES_MAX)
            out->ace[out->count++] = ace;
        else
            out->is_cut |= is_about_rights(type);
        rest = str_from(rest, n);
    }
    return true;
}

bool security_descriptor_read(struct str bytes, struct security_descriptor *out) {
    memset(out, 0, sizeof *out);
    if (bytes.n < HEAD_SIZE || bytes.p[0] != REVISION || !(u16(bytes, 2) & SELF_RELATIVE))
        return false;
    size_t at = u32(bytes, 16);
    if (!(u16(bytes, 2) & LIST_PRESENT) || at == 0)
        return true;
    out->has_list = true;
    if (at >= HEAD_SIZE && at <= bytes.n && read_list(str_from(bytes, at), out))
        return true;
    memset(out, 0, sizeof *out);
    return false;
}

bool security_ace_is_about_acting(const struct security_ace *a) {
    return !a->is_for_part && (a->mask & (SECURITY_ACT | GENERIC_ALL)) != 0;
}

static bool is_one_of(const struct sid *sid, const struct sid *sids, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (sid_eq(sid, &sids[i]))
            return true;
    }
    return false;
}

bool security_descriptor_lets_act(const struct security_descriptor *d, const struct sid *sids,
                                  size_t count) {
    if (!d->has_list)
        return true;
    for (unsigned i = 0; i < d->count; i++) {
        const struct security_ace *a = &d->ace[i];
        /* A condition is taken to hold where it denies, and not where it allows. */
        if (security_ace_is_about_acting(a) && is_one_of(&a->sid, sids, count) &&
            !(a->is_allow && a->is_conditional))
            return a->is_allow;
    }
    return false;
}
