/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate tickets: the service tickets that the running kerbgate holds, to be looked at or
 * dropped.
 */
#include "events/terminal.h"
#include "gateway/errand.h"
#include "main/commands.h"
#include "main/control_client.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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

enum { COLUMNS = 8, CELL_MAX = 16 * BROKER_NAME_MAX };
static const char *const HEADS[COLUMNS] = {"PRINCIPAL", "SPN", "ENDS", "USES",
                                           "FLAGS",     "KEY", "KVNO", "KDC"};

static const char *text_of(const json_t *ticket, const char *key) {
    const char *text = json_string_value(json_object_get(ticket, key));
    return text ? text : "";
}

static int compare(const void *a, const void *b) {
    static const char *const KEYS[] = {"principal", "spn", "ends"};
    const struct row *ra = a, *rb = b;
    int order = 0;
    for (size_t i = 0; order == 0 && i < sizeof KEYS / sizeof *KEYS; i++)
        order = strcmp(text_of(ra->ticket, KEYS[i]), text_of(rb->ticket, KEYS[i]));
    return order;
}

static bool is_same(const struct row *a, const struct row *b) {
    return strcmp(text_of(a->ticket, "principal"), text_of(b->ticket, "principal")) == 0 &&
           strcmp(text_of(a->ticket, "spn"), text_of(b->ticket, "spn")) == 0;
}

static size_t merge(struct row *rows, size_t n) {
    size_t kept = 0;
    qsort(rows, n, sizeof *rows, compare);
    for (size_t i = 0; i < n; i++) {
        if (kept && is_same(&rows[kept - 1], &rows[i])) {
            rows[kept - 1].uses += rows[i].uses;
            json_decref(rows[i].ticket);
        } else {
            rows[kept++] = rows[i];
        }
    }
    return kept;
}

/* Names come from directories and KDCs: what would be a command to a terminal is shown as text. */
static void add_cell(struct buf *out, const struct row *row, int column) {
    static const char *const KEYS[COLUMNS] = {"principal", "spn", "ends", NULL,
                                              "flags",     "key", NULL,   "kdc"};
    if (KEYS[column])
        terminal_text(out, str_of(text_of(row->ticket, KEYS[column])));
    else
        buf_printf(out, "%lld",
                   (long long)(column == 3
                                   ? row->uses
                                   : json_integer_value(json_object_get(row->ticket, "kvno"))));
}

static void measure(const struct row *rows, size_t n, int widths[COLUMNS]) {
    struct buf cell;
    buf_init(&cell, CELL_MAX);
    for (int c = 0; c < COLUMNS; c++)
        widths[c] = (int)strlen(HEADS[c]);
    for (size_t i = 0; i < n; i++) {
        for (int c = 0; c < COLUMNS; c++) {
            buf_clear(&cell);
            add_cell(&cell, &rows[i], c);
            widths[c] = (int)buf_size(&cell) > widths[c] ? (int)buf_size(&cell) : widths[c];
        }
    }
    buf_fini(&cell);
}

/* The last column is as long as it is. */
static void print_cell(int column, struct str text, const int widths[COLUMNS]) {
    bool is_last = column == COLUMNS - 1;
    printf("%-*.*s%s", is_last ? 0 : widths[column], STR_ARG(text), is_last ? "\n" : "  ");
}

static void print_table(const struct row *rows, size_t n) {
    struct buf cell;
    int widths[COLUMNS];
    measure(rows, n, widths);
    buf_init(&cell, CELL_MAX);
    for (int c = 0; c < COLUMNS; c++)
        print_cell(c, str_of(HEADS[c]), widths);
    for (size_t i = 0; i < n; i++) {
        for (int c = 0; c < COLUMNS; c++) {
            buf_clear(&cell);
            add_cell(&cell, &rows[i], c);
            print_cell(c, buf_str(&cell), widths);
        }
    }
    buf_fini(&cell);
}

/* In ASCII: a terminal takes U+009B for the start of an escape sequence, too. */
static void print_json(const struct row *row) {
    char *text = json_dumps(row->ticket, JSON_COMPACT | JSON_ENSURE_ASCII);
    puts(text ? text : "{}");
    free(text);
}

