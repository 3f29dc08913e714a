/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate doctor: why a chain does not hold, and what mends it.
 */
#include "config/config.h"
#include "config/nearest.h"
#include "config/route.h"
#include "doctor/checks.h"
#include "doctor/inspections.h"
#include "doctor/redact.h"
#include "doctor/report_html.h"
#include "doctor/report_progress.h"
#include "doctor/report_script.h"
#include "doctor/report_terminal.h"
#include "doctor/troubleshooting.h"
#include "main/commands.h"
#include "main/options.h"
#include "main/own_file.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char USAGE[] =
    "usage: kerbgate doctor [APP | --host HOST] [--user USER] [OPTION]...\n"
    "\n"
    "Walks the chain of a request as kerbgate does, from the keytab to the answer of\n"
    "the application, for one app or for all; says what is wrong, shows why, and prints\n"
    "the commands that mend it. Changes nothing. Ends within 30 seconds.\n"
    "\n"
    "  -u, --user USER       the person to get tickets for: alice, or alice@CORP.EXAMPLE;\n"
    "                        without one, only what needs nobody is tried\n"
    "      --host HOST       in place of APP: the app at this host of an external_url, as for\n"
    "                        one of a wildcard's\n"
    "  -p, --path PATH       of the application, default: that of its internal_url\n"
    "  -j, --json            print the report as JSON, with all that was found out\n"
    "      --html FILE       write it as a page to send to who runs the directory\n"
    "      --fix-script FILE write the commands that mend it, to be looked at and run:\n"
    "                        FILE.ps1 for PowerShell, FILE.sh for a shell\n"
    "      --redact          put pseudonyms in the place of names, to show it to others\n"
    "  -v, --verbose         list what is right, too\n"
    "  -c, --config FILE     default: " COMMAND_CONFIG "\n"
    "      --print-checks    print the checks: id, name, title\n"
    "      --print-troubleshooting\n"
    "                        print the guide to them\n"
    "  -h, --help            print this\n"
    "\n"
    "Exit status: 0 all is well, 1 something is not, or could not be found out, 2 usage.\n";

enum {
    LIMIT_MS = 29000,
    WIDTH_MIN = 40,
    WIDTH_MAX = 110,
    WIDTH_OTHERWISE = 100, /* where there is no terminal */
    REPORT_MAX = 16 << 20,
    CHOSEN_MAX = 1 << 16,
    PATH_LONGEST = 4096,
    HOST_LONGEST = 253,
};

struct options {
    const char *file, *app, *host, *user, *path;
    const char *html, *script; /* files to write; NULL: none */
    bool is_json, is_verbose, is_redacted;
};

/* What is to be looked at; `apps` has room for all. */
struct chosen {
    struct arena arena; /* of an app that is made for one host */
    const struct config_app **apps;
    size_t count;
};

static void choose_host(const struct config *c, const struct options *o, struct chosen *out) {
    struct route_match match = route_host_any_port(c, str_of(o->host));
    const struct config_app *app = route_app(&out->arena, &match);
    if (app)
        out->apps[out->count++] = app;
    else
        fprintf(stderr, "kerbgate doctor: %s has no app at the host \"%s\"\n", o->file, o->host);
}

static void choose_name(const struct config *c, const struct options *o, struct chosen *out) {
    struct nearest nearest;
    nearest_init(&nearest, str_of(o->app));
    for (size_t i = 0; i < c->app_count; i++) {
        nearest_offer(&nearest, c->apps[i].name);
        if (strcmp(o->app, c->apps[i].name) == 0)
            out->apps[out->count++] = &c->apps[i];
    }
    if (!out->count)
        fprintf(stderr, "kerbgate doctor: %s has no app \"%s\"%s%s%s\n", o->file, o->app,
                nearest.best ? "; did you mean \"" : "", nearest.best ? nearest.best : "",
                nearest.best ? "\"?" : "");
}

