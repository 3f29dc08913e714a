/* SPDX-License-Identifier: Apache-2.0 */
#include "main/trace_asker.h"

#include "base/clock.h"
#include "base/sandbox.h"
#include "broker/examiner.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void run_examiner(const struct trace_asker *a, int fd) {
    struct examiner_start start = {.config = a->config,
                                   .account = config_account_of(a->config, a->app),
                                   .asked = {.kind = BROKER_TICKET,
                                             .timeout_ms = (uint32_t)a->config->kerberos.timeout_ms,
                                             .user = str_of(a->login->name),
                                             .name_type = a->login->type,
                                             .spn = str_of(a->app->spn)},
                                   .is_trace = true,
                                   .until_us = a->until_us,
                                   .fd = fd};
    _exit(examiner_process(&start));
}

/* Its end of the pair; -1: none. */
static int start(const struct trace_asker *a, pid_t *examiner, struct err *e) {
    int pair[2];
    *examiner = 0;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
        err_set(e, ERR_IO, "no pair of sockets can be made: %s", strerror(errno));
        return -1;
    }
    *examiner = fork();
    if (*examiner == 0) {
        close(pair[0]);
        run_examiner(a, pair[1]);
    }
    if (*examiner < 0)
        err_set(e, ERR_IO, "no process can be started: %s", strerror(errno));
    close(pair[1]);
    if (*examiner > 0)
        return pair[0];
    close(pair[0]);
    return -1;
}

/* False when all was told. */
static bool hear(const struct trace_asker *a, struct str datagram) {
    struct examiner_message m;
    if (!examiner_read(datagram, &m))
        return true;
    if (m.kind == EXAMINER_FACT)
        a->take(a->user, m.path, m.value);
    json_decref(m.value);
    ticket_free(m.ticket);
    return m.kind != EXAMINER_END;
}

static bool listen_to(const struct trace_asker *a, int fd, struct err *e) {
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char *in = malloc(EXAMINER_MESSAGE_MAX);
    bool is_over = false;
    ssize_t size = in ? 1 : 0;
    for (int64_t left; size > 0 && !is_over && (left = a->until_us - clock_mono_us()) > 0;) {
        if (poll(&p, 1, (int)(left / 1000) + 1) < 0 && errno != EINTR)
            break;
        if (!p.revents)
            continue;
        size = recv(fd, in, EXAMINER_MESSAGE_MAX, MSG_DONTWAIT);
        is_over = size > 0 && !hear(a, str_n(in, (size_t)size));
    }
    if (in)
        explicit_bzero(in, EXAMINER_MESSAGE_MAX);
    free(in);
    return is_over || err_set(e, ERR_KRB_KDC_UNREACHABLE,
                              size > 0 ? "the exchanges were not over in time"
                                       : "the process that asks ended before it had told all");
}

bool trace_ask(const struct trace_asker *a, struct err *e) {
    pid_t examiner;
    int fd = start(a, &examiner, e);
    if (fd < 0)
        return false;
    bool done = sandbox_enter(&(struct sandbox){.user = a->config->user}, e) && listen_to(a, fd, e);
    close(fd);
    /* It may hang in libkrb5, and be of another account by now; then it dies with us. */
    if (waitpid(examiner, NULL, WNOHANG) == 0 && kill(examiner, SIGKILL) == 0)
        waitpid(examiner, NULL, 0);
    return done;
}
