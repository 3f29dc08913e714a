/* SPDX-License-Identifier: Apache-2.0
 *
 * kerbgate broker, kerbgate worker: what the supervisor starts, and nobody types. child.h has what
 * they find on their descriptors.
 */
#include "main/child.h"

#include "base/log.h"
#include "broker/process.h"
#include "gateway/worker.h"
#include "main/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

enum { SEALS = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

bool child_is_started_by_supervisor(void) {
    int type = 0;
    socklen_t size = sizeof type;
    return getsockopt(CHILD_CONTROL_FD, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
           type == SOCK_SEQPACKET && fcntl(CHILD_CONFIG_FD, F_GET_SEALS) == SEALS;
}

static void on_orphaned(int number) {
    (void)number;
    alarm(CHILD_ORPHAN_S); /* SIGALRM ends the process, whatever it waits for */
}

static void prepare_signals(void) {
    const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction orphaned = {.sa_handler = on_orphaned, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
        sigaction(ignored[i], &ignore, NULL);
    sigaction(CHILD_ORPHAN_SIGNAL, &orphaned, NULL);
    /* If the supervisor died before this, the control socket says so. */
    prctl(PR_SET_PDEATHSIG, CHILD_ORPHAN_SIGNAL, 0, 0, 0);
}

/* The supervisor has parsed the same bytes, so a failure here is no fault of the file. */
struct config *child_read_config(const char *file) {
    struct stat st;
    struct config *c = NULL;
    struct config_report report;
    char *text = NULL;
    ssize_t n = -1;
    config_report_init(&report);
    if (fstat(CHILD_CONFIG_FD, &st) == 0 && st.st_size >= 0 && st.st_size <= CONFIG_TEXT_MAX)
        text = malloc((size_t)st.st_size + 1);
    if (text)
        n = pread(CHILD_CONFIG_FD, text, (size_t)st.st_size, 0);
    if (n >= 0 && n == st.st_size)
        c = config_parse(file, str_n(text, (size_t)n), &report);
    if (!c)
        log_line(LOG_ERROR, "the configuration cannot be read again",
                 (struct log_field[]){{"report", buf_str(&report.text)}, {NULL, STR_NONE}});
    free(text);
    config_report_fini(&report);
    close(CHILD_CONFIG_FD);
    return c;
}

/* Exactly the descriptors that the configuration asks for: the count must be the supervisor's, or
 * one would be taken for another. */
static int *take_fds(enum child_role role, const struct config *c) {
    size_t count = child_fd_count(role, c);
    int *fds = calloc(count + 1, sizeof *fds);
    bool ok = fds;
    for (size_t i = 0; ok && i < count; i++) {
        fds[i] = CHILD_FIRST_FD + (int)i;
        ok = fcntl(fds[i], F_SETFD, FD_CLOEXEC) == 0;
    }
    if (ok && fcntl(CHILD_FIRST_FD + (int)count, F_GETFD) < 0 && errno == EBADF)
        return fds;
    log_printf(LOG_ERROR, "the supervisor gave other descriptors than the %zu expected", count);
    free(fds);
    return NULL;
}

static int serve(enum child_role role, const struct config *c, const int *fds) {
    if (role == CHILD_BROKER)
        return broker_process(&(struct broker_start){.config = c,
                                                     .control_fd = CHILD_CONTROL_FD,
                                                     .sockets = fds,
                                                     .socket_count = c->threads});
    /* In the order of child.h. */
    const int *at = fds;
    struct worker_start w = {.config = c,
                             .control_fd = CHILD_CONTROL_FD,
                             .admin_fd = -1,
                             .access_log_fd = -1,
                             .threads = c->threads};
    if (child_has_broker(c)) {
        w.broker_sockets = at;
        at += c->threads;
    }
    w.listen_fds = at;
    at += c->threads * c->listen_count;
    if (c->admin.address)
        w.admin_fd = *at++;
    if (child_has_access_log(c))
        w.access_log_fd = *at;
    return worker_process(&w);
}

static int child_main(enum child_role role, int argc, char **argv) {
    const char *name = child_name(role);
    if (argc != 2 || !child_is_started_by_supervisor()) {
        fprintf(stderr, "kerbgate %s: kerbgate starts this itself; type: kerbgate run\n", name);
        return EXIT_USAGE;
    }
    prepare_signals();
    prctl(PR_SET_NAME, name, 0, 0, 0); /* the program was found as /proc/self/exe */
    log_process(name);
    fcntl(CHILD_CONTROL_FD, F_SETFD, FD_CLOEXEC);
    /* As long as the process, whose threads use them to its end. Used: a compiler that keeps them
     * in registers alone hides them from the leak checker. */
    static struct config *c __attribute__((used));
    static int *fds __attribute__((used));
    c = child_read_config(argv[1]);
    fds = c ? take_fds(role, c) : NULL;
    int status = fds ? serve(role, c, fds) : 1;
#ifdef __SANITIZE_ADDRESS__
    __lsan_do_leak_check();
#endif
    _exit(status); /* a thread may still use what exit() would take down: broker/process.h */
}

int broker_main(int argc, char **argv) { return child_main(CHILD_BROKER, argc, argv); }

int worker_main(int argc, char **argv) { return child_main(CHILD_WORKER, argc, argv); }
