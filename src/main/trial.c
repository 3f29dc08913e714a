/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate trial: whether this program could take over from the one that started it
 * (supervisor_handover.h) and serve the configuration. It changes nothing, says on standard output
 * what is in the way, and ends.
 */
#include "main/commands.h"
#include "main/options.h"
#include "main/supervisor_handover.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

static const char USAGE[] = "kerbgate starts this itself; type: kerbgate restart\n";

static bool can_read(const char *file, struct err *e) {
    struct buf text;
    struct config_report report;
    struct config *c = NULL;
    config_report_init(&report);
    bool ok = config_read(file, &text, e) && (c = config_parse(file, buf_str(&text), &report)) &&
              config_check_files(c, &report);
    if (!ok)
        printf("%.*s", STR_ARG(buf_str(&report.text)));
    config_free(c);
    buf_fini(&text);
    config_report_fini(&report);
    return ok;
}

/* Our copies of what it hands over; the other program has its own. */
static void let_go(struct handover *h) {
    struct generation *g;
    while ((g = TAILQ_FIRST(h->generations))) {
        TAILQ_REMOVE(h->generations, g, next);
        generation_free(g);
    }
    control_socket_close(h->socket);
}

int trial_main(int argc, char **argv) {
    struct control_socket socket;
    struct generation_list generations = TAILQ_HEAD_INITIALIZER(generations);
    struct handover h = {.socket = &socket, .generations = &generations};
    const char *file, *fd = getenv(HANDOVER_VARIABLE);
    struct err e = {0};
    uint64_t number;
    int status = options_config(argc, argv, USAGE, &file);
    if (status != OPTIONS_GO_ON)
        return status;
    if (!fd || !str_to_u64(str_of(fd), INT_MAX, &number)) {
        fputs(USAGE, stderr);
        return EXIT_USAGE;
    }
    control_socket_init(&socket);
    bool can = handover_read(&h, (int)number, file, &e) && can_read(file, &e);
    if (e.code)
        puts(e.detail);
    let_go(&h);
    return can ? EXIT_FINE : EXIT_FINDING;
}
