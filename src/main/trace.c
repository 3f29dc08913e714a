/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate trace: the exchange between the connector and its KDCs for one person's ticket, message
 * by message, in words and as a capture. Nobody listens on the network for it: the process that
 * asks tells what it sends and gets.
 */
#include "base/clock.h"
#include "base/json_text.h"
#include "config/nearest.h"
#include "doctor/subject.h"
#include "events/terminal.h"
#include "main/commands.h"
#include "main/options.h"
#include "main/trace_asker.h"
#include "main/trace_file.h"
#include "main/trace_message.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char USAGE[] =
    "usage: kerbgate trace APP --user USER [--pcap FILE] [--keytab-note] [--json]\n"
    "                      [--config FILE]\n"
    "       kerbgate trace --keytab-note\n"
    "\n"
    "Asks for USER's ticket to APP as kerbgate does, and prints each message to and\n"
    "from the domain controllers: who asks whom for what, and what the answer is.\n"
    "\n"
    "  -u, --user USER     the person: alice, or alice@CORP.EXAMPLE\n"
    "  -p, --pcap FILE     write the messages as a capture, for Wireshark or tshark\n"
    "      --keytab-note   say how to decrypt that, and print only this without APP\n"
    "  -j, --json          print one JSON object\n"
    "  -c, --config FILE   default: " COMMAND_CONFIG "\n"
    "  -h, --help          print this\n"
    "\n"
    "Exit status: 0 a ticket was given, 1 none was, or it failed, 2 usage.\n";

static const char NOTE[] =
    "What is encrypted in the capture stays so: it holds no key. Session keys are inside\n"
    "the encrypted parts of the answers. Whoever has a keytab can open what is encrypted\n"
    "with the keys in it: that of the connector opens the answers to its AS-REQ and the\n"
    "ticket to itself (S4U2Self), and what the session keys in there encrypt; the ticket to\n"
    "the application needs that application's keytab, a ticket-granting ticket the domain's.\n"
    "In Wireshark: Edit, Preferences, Protocols, KRB5: tick \"Try to decrypt Kerberos blobs\"\n"
    "and name the keytab. Or:\n"
    "  tshark -r FILE -o kerberos.decrypt:TRUE -o kerberos.file:KEYTAB -V\n"
    "A keytab is as good as the password: use a copy, where nobody else can read it, and\n"
    "delete it afterwards. Who has capture and keytab can read the session keys.\n";

enum { LIMIT_US = 29000000, LINES_MAX = 4 << 20 };

struct options {
    const char *file, *app, *user, *pcap;
    bool is_json, has_note;
};

/* A trace under way. */
struct trace {
    const struct options *options;
    struct trace_file *file; /* NULL: none */
    json_t *messages;        /* with --json */
    json_t *outcome;         /* the last step's facts */
    unsigned count;
    int64_t asked_us, begun_us; /* when the question under way was sent, and the first one */
    int64_t ended_us;
    bool is_full;
};

static bool complain(const char *what) {
    fprintf(stderr, "kerbgate trace: %s\n", what);
    return false;
}

static void print_error(const struct err *e) {
    fprintf(stderr, "kerbgate trace: %s%s%s\n", e->detail, e->hint[0] ? "\n  " : "", e->hint);
}

/* Names come of directories and KDCs: none is a command to the terminal. */
static void print(struct str text) {
    struct buf safe;
    struct str line;
    buf_init(&safe, 2 * LINES_MAX);
    if (text.n > 0 && text.p[text.n - 1] == '\n')
        text.n--;
    while (str_split(&text, '\n', &line)) {
        terminal_text(&safe, line);
        buf_add_byte(&safe, '\n');
    }
    fwrite(buf_str(&safe).p, 1, buf_size(&safe), stdout);
    fflush(stdout);
    buf_fini(&safe);
}