/* The tickets in `lines`, for free, each for json_decref. NULL: no memory, or something else is
 * in them. */
static struct row *read_rows(struct str lines, size_t *n) {
    size_t most = 0;
    struct str line, rest = lines;
    while (str_split(&rest, '\n', &line))
        most++;
    struct row *rows = calloc(most + 1, sizeof *rows);
    bool is_fine = rows;
    *n = 0;
    while (is_fine && str_split(&lines, '\n', &line)) {
        if (line.n == 0)
            continue;
        json_t *ticket = json_loadb(line.p, line.n, 0, NULL);
        is_fine = ticket;
        if (is_fine)
            rows[(*n)++] =
                (struct row){ticket, json_integer_value(json_object_get(ticket, "uses"))};
    }
    if (is_fine)
        return rows;
    for (size_t i = 0; i < *n; i++)
        json_decref(rows[i].ticket);
    free(rows);
    return NULL;
}

static int print(const struct options *o, struct str lines) {
    size_t n;
    struct row *rows = read_rows(lines, &n);
    if (!rows) {
        fputs("kerbgate tickets: the answer cannot be read; is this the kerbgate that runs?\n",
              stderr);
        return EXIT_FINDING;
    }
    if (n && !o->is_json)
        n = merge(rows, n);
    for (size_t i = 0; o->is_json && i < n; i++)
        print_json(&rows[i]);
    if (n && !o->is_json)
        print_table(rows, n);
    else if (!n)
        fputs("kerbgate tickets: no tickets are held\n", stderr);
    for (size_t i = 0; i < n; i++)
        json_decref(rows[i].ticket);
    free(rows);
    return EXIT_FINE;
}

/* A worker may have been broken into: what it says is no command to a terminal. */
static void say(FILE *to, struct str words) {
    struct buf safe;
    buf_init(&safe, CELL_MAX);
    bool has_end = words.n && words.p[words.n - 1] == '\n';
    terminal_lines(&safe, str_head(words, words.n - has_end), (struct terminal_wrap){0});
    fwrite(buf_str(&safe).p ? buf_str(&safe).p : "", 1, buf_size(&safe), to);
    buf_fini(&safe);
}

/* Until the last datagram; the lines are in `lines`. */
static int hear(int fd, struct buf *lines) {
    static char said[1 + ERRAND_CHUNK_MAX];
    ssize_t n;
    while ((n = recv(fd, said, sizeof said, 0)) > 0 && said[0] == ERRAND_SAYS_MORE &&
           !lines->failed)
        buf_add(lines, str_n(said + 1, (size_t)n - 1));
    if (n <= 0 || lines->failed || said[0] == ERRAND_SAYS_MORE) {
        fputs("kerbgate tickets: the answer broke off; try again\n", stderr);
        return EXIT_FINDING;
    }
    bool is_done = said[0] == ERRAND_SAYS_DONE;
    if (n > 1)
        say(is_done ? stdout : stderr, str_n(said + 1, (size_t)n - 1));
    return is_done ? EXIT_FINE : EXIT_FINDING;
}

static int ask(const char *name, const struct options *o) {
    struct err e = {0};
    struct buf question, lines;
    int fd = control_call(o->file, &e);
    if (fd < 0)
        return control_fail(name, &e);
    buf_init(&question, CONTROL_ASK_MAX);
    buf_init(&lines, ERRAND_TEXT_MAX);
    buf_add_byte(&question, CONTROL_TICKETS);
    buf_add_byte(&question, o->is_purge ? ERRAND_PURGE : ERRAND_LIST);
    buf_add(&question, str_of(o->user));
    struct str s = buf_str(&question);
    /* One that turns us away answers without being asked. */
    (void)!send(fd, s.p, s.n, MSG_NOSIGNAL);
    int status = hear(fd, &lines);
    close(fd);
    if (status == EXIT_FINE && !o->is_purge)
        status = print(o, buf_str(&lines));
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
