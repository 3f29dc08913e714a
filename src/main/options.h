/* SPDX-License-Identifier: Apache-2.0
 *
 * What subcommands do with --config; and all the options of those that have no others than it and
 * --help. Main thread.
 */
#pragma once

struct config;

enum { OPTIONS_GO_ON = -1 };

/* Reads them: `*file` is the configuration's name. Answers OPTIONS_GO_ON, or the status to exit
 * with after `usage` was printed, or what is wrong. */
int options_config(int argc, char **argv, const char *usage, const char **file);
/* For what getopt_long left over: OPTIONS_GO_ON, or EXIT_USAGE after saying what is too much. */
int options_end(int argc, char **argv);

/* The configuration in `file`; NULL after all that is wrong with it was printed on standard error.
 * The caller frees it with config_free. */
struct config *options_load(const char *file);
