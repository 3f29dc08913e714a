/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor's own events (events/catalogue.h, 20000 to 20006). The store is written by a short
 * process in the worker's account, so that the supervisor neither waits for a lock nor, being root,
 * opens a file that the worker could have put there. Supervisor only.
 */
#pragma once
#include "config/config.h"

#include <sys/types.h>

/* Records `event` in the log and in the store of `c`. Answers the process that does it, which ends
 * within SUPERVISOR_EVENT_S and is to be reaped, or 0 when there is none. */
pid_t supervisor_event(const struct config *c, int event, const char *text);

enum { SUPERVISOR_EVENT_S = 5 };
