/* SPDX-License-Identifier: Apache-2.0 */
#include "kerberos/pac.h"

enum {
    TYPE_LOGON_INFO = 1, /* MS-PAC 2.4 */
    TYPE_UPN = 12,
    BUFFERS_MAX = 64,
    ENTRY_SIZE = 16,

    /* KERB_VALIDATION_INFO (MS-PAC 2.5) in NDR (MS-RPCE 2.2.6): two headers and a pointer, then
     * the fixed part, then what its pointers point to, in order. */
    NDR_HEADER_SIZE = 20,
    NDR_VERSION_1_LITTLE_ENDIAN = 0x1001,
    AT_REFERENT = 16,
    AT_NAMES = 48, /* EffectiveName, the first of six strings of 8 bytes */
    NAME_COUNT = 6,
    AT_USER = 100,
    AT_PRIMARY_GROUP = 104,
    AT_GROUP_COUNT = 108,
    AT_GROUP_POINTER = 112,
    AT_LOGON_SERVER = 136, /* two strings more, */
    AT_LOGON_DOMAIN = 144,
    AT_DOMAIN_POINTER = 152,
    AT_ACCOUNT_CONTROL = 164,
    AT_EXTRA_COUNT = 196,
    AT_EXTRA_POINTER = 200,
    AT_RESOURCES_POINTER = 204,
    AT_LOCAL_COUNT = 208,
    AT_LOCAL_POINTER = 212,
    FIXED_SIZE = 216,
    USER_NOT_DELEGATED = 0x4000, /* MS-SAMR 2.2.1.12 */
    RID_PROTECTED_USERS = 525,
    GROUPS_MAX = 4096,
};

/* Reads at `at`, which the caller has checked to be inside. */
static uint32_t u16_at(struct str s, size_t at) {
    return (uint32_t)(unsigned char)s.p[at] | (uint32_t)(unsigned char)s.p[at + 1] << 8;
}

static uint32_t u32_at(struct str s, size_t at) { return u16_at(s, at) | u16_at(s, at + 2) << 16; }

static bool slice(struct str s, uint64_t at, uint64_t n, struct str *out) {
    if (at > s.n || n > s.n - at)
        return false;
    *out = str_n(s.p + at, n);
    return true;
}

static bool take(struct str *rest, size_t n, struct str *out) {
    if (!slice(*rest, 0, n, out))
        return false;
    *rest = str_from(*rest, n);
    return true;
}

static size_t put_utf8(uint32_t c, char out[4]) {
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        out[i] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)((0xf00u >> n) | c);
    return n;
}

/* UTF-16LE to UTF-8; a lone surrogate or a NUL is refused, as it has no place in a name. */
static bool read_name(struct str in, char out[PAC_NAME_MAX]) {
    size_t used = 0;
    for (size_t i = 0; i + 1 < in.n; i += 2) {
        uint32_t c = u16_at(in, i);
        if (c >= 0xd800 && c < 0xdc00 && i + 3 < in.n && (u16_at(in, i + 2) & 0xfc00) == 0xdc00) {
            c = 0x10000 + ((c & 0x3ff) << 10 | (u16_at(in, i + 2) & 0x3ff));
            i += 2;
        }
        if (c == 0 || (c >= 0xd800 && c < 0xe000) || used + 4 >= PAC_NAME_MAX)
            return false;
        used += put_utf8(c, out + used);
    }
    out[used] = '\0';
    return in.n % 2 == 0;
}

/* What a string pointer points to: maximum count, offset, actual count, characters, padding. */
static bool take_string(struct str *rest, struct str *out) {
    struct str counts, padding;
    if (!take(rest, 12, &counts))
        return false;
    uint64_t size = (uint64_t)u32_at(counts, 8) * 2;
    return u32_at(counts, 4) == 0 && size <= rest->n && take(rest, size, out) &&
           (size % 4 == 0 || take(rest, 4 - size % 4, &padding));
}

/* RPC_UNICODE_STRING (MS-DTYP 2.3.10), of which the fixed part has size and pointer; none where
 * the pointer is null. */
static bool take_name(struct str *rest, struct str fixed, size_t at, struct str *out) {
    uint32_t size = u16_at(fixed, at);
    *out = STR_NONE;
    if (u32_at(fixed, at + 4) == 0)
        return true;
    bool done = take_string(rest, out) && size <= out->n;
    *out = str_head(*out, size);
    return done;
}

/* An array of `count` elements of 8 bytes; none where the pointer is null. */
static bool take_array(struct str *rest, struct str fixed, size_t at_count, size_t at_pointer,
                       struct str *out) {
    struct str header;
    uint32_t count = u32_at(fixed, at_count);
    *out = STR_NONE;
    if (u32_at(fixed, at_pointer) == 0)
        return true;
    return take(rest, 4, &header) && u32_at(header, 0) == count && count <= GROUPS_MAX &&
           take(rest, 8 * (size_t)count, out);
}

/* MS-DTYP 2.4.2.3: the number of parts, and then a SID as everywhere. */
static bool take_sid(struct str *rest, struct sid *out) {
    struct str header, bytes;
    return take(rest, 4, &header) && u32_at(header, 0) <= SID_PARTS_MAX &&
           take(rest, 8 + 4 * (size_t)u32_at(header, 0), &bytes) && sid_decode(bytes, out);
}

