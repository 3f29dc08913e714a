/* SPDX-License-Identifier: Apache-2.0
 *
 * What one program hands to the next when kerbgate is restarted in place (supervisor_int.h):
 * every generation with its processes and sockets, and the socket of `kerbgate reload` with who
 * waits at it. It travels as a sealed text, which names descriptors that stay open over execve(2):
 *
 *   kerbgate handover 1
 *   socket FD                       of kerbgate reload
 *   client FD STATE                 who waits there
 *   generation STATE FD DEADLINE    its configuration
 *   log FD                          its access log
 *   listener FD                     in the order of struct listeners
 *   pair FD FD                      the broker's end, the worker's
 *   child ROLE PID FD READY SINCE CRASHES
 *
 * What the next program cannot read, it does not take over: it is tried before (`kerbgate trial`).
 * Supervisor only.
 */
#pragma once
#include "main/control_socket.h"
#include "main/supervisor_generation.h"

/* Names the environment variable that says which descriptor the text is in. */
#define HANDOVER_VARIABLE "KERBGATE_HANDOVER"

enum { HANDOVER_MAX = 1 << 20 }; /* bytes of the text */

struct handover {
    struct control_socket *socket;
    struct generation_list *generations;
};

/* Appends the text to `out`. */
void handover_write(const struct handover *h, struct buf *out);

/* Makes all of it again from the descriptor `fd`, closed here: `h` has an empty list and a socket
 * that is not open. `file` names the configuration in messages and must outlive it. The descriptors
 * close at exec again. False with `e` set: this program cannot take over. */
bool handover_read(struct handover *h, int fd, const char *file, struct err *e);

/* Whether the descriptors that `text` names stay open over execve(2). */
void handover_keep(struct str text, bool is_kept);
