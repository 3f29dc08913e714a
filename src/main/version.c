/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate version: which kerbgate this is, and which libraries it runs with. libkrb5 and llhttp
 * cannot be asked; of them it is the version that kerbgate was built with.
 */
#include "main/built_with.h"
#include "main/commands.h"

#include <getopt.h>
#include <jansson.h>
#include <llhttp.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <uv.h>

static const char USAGE[] = "usage: kerbgate version [--json] [--config FILE]\n"
                            "\n"
                            "Prints the version of kerbgate, and those of the libraries it uses.\n"
                            "\n"
                            "      --json          print them as JSON\n"
                            "  -c, --config FILE   taken as by every subcommand, and not read\n"
                            "  -h, --help          print this\n";

#define TEXT_OF(number) TEXT(number)
#define TEXT(number) #number
#define LLHTTP_TEXT                                                                                \
    TEXT_OF(LLHTTP_VERSION_MAJOR)                                                                  \
    "." TEXT_OF(LLHTTP_VERSION_MINOR) "." TEXT_OF(LLHTTP_VERSION_PATCH)

struct library {
    const char *name, *version;
    bool is_asked; /* else: as built */
};

static int print_text(const struct library *libraries, size_t n) {
    printf("kerbgate %s\n", KERBGATE_VERSION);
    for (size_t i = 0; i < n; i++)
        printf("  %-8s %s%s\n", libraries[i].name, libraries[i].version,
               libraries[i].is_asked ? "" : " (built with)");
    return EXIT_FINE;
}

static int print_json(const struct library *libraries, size_t n) {
    json_t *all = json_object();
    for (size_t i = 0; i < n; i++)
        json_object_set_new(all, libraries[i].name,
                            json_pack("{s:s,s:s}", "version", libraries[i].version, "origin",
                                      libraries[i].is_asked ? "running" : "built_with"));
    json_t *answer = json_pack("{s:s,s:o}", "version", KERBGATE_VERSION, "libraries", all);
    bool is_printed = answer && json_dumpf(answer, stdout, JSON_INDENT(2)) == 0;
    putchar('\n');
    json_decref(answer);
    return is_printed ? EXIT_FINE : EXIT_FINDING;
}

int version_main(int argc, char **argv) {
    static const struct option OPTIONS[] = {{"json", no_argument, NULL, 'j'},
                                            {"config", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    const struct library libraries[] = {
        {"libkrb5", BUILT_WITH_KRB5, false},
        {"openssl", OpenSSL_version(OPENSSL_VERSION_STRING), true},
        {"libuv", uv_version_string(), true},
        {"sqlite", sqlite3_libversion(), true},
        {"llhttp", LLHTTP_TEXT, false},
    };
    size_t n = sizeof libraries / sizeof *libraries;
    bool is_json = false;
    for (int option; (option = getopt_long(argc, argv, "c:h", OPTIONS, NULL)) != -1;) {
        if (option == 'h') {
            fputs(USAGE, stdout);
            return EXIT_FINE;
        }
        if (option == '?') {
            fputs(USAGE, stderr);
            return EXIT_USAGE;
        }
        is_json |= option == 'j';
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument '%s'\n%s", argv[0], argv[optind], USAGE);
        return EXIT_USAGE;
    }
    return is_json ? print_json(libraries, n) : print_text(libraries, n);
}
