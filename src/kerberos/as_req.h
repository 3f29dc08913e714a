/* SPDX-License-Identifier: Apache-2.0
 *
 * The first message of an AS exchange (RFC 4120 5.4.1), without proof of anything: what every
 * client sends before it knows whether the KDC wants a proof. The doctor sends it to look whether a
 * KDC is there and what its clock says; an answer of any kind is enough for that, and no KDC counts
 * it as a failed log-on. Sans-I/O, any thread.
 */
#pragma once
#include "kerberos/der.h"

#include <stdint.h>

struct as_req {
    struct str client; /* name, components with '/' between them; at most AS_REQ_PARTS_MAX */
    struct str realm;
    int64_t now_s;  /* of this host; the ticket is asked for until ten hours later */
    uint32_t nonce; /* any number */
};

enum { AS_REQ_PARTS_MAX = 4, AS_REQ_MAX = 2048 };

/* Writes the message into `memory`, which has AS_REQ_MAX bytes; what is written points into it.
 * Empty when a name is too long or has too many parts. */
struct str as_req_write(char memory[AS_REQ_MAX], const struct as_req *q);
