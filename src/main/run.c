/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate run: the server, in the foreground, as service managers want it.
 */
#include "base/log.h"
#include "main/commands.h"
#include "main/options.h"
#include "main/supervisor.h"

#include <stdio.h>
#include <sys/resource.h>

static const char USAGE[] =
    "usage: kerbgate run [--config FILE]\n"
    "\n"
    "Serves until it is told to stop, in the foreground; the log goes to standard error.\n"
    "SIGHUP, as kerbgate reload, has it read the configuration again. SIGTERM and SIGINT\n"
    "let the requests in flight end first; a second one does not.\n"
    "\n"
    "  -c, --config FILE   default: " COMMAND_CONFIG "\n"
    "  -h, --help          print this\n"
    "\n"
    "Exit status: 0 stopped as told, 1 it could not start, 2 usage.\n";

/* Each client takes two descriptors, and the soft limit is made for programs with few. */
static void raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int run(const char *file) {
    struct err e = {0};
    log_process("supervisor");
    raise_descriptor_limit();
    if (supervisor_run(file, &e))
        return EXIT_FINE;
    fprintf(stderr, "kerbgate run: %s\n", e.detail);
    if (e.hint[0])
        fprintf(stderr, "%s\n", e.hint);
    return EXIT_FINDING;
}

int run_main(int argc, char **argv) {
    const char *file;
    int status = options_config(argc, argv, USAGE, &file);
    return status == OPTIONS_GO_ON ? run(file) : status;
}