static void take_message(struct trace *t, const json_t *fact) {
    struct trace_message m;
    if (trace_message_read(&m, fact)) {
        t->count++;
        t->begun_us = t->begun_us ? t->begun_us : m.at_us;
        t->ended_us = m.at_us;
        if (!m.is_reply)
            t->asked_us = m.at_us;
        if (t->file)
            trace_file_add(t->file, &m);
        if (t->messages) {
            json_array_append_new(t->messages, trace_message_json(&m, t->count));
        } else {
            struct buf lines;
            buf_init(&lines, LINES_MAX);
            trace_message_lines(&lines, &m, t->count, t->asked_us);
            print(buf_str(&lines));
            buf_fini(&lines);
        }
    }
    trace_message_fini(&m);
}

static void take(void *user, const char *path, const json_t *value) {
    struct trace *t = user;
    if (strcmp(path, "trace.+") == 0) {
        take_message(t, value);
    } else if (strcmp(path, "trace_is_full") == 0) {
        t->is_full = true;
    } else if (json_object_get(value, "ok") || json_object_get(value, "error")) {
        /* kerberos.tgt, .self, .proxy and .policy, each of them only after the one before */
        json_decref(t->outcome);
        t->outcome = json_deep_copy(value);
    }
}

static bool has_ticket(const struct trace *t) {
    return json_is_true(json_object_get(t->outcome, "ok")) &&
           json_is_object(json_object_get(t->outcome, "ticket"));
}

static void print_outcome(const struct trace *t) {
    struct buf lines;
    char ends[CLOCK_ISO_SIZE];
    const json_t *ticket = json_object_get(t->outcome, "ticket");
    buf_init(&lines, LINES_MAX);
    if (t->is_full)
        buf_add(&lines, STR("There were more messages, which are not shown.\n"));
    if (has_ticket(t)) {
        clock_iso(json_integer_value(json_object_get(ticket, "ends_s")) * 1000, ends);
        buf_printf(&lines, "Outcome: a ticket of %s for %s, good until %s",
                   json_get_text(t->outcome, "client"), json_get_text(ticket, "server"), ends);
    } else {
        buf_printf(&lines, "Outcome: no ticket: %s: %s", json_get_text(t->outcome, "error"),
                   json_get_text(t->outcome, "detail"));
        if (json_get_text(t->outcome, "hint")[0])
            buf_printf(&lines, "\n  %s", json_get_text(t->outcome, "hint"));
    }
    buf_printf(&lines, "\n%u message%s in %lld.%03lld ms\n", t->count, t->count == 1 ? "" : "s",
               (long long)((t->ended_us - t->begun_us) / 1000),
               (long long)((t->ended_us - t->begun_us) % 1000));
    print(buf_str(&lines));
    buf_fini(&lines);
}

static void print_json(struct trace *t) {
    json_t *document =
        json_pack("{s:s,s:s,s:O,s:O?,s:b}", "app", t->options->app, "user", t->options->user,
                  "messages", t->messages, "outcome", t->outcome, "is_whole", !t->is_full);
    char *text = json_dumps(document, JSON_INDENT(2) | JSON_ENSURE_ASCII);
    puts(text ? text : "{}");
    free(text);
    json_decref(document);
}

static const struct config_app *find(const struct config *c, const struct options *o) {
    struct nearest nearest;
    nearest_init(&nearest, str_of(o->app));
    for (size_t i = 0; i < c->app_count; i++) {
        nearest_offer(&nearest, c->apps[i].name);
        if (strcmp(o->app, c->apps[i].name) == 0)
            return &c->apps[i];
    }
    fprintf(stderr, "kerbgate trace: %s has no app \"%s\"%s%s%s\n", o->file, o->app,
            nearest.best ? "; did you mean \"" : "", nearest.best ? nearest.best : "",
            nearest.best ? "\"?" : "");
    return NULL;
}

