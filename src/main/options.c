/* SPDX-License-Identifier: Apache-2.0 */
#include "main/options.h"

#include "config/config.h"
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

struct config *options_load(const char *file) {
    struct config_report report;
    struct err e;
    struct buf text;
    struct config *c = NULL;
    config_report_init(&report);
    if (!config_read(file, &text, &e))
        fprintf(stderr, "%s; --config names another file\n", e.detail);
    else if (!(c = config_parse(file, buf_str(&text), &report)))
        fwrite(buf_str(&report.text).p, 1, buf_size(&report.text), stderr);
    config_report_fini(&report);
    buf_fini(&text);
    return c;
}
