/* SPDX-License-Identifier: Apache-2.0
 *
 * The options of subcommands that have no others than --config and --help. Main thread.
 */
#pragma once

enum { OPTIONS_GO_ON = -1 };

/* Reads them: `*file` is the configuration's name. Answers OPTIONS_GO_ON, or the status to exit
 * with after `usage` was printed, or what is wrong. */
int options_config(int argc, char **argv, const char *usage, const char **file);
/* For what getopt_long left over: OPTIONS_GO_ON, or EXIT_USAGE after saying what is too much. */
int options_end(int argc, char **argv);