/* KERB_SID_AND_ATTRIBUTES (MS-PAC 2.2.1): pointers first, and then what they point to. */
static bool take_extra(struct str *rest, struct str fixed, struct pac *out) {
    struct str pointers;
    struct sid unused;
    if (!take_array(rest, fixed, AT_EXTRA_COUNT, AT_EXTRA_POINTER, &pointers))
        return false;
    out->extra = *rest;
    for (size_t at = 0; at < pointers.n; at += 8) {
        if (u32_at(pointers, at) == 0)
            continue;
        out->extra_count++;
        if (!take_sid(rest, &unused))
            return false;
    }
    return true;
}

/* MS-PAC 2.5: the number 0 is that of an account which is not of this domain. */
static bool take_domain(struct str *rest, struct str fixed, struct pac *out) {
    out->has_groups = u32_at(fixed, AT_DOMAIN_POINTER) != 0;
    if (!out->has_groups)
        return true;
    uint32_t user = u32_at(fixed, AT_USER);
    return take_sid(rest, &out->domain) &&
           (user == 0 || sid_in_domain(&out->domain, user, &out->sid));
}

static bool take_groups(struct str *rest, struct str fixed, struct pac *out) {
    struct str text;
    if (!take_array(rest, fixed, AT_GROUP_COUNT, AT_GROUP_POINTER, &out->groups))
        return false;
    if (!take_name(rest, fixed, AT_LOGON_SERVER, &text) ||
        !take_name(rest, fixed, AT_LOGON_DOMAIN, &text) || !read_name(text, out->netbios))
        return false;
    out->primary_group = u32_at(fixed, AT_PRIMARY_GROUP);
    return take_domain(rest, fixed, out) && take_extra(rest, fixed, out) &&
           (u32_at(fixed, AT_RESOURCES_POINTER) == 0 || take_sid(rest, &out->resources)) &&
           take_array(rest, fixed, AT_LOCAL_COUNT, AT_LOCAL_POINTER, &out->local);
}

static bool take_names(struct str *rest, struct str fixed, struct pac *out) {
    struct str text;
    for (size_t i = 0; i < NAME_COUNT; i++) {
        if (!take_name(rest, fixed, AT_NAMES + 8 * i, &text) ||
            (i == 0 && !read_name(text, out->account)))
            return false;
    }
    return true;
}

static bool read_logon_info(struct str in, struct pac *out) {
    struct str headers, fixed;
    /* MS-RPCE 2.2.6.1: what says big-endian, or that it points to nothing, is not read as if. */
    if (!take(&in, NDR_HEADER_SIZE, &headers) ||
        u16_at(headers, 0) != NDR_VERSION_1_LITTLE_ENDIAN || u32_at(headers, AT_REFERENT) == 0 ||
        !take(&in, FIXED_SIZE, &fixed) || !take_names(&in, fixed, out) ||
        !take_groups(&in, fixed, out))
        return false;
    out->is_sensitive = u32_at(fixed, AT_ACCOUNT_CONTROL) & USER_NOT_DELEGATED;
    for (size_t at = 0; at < out->groups.n; at += 8)
        out->is_protected |= u32_at(out->groups, at) == RID_PROTECTED_USERS;
    return true;
}

static bool find_number(const struct sid *domain, struct str groups, pac_group_fn *is_it,
                        void *user) {
    struct sid group;
    for (size_t at = 0; at < groups.n; at += 8) {
        if (sid_in_domain(domain, u32_at(groups, at), &group) && is_it(user, &group))
            return true;
    }
    return false;
}

bool pac_find_group(const struct pac *p, pac_group_fn *is_it, void *user) {
    struct sid group;
    struct str rest = p->extra;
    for (uint32_t i = 0; i < p->extra_count && take_sid(&rest, &group); i++) {
        if (is_it(user, &group))
            return true;
    }
    return (sid_in_domain(&p->domain, p->primary_group, &group) && is_it(user, &group)) ||
           find_number(&p->domain, p->groups, is_it, user) ||
           find_number(&p->resources, p->local, is_it, user);
}

/* UPN_DNS_INFO (MS-PAC 2.10): lengths and offsets into the buffer itself. */
static bool read_upn(struct str in, struct pac *out) {
    struct str name;
    return in.n >= 12 && slice(in, u16_at(in, 2), u16_at(in, 0), &name) &&
           read_name(name, out->upn);
}

/* MS-PAC 2.4: the first buffer of a type counts. */
static bool is_first(struct str entries, size_t at) {
    for (size_t i = 0; i < at; i += ENTRY_SIZE) {
        if (u32_at(entries, i) == u32_at(entries, at))
            return false;
    }
    return true;
}

static bool read_buffers(struct str in, struct pac *out) {
    struct str entries, content;
    /* MS-PAC 2.3: the version is 0. */
    if (in.n < 8 || u32_at(in, 4) != 0 || u32_at(in, 0) > BUFFERS_MAX ||
        !slice(in, 8, (uint64_t)u32_at(in, 0) * ENTRY_SIZE, &entries))
        return false;
    for (size_t at = 0; at < entries.n; at += ENTRY_SIZE) {
        uint32_t type = u32_at(entries, at);
        uint64_t offset = (uint64_t)u32_at(entries, at + 12) << 32 | u32_at(entries, at + 8);
        if (!slice(in, offset, u32_at(entries, at + 4), &content))
            return false;
        if (!is_first(entries, at))
            continue;
        if ((type == TYPE_LOGON_INFO && !read_logon_info(content, out)) ||
            (type == TYPE_UPN && !read_upn(content, out)))
            return false;
    }
    return true;
}

bool pac_decode(struct str in, struct pac *out) {
    memset(out, 0, sizeof *out);
    bool done = read_buffers(in, out);
    if (!done)
        memset(out, 0, sizeof *out);
    return done;
}
