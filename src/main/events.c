/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate events: what was recorded in the store, for a person or for a program.
 */
#include "config/config.h"
#include "events/reader.h"
#include "events/reference.h"
#include "events/render.h"
#include "main/commands.h"
#include "main/options.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH_MIN = 40, COUNT_MAX = 1000000 };

static const char USAGE[] =
    "usage: kerbgate events [--activity ID] [--follow] [--json] [-n COUNT] [--config FILE]\n"
    "\n"
    "Prints the recorded events, the newest last.\n"
    "\n"
    "  -a, --activity ID     the whole walk of one request; the error page shows its id\n"
    "  -f, --follow          go on with new events as they come\n"
    "  -j, --json            one JSON object on each line\n"
    "  -n, --count COUNT     only the newest COUNT\n"
    "  -c, --config FILE     default: " COMMAND_CONFIG "\n"
    "      --print-catalogue print docs/events.md: every event, and the keys of the JSON\n"
    "  -h, --help            print this\n"
    "\n"
    "Exit status: 0 fine, 1 nothing was found or the store cannot be read, 2 usage.\n";

struct options {
    const char *file;
    struct reader_query query;
    char activity[ACTIVITY_ID_SIZE];
    bool is_follow, is_json, is_catalogue, is_help;
};

struct printer {
    const struct options *options;
    struct buf text;
    unsigned width; /* of the terminal; 0: not a terminal */
    size_t printed;
};

static bool print_row(void *user, const struct event_row *row) {
    struct printer *p = user;
    buf_clear(&p->text);
    if (p->options->is_json) {
        render_json(&p->text, row);
    } else if (p->options->query.activity) {
        if (p->printed)
            buf_add_byte(&p->text, '\n');
        render_walk(&p->text, row, p->width);
    } else {
        render_line(&p->text, row);
    }
    p->printed++;
    fwrite(buf_str(&p->text).p, 1, buf_size(&p->text), stdout);
    return fflush(stdout) == 0;
}

static unsigned terminal_width(void) {
    struct winsize size;
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 0;
    return size.ws_col < WIDTH_MIN ? WIDTH_MIN : size.ws_col;
}

static void print_error(const struct err *e) {
    fprintf(stderr, "kerbgate events: %s%s%s\n", e->detail, e->hint[0] ? "\n  " : "", e->hint);
}

static int print_events(const char *store, const struct options *o) {
    struct err e;
    struct printer p = {.options = o, .width = terminal_width()};
    struct reader *r = reader_open(store, &e);
    buf_init(&p.text, RENDER_MAX);
    bool is_read =
        r && (o->is_follow ? reader_follow(r, &o->query, STDOUT_FILENO, print_row, &p, &e)
                           : reader_each(r, &o->query, print_row, &p, &e));
    if (!is_read)
        print_error(&e);
    else if (p.printed == 0 && o->query.activity)
        fprintf(stderr,
                "kerbgate events: no event of activity %s in %s: the request did not fail, or it "
                "is older than the oldest event kept; see the access log\n",
                o->query.activity, store);
    else if (p.printed == 0)
        fprintf(stderr, "kerbgate events: no events in %s yet\n", store);
    reader_close(r);
    buf_fini(&p.text);
    return is_read && p.printed ? EXIT_FINE : EXIT_FINDING;
}

static int print_catalogue(void) {
    struct buf text;
    buf_init(&text, RENDER_MAX);
    reference_write(&text);
    fwrite(buf_str(&text).p, 1, buf_size(&text), stdout);
    bool failed = text.failed;
    buf_fini(&text);
    return failed ? EXIT_FINDING : EXIT_FINE;
}

/* EXIT_FINE, or the status to end with after saying why. */
static int take_count(struct options *o, const char *text) {
    uint64_t n = 0;
    if (str_to_u64(str_of(text), COUNT_MAX, &n) && n > 0) {
        o->query.last = (unsigned)n;
        return EXIT_FINE;
    }
    fprintf(stderr, "kerbgate events: -n '%s' is not a count, expected 1 to %d\n", text, COUNT_MAX);
    return EXIT_USAGE;
}

static int take_activity(struct options *o, const char *text) {
    if (activity_id_read(o->activity, str_of(text))) {
        o->query.activity = o->activity;
        return EXIT_FINE;
    }
    fprintf(stderr,
            "kerbgate events: '%s' is no activity id, expected 36 characters like "
            "0b1f6c5e-6b0e-4d58-9a3c-2f1d7e8a9b0c, as the error page shows it\n",
            text);
    return EXIT_FINDING;
}

static int take_options(struct options *o, int argc, char **argv) {
    enum { CATALOGUE = 256 };
    static const struct option OPTIONS[] = {{"activity", required_argument, NULL, 'a'},
                                            {"config", required_argument, NULL, 'c'},
                                            {"count", required_argument, NULL, 'n'},
                                            {"follow", no_argument, NULL, 'f'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"print-catalogue", no_argument, NULL, CATALOGUE},
                                            {NULL, 0, NULL, 0}};
    int status = EXIT_FINE;
    for (int option; status == EXIT_FINE &&
                     (option = getopt_long(argc, argv, "a:c:fhjn:", OPTIONS, NULL)) != -1;) {
        switch (option) {
        case 'a':
            status = take_activity(o, optarg);
            break;
        case 'c':
            o->file = optarg;
            break;
        case 'f':
            o->is_follow = true;
            break;
        case 'h':
            o->is_help = true;
            break;
        case 'j':
            o->is_json = true;
            break;
        case 'n':
            status = take_count(o, optarg);
            break;
        case CATALOGUE:
            o->is_catalogue = true;
            break;
        default:
            fputs(USAGE, stderr);
            return EXIT_USAGE;
        }
    }
    if (status == EXIT_FINE && optind < argc) {
        fprintf(stderr, "%s: unexpected argument '%s', expected: --activity %s\n", argv[0],
                argv[optind], argv[optind]);
        status = EXIT_USAGE;
    }
    return status;
}

int events_main(int argc, char **argv) {
    struct options o = {.file = COMMAND_CONFIG};
    int status = take_options(&o, argc, argv);
    if (status != EXIT_FINE)
        return status;
    if (o.is_help) {
        fputs(USAGE, stdout);
        return EXIT_FINE;
    }
    if (o.is_catalogue)
        return print_catalogue();
    struct config *c = options_load(o.file);
    status = c ? print_events(c->store, &o) : EXIT_FINDING;
    config_free(c);
    return status;
}
