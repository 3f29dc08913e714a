/* SPDX-License-Identifier: Apache-2.0
 *
 * Names that are recognised by their form alone, wherever they stand in a text: addresses, security
 * identifiers and GUIDs. Pure, any thread.
 */
#pragma once
#include "base/str.h"

enum redact_number_kind {
    NUMBER_NONE,
    NUMBER_IPV4, /* RFC 791, dotted */
    NUMBER_IPV6, /* RFC 4291 section 2.2, without brackets and zone */
    NUMBER_SID,  /* "S-1-…" (MS-DTYP 2.4.2.1) that names a domain or an account of one */
    NUMBER_GUID, /* 8-4-4-4-12 hexadecimal digits (RFC 9562 section 4) */
};

struct redact_number {
    enum redact_number_kind kind;
    size_t n; /* bytes it takes at the start of the text */
};

/* What `s` begins with; the caller sees to it that no letter or digit stands before it. Addresses
 * and SIDs that are the same everywhere (loopback, "any", built-in groups) count as none. */
struct redact_number redact_number_at(struct str s);

/* Of a SID of a domain: how many of its bytes are the domain's, without the hyphen behind them. */
size_t redact_sid_domain(struct str sid);
