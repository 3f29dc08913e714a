/* SPDX-License-Identifier: Apache-2.0
 *
 * Networks of addresses as an administrator writes them: "10.0.0.0/8", "fd00::/8", or one address
 * alone (RFC 4632 section 3.1, RFC 4291 section 2.3). An IPv4 address that comes inside an IPv6 one
 * ("::ffff:10.0.0.1", RFC 4291 section 2.5.5.2) is that IPv4 address. Pure, any thread.
 */
#pragma once
#include "base/str.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct address_range {
    unsigned char bytes[sizeof(struct in6_addr)]; /* IPv4: the first four */
    uint8_t prefix;                               /* bits of `bytes` that count */
    bool is_ipv6;
};

enum { ADDRESS_RANGE_TEXT_MAX = INET6_ADDRSTRLEN + sizeof("/128") };

/* False for anything but a numeric address without brackets or port, alone or with its network's
 * prefix length, behind which no bit may be set: "10.0.0.1/8" could be meant as one host or as a
 * network. */
bool address_range_parse(struct str text, struct address_range *out);
/* For a text that was refused for the bits behind its prefix: the network it lies in, "10.0.0.0/8".
 * False, with an empty `out`, for all others. */
bool address_range_network(struct str text, char out[ADDRESS_RANGE_TEXT_MAX]);
/* Whether `who`, of the family AF_INET or AF_INET6, is in one of `count` ranges; false for every
 * other family. */
bool address_ranges_have(const struct address_range *at, size_t count, const struct sockaddr *who);
