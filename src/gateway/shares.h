/* SPDX-License-Identifier: Apache-2.0
 *
 * How many requests of one address are under way, so that nobody takes all there is
 * (gateway.limits.requests_per_client). Of IPv6 the first 64 bits count, which one client has for
 * itself (RFC 6177). It holds as many addresses as there are requests. One thread.
 */
#pragma once
#include "net/resolve.h"

struct shares;

/* NULL: memory. */
struct shares *shares_new(unsigned max);
void shares_free(struct shares *s);
/* Counts one more for this address. False when it has `max` already, or memory is short. */
bool shares_take(struct shares *s, const union resolve_address *who);
/* One that was counted is over. */
void shares_give(struct shares *s, const union resolve_address *who);
