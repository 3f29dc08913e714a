/* SPDX-License-Identifier: Apache-2.0
 *
 * This program again, as another process, with exactly the descriptors and the environment that it
 * is to have. Process with one thread only.
 */
#pragma once
#include "base/err.h"

#include <sys/types.h>

/* Starts `kerbgate NAME FILE`. Its standard input is empty, standard output goes where standard
 * error goes, `fds` are 3 and on, and nothing else is open. Answers its process id, or -1 with `e`
 * set. */
pid_t spawn(const char *name, const char *file, const int *fds, size_t count, struct err *e);

/* The part of `from` that a child may see: time zone, language, and the switches of malloc,
 * sanitizers and coverage. All others, as KRB5_CONFIG, KRB5_TRACE or LD_PRELOAD, would be a second
 * configuration beside the file. The caller frees the array, not the strings. NULL: no memory. */
char **spawn_environment(char *const *from);
