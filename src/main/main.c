/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate: finds the subcommand and hands over to it.
 */
#include "config/nearest.h"
#include "main/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

struct command {
    const char *name;
    int (*main)(int argc, char **argv);
    const char *help; /* NULL: kerbgate starts it, nobody types it */
};

static const struct command COMMANDS[] = {
    {"run", run_main, "serve, in the foreground"},
    {"check", check_main, "say what is wrong with a configuration"},
    {"reload", reload_main, "have the running kerbgate read its configuration again"},
    {"restart", restart_main,
     "have the running kerbgate go on as the program that is installed now"},
    {"doctor", doctor_main, "say why a person gets no ticket, and what mends it"},
    {"events", events_main, "print what was recorded: failures and their explanation"},
    {"sessions", sessions_main, "list or end the sessions of people who signed in"},
    {"tickets", tickets_main, "list or drop the service tickets that are held"},
    {"totp", totp_main, "set up or take away the second factors of people"},
    {"decode", decode_main, "say what is in an Authorization or WWW-Authenticate header"},
    {"trace", trace_main, "show the messages by which a person's ticket is got"},
    {"version", version_main, "print the version, and those of the libraries"},
    {"broker", broker_main, NULL},
    {"worker", worker_main, NULL},
    {"trial", trial_main, NULL},
    {"checkup", checkup_main, NULL},
};

enum { COMMAND_COUNT = sizeof COMMANDS / sizeof *COMMANDS };

static void print_usage(FILE *to) {
    fputs("usage: kerbgate SUBCOMMAND [OPTION]...\n\n", to);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (COMMANDS[i].help)
            fprintf(to, "  %-10s%s\n", COMMANDS[i].name, COMMANDS[i].help);
    fputs("  help      print this; help SUBCOMMAND: its options\n"
          "\n"
          "Manual: man kerbgate, man kerbgate-SUBCOMMAND, man kerbgate.yaml\n"
          "Exit status: 0 fine, 1 a finding or failure, 2 usage.\n",
          to);
}

static int refuse(const char *typed) {
    struct nearest nearest;
    nearest_init(&nearest, str_of(typed));
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (COMMANDS[i].help)
            nearest_offer(&nearest, COMMANDS[i].name);
    nearest_offer(&nearest, "help");
    fprintf(stderr,
            "kerbgate: unknown subcommand '%s', expected one that kerbgate help lists%s%s%s\n",
            typed, nearest.best ? "; did you mean \"" : "", nearest.best ? nearest.best : "",
            nearest.best ? "\"?" : "");
    return EXIT_USAGE;
}

static const struct command *find(const char *name) {
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(COMMANDS[i].name, name) == 0)
            return &COMMANDS[i];
    return NULL;
}

static int call(const struct command *command, int argc, char **argv) {
    char name[64]; /* getopt's messages begin with it */
    snprintf(name, sizeof name, "kerbgate %s", command->name);
    argv[0] = name;
    return command->main(argc, argv);
}

static int help(const char *name) {
    if (name && strcmp(name, "help") == 0)
        name = NULL;
    const struct command *command = name ? find(name) : NULL;
    char option[] = "--help";
    if (name && (!command || !command->help))
        return refuse(name);
    if (command)
        return call(command, 2, (char *[]){NULL, option, NULL});
    print_usage(stdout);
    return EXIT_FINE;
}

static int dispatch(int argc, char **argv) {
    if (argc < 2) {
        print_usage(stderr);
        return EXIT_USAGE;
    }
    const char *name = argv[1];
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help(argv[2]);
    if (strcmp(name, "--version") == 0)
        name = "version";
    const struct command *command = find(name);
    if (command)
        return call(command, argc - 1, argv + 1);
    if (name[0] != '-')
        return refuse(name);
    fprintf(stderr,
            "kerbgate: '%s' stands before the subcommand, expected: kerbgate SUBCOMMAND "
            "[OPTION]...\n",
            name);
    return EXIT_USAGE;
}

/* Who has closed one of the three must not find a socket or a file of ours in its place. What is
 * then written to the first two fails, and is told; what goes to stderr is lost. */
static void hold_streams(void) {
    static const int HOW[] = {O_RDONLY, O_RDONLY, O_WRONLY};
    for (int fd = 0; fd < 3; fd++)
        if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", HOW[fd]) != fd) // NOLINT: not to be closed
            _exit(EXIT_FINDING);
}

int main(int argc, char **argv) {
    hold_streams();
    int status = dispatch(argc, argv);
    /* Half an answer in a file must not look like a whole one. */
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout))
        return status;
    fprintf(stderr, "kerbgate: the output cannot be written%s%s\n", errno ? ": " : "",
            errno ? strerror(errno) : " (see with df -h whether there is room for it)");
    return status == EXIT_FINE ? EXIT_FINDING : status;
}
