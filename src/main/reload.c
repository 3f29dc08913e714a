/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate reload: has the running kerbgate read its configuration again, and says what came of it.
 * kerbgate restart: the same, by the program that is installed now.
 */
#include "main/commands.h"
#include "main/options.h"
#include "main/control_client.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static const char RELOAD_USAGE[] =
    "usage: kerbgate reload [--config FILE]\n"
    "\n"
    "Has the kerbgate that runs with this configuration read it again. What is wrong\n"
    "with it is printed, and the one before stays in force. Requests in flight end\n"
    "undisturbed.\n"
    "\n"
    "  -c, --config FILE   default: " COMMAND_CONFIG "\n"
    "  -h, --help          print this\n"
    "\n"
    "Exit status: 0 reloaded, 1 refused, or no kerbgate runs, 2 usage.\n";

static const char RESTART_USAGE[] =
    "usage: kerbgate restart [--config FILE]\n"
    "\n"
    "Has the kerbgate that runs with this configuration go on as the program that is\n"
    "installed now, after an upgrade: in the same process, with its ports open all the\n"
    "time. If that program cannot take over, or the configuration is wrong, what is\n"
    "wrong is printed, and the one before goes on. Requests in flight end undisturbed.\n"
    "\n"
    "  -c, --config FILE   default: " COMMAND_CONFIG "\n"
    "  -h, --help          print this\n"
    "\n"
    "Exit status: 0 restarted, 1 refused, or no kerbgate runs, 2 usage.\n";

static int ask(const char *name, const char *file, char what) {
    static char text[CONTROL_ANSWER_MAX];
    struct err e = {0};
    int fd = control_call(file, &e);
    if (fd < 0)
        return control_fail(name, &e);
    /* One that turns us away answers without being asked. */
    (void)!send(fd, &what, 1, MSG_NOSIGNAL);
    ssize_t n = recv(fd, text, sizeof text, 0);
    /* Who is turned away was not read; the socket says that first, and then the answer. */
    if (n < 0 && errno == ECONNRESET)
        n = recv(fd, text, sizeof text, 0);
    bool is_gone = n == 0 || (n < 0 && errno == ECONNRESET);
    close(fd);
    if (n <= 0) {
        err_set(&e, ERR_IO,
                is_gone ? "kerbgate ended, or took too long, before it had answered"
                        : "kerbgate does not answer");
        err_hint(&e, "Its log says more: journalctl -u kerbgate");
        return control_fail(name, &e);
    }
    bool is_done = text[0] == CONTROL_IS_DONE;
    fwrite(text + 1, 1, (size_t)n - 1, is_done ? stdout : stderr);
    return is_done ? EXIT_FINE : EXIT_FINDING;
}

int reload_main(int argc, char **argv) {
    const char *file;
    int status = options_config(argc, argv, RELOAD_USAGE, &file);
    return status == OPTIONS_GO_ON ? ask(argv[0], file, CONTROL_RELOAD) : status;
}

int restart_main(int argc, char **argv) {
    const char *file;
    int status = options_config(argc, argv, RESTART_USAGE, &file);
    return status == OPTIONS_GO_ON ? ask(argv[0], file, CONTROL_RESTART) : status;
}
