/* SPDX-License-Identifier: Apache-2.0
 *
 * The same as net/dial.h for a thread that has no loop and may wait: of the broker, towards the
 * directory. Any thread but a loop's.
 */
#pragma once
#include "net/dial.h"

struct dial_wait {
    const char *servers; /* as resolver_new has it */
    const char *host;
    uint16_t port;
    int64_t timeout_ms; /* names and connection, together */
};
/* A connected, blocking socket whose reads and writes last no longer than `timeout_ms` each; or -1
 * with `e` set (ERR_BACKEND_UNREACHABLE, ERR_NO_MEMORY). */
int dial_and_wait(const struct dial_wait *w, struct err *e);
