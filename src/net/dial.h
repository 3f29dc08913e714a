/* SPDX-License-Identifier: Apache-2.0
 *
 * Opens a TCP connection to a host: resolve, then try its addresses until one answers or the time
 * is over. The next is tried when one fails, or has not answered for 250 ms and goes on; the first
 * that connects wins, and the others are closed (RFC 8305, without its preferences). Loop thread
 * only.
 */
#pragma once
#include "net/resolve.h"

struct dial;
/* `fd` is a connected, non-blocking socket that the callee owns, or -1 and `e` says why
 * (ERR_BACKEND_UNREACHABLE, ERR_NO_MEMORY). Called once per dial that was not cancelled, never from
 * inside dial_start; the dial is gone when it returns. */
typedef void dial_fn(void *user, int fd, const struct err *e);

/* `host` is copied. NULL when memory is short. */
struct dial *dial_start(struct resolver *r, uv_loop_t *loop, const char *host, uint16_t port,
                        int64_t timeout_ms, dial_fn *done, void *user);
void dial_cancel(struct dial *d);

/* Puts the addresses into the order they are tried in: the families in turn, else as they were, so
 * that a family without a way into the network costs one head start (RFC 8305 4). */
void dial_order(struct resolve_result *r);
