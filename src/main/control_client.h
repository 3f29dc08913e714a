/* SPDX-License-Identifier: Apache-2.0
 *
 * The other end of control_socket.h: how a subcommand reaches the kerbgate that runs. Main thread.
 */
#pragma once
#include "main/control_socket.h"

/* A connected socket of the caller's, or -1 with `e` set: none runs with this file, or it is not
 * ours. Neither reading nor writing waits longer than CONTROL_WAIT_S. */
int control_call(const char *file, struct err *e);
/* Prints `e` for the subcommand `name`, and answers EXIT_FINDING. */
int control_fail(const char *name, const struct err *e);
