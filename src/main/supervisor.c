/* SPDX-License-Identifier: Apache-2.0 */
#include "main/supervisor.h"

#include "base/clock.h"
#include "base/log.h"
#include "events/catalogue.h"
#include "gateway/errand.h"
#include "gateway/worker.h"
#include "main/supervisor_event.h"
#include "main/supervisor_int.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    POLLS_MAX = 1 + 1 + CONTROL_CLIENTS_MAX + GENERATIONS_MAX * GENERATION_CHILDREN,
    RETRY_MS = 1000, /* poll(2) cannot be had */
};

static void stop(struct supervisor *s) {
    struct generation *g;
    bool is_second = s->is_stopping;
    s->is_stopping = true;
    s->is_reload_wanted = s->is_restart_wanted = false;
    log_printf(LOG_INFO, is_second ? "stops at once" : "stops when the requests in flight end");
    TAILQ_FOREACH(g, &s->generations, next) {
        if (is_second || g->state == GENERATION_STARTING)
            generation_kill(g);
        else if (g->state == GENERATION_SERVING)
            generation_drain(g, NULL);
    }
    control_socket_begin(&s->control);
    control_socket_answer(&s->control, CONTROL_IS_REFUSED, STR("kerbgate is being stopped\n"));
    s->next = NULL;
}

static void reap(struct supervisor *s) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        struct generation *g;
        if (pid == s->trial.pid)
            restart_tried(s, status);
        if (pid == s->checkup.pid)
            checkup_ended(s);
        TAILQ_FOREACH(g, &s->generations, next)
        if (generation_reaped(g, pid, status))
            break; /* else it wrote an event */
    }
}

static void take_signals(struct supervisor *s) {
    struct signalfd_siginfo signal;
    while (read(s->signal_fd, &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo == SIGCHLD)
            reap(s);
        else if (signal.ssi_signo == SIGHUP)
            s->is_reload_wanted = !s->is_stopping;
        else
            stop(s);
    }
}

static int wait_ms(const struct supervisor *s) {
    const struct generation *g;
    int64_t due[] = {control_socket_next_us(&s->control), reload_next_us(s), checkup_next_us(s),
                     s->trial.pid ? s->trial.ends_us : INT64_MAX};
    int64_t next = INT64_MAX;
    for (size_t i = 0; i < sizeof due / sizeof *due; i++)
        next = due[i] < next ? due[i] : next;
    TAILQ_FOREACH(g, &s->generations, next) {
        int64_t its = generation_next_us(g);
        next = its < next ? its : next;
    }
    if (next == INT64_MAX)
        return -1;
    int64_t ms = (next - clock_mono_us() + 999) / 1000;
    return ms < 0 ? 0 : ms > 60000 ? 60000 : (int)ms;
}

static void wait_for_something(const struct supervisor *s) {
    struct pollfd polls[POLLS_MAX] = {{.fd = s->signal_fd, .events = POLLIN}};
    const struct generation *g;
    size_t n = 1;
    n += control_socket_poll(&s->control, polls + n);
    TAILQ_FOREACH(g, &s->generations, next)
    n += generation_poll(g, polls + n);
    if (poll(polls, (nfds_t)n, wait_ms(s)) < 0 && errno != EINTR)
        log_printf(LOG_ERROR, "the supervisor cannot wait: %s", strerror(errno));
}

/* + 0: as numbers, not as members of two enumerations. */
_Static_assert(CONTROL_ASK_MAX + 0 <= WORKER_WORD_MAX + 0 &&
                   CONTROL_TICKETS + 0 == WORKER_IS_TOLD_TICKETS + 0,
               "what is asked is passed on as it is");

/* Workers that drain still have connections; what they answer is read by nobody. */
static void pass_to_others(struct supervisor *s, struct str asked) {
    struct generation *g;
    int pair[2];
    TAILQ_FOREACH(g, &s->generations, next) {
        if (g == s->current || g->state != GENERATION_DRAINING ||
            socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
            continue;
        child_pass(&g->children[CHILD_WORKER], asked, pair[0]);
        close(pair[0]);
        close(pair[1]);
    }
}

static bool pass_to_worker(void *user, struct str asked, int fd) {
    struct supervisor *s = user;
    if (asked.n > 1 && asked.p[1] == ERRAND_END)
        pass_to_others(s, asked);
    return s->current && child_pass(&s->current->children[CHILD_WORKER], asked, fd);
}

static void turn(struct supervisor *s) {
    struct generation *g, *following;
    take_signals(s);
    char asked = control_socket_tick(&s->control);
    control_socket_pass(&s->control, pass_to_worker, s);
    s->is_reload_wanted |= asked == CONTROL_RELOAD && !s->is_stopping;
    s->is_restart_wanted |= asked == CONTROL_RESTART && !s->is_stopping;
    for (g = TAILQ_FIRST(&s->generations); g; g = following) {
        following = TAILQ_NEXT(g, next);
        generation_tick(g);
        if (!generation_is_over(g))
            continue;
        TAILQ_REMOVE(&s->generations, g, next);
        if (g == s->leaving)
            reload_tell_when_left(s, true);
        if (g == s->next)
            reload_next_failed(s);
        if (g == s->current) {
            /* Only when stopping: the last one to serve tells. */
            pid_t teller = supervisor_event(g->config, EVENT_STOPPED, "as it was told to");
            s->current = NULL;
            if (teller > 0)
                waitpid(teller, NULL, 0);
        }
        generation_free(g);
    }
    if (s->next && generation_is_ready(s->next))
        reload_serve_next(s);
    reload_tell_when_left(s, false);
    restart_tick(s);
    restart_if_wanted(s);
    reload_if_wanted(s);
    reload_renew(s);
    checkup_tick(s);
}

/* Blocked, they wait in the descriptor; children begin with none blocked. */
static int take_signal_fd(void) {
    sigset_t mine;
    sigemptyset(&mine);
    sigaddset(&mine, SIGCHLD);
    sigaddset(&mine, SIGHUP);
    sigaddset(&mine, SIGTERM);
    sigaddset(&mine, SIGINT);
    sigprocmask(SIG_BLOCK, &mine, NULL);
    return signalfd(-1, &mine, SFD_NONBLOCK | SFD_CLOEXEC);
}

static bool prepare(struct supervisor *s, struct err *e) {
    s->signal_fd = take_signal_fd();
    if (s->signal_fd < 0)
        return err_set(e, ERR_IO, "signals cannot be read: %s", strerror(errno));
    if (!restart_take_over(s, e))
        return false;
    if (s->current) {
        reload_if_wanted(s); /* which is why it took over */
        return true;
    }
    if (!control_socket_open(&s->control, s->file, e))
        return false;
    reload_begin(s, false);
    return true;
}

bool supervisor_run(const char *file, struct err *e) {
    struct supervisor s = {.file = file, .signal_fd = -1, .control.fd = -1, .trial.report_fd = -1};
    TAILQ_INIT(&s.generations);
    config_report_init(&s.report);
    bool ok = prepare(&s, e);
    if (ok) {
        while (!TAILQ_EMPTY(&s.generations)) {
            wait_for_something(&s);
            turn(&s);
        }
        struct str report = buf_str(&s.report.text);
        ok = s.has_served || s.is_stopping;
        if (!ok)
            fprintf(stderr, "%.*s", STR_ARG(report));
        if (!ok)
            err_set(e, ERR_CONFIG, "not started");
    }
    control_socket_close(&s.control);
    if (s.signal_fd >= 0)
        close(s.signal_fd);
    config_report_fini(&s.report);
    watch_fini(&s.watch);
    watch_fini(&s.next_watch);
    return ok;
}
