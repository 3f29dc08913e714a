/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate check: what is wrong with a configuration, and what a right one would do.
 */
#include "config/config.h"
#include "config/document.h"
#include "config/words.h"
#include "main/check_access.h"
#include "main/commands.h"
#include "main/options.h"

#include <getopt.h>
#include <stdio.h>

static const char USAGE[] =
    "usage: kerbgate check [--config FILE]\n"
    "       kerbgate check --user USER --app APP [--path PATH] [--method METHOD]\n"
    "                      [--from ADDRESS] [--claims JSON] [--config FILE]\n"
    "\n"
    "Checks a configuration and the files it names; or says whether somebody may use\n"
    "an app, and by which rule. Nothing is started or changed, nobody is asked.\n"
    "\n"
    "  -u, --user USER     as they sign in: alice, or alice@CORP.EXAMPLE\n"
    "  -a, --app APP       name of an app\n"
    "  -p, --path PATH     as browsers see it; that of the app when left out\n"
    "  -m, --method METHOD default: GET\n"
    "  -f, --from ADDRESS  of the client\n"
    "      --claims JSON   what the sign-in says: {\"groups\": [\"HR\"], \"acr\": \"mfa\"}\n"
    "  -c, --config FILE   default: " COMMAND_CONFIG "\n"
    "      --print-example print an example with every key\n"
    "      --print-keys    print the keys as in kerbgate.yaml(5), as mdoc\n"
    "      --print-messages print what pages say, to be translated\n"
    "  -h, --help          print this\n"
    "\n"
    "Exit status: 0 fine, or they may; 1 something is wrong, they may not, or it\n"
    "depends on what was not said; 2 usage.\n";

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
    printf("%s: %.*s%.*s -> %.*s%.*s, pre-authentication %s", app->name,
           STR_ARG(app->external.origin), STR_ARG(app->external.path),
           STR_ARG(app->internal.origin), STR_ARG(app->internal.path),
           app->provider_count ? "" : "passthrough");
    for (size_t i = 0; i < app->provider_count; i++)
        printf("%s%s", i ? " or " : "", app->providers[i]->name);
    printf(", %s%s\n", app->spn ? "SPN " : "no SPN", app->spn ? app->spn : "");
}

/* With somebody asked about, the files that it names are of no interest. */
static bool check_world(const struct config *c, struct config_report *report, bool asks) {
    return c && (asks || config_check_files(c, report));
}

static int check_file(const char *file, const struct check_access *asked, const char *name) {
    struct config_report report;
    struct err e;
    struct buf text;
    struct config *c = NULL;
    bool fine = false;
    int status = EXIT_FINDING;
    config_report_init(&report);
    if (!config_read(file, &text, &e)) {
        fprintf(stderr,
                "%s; --config names another file, kerbgate check --print-example prints one to "
                "begin with\n",
                e.detail);
        goto out;
    }
    c = config_parse(file, buf_str(&text), &report);
    fine = check_world(c, &report, asked->user);
    if (!fine || !asked->user) /* not the warnings of what is another question */
        print(stderr, &report.text);
    if (fine && asked->user) {
        status = check_access(c, asked, name);
        goto out;
    }
    for (size_t i = 0; fine && i < c->app_count; i++)
        print_app(&c->apps[i]);
    if (fine && c->has_home)
        printf("home: %.*s%.*s\n", STR_ARG(c->home.external.origin),
               STR_ARG(c->home.external.path));
    if (fine)
        puts("configuration is fine");
    status = fine ? EXIT_FINE : EXIT_FINDING;
out:
    config_free(c);
    config_report_fini(&report);
    buf_fini(&text);
    return status;
}

static bool is_question(const struct check_access *asked, const char *name) {
    bool is_any =
        asked->user || asked->app || asked->path || asked->method || asked->from || asked->claims;
    if (!is_any || (asked->user && asked->app))
        return true;
    fprintf(stderr, "%s: %s is missing, expected: %s --user USER --app APP\n", name,
            asked->user ? "--app" : "--user", name);
    return false;
}

int check_main(int argc, char **argv) {
    enum { EXAMPLE = 256, KEYS, MESSAGES, CLAIMS };
    static const struct option OPTIONS[] = {
        {"app", required_argument, NULL, 'a'},    {"claims", required_argument, NULL, CLAIMS},
        {"config", required_argument, NULL, 'c'}, {"from", required_argument, NULL, 'f'},
        {"method", required_argument, NULL, 'm'}, {"path", required_argument, NULL, 'p'},
        {"user", required_argument, NULL, 'u'},   {"print-example", no_argument, NULL, EXAMPLE},
        {"print-keys", no_argument, NULL, KEYS},  {"print-messages", no_argument, NULL, MESSAGES},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    const char *file = COMMAND_CONFIG;
    struct check_access asked = {.user = NULL};
    for (int option; (option = getopt_long(argc, argv, "a:c:f:hm:p:u:", OPTIONS, NULL)) != -1;) {
        switch (option) {
        case 'a':
            asked.app = optarg;
            break;
        case 'c':
            file = optarg;
            break;
        case 'f':
            asked.from = optarg;
            break;
        case 'm':
            asked.method = optarg;
            break;
        case 'p':
            asked.path = optarg;
            break;
        case 'u':
            asked.user = optarg;
            break;
        case CLAIMS:
            asked.claims = optarg;
            break;
        case EXAMPLE:
            return print_document(document_example);
        case KEYS:
            return print_document(document_keys);
        case MESSAGES:
            return print_document(words_print);
        case 'h':
            fputs(USAGE, stdout);
            return EXIT_FINE;
        default:
            fputs(USAGE, stderr);
            return EXIT_USAGE;
        }
    }
    int status = options_end(argc, argv);
    if (status != OPTIONS_GO_ON)
        return status;
    return is_question(&asked, argv[0]) ? check_file(file, &asked, argv[0]) : EXIT_USAGE;
}
