/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate totp: setting up and taking away people's second factors, in the store itself.
 */
#include "base/clock.h"
#include "base/encode.h"
#include "base/json_text.h"
#include "base/secret.h"
#include "broker/sign_in.h"
#include "config/config.h"
#include "events/sink.h"
#include "events/terminal.h"
#include "main/commands.h"
#include "main/errand_client.h"
#include "main/options.h"
#include "session/factor_book.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

static const char USAGE[] =
    "usage: kerbgate totp enroll [--provider NAME] USER\n"
    "       kerbgate totp remove [--provider NAME] USER\n"
    "       kerbgate totp list [--provider NAME] [--json]\n"
    "\n"
    "enroll  sets up the codes of an authenticator app as the second factor of a person, and\n"
    "        prints the secret, which is shown this once\n"
    "remove  takes it away\n"
    "list    prints who has one\n"
    "\n"
    "USER is the name of the account, as kerbgate sessions list prints it: alice, or\n"
    "alice@CORP.EXAMPLE.\n"
    "\n"
    "  -p, --provider NAME  the identity provider, when several have a second_factor\n"
    "  -j, --json           list: one JSON object on each line\n"
    "  -c, --config FILE    default: " COMMAND_CONFIG "\n"
    "  -h, --help           print this\n"
    "\n"
    "Exit status: 0 fine, 1 it could not be done, 2 usage.\n";

enum action { ENROLL, REMOVE, LIST };

struct options {
    const char *name; /* of the command, for messages */
    const char *file, *provider, *user;
    enum action action;
    bool is_json;
};

enum { TEXT_MAX = 4096, COLUMNS = 4 };
static const char *const KEYS[COLUMNS] = {"provider", "user", "enrolled", "last_used"};
static const char *const HEADS[COLUMNS] = {"PROVIDER", "USER", "ENROLLED", "LAST USED"};

static int fail(const struct options *o, const struct err *e) {
    fprintf(stderr, "%s: %s%s%s\n", o->name, e->detail, e->hint[0] ? "\n  " : "", e->hint);
    return EXIT_FINDING;
}

/* The provider that is named, or the only one there is. */
static const struct config_provider *find_provider(const struct config *c,
                                                   const struct options *o) {
    const struct config_provider *found = NULL;
    size_t count = 0;
    for (size_t i = 0; i < c->provider_count; i++) {
        const struct config_provider *p = &c->providers[i];
        bool is_meant = !o->provider || strcmp(o->provider, p->name) == 0;
        if (is_meant && p->second_factor.type == FACTOR_TOTP) {
            found = p;
            count++;
        }
    }
    if (count == 1)
        return found;
    if (count > 1)
        fprintf(stderr, "%s: several providers of %s have a second_factor, expected --provider\n",
                o->name, c->file);
    else
        fprintf(stderr,
                "%s: %s%s of %s has no second_factor, expected in it: second_factor: {type: totp, "
                "key_file: totp.key}\n",
                o->name, o->provider ? "the provider " : "no provider",
                o->provider ? o->provider : "", c->file);
    return NULL;
}

/* "alice" of the provider's realm, as its domain controllers answer it. */
static bool find_account(const struct options *o, const struct config_provider *p,
                         char account[FACTOR_ACCOUNT_SIZE]) {
    struct arena a;
    struct str name;
    char principal[FACTOR_ACCOUNT_SIZE];
    arena_init(&a, TEXT_MAX);
    bool is_name = sign_in_normalise(&a, str_of(o->user), str_of(p->realm), &name);
    if (is_name)
        snprintf(principal, sizeof principal, "%.*s@%s", STR_ARG(name), p->realm);
    is_name = is_name && factor_account(str_of(principal), account);
    arena_fini(&a);
    if (!is_name)
        fprintf(stderr, "%s: '%s' names no account of %s, expected a name such as alice\n", o->name,
                o->user, p->realm);
    return is_name;
}

static void record(const struct config *c, int event, const struct config_provider *p,
                   const char *account) {
    char text[FACTOR_ACCOUNT_SIZE + 128];
    snprintf(text, sizeof text, "%s at %s", account, p->name);
    sink_event_once(c->store, event, text);
}

/* A tool that draws it is a pipe away; see kerbgate-totp(8). */
static void print_secret(const struct config_provider *p, const char *account,
                         const struct factor *n) {
    struct totp t = {n->digest, n->digits,
                     str_n((const char *)n->secret, totp_secret_size(n->digest))};
    struct buf out;
    buf_init_secret(&out, TEXT_MAX);
    buf_printf(&out, "user    %s\nsecret  ", account);
    encode_base32(&out, t.secret);
    buf_add(&out, STR("\nuri     "));
    totp_uri(&out, &t, str_of(p->second_factor.issuer), str_of(account));
    buf_add_byte(&out, '\n');
    fwrite(buf_str(&out).p, 1, buf_size(&out), stdout);
    fflush(stdout);
    buf_fini(&out);
}

static int enroll(const struct options *o, const struct config *c,
                  const struct config_provider *p) {
    const struct config_second_factor *s = &p->second_factor;
    unsigned char key[SECRET_BOX_KEY_SIZE];
    char account[FACTOR_ACCOUNT_SIZE];
    struct factor n = {.digest = s->is_sha256 ? SECRET_MAC_SHA256 : SECRET_MAC_SHA1,
                       .digits = s->has_8_digits ? 8 : 6};
    struct factor_whose w = {p->name, account};
    struct err e = {0};
    if (!find_account(o, p, account))
        return EXIT_FINDING;
    if (!factor_key_read(s->key_file, key, &e))
        return fail(o, &e);
    enum factor_found found = factor_book_enroll(c->store, key, &w, &n, &e);
    secret_wipe(key, sizeof key);
    if (found == FACTOR_FOUND)
        err_set(&e, ERR_CONFIG,
                "%s has a second factor at %s; to give a new one, take it away "
                "first: kerbgate totp remove %s",
                account, p->name, o->user);
    if (found == FACTOR_NONE) {
        record(c, 22036, p, account);
        print_secret(p, account, &n);
        fprintf(stderr,
                "This is shown once. Hand it to the person alone, and make sure who it is.\n");
    }
    secret_wipe(&n, sizeof n);
    return found == FACTOR_NONE ? EXIT_FINE : fail(o, &e);
}

