/* SPDX-License-Identifier: Apache-2.0 */
#include "main/options.h"

#include "main/commands.h"

#include <getopt.h>
#include <stdio.h>

int options_end(int argc, char **argv) {
    if (optind >= argc)
        return OPTIONS_GO_ON;
    fprintf(stderr, "%s: unexpected argument '%s', expected: --config %s\n", argv[0], argv[optind],
            argv[optind]);
    return EXIT_USAGE;
}

int options_config(int argc, char **argv, const char *usage, const char **file) {
    static const struct option OPTIONS[] = {{"config", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    *file = COMMAND_CONFIG;
    for (int option; (option = getopt_long(argc, argv, "c:h", OPTIONS, NULL)) != -1;) {
        if (option == 'h') {
            fputs(usage, stdout);
            return EXIT_FINE;
        }
        if (option != 'c') {
            fputs(usage, stderr);
            return EXIT_USAGE;
        }
        *file = optarg;
    }
    return options_end(argc, argv);
}
