/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate sessions: who is signed in at the running kerbgate, and ending that.
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
    "usage: kerbgate sessions list [--user USER] [--app APP] [--id ID] [--json]\n"
    "       kerbgate sessions revoke --user USER|--app APP|--id ID|--all\n"
    "\n"
    "list    prints the sessions of the kerbgate that runs with this configuration\n"
    "revoke  ends them at once, with the requests, WebSockets and tickets in them; it is\n"
    "        on disk when the command has answered\n"
    "\n"
    "  -u, --user USER     only of this person: alice, or alice@CORP.EXAMPLE\n"
    "  -a, --app APP       only those that are good for this app\n"
    "  -i, --id ID         only this one, by the id that list prints\n"
    "      --all           revoke: everybody's\n"
    "  -j, --json          list: one JSON object on each line\n"
    "  -c, --config FILE   default: " COMMAND_CONFIG "\n"
    "  -h, --help          print this\n"
    "\n"
    "Exit status: 0 fine, 1 no kerbgate runs, or it cannot answer, 2 usage.\n";

struct options {
    const char *file, *user, *app, *id;
    bool is_json, is_revoke, is_all;
};

enum { COLUMNS = 6, ID_DIGITS = 16, APP_MAX = 64 };
static const char *const HEADS[COLUMNS] = {"ID", "USER", "HOST", "SIGNED IN", "LAST USED", "ENDS"};

static void add_cell(void *user, size_t row, int column, struct buf *out) {
    static const char *const KEYS[COLUMNS] = {"id",        "user",      "host",
                                              "signed_in", "last_used", "ends"};
    const struct errand_lines *lines = user;
    terminal_text(out, str_of(json_get_text(lines->at[row], KEYS[column])));
}

static int compare(const void *a, const void *b) {
    static const char *const KEYS[] = {"user", "host", "signed_in", "id"};
    const json_t *const *sa = a, *const *sb = b;
    int order = 0;
    for (size_t i = 0; order == 0 && i < sizeof KEYS / sizeof *KEYS; i++)
        order = strcmp(json_get_text(*sa, KEYS[i]), json_get_text(*sb, KEYS[i]));
    return order;
}

static int print(const char *name, const struct options *o, struct str text) {
    struct errand_lines lines;
    if (!errand_read(name, text, &lines))
        return EXIT_FINDING;
    struct errand_table table = {
        .heads = HEADS, .columns = COLUMNS, .rows = lines.count, .cell = add_cell, .user = &lines};
    qsort(lines.at, lines.count, sizeof *lines.at, compare);
    if (lines.count == 0)
        fprintf(stderr, "%s: there are no such sessions\n", name);
    else if (o->is_json)
        errand_print_json(&lines);
    else
        errand_print_table(&table);
    errand_lines_free(&lines);
    return EXIT_FINE;
}

static int call(const char *name, const struct options *o, char kind, struct buf *lines) {
    struct buf question;
    buf_init(&question, CONTROL_ASK_MAX);
    buf_printf(&question, "%c%s\n%s\n%s", kind, o->user, o->app, o->id);
    int status = errand_call(name, o->file, buf_str(&question), lines);
    buf_fini(&question);
    return status;
}

/* Processes that drain hear of it when nobody can find the sessions in the store any more. */
static int ask(const char *name, const struct options *o) {
    struct buf lines;
    buf_init(&lines, ERRAND_TEXT_MAX);
    int status = call(name, o, o->is_revoke ? ERRAND_REVOKE : ERRAND_SESSIONS, &lines);
    if (status == EXIT_FINE && o->is_revoke)
        status = call(name, o, ERRAND_END, &lines);
    else if (status == EXIT_FINE)
        status = print(name, o, buf_str(&lines));
    buf_fini(&lines);
    return status;
}

static int refuse(const char *name, const char *what) {
    fprintf(stderr, "%s: %s\n", name, what);
    return EXIT_USAGE;
}

static bool is_id(const char *id) {
    return strspn(id, "0123456789abcdef") == ID_DIGITS && !id[ID_DIGITS];
}

static int check(const char *name, const struct options *o) {
    bool is_any = o->user[0] || o->app[0] || o->id[0];
    if (o->id[0] && !is_id(o->id))
        return refuse(name, "--id: expected the 16 digits that kerbgate sessions list prints");
    if (strlen(o->user) > BROKER_NAME_MAX || strlen(o->app) > APP_MAX || strchr(o->user, '\n') ||
        strchr(o->app, '\n'))
        return refuse(name, "--user or --app: this cannot be a name");
    if (o->is_revoke && !is_any && !o->is_all)
        return refuse(name, "whose sessions? expected --user, --app, --id, or --all");
    if (o->is_all && (is_any || !o->is_revoke))
        return refuse(name, "--all is for revoke, and alone");
    return EXIT_FINE;
}

static int take_action(struct options *o, int argc, char **argv) {
    const char *action = optind < argc ? argv[optind++] : "";
    o->is_revoke = strcmp(action, "revoke") == 0;
    if (!o->is_revoke && strcmp(action, "list") != 0) {
        fprintf(stderr, "%s: '%s' is no action, expected: list or revoke\n", argv[0], action);
        return EXIT_USAGE;
    }
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument '%s', expected: --user %s\n", argv[0],
                argv[optind], argv[optind]);
        return EXIT_USAGE;
    }
    return check(argv[0], o);
}

int sessions_main(int argc, char **argv) {
    enum { ALL = 256 };
    static const struct option OPTIONS[] = {
        {"all", no_argument, NULL, ALL},          {"app", required_argument, NULL, 'a'},
        {"config", required_argument, NULL, 'c'}, {"help", no_argument, NULL, 'h'},
        {"id", required_argument, NULL, 'i'},     {"json", no_argument, NULL, 'j'},
        {"user", required_argument, NULL, 'u'},   {NULL, 0, NULL, 0}};
    struct options o = {.file = COMMAND_CONFIG, .user = "", .app = "", .id = ""};
    for (int option; (option = getopt_long(argc, argv, "a:c:hi:ju:", OPTIONS, NULL)) != -1;) {
        switch (option) {
        case ALL:
            o.is_all = true;
            break;
        case 'a':
            o.app = optarg;
            break;
        case 'c':
            o.file = optarg;
            break;
        case 'h':
            fputs(USAGE, stdout);
            return EXIT_FINE;
        case 'i':
            o.id = optarg;
            break;
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
