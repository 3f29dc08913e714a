/* SPDX-License-Identifier: Apache-2.0
 *
 * Service records (RFC 2782): which hosts a domain names for a service. Only ever shown to people
 * and compared with the configuration: names in DNS choose nobody whom we believe (invariant 4).
 * Waits; any thread but a loop's.
 */
#pragma once
#include "base/err.h"

enum { SRV_MAX = 32, SRV_NAME_MAX = 256 };

struct srv {
    char host[SRV_NAME_MAX]; /* no dot at its end */
    uint16_t port;
    uint16_t priority, weight;
};

struct srv_answer {
    size_t count; /* as the name server gave them; more than SRV_MAX are left out */
    struct srv at[SRV_MAX];
};

/* `servers` as resolver_new has it, NULL for the system's; `name` as "_kerberos._tcp.CORP.EXAMPLE".
 * A name without records is an answer with none of them. False with `e` set
 * (ERR_BACKEND_UNREACHABLE with the resolver's reason, ERR_NO_MEMORY): nobody knows. */
bool srv_find(const char *servers, const char *name, int64_t timeout_ms, struct srv_answer *out,
              struct err *e);