/* The one that was named, or all. False when there is none, which was said. */
static bool choose(const struct config *c, const struct options *o, struct chosen *out) {
    arena_init(&out->arena, CHOSEN_MAX);
    out->count = 0;
    out->apps = calloc(c->app_count + 1, sizeof *out->apps);
    if (!out->apps)
        return false;
    if (o->host) {
        choose_host(c, o, out);
    } else if (o->app) {
        choose_name(c, o, out);
    } else {
        for (size_t i = 0; i < c->app_count; i++)
            out->apps[out->count++] = &c->apps[i];
    }
    return out->count > 0;
}

static void forget(struct chosen *chosen) {
    free(chosen->apps);
    arena_fini(&chosen->arena);
}

static unsigned width(void) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return WIDTH_OTHERWISE;
    return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col > WIDTH_MAX ? WIDTH_MAX : size.ws_col;
}

static void print_json(const json_t *document) {
    json_dumpf(document, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    putchar('\n');
}

static void print_page(const struct options *o, const json_t *document) {
    struct buf text;
    bool is_terminal = isatty(STDOUT_FILENO);
    struct report_look look = {.width = width(),
                               .is_utf8 = report_is_utf8(),
                               .is_coloured = is_terminal && !getenv("NO_COLOR"),
                               .is_verbose = o->is_verbose};
    buf_init(&text, REPORT_MAX);
    report_terminal(&text, document, &look);
    fwrite(buf_str(&text).p, 1, buf_size(&text), stdout);
    buf_fini(&text);
}

/* The files hold names of the inside: they are for who has typed this. */
static bool save(const char *file, const struct buf *text) {
    struct err e = {.code = ERR_NONE};
    if (text->failed)
        err_set(&e, ERR_IO, "%s cannot be written: the report is too large", file);
    if (!text->failed && own_file_save(file, buf_str(text), &e))
        return true;
    fprintf(stderr, "kerbgate doctor: %s%s%s\n", e.detail, e.hint[0] ? "\n  " : "", e.hint);
    return false;
}

static bool write_files(const struct options *o, const json_t *document) {
    struct buf text;
    bool done = true;
    if (o->html) {
        buf_init(&text, REPORT_MAX);
        report_html(&text, document);
        done = save(o->html, &text);
        buf_fini(&text);
    }
    if (o->script) {
        buf_init(&text, REPORT_MAX);
        report_script(&text, document, report_script_kind(o->script));
        done = save(o->script, &text) && done;
        buf_fini(&text);
    }
    return done;
}

/* As it is to be shown: `document`, or another one in its place. NULL after saying why not. */
static json_t *made_fit(const struct options *o, json_t *document) {
    json_t *shown = o->is_redacted ? redact(document) : json_incref(document);
    if (!shown)
        fputs("kerbgate doctor: no memory to put pseudonyms in the place of names\n", stderr);
    return shown;
}

static int print(const struct options *o, const json_t *document) {
    bool is_fine = strcmp(inspections_outcome(document), "fine") == 0;
    if (o->is_json)
        print_json(document);
    else
        print_page(o, document);
    return write_files(o, document) && is_fine ? EXIT_FINE : EXIT_FINDING;
}

static void show_progress(void *user, const char *what) {
    (void)user;
    report_progress(what);
}

static int run_on(const struct options *o, const struct config *c, const struct chosen *chosen) {
    struct inspections all = {.config = c,
                              .apps = chosen->apps,
                              .app_count = chosen->count,
                              .user = o->user,
                              .path = o->path,
                              .limit_ms = LIMIT_MS,
                              .progress = show_progress};
    json_t *document = inspections_run(&all);
    report_progress(NULL);
    json_t *shown = document ? made_fit(o, document) : NULL;
    int status = shown ? print(o, shown) : EXIT_FINDING;
    json_decref(shown);
    json_decref(document);
    return status;
}

static int run(const struct options *o) {
    struct config *c = options_load(o->file);
    struct chosen chosen;
    int status = EXIT_FINDING;
    if (c && choose(c, o, &chosen))
        status = run_on(o, c, &chosen);
    if (c)
        forget(&chosen);
    config_free(c);
    return status;
}

static int print_checks(void) {
    for (size_t i = 0; i < CHECK_COUNT; i++)
        printf("%s %s %s\n", CHECKS[i].id, CHECKS[i].name, CHECKS[i].title);
    return EXIT_FINE;
}

static int print_guide(void) {
    struct buf text;
    buf_init(&text, REPORT_MAX);
    document_troubleshooting(&text);
    fwrite(buf_str(&text).p, 1, buf_size(&text), stdout);
    bool is_whole = !text.failed;
    buf_fini(&text);
    return is_whole ? EXIT_FINE : EXIT_FINDING;
}

/* What a request line takes (RFC 9112 3.2.1): the application is not to be blamed for another. */
static bool is_path(const char *path) {
    size_t n = strlen(path);
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)path[i];
        if (c <= ' ' || c >= 0x7f || c == '#')
            return false;
    }
    return path[0] == '/' && n <= PATH_LONGEST;
}

