/* SPDX-License-Identifier: Apache-2.0
 *
 * The header by which a load balancer says whose connection it passes on: the PROXY protocol,
 * versions 1 and 2 (haproxy's doc/proxy-protocol.txt, sections 2.1 and 2.2). It must come from
 * somebody who is believed, and stands before anything else, TLS too. No I/O; pure, any thread.
 */
#pragma once
#include "net/resolve.h"

enum {
    PROXY_V1_MAX = 107, /* bytes, its CRLF among them */
    PROXY_HEADER_MAX =
        4096 /* of version 2 with all that is added to it; the reader needs the whole */
};

enum proxy_result {
    PROXY_MORE, /* all of this is the header's; call again with it and what comes behind it */
    PROXY_READY,
    PROXY_REFUSED, /* for good; `e` says why */
};

struct proxy_header {
    size_t size;   /* bytes of the header; what is behind it is the client's */
    bool is_local; /* the balancer speaks for itself or for somebody it does not know: the
                      connection's own addresses stand, and those below are empty */
    union resolve_address source, destination; /* AF_INET or AF_INET6 */
};

/* Reads the header that a connection begins with. `in` is all that has come so far; never
 * PROXY_MORE for PROXY_HEADER_MAX bytes. Whoever was to send a header and sent something else is
 * refused, as is a connection that was not TCP. The additions (TLV) are passed over, but for a
 * checksum (CRC32C), which must be right. */
enum proxy_result proxy_header_read(struct str in, struct proxy_header *out, struct err *e);
