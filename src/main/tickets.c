/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate tickets: the service tickets that the running kerbgate holds, to be looked at or
 * dropped.
 */
#include "base/json_text.h"
#include "events/terminal.h"
#include "gateway/errand.h"
#include "main/commands.h"
#include "main/control_socket.h"
#include "main/errand_client.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char USAGE[] =
    "usage: kerbgate tickets list|purge [--user USER] [--json] [--config FILE]\n"
    "\n"
    "list   prints the service tickets that the kerbgate that runs with this\n"
    "       configuration holds: whose, to which service, until when\n"
    "purge  drops them: the next request of each person gets a new one from the KDC,\n"
    "       as after a change in the directory\n"
    "\n"
    "  -u, --user USER     only of this person: alice, or alice@CORP.EXAMPLE\n"
    "  -j, --json          list: one JSON object on each line, for each thread's ticket\n"
    "  -c, --config FILE   default: " COMMAND_CONFIG "\n"
    "  -h, --help          print this\n"
    "\n"
    "Exit status: 0 fine, 1 no kerbgate runs, or it cannot answer, 2 usage.\n";

struct options {
    const char *file, *user;
    bool is_json, is_purge;
};

/* Of the same person and service: every thread has one of its own. */
struct row {
    json_t *ticket; /* the one that ends first */
    json_int_t uses;
};

enum { COLUMNS = 8 };
static const char *const HEADS[COLUMNS] = {"PRINCIPAL", "SPN", "ENDS", "USES",
                                           "FLAGS",     "KEY", "KVNO", "KDC"};

static int compare(const void *a, const void *b) {
    static const char *const KEYS[] = {"principal", "spn", "ends"};
    const struct row *ra = a, *rb = b;
    int order = 0;
    for (size_t i = 0; order == 0 && i < sizeof KEYS / sizeof *KEYS; i++)
        order = strcmp(json_get_text(ra->ticket, KEYS[i]), json_get_text(rb->ticket, KEYS[i]));
    return order;
}

static bool is_same(const struct row *a, const struct row *b) {
    return strcmp(json_get_text(a->ticket, "principal"), json_get_text(b->ticket, "principal")) ==
               0 &&
           strcmp(json_get_text(a->ticket, "spn"), json_get_text(b->ticket, "spn")) == 0;
}

static size_t merge(struct row *rows, size_t n) {
    size_t kept = 0;
    qsort(rows, n, sizeof *rows, compare);
    for (size_t i = 0; i < n; i++) {
        if (kept && is_same(&rows[kept - 1], &rows[i]))
            rows[kept - 1].uses += rows[i].uses;
        else
            rows[kept++] = rows[i];
    }
    return kept;
}

static void add_cell(void *user, size_t row, int column, struct buf *out) {
    static const char *const KEYS[COLUMNS] = {"principal", "spn", "ends", NULL,
                                              "flags",     "key", NULL,   "kdc"};
    const struct row *r = (const struct row *)user + row;
    if (KEYS[column])
        terminal_text(out, str_of(json_get_text(r->ticket, KEYS[column])));
    else
        buf_printf(out, "%lld",
                   (long long)(column == 3
                                   ? r->uses
                                   : json_integer_value(json_object_get(r->ticket, "kvno"))));
}

static bool print_table(const struct errand_lines *lines) {
    struct row *rows = calloc(lines->count + 1, sizeof *rows);
    if (!rows)
        return false;
    for (size_t i = 0; i < lines->count; i++)
        rows[i] =
            (struct row){lines->at[i], json_integer_value(json_object_get(lines->at[i], "uses"))};
    struct errand_table table = {.heads = HEADS,
                                 .columns = COLUMNS,
                                 .rows = merge(rows, lines->count),
                                 .cell = add_cell,
                                 .user = rows};
    errand_print_table(&table);
    free(rows);
    return true;
}

static int print(const char *name, const struct options *o, struct str text) {
    struct errand_lines lines;
    if (!errand_read(name, text, &lines))
        return EXIT_FINDING;
    if (lines.count == 0)
        fprintf(stderr, "%s: no tickets are held\n", name);
    else if (o->is_json)
        errand_print_json(&lines);
    else if (!print_table(&lines))
        fprintf(stderr, "%s: no memory for the table\n", name);
    errand_lines_free(&lines);
    return EXIT_FINE;
}

static int ask(const char *name, const struct options *o) {
    struct buf question, lines;
    buf_init(&question, CONTROL_ASK_MAX);
    buf_init(&lines, ERRAND_TEXT_MAX);
    buf_add_byte(&question, o->is_purge ? ERRAND_PURGE : ERRAND_LIST);
    buf_add(&question, str_of(o->user));
    int status = errand_call(name, o->file, buf_str(&question), &lines);
    if (status == EXIT_FINE && !o->is_purge)
        status = print(name, o, buf_str(&lines));
    buf_fini(&question);
    buf_fini(&lines);
    return status;
}

static int take_action(struct options *o, int argc, char **argv) {
    const char *action = optind < argc ? argv[optind++] : "";
    o->is_purge = strcmp(action, "purge") == 0;
    if (!o->is_purge && strcmp(action, "list") != 0) {
        fprintf(stderr, "%s: '%s' is no action, expected: list or purge\n", argv[0], action);
        return EXIT_USAGE;
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument '%s', expected: --user %s\n", argv[0],
                argv[optind], argv[optind]);
        return EXIT_USAGE;
    }
    if (strlen(o->user) <= BROKER_NAME_MAX)
        return EXIT_FINE;
    fprintf(stderr, "%s: the name of the user is too long, expected at most %d bytes\n", argv[0],
            BROKER_NAME_MAX);
    return EXIT_USAGE;
}

int tickets_main(int argc, char **argv) {
    static const struct option OPTIONS[] = {{"config", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"user", required_argument, NULL, 'u'},
                                            {NULL, 0, NULL, 0}};
    struct options o = {.file = COMMAND_CONFIG, .user = ""};
    for (int option; (option = getopt_long(argc, argv, "c:hju:", OPTIONS, NULL)) != -1;) {
        switch (option) {
        case 'c':
            o.file = optarg;
            break;
        case 'h':
            fputs(USAGE, stdout);
            return EXIT_FINE;
        case 'j':
            o.is_json = true;
            break;
        case 'u':
            o.user = optarg;
            break;
        default:
            fputs(USAGE, stderr);
            return EXIT_USAGE;
        }
    }
    int status = take_action(&o, argc, argv);
    return status == EXIT_FINE ? ask(argv[0], &o) : status;
}