static int take_away(const struct options *o, const struct config *c,
                     const struct config_provider *p) {
    char account[FACTOR_ACCOUNT_SIZE];
    struct factor_whose w = {p->name, account};
    struct err e = {0};
    if (!find_account(o, p, account))
        return EXIT_FINDING;
    enum factor_found found = factor_book_remove(c->store, &w, &e);
    if (found == FACTOR_NONE)
        err_set(&e, ERR_CONFIG, "%s has no second factor at %s", account, p->name);
    if (found != FACTOR_FOUND)
        return fail(o, &e);
    record(c, 22037, p, account);
    printf("%s has no second factor at %s any more. Sessions go on; end them with: kerbgate "
           "sessions revoke --user %s\n",
           account, p->name, account);
    return EXIT_FINE;
}

struct listing {
    const char *provider; /* NULL: all */
    json_t *rows;
};

static void set_time(json_t *row, const char *key, int64_t s) {
    char text[CLOCK_ISO_SIZE];
    clock_iso(s * 1000, text);
    json_set_text(row, key, str_of(s ? text : "never"));
}

static void add_row(void *user, const struct factor_whose *w, const struct factor *n) {
    struct listing *l = user;
    json_t *row = json_object();
    if (!row || (l->provider && strcmp(l->provider, w->provider) != 0)) {
        json_decref(row);
        return;
    }
    json_set_text(row, KEYS[0], str_of(w->provider));
    json_set_text(row, KEYS[1], str_of(w->account));
    set_time(row, KEYS[2], n->made_s);
    set_time(row, KEYS[3], n->used_s);
    json_array_append_new(l->rows, row);
}

static void add_cell(void *user, size_t row, int column, struct buf *out) {
    const struct listing *l = user;
    terminal_text(out, str_of(json_get_text(json_array_get(l->rows, row), KEYS[column])));
}

static int list(const struct options *o, const struct config *c) {
    struct listing l = {o->provider, json_array()};
    struct err e = {0};
    bool is_read = l.rows && factor_book_each(c->store, add_row, &l, &e);
    struct errand_table table = {.heads = HEADS,
                                 .columns = COLUMNS,
                                 .rows = json_array_size(l.rows),
                                 .cell = add_cell,
                                 .user = &l};
    if (is_read && table.rows == 0)
        fprintf(stderr, "%s: nobody has a second factor\n", o->name);
    else if (is_read && !o->is_json)
        errand_print_table(&table);
    for (size_t i = 0; is_read && o->is_json && i < table.rows; i++) {
        json_dumpf(json_array_get(l.rows, i), stdout, JSON_COMPACT | JSON_ENSURE_ASCII);
        putchar('\n');
    }
    json_decref(l.rows);
    return is_read ? EXIT_FINE : fail(o, &e);
}

static int act(const struct options *o) {
    struct config *c = options_load(o->file);
    if (!c)
        return EXIT_FINDING;
    int status = EXIT_FINDING;
    const struct config_provider *p = o->action == LIST ? NULL : find_provider(c, o);
    if (o->action == LIST)
        status = list(o, c);
    else if (p)
        status = o->action == ENROLL ? enroll(o, c, p) : take_away(o, c, p);
    config_free(c);
    return status;
}

static int take_action(struct options *o, int argc, char **argv) {
    static const char *const NAMES[] = {[ENROLL] = "enroll", [REMOVE] = "remove", [LIST] = "list"};
    const char *typed = optind < argc ? argv[optind++] : "";
    int i = 0;
    while (i <= LIST && strcmp(typed, NAMES[i]) != 0)
        i++;
    if (i > LIST) {
        fprintf(stderr, "%s: '%s' is no action, expected: enroll, remove or list\n", o->name,
                typed);
        return EXIT_USAGE;
    }
    o->action = (enum action)i;
    o->user = o->action != LIST && optind < argc ? argv[optind++] : NULL;
    if (o->action != LIST && !o->user) {
        fprintf(stderr, "%s: whose? expected: kerbgate totp %s USER\n", o->name, typed);
        return EXIT_USAGE;
    }
    return options_end(argc, argv) == OPTIONS_GO_ON ? EXIT_FINE : EXIT_USAGE;
}

int totp_main(int argc, char **argv) {
    static const struct option OPTIONS[] = {{"config", required_argument, NULL, 'c'},
                                            {"help", no_argument, NULL, 'h'},
                                            {"json", no_argument, NULL, 'j'},
                                            {"provider", required_argument, NULL, 'p'},
                                            {NULL, 0, NULL, 0}};
    struct options o = {.name = argv[0], .file = COMMAND_CONFIG};
    for (int option; (option = getopt_long(argc, argv, "c:hjp:", OPTIONS, NULL)) != -1;) {
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
        case 'p':
            o.provider = optarg;
            break;
        default:
            fputs(USAGE, stderr);
            return EXIT_USAGE;
        }
    }
    int status = take_action(&o, argc, argv);
    return status == EXIT_FINE ? act(&o) : status;
}