static bool is_host(const char *host) {
    static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
    size_t n = strlen(host);
    return n > 0 && n <= HOST_LONGEST && strspn(host, PLAIN) == n;
}

int doctor_main(int argc, char **argv) {
    enum { PRINT_CHECKS = 256, PRINT_GUIDE, HTML, SCRIPT, REDACT, HOST };
    static const struct option OPTIONS[] = {
        {"config", required_argument, NULL, 'c'},
        {"fix-script", required_argument, NULL, SCRIPT},
        {"help", no_argument, NULL, 'h'},
        {"host", required_argument, NULL, HOST},
        {"html", required_argument, NULL, HTML},
        {"json", no_argument, NULL, 'j'},
        {"path", required_argument, NULL, 'p'},
        {"print-checks", no_argument, NULL, PRINT_CHECKS},
        {"print-troubleshooting", no_argument, NULL, PRINT_GUIDE},
        {"redact", no_argument, NULL, REDACT},
        {"user", required_argument, NULL, 'u'},
        {"verbose", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0}};
    struct options o = {.file = COMMAND_CONFIG};
    for (int option; (option = getopt_long(argc, argv, "c:hjp:u:v", OPTIONS, NULL)) != -1;) {
        switch (option) {
        case 'c':
            o.file = optarg;
            break;
        case 'j':
            o.is_json = true;
            break;
        case 'p':
            o.path = optarg;
            break;
        case 'u':
            o.user = optarg;
            break;
        case 'v':
            o.is_verbose = true;
            break;
        case HOST:
            o.host = optarg;
            break;
        case HTML:
            o.html = optarg;
            break;
        case SCRIPT:
            o.script = optarg;
            break;
        case REDACT:
            o.is_redacted = true;
            break;
        case PRINT_CHECKS:
            return print_checks();
        case PRINT_GUIDE:
            return print_guide();
        case 'h':
            fputs(USAGE, stdout);
            return EXIT_FINE;
        default:
            fputs(USAGE, stderr);
            return EXIT_USAGE;
        }
    }
    if (o.path && !is_path(o.path)) {
        fprintf(stderr, "%s: --path is no path of a URL, expected one such as /payroll/?year=1\n",
                argv[0]);
        return EXIT_USAGE;
    }
    if (o.host && !is_host(o.host)) {
        fprintf(stderr, "%s: --host is no name of a host, expected one such as hr.example.com\n",
                argv[0]);
        return EXIT_USAGE;
    }
    if (optind < argc && !o.host)
        o.app = argv[optind++];
    if (optind == argc)
        return run(&o);
    fprintf(stderr, "%s: unexpected argument '%s', expected one APP, or --host\n", argv[0],
            argv[optind]);
    return EXIT_USAGE;
}
