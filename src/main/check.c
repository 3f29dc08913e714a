/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate check: what is wrong with a configuration, and what a right one would do.
 */
#include "config/config.h"
#include "config/document.h"
#include "main/commands.h"
#include "main/options.h"

#include <getopt.h>
#include <stdio.h>

static const char USAGE[] =
    "usage: kerbgate check [--config FILE]\n"
    "\n"
    "Checks a configuration and the files it names. Nothing is started or changed.\n"
    "\n"
    "  -c, --config FILE   default: " COMMAND_CONFIG "\n"
    "      --print-example print an example with every key\n"
    "      --print-keys    print the keys as in kerbgate.yaml(5), as mdoc\n"
    "  -h, --help          print this\n"
    "\n"
    "Exit status: 0 fine, 1 something is wrong, 2 usage.\n";

static void print(FILE *to, const struct buf *text) {
    fwrite(buf_str(text).p, 1, buf_size(text), to);
}

static int print_document(void write(struct buf *out)) {
    struct buf text;
    buf_init(&text, 1 << 20);
    write(&text);
    print(stdout, &text);
    bool failed = text.failed;
    buf_fini(&text);
    return failed ? EXIT_FINDING : EXIT_FINE;
}

static void print_app(const struct config_app *app) {
    printf("%s: %.*s%.*s -> %.*s%.*s, pre-authentication %s, %s%s\n", app->name,
           STR_ARG(app->external.origin), STR_ARG(app->external.path),
           STR_ARG(app->internal.origin), STR_ARG(app->internal.path),
           app->provider ? app->provider->name : "passthrough", app->spn ? "SPN " : "no SPN",
           app->spn ? app->spn : "");
}

static int check_file(const char *file) {
    struct config_report report;
    struct err e;
    struct buf text;
    struct config *c = NULL;
    bool fine = false;
    config_report_init(&report);
    if (!config_read(file, &text, &e)) {
        fprintf(stderr,
                "%s; --config names another file, kerbgate check --print-example prints one to "
                "begin with\n",
                e.detail);
        goto out;
    }
    c = config_parse(file, buf_str(&text), &report);
    fine = c && config_check_files(c, &report);
    print(stderr, &report.text);
    for (size_t i = 0; fine && i < c->app_count; i++)
        print_app(&c->apps[i]);
    if (fine)
        puts("configuration is fine");
out:
    config_free(c);
    config_report_fini(&report);
    buf_fini(&text);
    return fine ? EXIT_FINE : EXIT_FINDING;
}

int check_main(int argc, char **argv) {
    enum { EXAMPLE = 256, KEYS };
    static const struct option OPTIONS[] = {{"config", required_argument, NULL, 'c'},
                                            {"print-example", no_argument, NULL, EXAMPLE},
                                            {"print-keys", no_argument, NULL, KEYS},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const char *file = COMMAND_CONFIG;
    for (int option; (option = getopt_long(argc, argv, "c:h", OPTIONS, NULL)) != -1;) {
        switch (option) {
        case 'c':
            file = optarg;
            break;
        case EXAMPLE:
            return print_document(document_example);
        case KEYS:
            return print_document(document_keys);
        case 'h':
            fputs(USAGE, stdout);
            return EXIT_FINE;
        default:
            fputs(USAGE, stderr);
            return EXIT_USAGE;
        }
    }
    int status = options_end(argc, argv);
    return status == OPTIONS_GO_ON ? check_file(file) : status;
}
