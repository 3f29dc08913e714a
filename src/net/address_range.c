/* SPDX-License-Identifier: Apache-2.0 */
#include "net/address_range.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { MAPPED_BITS = 96, V4_BITS = 32, V6_BITS = 128 };

static const unsigned char MAPPED[MAPPED_BITS / 8] = {[10] = 0xff, [11] = 0xff};

static bool read_address(struct str s, struct address_range *r) {
    char text[INET6_ADDRSTRLEN];
    if (s.n == 0 || s.n >= sizeof text || memchr(s.p, 0, s.n))
        return false;
    memcpy(text, s.p, s.n);
    text[s.n] = 0;
    r->is_ipv6 = str_index(s, ':') < s.n;
    return inet_pton(r->is_ipv6 ? AF_INET6 : AF_INET, text, r->bytes) == 1;
}

static unsigned bits_of(const struct address_range *r) { return r->is_ipv6 ? V6_BITS : V4_BITS; }

static bool read_prefix(struct str s, struct address_range *r) {
    uint64_t n;
    if (!str_to_u64(s, bits_of(r), &n) || (s.n > 1 && s.p[0] == '0'))
        return false;
    r->prefix = (uint8_t)n;
    return true;
}

static void unmap(struct address_range *r) {
    if (!r->is_ipv6 || r->prefix < MAPPED_BITS || memcmp(r->bytes, MAPPED, sizeof MAPPED) != 0)
        return;
    memmove(r->bytes, r->bytes + sizeof MAPPED, sizeof r->bytes - sizeof MAPPED);
    memset(r->bytes + 4, 0, sizeof r->bytes - 4);
    r->prefix = (uint8_t)(r->prefix - MAPPED_BITS);
    r->is_ipv6 = false;
}

/* All of the text but whether the bits behind the prefix are clear. */
static bool read_range(struct str text, struct address_range *r) {
    size_t slash = str_index(text, '/');
    *r = (struct address_range){.prefix = 0};
    if (!read_address(str_head(text, slash), r))
        return false;
    if (slash == text.n)
        r->prefix = (uint8_t)bits_of(r);
    else if (!read_prefix(str_from(text, slash + 1), r))
        return false;
    unmap(r);
    return true;
}

/* The bits of byte `i` that count. */
static unsigned char mask_of(const struct address_range *r, size_t i) {
    size_t from = 8 * i;
    if (r->prefix <= from)
        return 0;
    unsigned missing = r->prefix >= from + 8 ? 0 : (unsigned)(from + 8 - r->prefix);
    return (unsigned char)(0xffU << missing & 0xffU);
}

/* `*r` with nothing behind its prefix; whether something had to be cleared. */
static bool clear_host(struct address_range *r) {
    bool is_changed = false;
    for (size_t i = 0; i < sizeof r->bytes; i++) {
        unsigned char kept = r->bytes[i] & mask_of(r, i);
        is_changed |= kept != r->bytes[i];
        r->bytes[i] = kept;
    }
    return is_changed;
}

bool address_range_parse(struct str text, struct address_range *out) {
    struct address_range r;
    *out = (struct address_range){.prefix = 0};
    if (!read_range(text, &r) || clear_host(&r))
        return false;
    *out = r;
    return true;
}

bool address_range_network(struct str text, char out[ADDRESS_RANGE_TEXT_MAX]) {
    struct address_range r;
    char address[INET6_ADDRSTRLEN];
    out[0] = 0;
    if (!read_range(text, &r) || !clear_host(&r))
        return false;
    inet_ntop(r.is_ipv6 ? AF_INET6 : AF_INET, r.bytes, address, sizeof address);
    snprintf(out, ADDRESS_RANGE_TEXT_MAX, "%s/%u", address, (unsigned)r.prefix);
    return true;
}

static bool read_sockaddr(const struct sockaddr *who, struct address_range *r) {
    *r = (struct address_range){.prefix = V4_BITS};
    if (who->sa_family == AF_INET) {
        memcpy(r->bytes, &((const struct sockaddr_in *)who)->sin_addr, sizeof(struct in_addr));
    } else if (who->sa_family == AF_INET6) {
        *r = (struct address_range){.prefix = V6_BITS, .is_ipv6 = true};
        memcpy(r->bytes, &((const struct sockaddr_in6 *)who)->sin6_addr, sizeof r->bytes);
        unmap(r);
    } else {
        return false;
    }
    return true;
}

static bool has(const struct address_range *range, const struct address_range *one) {
    size_t whole = range->prefix / 8;
    if (range->is_ipv6 != one->is_ipv6 || memcmp(range->bytes, one->bytes, whole) != 0)
        return false;
    return whole == sizeof range->bytes ||
           range->bytes[whole] == (one->bytes[whole] & mask_of(range, whole));
}

bool address_ranges_have(const struct address_range *at, size_t count, const struct sockaddr *who) {
    struct address_range one;
    if (!read_sockaddr(who, &one))
        return false;
    for (size_t i = 0; i < count; i++)
        if (has(&at[i], &one))
            return true;
    return false;
}
