/* SPDX-License-Identifier: Apache-2.0 */
#include "main/supervisor.h"

#include "base/clock.h"
#include "base/log.h"
#include "events/catalogue.h"
#include "main/reload_socket.h"
#include "main/supervisor_event.h"
#include "main/supervisor_generation.h"
#include "main/supervisor_store.h"
#include "main/supervisor_watch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    /* One serves, one starts, the others drain. */
    GENERATIONS_MAX = 6,
    POLLS_MAX = 1 + 1 + RELOAD_CLIENTS_MAX + GENERATIONS_MAX * GENERATION_CHILDREN,
    RETRY_MS = 1000, /* poll(2) cannot be had */
};

TAILQ_HEAD(generation_list, generation);

struct supervisor {
    const char *file;
    int signal_fd;
    struct reload_socket reload;
    struct generation_list generations; /* the oldest first */
    struct generation *current;         /* serves; NULL before the first and when stopping */
    struct generation *next;            /* starts */
    struct watch watch, next_watch;     /* the certificates of `current` and of `next` */
    bool is_renewal;                    /* `next` is `current` again, with other certificates */
    struct config_report report;        /* what there is to say about the configuration of `next` */
    bool is_reload_wanted;
    bool is_stopping;
    bool has_served;
};

/* The configuration that is in the file now, or the one in force, checked. NULL with what is wrong
 * in the report. */
static struct config *load(struct supervisor *s, struct buf *text) {
    struct config_report *r = &s->report;
    struct err e;
    if (s->is_renewal ? !sealed_read(s->current->config_fd, CONFIG_TEXT_MAX, text, &e)
                      : !config_read(s->file, text, &e)) {
        buf_printf(&r->text, "%s\n", e.detail);
        return NULL;
    }
    struct config *c = config_parse(s->file, buf_str(text), r);
    if (c && !watch_start(&s->next_watch, c, clock_mono_us()))
        buf_printf(&r->text, "no memory to watch the certificates\n");
    else if (!c || config_check_files(c, r))
        return c;
    config_free(c);
    return NULL;
}

static void report_err(struct supervisor *s, const struct err *e) {
    buf_printf(&s->report.text, "%s: %s\n%s%s", s->file, e->detail, e->hint, *e->hint ? "\n" : "");
}

/* Starts a generation as s->next; NULL when s->report says why not. */
static void begin(struct supervisor *s, bool is_renewal) {
    struct buf text;
    struct err e = {0};
    config_report_fini(&s->report);
    config_report_init(&s->report);
    watch_fini(&s->next_watch);
    s->is_renewal = is_renewal;
    struct config *c = load(s, &text);
    if (c && store_folder_prepare(c, &e))
        s->next = generation_start(c, buf_str(&text), s->current, &e);
    else
        config_free(c);
    if (s->next)
        TAILQ_INSERT_TAIL(&s->generations, s->next, next);
    else if (e.code)
        report_err(s, &e);
    buf_fini(&text);
}

/* Of a file that is in force, or would have been. */
static void log_report(const struct supervisor *s, enum log_level level) {
    struct str line, rest = buf_str(&s->report.text);
    while (str_split(&rest, '\n', &line))
        if (line.n)
            log_printf(level, "%.*s", STR_ARG(line));
}

/* Answers those who wait for the reload: the report, and what came of it. */
static void answer_reload(struct supervisor *s, char what, const char *outcome) {
    struct buf text;
    buf_init(&text, RELOAD_ANSWER_MAX);
    buf_add(&text, str_head(buf_str(&s->report.text), RELOAD_ANSWER_MAX - 256));
    buf_printf(&text, "%s\n", outcome);
    reload_socket_answer(&s->reload, what, buf_str(&text));
    buf_fini(&text);
}

/* The first line that is no warning; kerbgate check has the others. */
static struct str first_error(const struct supervisor *s) {
    static const char WARNING[] = ": warning: ";
    struct str line = STR_NONE, rest = buf_str(&s->report.text);
    while (str_split(&rest, '\n', &line))
        if (line.n && !memmem(line.p, line.n, WARNING, sizeof WARNING - 1))
            break;
    return line;
}

/* The one before goes on serving. */
static void refuse_next(struct supervisor *s) {
    char text[1024];
    struct str line = first_error(s);
    snprintf(text, sizeof text, "%.*s", STR_ARG(line));
    log_report(s, LOG_ERROR);
    supervisor_event(s->current->config,
                     s->is_renewal ? EVENT_CERTIFICATES_REFUSED : EVENT_RELOAD_REFUSED, text);
    if (s->is_renewal)
        log_printf(LOG_ERROR,
                   "the certificates before stay in use until the files change again; "
                   "type: kerbgate check --config %s",
                   s->file);
    else
        answer_reload(s, RELOAD_IS_REFUSED, "refused; the configuration before stays in force");
}

/* Whether another generation may be started now. After many reloads in a row, with requests that
 * do not end, the oldest of those have to. */