/* Whom the ticket is of; false after saying why nobody. */
static bool find_person(const struct config *c, const struct config_app *app, const char *user,
                        struct login *login) {
    json_t *facts = facts_new();
    bool done = false;
    if (app->sso != SSO_KERBEROS)
        complain("the app has no sso.mode: kerberos, so no ticket is asked for");
    else if (login_needs_person(app))
        complain("the app's tickets are got with what people bring along when they sign in "
                 "(sso.ticket: own, or a provider of type negotiate): there is nothing to ask for "
                 "without it");
    else if (!(done = facts && subject_person(facts, c, app, user, login)))
        fprintf(stderr, "kerbgate trace: no name comes of \"%s\": %s\n", user,
                facts_text(facts, "person.error.detail"));
    json_decref(facts);
    return done;
}

static int ask(const struct options *o, const struct config *c, const struct config_app *app,
               struct trace *t) {
    struct login login;
    struct err e = {.code = ERR_NONE};
    if (!find_person(c, app, o->user, &login))
        return EXIT_FINDING;
    /* Not before: a capture that is there is lost with it. */
    if (o->pcap && !(t->file = trace_file_open(o->pcap, &e))) {
        print_error(&e);
        return EXIT_FINDING;
    }
    struct trace_asker asker = {.config = c,
                                .app = app,
                                .login = &login,
                                .until_us = clock_mono_us() + LIMIT_US,
                                .take = take,
                                .user = t};
    bool is_whole = trace_ask(&asker, &e);
    if (o->is_json)
        print_json(t);
    else
        print_outcome(t);
    if (!is_whole)
        print_error(&e);
    return is_whole && has_ticket(t) ? EXIT_FINE : EXIT_FINDING;
}

static int run(const struct options *o) {
    struct trace t = {.options = o, .messages = o->is_json ? json_array() : NULL};
    struct err e = {.code = ERR_NONE};
    struct config *c = options_load(o->file);
    const struct config_app *app = c ? find(c, o) : NULL;
    int status = app ? ask(o, c, app, &t) : EXIT_FINDING;
    if (t.file && !trace_file_close(t.file, &e)) {
        print_error(&e);
        status = EXIT_FINDING;
    }
    if (app && o->has_note && !o->is_json)
        printf("\n%s", NOTE);
    json_decref(t.messages);
    json_decref(t.outcome);
    config_free(c);
    return status;
}

static int end_options(const struct options *o, int argc, char **argv) {
    if (optind < argc) {
        fprintf(stderr, "%s: unexpected argument '%s', expected one APP\n", argv[0], argv[optind]);
        return EXIT_USAGE;
    }
    if (!o->app && o->has_note) {
        fputs(NOTE, stdout);
        return EXIT_FINE;
    }
    if (o->app && o->user && o->user[0])
        return run(o);
    fprintf(stderr, "%s: %s is missing, expected: kerbgate trace APP --user USER\n", argv[0],
            o->app ? "--user" : "APP");
    return EXIT_USAGE;
}

int trace_main(int argc, char **argv) {
    enum { KEYTAB_NOTE = 256 };
    static const struct option OPTIONS[] = {{"config", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"keytab-note", no_argument, NULL, KEYTAB_NOTE},
                                            {"pcap", required_argument, NULL, 'p'},
                                            {"user", required_argument, NULL, 'u'},
                                            {NULL, 0, NULL, 0}};
    struct options o = {.file = COMMAND_CONFIG};
    for (int option; (option = getopt_long(argc, argv, "c:hjp:u:", OPTIONS, NULL)) != -1;) {
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
        case KEYTAB_NOTE:
            o.has_note = true;
            break;
        case 'p':
            o.pcap = optarg;
            break;
        case 'u':
            o.user = optarg;
            break;
        default:
            fputs(USAGE, stderr);
            return EXIT_USAGE;
        }
    }
    if (optind < argc)
        o.app = argv[optind++];
    return end_options(&o, argc, argv);
}
