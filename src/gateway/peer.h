/* SPDX-License-Identifier: Apache-2.0
 *
 * Whose request this is: the address of the connection, or, behind load balancers that are listed
 * as trusted, the one they vouch for. Sans-I/O; any thread.
 */
#pragma once
#include "config/config.h"
#include "http/message.h"
#include "net/resolve.h"

/* The client's address: from the right of X-Forwarded-For, the first that is not a trusted proxy's,
 * if the connection comes from one; what stands further left anybody may have written. An entry
 * that is no address ends the search at the proxy that sent it. */
union resolve_address peer_address(const struct config *c, const union resolve_address *connection,
                                   const struct headers *h);
/* Its text, numeric. */
void peer_text(const union resolve_address *a, char out[INET6_ADDRSTRLEN]);