static bool has_room(struct supervisor *s) {
    unsigned count = 0;
    struct generation *g, *oldest = NULL;
    TAILQ_FOREACH(g, &s->generations, next) {
        count++;
        if (!oldest && g->state != GENERATION_SERVING)
            oldest = g;
    }
    if (count < GENERATIONS_MAX)
        return true;
    if (oldest->state == GENERATION_DRAINING) {
        log_printf(LOG_WARN, "too many reloads in a row: the oldest requests in flight are ended");
        generation_kill(oldest);
    }
    return false;
}

static void reload(struct supervisor *s) {
    if (!s->is_reload_wanted || !s->current || s->next || !has_room(s))
        return;
    s->is_reload_wanted = false;
    reload_socket_begin(&s->reload);
    log_printf(LOG_INFO, "reads %s again", s->file);
    begin(s, false);
    if (!s->next)
        refuse_next(s);
}

/* Whether anybody looks at the certificates now. */
static bool is_watching(const struct supervisor *s) {
    return s->current && !s->next && !s->is_stopping;
}

/* The configuration in force again, and never what stands in the file by now: nobody has asked for
 * that. */
static void renew(struct supervisor *s) {
    int64_t now = clock_mono_us();
    if (!is_watching(s) || now < s->watch.due_us || !watch_look(&s->watch, now) || !has_room(s))
        return;
    watch_tried(&s->watch);
    log_printf(LOG_INFO, "certificates or keys were replaced, and are read again");
    begin(s, true);
    if (!s->next)
        refuse_next(s);
}

static void serve_next(struct supervisor *s) {
    struct generation *before = s->current;
    char text[256];
    s->current = s->next;
    s->next = NULL;
    watch_fini(&s->watch);
    s->watch = s->next_watch;
    s->next_watch = (struct watch){0};
    generation_serve(s->current);
    const struct config *c = s->current->config;
    snprintf(text, sizeof text, "apps: %zu, addresses: %zu, threads: %u", c->app_count,
             c->listen_count, c->threads);
    supervisor_event(c,
                     s->is_renewal   ? EVENT_CERTIFICATES_RENEWED
                     : s->has_served ? EVENT_RELOADED
                                     : EVENT_STARTED,
                     text);
    log_report(s, LOG_WARN);
    s->has_served = true;
    if (!before)
        return;
    generation_drain(before, s->current);
    if (!s->is_renewal)
        answer_reload(s, RELOAD_IS_DONE, "reloaded");
}

static void next_failed(struct supervisor *s) {
    if (s->next->err.code)
        report_err(s, &s->next->err);
    s->next = NULL;
    if (s->current)
        refuse_next(s);
}

static void stop(struct supervisor *s) {
    struct generation *g;
    bool is_second = s->is_stopping;
    s->is_stopping = true;
    s->is_reload_wanted = false;
    log_printf(LOG_INFO, is_second ? "stops at once" : "stops when the requests in flight end");
    TAILQ_FOREACH(g, &s->generations, next) {
        if (is_second || g->state == GENERATION_STARTING)
            generation_kill(g);
        else if (g->state == GENERATION_SERVING)
            generation_drain(g, NULL);
    }
    reload_socket_begin(&s->reload);
    reload_socket_answer(&s->reload, RELOAD_IS_REFUSED, STR("kerbgate is being stopped\n"));
    s->next = NULL;
}

static void reap(struct supervisor *s) {
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        struct generation *g;
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
    int64_t next = reload_socket_next_us(&s->reload);
    if (is_watching(s) && s->watch.due_us < next)
        next = s->watch.due_us;
    TAILQ_FOREACH(g, &s->generations, next) {
        int64_t due = generation_next_us(g);
        next = due < next ? due : next;
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
    n += reload_socket_poll(&s->reload, polls + n);
    TAILQ_FOREACH(g, &s->generations, next)
    n += generation_poll(g, polls + n);
    if (poll(polls, (nfds_t)n, wait_ms(s)) < 0 && errno != EINTR)
        log_printf(LOG_ERROR, "the supervisor cannot wait: %s", strerror(errno));
}

static void turn(struct supervisor *s) {
    struct generation *g, *following;
    take_signals(s);
    if (reload_socket_tick(&s->reload))
        s->is_reload_wanted = !s->is_stopping;
    for (g = TAILQ_FIRST(&s->generations); g; g = following) {
        following = TAILQ_NEXT(g, next);
        generation_tick(g);
        if (!generation_is_over(g))
            continue;
        TAILQ_REMOVE(&s->generations, g, next);
        if (g == s->next)
            next_failed(s);
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
        serve_next(s);
    reload(s);
    renew(s);
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
    return reload_socket_open(&s->reload, s->file, e);
}

bool supervisor_run(const char *file, struct err *e) {
    struct supervisor s = {.file = file, .signal_fd = -1, .reload.fd = -1};
    TAILQ_INIT(&s.generations);
    config_report_init(&s.report);
    bool ok = prepare(&s, e);
    if (ok) {
        begin(&s, false);
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
    reload_socket_close(&s.reload);
    if (s.signal_fd >= 0)
        close(s.signal_fd);
    config_report_fini(&s.report);
    watch_fini(&s.watch);
    watch_fini(&s.next_watch);
    return ok;
}
