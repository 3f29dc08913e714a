/* SPDX-License-Identifier: Apache-2.0
 *
 * The supervisor: reads the configuration, binds the ports, starts broker and worker, starts them
 * again when they die, changes to another configuration while requests are in flight, and ends in
 * order. It holds nothing secret and speaks to no client. One process, one thread, one loop over
 * poll(2), in which nothing waits.
 *
 * SIGHUP and kerbgate reload: the file is read again; a bad one is refused.
 * Certificates or the keytab replaced: the configuration in force is started again with the new
 * ones, which has nothing to do with what the file says by now; bad ones are refused.
 * kerbgate restart: the process becomes the program that is installed now.
 * SIGTERM, SIGINT: requests in flight end, then the program; the second time at once.
 */
#pragma once
#include "base/err.h"

/* Runs until it is told to stop, and answers true. False when it could not start: `e` says why,
 * and then nothing is left running. What a check of the file found is printed on stderr. */
bool supervisor_run(const char *file, struct err *e);
