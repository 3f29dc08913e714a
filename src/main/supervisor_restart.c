/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "base/log.h"
#include "main/supervisor_handover.h"
#include "main/supervisor_int.h"
#include "main/supervisor_spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    TRIAL_S = 20,   /* for the other program to say whether it can take over */
    WHY_MAX = 8192, /* bytes of why it cannot */
};

static void refuse(struct supervisor *s, const char *why) {
    struct buf text;
    buf_init(&text, CONTROL_ANSWER_MAX);
    buf_printf(&text, "%s\nnot restarted; the program before goes on serving\n", why);
    log_printf(LOG_ERROR, "not restarted: %s", why);
    control_socket_answer(&s->control, CONTROL_IS_REFUSED, buf_str(&text));
    buf_fini(&text);
}

/* The text in a descriptor that outlives execve(2), as does all that it names; -1: `why`. */
static int hand_over(struct supervisor *s, struct buf *text, char *why) {
    struct handover h = {.socket = &s->control, .generations = &s->generations};
    struct err e;
    char fd_text[16];
    buf_init(text, HANDOVER_MAX);
    handover_write(&h, text);
    if (text->failed)
        err_set(&e, ERR_NO_MEMORY, "no memory to hand over");
    int fd = text->failed ? -1 : sealed_text(buf_str(text), &e);
    if (fd < 0) {
        snprintf(why, WHY_MAX, "%s", e.detail);
        return -1;
    }
    snprintf(fd_text, sizeof fd_text, "%d", fd);
    setenv(HANDOVER_VARIABLE, fd_text, 1);
    handover_keep(buf_str(text), true);
    fcntl(fd, F_SETFD, 0);
    return fd;
}

static void take_back(struct buf *text, int fd) {
    unsetenv(HANDOVER_VARIABLE);
    handover_keep(buf_str(text), false);
    buf_fini(text);
    if (fd >= 0)
        close(fd);
}

/* In the child: the other program looks at everything that it would get, and ends. */
static void try(const struct supervisor *s) {
    char *const argv[] = {(char[]){"kerbgate"}, (char[]){"trial"}, (char[]){"--config"},
                          (char *)s->file, NULL};
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);                             /* so that it can be ended with whatever it starts */
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); /* it has our ports */
    if (dup2(s->trial.report_fd, STDOUT_FILENO) >= 0 &&
        dup2(s->trial.report_fd, STDERR_FILENO) >= 0)
        execv(s->program, argv);
    dprintf(STDERR_FILENO, "%s cannot be started: %s\n", s->program, strerror(errno));
    _exit(127);
}

void restart_if_wanted(struct supervisor *s) {
    char why[WHY_MAX] = "no memory for a trial";
    struct buf text;
    if (!s->is_restart_wanted || supervisor_is_busy(s))
        return;
    s->is_restart_wanted = false;
    control_socket_begin(&s->control);
    log_printf(LOG_INFO, "tries whether %s can take over", s->program);
    s->trial = (struct trial){.report_fd = memfd_create("kerbgate trial", MFD_CLOEXEC),
                              .ends_us = clock_mono_us() + TRIAL_S * 1000000LL};
    int fd = hand_over(s, &text, why);
    s->trial.pid = fd >= 0 && s->trial.report_fd >= 0 ? fork() : -1;
    if (s->trial.pid == 0)
        try(s);
    take_back(&text, fd);
    if (s->trial.pid > 0)
        return;
    s->trial.pid = 0;
    if (s->trial.report_fd >= 0)
        close(s->trial.report_fd);
    refuse(s, why);
}

void restart_tick(struct supervisor *s) {
    if (!s->trial.pid || (!s->is_stopping && clock_mono_us() < s->trial.ends_us))
        return;
    if (kill(-s->trial.pid, SIGKILL) != 0)
        kill(s->trial.pid, SIGKILL); /* it has not come that far */
    s->trial.ends_us = INT64_MAX;
}

/* Comes back only when it cannot be. */
static void become(struct supervisor *s, char *why) {
    char *const argv[] = {(char[]){"kerbgate"}, (char[]){"run"}, (char[]){"--config"},
                          (char *)s->file, NULL};
    struct buf text;
    int fd = hand_over(s, &text, why);
    if (fd >= 0) {
        log_printf(LOG_INFO, "goes on as %s", s->program);
        execv(s->program, argv);
        snprintf(why, WHY_MAX, "%s cannot be started: %s", s->program, strerror(errno));
    }
    take_back(&text, fd);
}

static void describe_end(int status, int64_t ends_us, char *why) {
    if (WIFSIGNALED(status) && ends_us == INT64_MAX)
        snprintf(why, WHY_MAX, "it took longer than %d s", TRIAL_S);
    else if (WIFSIGNALED(status))
        snprintf(why, WHY_MAX, "it was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(why, WHY_MAX, "it ended with status %d", WEXITSTATUS(status));
}

void restart_tried(struct supervisor *s, int status) {
    char why[WHY_MAX] = "";
    ssize_t n = pread(s->trial.report_fd, why, sizeof why - 1, 0);
    close(s->trial.report_fd);
    int64_t ends_us = s->trial.ends_us;
    s->trial = (struct trial){.report_fd = -1};
    if (s->is_stopping)
        return;
    why[n > 0 ? n : 0] = 0;
    while (n > 0 && why[n - 1] == '\n')
        why[--n] = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        become(s, why);
    else if (n <= 0)
        describe_end(status, ends_us, why);
    refuse(s, why);
}

static bool handed_fd(int *fd) {
    const char *text = getenv(HANDOVER_VARIABLE);
    uint64_t number;
    if (!text || !str_to_u64(str_of(text), INT_MAX, &number))
        return false;
    *fd = (int)number;
    unsetenv(HANDOVER_VARIABLE);
    return true;
}

bool restart_take_over(struct supervisor *s, struct err *e) {
    struct handover h = {.socket = &s->control, .generations = &s->generations};
    struct generation *g;
    int fd;
    ssize_t n = readlink("/proc/self/exe", s->program, sizeof s->program - 1);
    s->program[n > 0 ? n : 0] = 0;
    if (!handed_fd(&fd))
        return true;
    control_socket_init(&s->control);
    if (!handover_read(&h, fd, s->file, e))
        return false;
    TAILQ_FOREACH(g, &s->generations, next)
    if (g->state == GENERATION_SERVING)
        s->current = g;
    if (!watch_start(&s->watch, s->current->config, clock_mono_us()))
        return err_set(e, ERR_NO_MEMORY, "no memory to watch certificates and keytab");
    s->has_served = s->is_restarted = s->is_reload_wanted = true;
    log_printf(LOG_INFO, "kerbgate " KERBGATE_VERSION " took over");
    return true;
}
